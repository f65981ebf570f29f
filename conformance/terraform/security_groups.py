"""Security groups with their rules inside, single rules of both kinds, and the default group."""

from typing import Any

from conformance.terraform.provider import filters, found, only, refusal, retried, wait
from conformance.terraform.resource import Resource, State, as_tags, tags_of

GROUP_GONE = ("InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound")

IPV6_EVERYWHERE_MAY_FAIL = ("", "InvalidPermission.NotFound", "InvalidParameterValue")
"""Revoking ``-1`` to ``::/0`` may fail so: a group need not have it."""

Rule = dict[str, Any]


def permission(rule: Rule, group_id: str) -> dict[str, Any]:
    """A rule of configuration as one IpPermission; ``self`` is the group itself."""
    described = {"Description": rule["description"]} if rule.get("description") else {}
    groups = [*rule.get("security_groups", []), *([group_id] if rule.get("self") else [])]
    wanted: dict[str, Any] = {
        "IpProtocol": rule["protocol"],
        "FromPort": rule["from_port"],
        "ToPort": rule["to_port"],
    }
    ranges = {
        "IpRanges": [{"CidrIp": c, **described} for c in rule.get("cidr_blocks", [])],
        "Ipv6Ranges": [{"CidrIpv6": c, **described} for c in rule.get("ipv6_cidr_blocks", [])],
        "PrefixListIds": [{"PrefixListId": p, **described} for p in rule.get("prefix_list_ids", [])],
        "UserIdGroupPairs": [{"GroupId": g, **described} for g in groups],
    }
    return {**wanted, **{name: values for name, values in ranges.items() if values}}


def rules_of(permissions: list[dict[str, Any]], group_id: str) -> list[Rule]:
    """Permissions as the provider keeps them: one rule for what has ports and description in common."""
    rules: dict[tuple[Any, ...], Rule] = {}
    for each in permissions:
        ports = each.get("FromPort", 0), each.get("ToPort", 0)

        def rule(source: dict[str, Any], each: Any = each, ports: Any = ports) -> Rule:
            text = source.get("Description", "")
            new = {"protocol": each["IpProtocol"], "from_port": ports[0], "to_port": ports[1]}
            return rules.setdefault((each["IpProtocol"], *ports, text), {**new, "description": text})

        for source in each["IpRanges"]:
            rule(source).setdefault("cidr_blocks", []).append(source["CidrIp"])
        for source in each["Ipv6Ranges"]:
            rule(source).setdefault("ipv6_cidr_blocks", []).append(source["CidrIpv6"])
        for source in each["PrefixListIds"]:
            rule(source).setdefault("prefix_list_ids", []).append(source["PrefixListId"])
        for source in each["UserIdGroupPairs"]:
            if source["GroupId"] == group_id:
                rule(source)["self"] = True
            else:
                rule(source).setdefault("security_groups", []).append(source["GroupId"])
    return ordered(list(rules.values()))


def ordered(rules: list[Rule]) -> list[Rule]:
    """Rules and what they name in an order of their own: configuration has sets."""
    tidy = [{k: sorted(v) if isinstance(v, list) else v for k, v in sorted(r.items())} for r in rules]
    return sorted(tidy, key=str)


def within(wanted: Rule, rule: Rule) -> bool:
    """Whether a rule has all that is wanted; what it allows beside that is somebody else's."""
    return all(
        set(value) <= set(rule.get(name, ())) if isinstance(value, list) else rule.get(name) == value
        for name, value in wanted.items()
    )


