"""Elastic IP addresses: allocated to an account, associated with private addresses of interfaces, released.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html
"""

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backend import addresses, errors, ids, interface_permissions, lent_addresses, quotas, tags
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    Address,
    Instance,
    InternetGateway,
    NetworkInterface,
    PrivateAddress,
    PublicAddress,
    ReleasedAddress,
    Vpc,
)
from backend.db.unit_of_work import UnitOfWork
from backend.instances import primary_interface

POOL = "amazon"

_private, _interfaces = reading.table_of(PrivateAddress), reading.table_of(NetworkInterface)
_public, _released = reading.table_of(PublicAddress), reading.table_of(ReleasedAddress)
_gateways, _vpcs = reading.table_of(InternetGateway), reading.table_of(Vpc)
_THIS_ONE = (_private.c.subnet_id == bindparam("subnet"), _private.c.number == bindparam("at"))
_ASSOCIATE = (
    update(_private)
    .where(*_THIS_ONE)
    .values(
        public_ip=bindparam("ip"),
        public_dns_name=bindparam("name"),
        allocation_id=bindparam("allocation"),
        association_id=bindparam("association"),
        public_owner=bindparam("owner"),
    )
)
_NOTHING = dict.fromkeys(("ip", "name", "allocation", "association", "owner"))
_WITH_INTERFACE = select(
    _private, _interfaces.c.instance_id, _interfaces.c.vpc_id, _interfaces.c.requester_managed, _interfaces.c.account
).join(_interfaces, _interfaces.c.id == _private.c.network_interface_id)
_ASSOCIATED = _WITH_INTERFACE.where(_private.c.allocation_id == bindparam("allocation"))
_BY_ASSOCIATION = _WITH_INTERFACE.where(_private.c.association_id == bindparam("association"))
_OF_INTERFACE = select(_private).where(_private.c.network_interface_id == bindparam("interface"))
_WITH_GATEWAY = select(_gateways.c.id).where(_gateways.c.vpc_id == bindparam("vpc"))
_IS_DEFAULT = select(_vpcs.c.is_default).where(_vpcs.c.id == bindparam("vpc"))
_HOLDER = select(_public.c.account).where(_public.c.number == bindparam("at"))
_FREE = delete(_public).where(_public.c.number == bindparam("at"))
_RECOVER = delete(_released).where(
    _released.c.number == bindparam("at"),
    _released.c.account == bindparam("account"),
    _released.c.region == bindparam("region"),
)


def _remember_release(upsert: Any) -> Any:
    return upsert.on_conflict_do_update(
        index_elements=[_released.c.number],
        set_={"account": upsert.excluded.account, "region": upsert.excluded.region},
    )


_RELEASED = {True: _remember_release(sqlite.insert(_released)), False: _remember_release(postgresql.insert(_released))}
"""By whether the database is SQLite."""


