"""Network ACLs with their entries inside, single entries, associations, and the default ACL."""

from typing import Any

from conformance.terraform.provider import filters, found, only, retried, wait
from conformance.terraform.resource import Resource, State, tags_of

ACL_GONE = ("InvalidNetworkAclID.NotFound",)
LAST = (32767, 32768)

NUMBERS = {"icmp": "1", "tcp": "6", "udp": "17"}

Entry = dict[str, Any]


def parameters_of(entry: Entry, egress: bool) -> dict[str, Any]:
    given: dict[str, Any] = {
        "Egress": egress,
        "RuleNumber": entry["rule_no"],
        "Protocol": NUMBERS.get(entry["protocol"], entry["protocol"]),
        "RuleAction": entry["action"],
    }
    for name, member in (("cidr_block", "CidrBlock"), ("ipv6_cidr_block", "Ipv6CidrBlock")):
        if name in entry:
            given[member] = entry[name]
    if entry["protocol"] in ("tcp", "udp"):
        given["PortRange"] = {"From": entry["from_port"], "To": entry["to_port"]}
    if entry["protocol"] == "icmp":
        given["IcmpTypeCode"] = {"Type": entry["icmp_type"], "Code": entry["icmp_code"]}
    return given


def shown_as(entry: Any) -> Entry:
    names = {number: name for name, number in NUMBERS.items()}
    shown = {
        "rule_no": entry["RuleNumber"],
        "protocol": names.get(entry["Protocol"], entry["Protocol"]),
        "action": entry["RuleAction"],
    }
    for name, member in (("cidr_block", "CidrBlock"), ("ipv6_cidr_block", "Ipv6CidrBlock")):
        if member in entry:
            shown[name] = entry[member]
    if ports := entry.get("PortRange"):
        shown |= {"from_port": ports["From"], "to_port": ports["To"]}
    if icmp := entry.get("IcmpTypeCode"):
        shown |= {"icmp_type": icmp["Type"], "icmp_code": icmp["Code"]}
    return shown


def entries(acl: Any, egress: bool) -> list[Entry]:
    """What configuration could have made; the last entry, that denies everything, is AWS's own, and must be there."""
    assert LAST[0] in {e["RuleNumber"] for e in acl["Entries"] if e["Egress"] is egress}
    shown = [shown_as(e) for e in acl["Entries"] if e["Egress"] is egress and e["RuleNumber"] not in LAST]
    return sorted(shown, key=lambda e: e["rule_no"])


class NetworkAcl(Resource):
    kind = "network-acl"

    def create(self) -> None:
        made = self.ec2.create_network_acl(VpcId=self.get("vpc_id"), TagSpecifications=self.tag_specifications)
        self.id = made["NetworkAcl"]["NetworkAclId"]
        for direction in ("ingress", "egress"):
            for entry in self.get(direction, []):
                self.add(direction, entry)
        for subnet_id in self.get("subnet_ids", []):
            self.associate(subnet_id, self.id)

    def add(self, direction: str, entry: Entry) -> None:
        self.ec2.create_network_acl_entry(NetworkAclId=self.id, **parameters_of(entry, direction == "egress"))

    def drop(self, direction: str, entry: Entry) -> None:
        wanted = {"RuleNumber": entry["rule_no"], "Egress": direction == "egress"}
        self.ec2.delete_network_acl_entry(NetworkAclId=self.id, **wanted)

    def associate(self, subnet_id: str, acl_id: str) -> None:
        """Replaces the association that a subnet has, whatever its ACL."""
        acl = only(self.ec2.describe_network_acls(Filters=filters(association__subnet_id=subnet_id))["NetworkAcls"])
        [old] = [a["NetworkAclAssociationId"] for a in acl["Associations"] if a["SubnetId"] == subnet_id]
        call = self.ec2.replace_network_acl_association
        retried(call, ("InvalidAssociationID.NotFound",), AssociationId=old, NetworkAclId=acl_id)

    def default(self) -> str:
        wanted = [*filters(default="true"), *filters(vpc_id=self.get("vpc_id"))]
        return str(only(self.ec2.describe_network_acls(Filters=wanted)["NetworkAcls"])["NetworkAclId"])

    def find(self) -> Any:
        answer = found(self.ec2.describe_network_acls, ACL_GONE, NetworkAclIds=[self.id])
        return only(answer["NetworkAcls"]) if answer else None

    def read(self) -> State | None:
        acl = self.find()
        if acl is None:
            return None
        return {
            "vpc_id": acl["VpcId"],
            "owner_id": acl["OwnerId"],
            "subnet_ids": sorted(a["SubnetId"] for a in acl["Associations"]),
            "ingress": entries(acl, egress=False),
            "egress": entries(acl, egress=True),
            "tags": tags_of(acl),
        }

    def update(self, changed: dict[str, Any]) -> None:
        for direction in ("ingress", "egress"):
            if direction in changed:
                before, now = changed[direction] or [], self.get(direction)
                for entry in before:
                    if entry not in now:
                        self.drop(direction, entry)
                for entry in now:
                    if entry not in before:
                        self.add(direction, entry)
        if "subnet_ids" in changed:
            before, now = changed["subnet_ids"] or [], self.get("subnet_ids")
            for subnet_id in set(before) - set(now):
                self.associate(subnet_id, self.default())
            for subnet_id in set(now) - set(before):
                self.associate(subnet_id, self.id)

    def delete(self) -> None:
        for association in self.find()["Associations"]:
            self.associate(association["SubnetId"], self.default())
        retried(self.ec2.delete_network_acl, ("DependencyViolation",), NetworkAclId=self.id)


