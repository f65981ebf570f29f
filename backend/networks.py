"""An account's first use of a region: its default VPC, with all that a launch needs of the network.

https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
"""

from ipaddress import ip_network
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from backend import addresses, clock, errors, quotas, subnets, vpcs, zones
from backend.cloud import Cloud
from backend.db import reading
from backend.db.engine import Database
from backend.db.models import DhcpOption, DhcpOptions, InternetGateway, RegionSetup, Route
from backend.db.unit_of_work import UnitOfWork

DEFAULT_CIDR = "172.31.0.0/16"

_set_up: WeakKeyDictionary[Database, set[tuple[str, str]]] = WeakKeyDictionary()
_set_up_lock = Lock()


def ensure_default_vpc(cloud: Cloud, account: str, region: str) -> None:
    """Make the default VPC of an account in a region, once; called before a call's own transaction begins."""
    with _set_up_lock:
        known = _set_up.setdefault(cloud.database, set())
    if (account, region) in known:
        return
    if not _is_set_up(cloud, account, region):
        try:
            with cloud.unit_of_work(account, region, write=True) as uow:
                if not _recorded(uow):
                    set_up(cloud, uow)
                    cloud.commit(uow)
        except IntegrityError:
            # Another process was first: it holds the key of region_setups, and its VPC is the one that stays.
            if not _is_set_up(cloud, account, region):
                raise
    known.add((account, region))


def set_up(cloud: Cloud, uow: UnitOfWork) -> None:
    """Record the first use, which of two processes only one can, and make the default network."""
    uow.execute(insert(RegionSetup), [{"account": uow.account, "region": uow.region, "at": clock.now()}])
    default_dhcp_options(uow)
    create_default_vpc(cloud, uow)


def default_dhcp_options(uow: UnitOfWork) -> DhcpOptions:
    """The set of DHCP options that every new VPC of this region uses."""
    own = {"account": uow.account, "region": uow.region}
    options = DhcpOptions(**own, is_default=True)
    values = {
        "domain-name": addresses.private_domain(uow.region),
        "domain-name-servers": "AmazonProvidedDNS",
    }
    uow.add(options)
    uow.add_all(
        DhcpOption(**own, dhcp_options_id=options.id, position=position, key=key, value=value)
        for position, (key, value) in enumerate(values.items())
    )
    return options


def create_default_vpc(cloud: Cloud, uow: UnitOfWork) -> vpcs.NewVpc:
    """A default VPC with a default subnet in each zone, and its way to the internet."""
    new = vpcs.build(uow, DEFAULT_CIDR, is_default=True)
    gateway = InternetGateway(account=uow.account, region=uow.region, vpc_id=new.vpc.id)
    to_internet = Route(
        account=uow.account,
        region=uow.region,
        route_table_id=new.route_table.id,
        destination="0.0.0.0/0",
        target_kind="GatewayId",
        target=gateway.id,
    )
    uow.add_all([gateway, to_internet])
    blocks = ip_network(DEFAULT_CIDR).subnets(new_prefix=subnets.DEFAULT_PREFIX)
    zone_ids = zones.ids(cloud.settings, uow.account, uow.region)
    for (zone, zone_id), block in zip(zone_ids.items(), blocks, strict=False):
        subnets.build(
            uow,
            vpc_id=new.vpc.id,
            network_acl_id=new.network_acl.id,
            zone=zone,
            zone_id=zone_id,
            cidr_block=str(block),
            default_for_az=True,
            map_public_ip_on_launch=True,
            internet_gateway_block_mode=new.vpc.internet_gateway_block_mode,
        )
    return new


def create_default_vpc_again(cloud: Cloud, uow: UnitOfWork) -> vpcs.NewVpc:
    """A default VPC for an account that deleted its first one; DefaultVpcAlreadyExists, VpcLimitExceeded."""
    if vpcs.default(uow) is not None:
        raise errors.DefaultVpcAlreadyExists()
    quotas.check(uow, quotas.VPCS)
    return create_default_vpc(cloud, uow)


def _is_set_up(cloud: Cloud, account: str, region: str) -> bool:
    with cloud.unit_of_work(account, region, write=False) as uow:
        return _recorded(uow)


def _recorded(uow: UnitOfWork) -> bool:
    table = reading.table_of(RegionSetup)
    here = select(table.c.at).where(table.c.account == uow.account, table.c.region == uow.region)
    return uow.for_reading().execute(here).first() is not None
