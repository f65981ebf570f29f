"""EC2 actions on Elastic IP addresses.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Address.html
"""

from typing import Any

from backend import elastic_addresses, errors
from backend.db import reading
from backend.db.models import Address, NetworkInterface, PrivateAddress
from ec2api.call import Call
from ec2api.describe import Describe, constant, nothing, owned, show_tags, through
from ec2api.registry import action

_columns = reading.table_of(Address).c


def show(address: Any) -> dict[str, Any]:
    shown = {
        "AllocationId": address.id,
        "PublicIp": address.public_ip,
        "Domain": "vpc",
        "PublicIpv4Pool": elastic_addresses.POOL,
        "NetworkBorderGroup": address.region,
        "Tags": show_tags(address),
    }
    for association in address.associations:
        shown |= {
            "AssociationId": association.association_id,
            "PrivateIpAddress": association.address,
            "NetworkInterfaceId": association.network_interface_id,
            "NetworkInterfaceOwnerId": association.interface.account,
            "InstanceId": association.interface.instance_id,
        }
    return shown


@action(tags=("elastic-ip",))
def allocate_address(
    call: Call,
    *,
    domain: str = "vpc",
    address: str | None = None,
    public_ipv4_pool: str | None = None,
    ipam_pool_id: str | None = None,
    customer_owned_ipv4_pool: str | None = None,
    network_border_group: str | None = None,
) -> dict[str, Any]:
    made = elastic_addresses.allocate(
        call.uow,
        call.settings,
        domain=domain,
        wanted=address,
        pool=public_ipv4_pool,
        ipam_pool_id=ipam_pool_id,
        customer_owned_pool=customer_owned_ipv4_pool,
        network_border_group=network_border_group,
        wanted_tags=call.tags(Address),
    )
    return {
        "AllocationId": made.id,
        "PublicIp": made.public_ip,
        "PublicIpv4Pool": elastic_addresses.POOL,
        "NetworkBorderGroup": made.region,
        "Domain": "vpc",
    }


@action
def associate_address(
    call: Call,
    *,
    allocation_id: str | None = None,
    public_ip: str | None = None,
    instance_id: str | None = None,
    network_interface_id: str | None = None,
    private_ip_address: str | None = None,
    allow_reassociation: bool = True,
) -> dict[str, Any]:
    association_id = elastic_addresses.associate(
        call.uow,
        call.settings,
        allocation_id=allocation_id,
        public_ip=public_ip,
        instance_id=instance_id,
        network_interface_id=network_interface_id,
        private_ip=private_ip_address,
        allow_reassociation=allow_reassociation,
    )
    return {"AssociationId": association_id}


@action
def disassociate_address(call: Call, *, association_id: str | None = None, public_ip: str | None = None) -> None:
    elastic_addresses.disassociate(call.uow, call.settings, association_id=association_id, public_ip=public_ip)


@action
def release_address(
    call: Call,
    *,
    allocation_id: str | None = None,
    public_ip: str | None = None,
    network_border_group: str | None = None,
) -> None:
    elastic_addresses.release(
        call.uow,
        call.settings,
        allocation_id=allocation_id,
        public_ip=public_ip,
        network_border_group=network_border_group,
    )


def _association(target: Any) -> Any:
    return through(Address.associations, target)


def _interface(target: Any) -> Any:
    return _association(through(PrivateAddress.interface, target))


def _absent(names: str) -> errors.CloudError:
    return errors.InvalidAddressNotFound(address=names)


Describe(
    "DescribeAddresses",
    Address,
    view=show,
    ids="AllocationIds",
    names={"PublicIps": (Address.public_ip, _absent)},
    load=((Address.associations, PrivateAddress.interface),),
    filters={
        "allocation-id": Address.id,
        "association-id": _association(PrivateAddress.association_id),
        "domain": constant("vpc"),
        "instance-id": _interface(NetworkInterface.instance_id),
        "network-border-group": _columns.region,
        "network-interface-id": _association(PrivateAddress.network_interface_id),
        "network-interface-owner-id": _association(through(PrivateAddress.interface, owned(NetworkInterface))),
        "private-ip-address": _association(PrivateAddress.address),
        "public-ip": Address.public_ip,
    },
)


def show_attributes(address: Any) -> dict[str, Any]:
    return {"PublicIp": address.public_ip, "AllocationId": address.id, "PtrRecord": address.ptr_record}


Describe(
    "DescribeAddressesAttribute",
    Address,
    view=show_attributes,
    ids="AllocationIds",
    extra={"Attribute": lambda _call, _wanted: []},  # domain-name is the only one
    always=lambda _call, _given: [_columns.ptr_record.is_not(None)],
    limits=(1, 1000),
    tagged=False,
    filters={},
)


def _changing(call: Call, allocation_id: str, domain_name: str | None) -> dict[str, Any]:
    """The address with the name that it had, and the one that it is about to have."""
    before = elastic_addresses.name(call.uow, allocation_id, domain_name)
    address = call.uow.look_up(Address, allocation_id)
    update = {"Value": address.ptr_record, "Status": "PENDING"}
    return {"Address": show_attributes(address) | {"PtrRecord": before, "PtrRecordUpdate": update}}


@action
def modify_address_attribute(call: Call, *, allocation_id: str, domain_name: str | None = None) -> dict[str, Any]:
    if not domain_name:
        raise errors.MissingParameter(name="DomainName")
    return _changing(call, allocation_id, domain_name)


@action
def reset_address_attribute(call: Call, *, allocation_id: str, attribute: str) -> dict[str, Any]:
    if attribute != "domain-name":
        raise errors.InvalidParameterValue(value=attribute, name="attribute", reason="Use domain-name.")
    return _changing(call, allocation_id, None)


# EC2-Classic is no more: every address is in a VPC, and none is moving.


@action
def move_address_to_vpc(call: Call, *, public_ip: str) -> dict[str, Any]:
    return {"AllocationId": elastic_addresses.named(call.uow, None, public_ip).id, "Status": "InVpc"}


@action
def restore_address_to_classic(call: Call, *, public_ip: str) -> None:
    address = elastic_addresses.named(call.uow, None, public_ip)
    raise errors.OperationNotPermitted(
        reason=f"The address '{address.public_ip}' was allocated for use in a VPC and cannot be moved to EC2-Classic."
    )


Describe(
    "DescribeMovingAddresses",
    Address,
    view=show,
    names={"PublicIps": (Address.public_ip, _absent)},
    always=lambda _call, _given: [nothing([])],
    answers="MovingAddressStatuses",
    tagged=False,
    filters={"moving-status": nothing},
)