class DefaultNetworkAcl(NetworkAcl):
    """Adopts the ACL that a VPC came with: takes its entries away, and leaves it behind."""

    stays = True

    def create(self) -> None:
        self.id = self.get("default_network_acl_id")
        self.clear()
        self.change_tags({})
        for direction in ("ingress", "egress"):
            for entry in self.get(direction, []):
                self.add(direction, entry)

    def clear(self) -> None:
        acl = self.find()
        for direction in ("ingress", "egress"):
            for entry in entries(acl, direction == "egress"):
                self.drop(direction, entry)

    def read(self) -> State | None:
        state = super().read()
        return state and {**state, "default_network_acl_id": self.id}

    def delete(self) -> None:
        self.clear()


class NetworkAclRule(Resource):
    @property
    def acl_id(self) -> str:
        return str(self.get("network_acl_id"))

    @property
    def entry(self) -> Entry:
        names = {"rule_number": "rule_no", "rule_action": "action"}
        left = {n: v for n, v in self.arguments.items() if n not in ("network_acl_id", "egress")}
        return {names.get(name, name): value for name, value in left.items()}

    def create(self) -> None:
        assert self.find() is None, "NetworkAclEntryAlreadyExists"
        self.ec2.create_network_acl_entry(NetworkAclId=self.acl_id, **parameters_of(self.entry, self.get("egress")))
        self.id = f"nacl-{self.acl_id}-{self.get('rule_number')}"
        wait(lambda: self.find() and "there", [], ["there"])

    def find(self) -> Any:
        egress, number = self.get("egress"), self.get("rule_number")
        of_entry = filters(entry__egress=str(egress).lower(), entry__rule_number=str(number))
        call = self.ec2.describe_network_acls
        answer = found(call, ACL_GONE, NetworkAclIds=[self.acl_id], Filters=of_entry)
        acl = only(answer["NetworkAcls"]) if answer else None
        shown = (acl or {}).get("Entries", [])
        return next((e for e in shown if (e["Egress"], e["RuleNumber"]) == (egress, number)), None)

    def read(self) -> State | None:
        entry = self.find()
        if entry is None:
            return None
        names = {"rule_no": "rule_number", "action": "rule_action"}
        shown = {names.get(name, name): value for name, value in shown_as(entry).items()}
        return {"network_acl_id": self.acl_id, "egress": entry["Egress"], **shown}

    def delete(self) -> None:
        gone = ("InvalidNetworkAclEntry.NotFound",)
        wanted = {"RuleNumber": self.get("rule_number"), "Egress": self.get("egress")}
        found(self.ec2.delete_network_acl_entry, gone, NetworkAclId=self.acl_id, **wanted)


class NetworkAclAssociation(Resource):
    def associated(self, **wanted: str) -> Any:
        acl = only(self.ec2.describe_network_acls(Filters=filters(**wanted))["NetworkAcls"])
        return acl, (acl or {}).get("Associations", [])

    def create(self) -> None:
        _, associations = self.associated(association__subnet_id=self.get("subnet_id"))
        [old] = [a["NetworkAclAssociationId"] for a in associations if a["SubnetId"] == self.get("subnet_id")]
        call, codes = self.ec2.replace_network_acl_association, ("InvalidAssociationID.NotFound",)
        made = retried(call, codes, AssociationId=old, NetworkAclId=self.get("network_acl_id"))
        self.id = made["NewAssociationId"]

    def read(self) -> State | None:
        _, associations = self.associated(association__association_id=self.id)
        for each in associations:
            if each["NetworkAclAssociationId"] == self.id:
                return {"network_acl_id": each["NetworkAclId"], "subnet_id": each["SubnetId"]}
        return None

    def update(self, changed: dict[str, Any]) -> None:
        self.create()

    def delete(self) -> None:
        acl, _ = self.associated(association__association_id=self.id)
        wanted = [*filters(default="true"), *filters(vpc_id=acl["VpcId"])]
        default = only(self.ec2.describe_network_acls(Filters=wanted)["NetworkAcls"])["NetworkAclId"]
        self.ec2.replace_network_acl_association(AssociationId=self.id, NetworkAclId=default)