def allocate(
    uow: UnitOfWork,
    settings: Settings,
    *,
    domain: str = "vpc",
    wanted: str | None = None,
    pool: str | None = None,
    ipam_pool_id: str | None = None,
    customer_owned_pool: str | None = None,
    network_border_group: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> Address:
    """A new Elastic IP address, or ``wanted``, which the account has released and nobody has taken since.

    There is one pool in this cloud, so that no other can be found. Errors: AddressLimitExceeded,
    InvalidAddress.NotFound, AuthFailure, InvalidParameterValue, InsufficientAddressCapacity.
    """
    if domain != "vpc":
        raise errors.InvalidParameterValue(value=domain, name="domain", reason="EC2-Classic is not available.")
    if pool not in (None, POOL):
        raise errors.InvalidPublicIpv4PoolIDNotFound(pool=pool)
    if ipam_pool_id is not None:
        raise errors.InvalidIpamPoolIdNotFound(id=ipam_pool_id)
    if customer_owned_pool is not None:
        raise errors.InvalidPoolIDNotFound(id=customer_owned_pool)
    if network_border_group not in (None, uow.region):
        raise errors.InvalidParameterValue(
            value=network_border_group, name="networkBorderGroup", reason=f"The only one here is {uow.region}."
        )
    check_quota(uow)
    if wanted is not None:
        _recover(uow, wanted)
    address = Address(
        account=uow.account, region=uow.region, public_ip=addresses.take_elastic(uow, settings.public_cidr, wanted)
    )
    uow.add(address)
    uow.flush()
    tags.attach(uow, address, wanted_tags or {})
    return address


def check_quota(uow: UnitOfWork) -> None:
    """AddressLimitExceeded where the account may not have one more."""
    quotas.check(uow, quotas.ADDRESSES)


def _recover(uow: UnitOfWork, wanted: str) -> None:
    number = _number(wanted)
    connection = uow.for_reading()
    if connection.execute(_HOLDER, {"at": number}).first():
        raise errors.AuthFailureAddress(address=wanted)
    given = {"at": number, "account": uow.account, "region": uow.region}
    if connection.execute(_RECOVER, given).rowcount != 1:
        raise errors.InvalidAddressNotFound(address=wanted)


def _number(text: str) -> int:
    try:
        return int(IPv4Address(text))
    except ValueError as fault:
        raise errors.InvalidAddressMalformed(address=text) from fault


def associate(
    uow: UnitOfWork,
    settings: Settings,
    *,
    allocation_id: str | None = None,
    public_ip: str | None = None,
    instance_id: str | None = None,
    network_interface_id: str | None = None,
    private_ip: str | None = None,
    allow_reassociation: bool = True,
) -> str:
    """Give a private address of an interface this public one; the association's id.

    An address that was there goes: a lent one to the cloud, an Elastic one stays with its account. Errors:
    Gateway.NotAttached, Resource.AlreadyAssociated, InvalidInstanceID, IncorrectInstanceState,
    InvalidParameterCombination, InvalidParameterValue, MissingParameter, and those of what is not found.
    """
    address = named(uow, allocation_id, public_ip)
    interface = _interface(uow, instance_id, network_interface_id)
    target = _private_address(uow, interface, private_ip)
    if not uow.for_reading().execute(_WITH_GATEWAY, {"vpc": interface.vpc_id}).first():
        raise errors.InterfaceWithoutGateway(vpc_id=interface.vpc_id)
    before = association_of(uow, address.id)
    if before and (before.subnet_id, before.number) == (target.subnet_id, target.number):
        return str(before.association_id)
    if before and (before.requester_managed or not allow_reassociation):
        raise errors.ElasticAddressAssociated(id=address.id, association_id=before.association_id)
    if target.allocation_id and not allow_reassociation:
        raise errors.ElasticAddressAssociated(id=target.address, association_id=target.association_id)
    if target.public_owner == lent_addresses.LENT:
        addresses.give_back_public(uow, [interface.id])
    if before:
        part(uow, settings, before)
    association_id = bind(
        uow, address, target.subnet_id, target.number, named_in_dns=interface.private_dns_name is not None
    )
    if interface.instance_id:
        lent_addresses.follow(uow, [interface.instance_id])
    return association_id


def bind(uow: UnitOfWork, address: Address, subnet_id: str, number: int, *, named_in_dns: bool) -> str:
    """Write into the row of a private address that it has this Elastic one; the association's id."""
    association_id = ids.new("eipassoc")
    uow.for_reading().execute(
        _ASSOCIATE,
        {
            "subnet": subnet_id,
            "at": number,
            "ip": address.public_ip,
            "name": addresses.public_dns_name(uow.region, address.public_ip) if named_in_dns else None,
            "allocation": address.id,
            "association": association_id,
            "owner": address.account,
        },
    )
    return association_id


def named(uow: UnitOfWork, allocation_id: str | None, public_ip: str | None) -> Address:
    """The address of this allocation id or public address, locked."""
    if allocation_id and public_ip:
        raise errors.InvalidParameterCombination(
            reason="You may specify public IP or allocation id, but not both in the same call"
        )
    if allocation_id:
        return uow.require(Address, allocation_id, for_update=True)
    if not public_ip:
        raise errors.MissingParameter(name="AllocationId")
    number = _number(public_ip)
    if found := uow.scalars(select(Address).where(Address.public_ip == public_ip).with_for_update()).first():
        return found
    if uow.for_reading().execute(_HOLDER, {"at": number}).first():
        raise errors.AuthFailureAddress(address=public_ip)
    raise errors.InvalidAddressNotFound(address=public_ip)


def association_of(uow: UnitOfWork, allocation_id: str) -> Any:
    """The private address with this Elastic one, and its interface's instance, VPC and owner; None."""
    return uow.for_reading().execute(_ASSOCIATED, {"allocation": allocation_id}).first()


def _interface(uow: UnitOfWork, instance_id: str | None, network_interface_id: str | None) -> NetworkInterface:
    """The interface that a caller means, locked."""
    if instance_id and network_interface_id:
        raise errors.InvalidParameterCombination(
            reason="You may specify instance id or network interface id, but not both in the same call"
        )
    if instance_id:
        return _only_interface(uow, uow.require(Instance, instance_id, for_update=True))
    if not network_interface_id:
        raise errors.MissingParameter(name="InstanceId or NetworkInterfaceId")
    interface = interface_permissions.require(uow, network_interface_id, "EIP-ASSOCIATE")
    if interface.requester_managed:
        raise errors.OperationNotPermitted(reason=f"You are not allowed to manage the interface '{interface.id}'.")
    if interface.instance_id and interface.instance_owner_id == uow.account:
        instance = uow.require(Instance, interface.instance_id)
        if instance.state == "pending":
            raise errors.IncorrectInstanceState(
                reason=f"The pending instance '{instance.id}' to which '{interface.id}' is attached is not in a valid "
                "state for this operation"
            )
    return interface


def _only_interface(uow: UnitOfWork, instance: Instance) -> NetworkInterface:
    if instance.state not in ("running", "stopping", "stopped"):
        raise errors.InvalidInstanceID(
            reason=f"The {instance.state} instance '{instance.id}' is not in a valid state for this operation"
        )
    return primary_interface.only(uow, instance)


def _private_address(uow: UnitOfWork, interface: NetworkInterface, private_ip: str | None) -> Any:
    """The row of the interface's private address that a caller means: the primary one unless it says otherwise."""
    found = uow.for_reading().execute(_OF_INTERFACE, {"interface": interface.id}).all()
    for row in found:
        if row.address == private_ip if private_ip else row.is_primary:
            return row
    raise errors.InvalidValue(
        reason=f"The private IP address {private_ip} is not assigned to the interface '{interface.id}'."
        if private_ip
        else f"The interface '{interface.id}' has no private IPv4 address."
    )


def disassociate(
    uow: UnitOfWork, settings: Settings, *, association_id: str | None = None, public_ip: str | None = None
) -> None:
    """End an association. An instance that was launched with a lent address gets a new one, if it runs.

    Errors: InvalidAssociationID.NotFound; those of ``named``.
    """
    if association_id and public_ip:
        raise errors.InvalidParameterCombination(
            reason="You may specify public IP or association id, but not both in the same call"
        )
    if public_ip:
        before = association_of(uow, named(uow, None, public_ip).id)
        if before is None:
            return
    elif association_id:
        before = uow.for_reading().execute(_BY_ASSOCIATION, {"association": association_id}).first()
        if before is None or uow.account not in (before.public_owner, before.account):
            raise errors.InvalidAssociationIDNotFound(id=association_id)
    else:
        raise errors.MissingParameter(name="AssociationId")
    if before.requester_managed:
        raise errors.OperationNotPermitted(reason="You are not allowed to manage the address of a NAT gateway.")
    part(uow, settings, before)


def part(uow: UnitOfWork, settings: Settings, association: Any) -> None:
    """End this one, a row of ``association_of``; see ``disassociate``."""
    unbind(uow, association.subnet_id, association.number)
    if association.instance_id is None:
        return
    instance = reading.find(uow, Instance.id, association.instance_id)
    if instance and instance.state in ("running", "pending"):
        lent_addresses.lend(uow, settings.public_cidr, [instance.id])
    lent_addresses.follow(uow, [association.instance_id])


def unbind(uow: UnitOfWork, subnet_id: str, number: int) -> None:
    """Write into the row of a private address that it has no public one."""
    uow.for_reading().execute(_ASSOCIATE, {"subnet": subnet_id, "at": number, **_NOTHING})


def release(
    uow: UnitOfWork,
    settings: Settings,
    *,
    allocation_id: str | None = None,
    public_ip: str | None = None,
    network_border_group: str | None = None,
) -> None:
    """Give an address up. In a default VPC that ends its association.

    Errors: InvalidIPAddress.InUse, InvalidAddress.Locked, InvalidAddress.NotFound, AuthFailure.
    """
    address = named(uow, allocation_id, public_ip)
    if network_border_group not in (None, uow.region):
        raise errors.InvalidAddressNotFound(address=address.public_ip)
    if address.ptr_record:
        raise errors.InvalidAddressLocked(
            reason=f"The address with allocation id '{address.id}' cannot be released because it is locked to your "
            "account: a reverse DNS record is associated with it."
        )
    if association := association_of(uow, address.id):
        in_default = uow.for_reading().execute(_IS_DEFAULT, {"vpc": association.vpc_id}).scalar()
        if association.requester_managed or not in_default:
            raise errors.InvalidIPAddressInUse(address=address.public_ip)
        part(uow, settings, association)
    number = addresses.to_number(address.public_ip)
    connection = uow.for_reading()
    connection.execute(_FREE, {"at": number})
    released = {"number": number, "account": uow.account, "region": uow.region}
    connection.execute(_RELEASED[uow.database.is_sqlite], released)
    tags.forget(uow, [address.id])
    uow.delete(address)


def name(uow: UnitOfWork, allocation_id: str, domain_name: str | None) -> str | None:
    """Set or, with None, remove the name that a reverse look-up gives; the one before."""
    address = uow.require(Address, allocation_id, for_update=True)
    before = address.ptr_record
    address.ptr_record = f"{domain_name.rstrip('.')}." if domain_name else None
    return before