class SecurityGroup(Resource):
    kind = "security-group"

    def __init__(self, *given: Any, **arguments: Any) -> None:
        super().__init__(*given, **arguments)
        self.order_rules()

    def order_rules(self) -> None:
        for direction in ("ingress", "egress"):
            if direction in self.arguments:
                self.arguments[direction] = ordered(self.arguments[direction])

    def create(self) -> None:
        made = self.ec2.create_security_group(
            **self.given(GroupName="name", Description="description", VpcId="vpc_id"),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["GroupId"]
        wait(lambda: self.find() and "created", [], ["created"])
        everything = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0}
        anywhere = {**everything, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        self.ec2.revoke_security_group_egress(GroupId=self.id, IpPermissions=[anywhere])
        anywhere = {**everything, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
        revoke = self.ec2.revoke_security_group_egress
        assert refusal(revoke, GroupId=self.id, IpPermissions=[anywhere]) in IPV6_EVERYWHERE_MAY_FAIL
        for direction in ("ingress", "egress"):
            self.authorize(direction, self.get(direction, []))

    def call(self, verb: str, direction: str, rules: list[Rule]) -> None:
        call = getattr(self.ec2, f"{verb}_security_group_{direction}")
        if rules:
            call(GroupId=self.id, IpPermissions=[permission(rule, self.id) for rule in rules])

    def authorize(self, direction: str, rules: list[Rule]) -> None:
        self.call("authorize", direction, rules)

    def find(self) -> Any:
        answer = found(self.ec2.describe_security_groups, GROUP_GONE, GroupIds=[self.id])
        return only(answer["SecurityGroups"]) if answer else None

    def read(self) -> State | None:
        group = self.find()
        if group is None:
            return None
        assert group["GroupId"] == self.id
        return {
            "arn": f"arn:aws:ec2:{self.tf.region}:{group['OwnerId']}:security-group/{self.id}",
            "name": group["GroupName"],
            "description": group["Description"],
            "vpc_id": group["VpcId"],
            "ingress": rules_of(group["IpPermissions"], self.id),
            "egress": rules_of(group["IpPermissionsEgress"], self.id),
            "tags": tags_of(group),
        }

    def update(self, changed: dict[str, Any]) -> None:
        self.order_rules()
        for direction in ("ingress", "egress"):
            if direction in changed:
                before, now = changed[direction] or [], self.get(direction)
                self.call("revoke", direction, [rule for rule in before if rule not in now])
                self.authorize(direction, [rule for rule in now if rule not in before])

    def delete(self) -> None:
        self.ec2.describe_network_interfaces(Filters=filters(group_id=self.id))
        if self.get("revoke_rules_on_delete"):
            self.revoke_all()
        retried(self.ec2.delete_security_group, ("DependencyViolation", "InvalidGroup.InUse"), GroupId=self.id)
        wait(lambda: self.find() and "created", ["created"], [None])

    def revoke_all(self) -> None:
        rules = self.ec2.describe_security_group_rules(Filters=filters(group_id=self.id))["SecurityGroupRules"]
        for direction, egress in (("ingress", False), ("egress", True)):
            ids = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"] is egress]
            if ids:
                revoke = getattr(self.ec2, f"revoke_security_group_{direction}")
                revoke(GroupId=self.id, SecurityGroupRuleIds=ids)


class RevokingSecurityGroup(SecurityGroup):
    """With ``revoke_rules_on_delete``, so that groups that name each other can go."""

    unread = frozenset({"revoke_rules_on_delete"})


class DefaultSecurityGroup(SecurityGroup):
    """Adopts the group that a VPC came with; it is not destroyed with the stack."""

    stays = True

    def create(self) -> None:
        wanted = [*filters(group_name="default"), *filters(vpc_id=self.get("vpc_id"))]
        self.id = only(self.ec2.describe_security_groups(Filters=wanted)["SecurityGroups"])["GroupId"]
        self.change_tags({})
        self.revoke_all()
        for direction in ("ingress", "egress"):
            self.authorize(direction, self.get(direction, []))

    def delete(self) -> None:
        self.revoke_all()


class SecurityGroupRule(Resource):
    """The older resource of a single rule: it is known by what it says."""

    rule_id: str

    @property
    def group_id(self) -> str:
        return str(self.get("security_group_id"))

    @property
    def rule(self) -> Rule:
        return {name: value for name, value in self.arguments.items() if name not in ("security_group_id", "type")}

    def group(self) -> Any:
        answer = found(self.ec2.describe_security_groups, GROUP_GONE, GroupIds=[self.group_id])
        return only(answer["SecurityGroups"]) if answer else None

    def create(self) -> None:
        assert self.group()
        call = getattr(self.ec2, f"authorize_security_group_{self.get('type')}")
        made = call(GroupId=self.group_id, IpPermissions=[permission(self.rule, self.group_id)])
        self.rule_id = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        assert self.rule_id.startswith("sgr-")
        self.id = f"sgrule-{self.rule_id}"
        wait(lambda: self.find() and "there", [], ["there"])

    def find(self) -> Any:
        group = self.group()
        if group is None:
            return None
        shown = group["IpPermissions" if self.get("type") == "ingress" else "IpPermissionsEgress"]
        wanted = ordered([self.rule])[0]
        return next((rule for rule in rules_of(shown, self.group_id) if within(wanted, rule)), None)

    def read(self) -> State | None:
        if self.find() is None:
            return None
        rules = self.ec2.describe_security_group_rules(Filters=filters(group_id=self.group_id))["SecurityGroupRules"]
        [rule] = [rule for rule in rules if rule["SecurityGroupRuleId"] == self.rule_id]
        assert rule["IsEgress"] is (self.get("type") == "egress")
        return {**self.arguments, "security_group_rule_id": self.rule_id}

    def update(self, changed: dict[str, Any]) -> None:
        assert changed.keys() == {"description"}
        call = getattr(self.ec2, f"update_security_group_rule_descriptions_{self.get('type')}")
        call(GroupId=self.group_id, IpPermissions=[permission(self.rule, self.group_id)])

    def delete(self) -> None:
        call = getattr(self.ec2, f"revoke_security_group_{self.get('type')}")
        call(GroupId=self.group_id, IpPermissions=[permission(self.rule, self.group_id)])


SOURCES = {
    "cidr_ipv4": ("CidrIpv4", "IpRanges", "CidrIp"),
    "cidr_ipv6": ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
    "prefix_list_id": ("PrefixListId", "PrefixListIds", "PrefixListId"),
    "referenced_security_group_id": ("ReferencedGroupId", "UserIdGroupPairs", "GroupId"),
}


class VpcSecurityGroupIngressRule(Resource):
    """The newer resource of a single rule: it is known by its id, and has tags."""

    direction = "ingress"

    def __init__(self, *given: Any, **arguments: Any) -> None:
        super().__init__(*given, **{"tags": {}, **arguments})

    @property
    def ports(self) -> dict[str, Any]:
        return self.given(IpProtocol="ip_protocol", FromPort="from_port", ToPort="to_port")

    def create(self) -> None:
        source = next(name for name in SOURCES if name in self.arguments)
        _, member, key = SOURCES[source]
        described = self.given(Description="description")
        wanted = {**self.ports, member: [{key: self.get(source), **described}]}
        call = getattr(self.ec2, f"authorize_security_group_{self.direction}")
        made = call(GroupId=self.get("security_group_id"), IpPermissions=[wanted])
        self.id = only(made["SecurityGroupRules"])["SecurityGroupRuleId"]
        if self.get("tags"):
            self.ec2.create_tags(Resources=[self.id], Tags=as_tags(self.get("tags")))

    def find(self) -> Any:
        gone = ("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound")
        answer = found(self.ec2.describe_security_group_rules, gone, SecurityGroupRuleIds=[self.id])
        return only(answer["SecurityGroupRules"]) if answer else None

    def read(self) -> State | None:
        rule = self.find()
        if rule is None:
            return None
        assert rule["IsEgress"] is (self.direction == "egress")
        shown = {"security_group_id": rule["GroupId"], "ip_protocol": rule["IpProtocol"]}
        told = {"FromPort": "from_port", "ToPort": "to_port", "Description": "description"}
        told |= {"CidrIpv4": "cidr_ipv4", "CidrIpv6": "cidr_ipv6", "PrefixListId": "prefix_list_id"}
        shown |= {name: rule[member] for member, name in told.items() if member in rule}
        if referenced := rule.get("ReferencedGroupInfo"):
            shown["referenced_security_group_id"] = referenced["GroupId"]
        return {**shown, "tags": tags_of(rule)}

    def update(self, changed: dict[str, Any]) -> None:
        if "tags" in changed:
            self.change_tags(changed.pop("tags"))
        if changed:
            source = next(name for name in SOURCES if name in self.arguments)
            rule = {**self.ports, SOURCES[source][0]: self.get(source), **self.given(Description="description")}
            wanted = {"SecurityGroupRuleId": self.id, "SecurityGroupRule": rule}
            self.ec2.modify_security_group_rules(GroupId=self.get("security_group_id"), SecurityGroupRules=[wanted])

    def delete(self) -> None:
        call = getattr(self.ec2, f"revoke_security_group_{self.direction}")
        call(GroupId=self.get("security_group_id"), SecurityGroupRuleIds=[self.id])


class VpcSecurityGroupEgressRule(VpcSecurityGroupIngressRule):
    direction = "egress"
