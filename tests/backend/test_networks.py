from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from backend import errors, networks, security_groups, subnets, vpcs
from backend.bus.local import LocalBus
from backend.cloud import Cloud
from backend.db.base import Base
from backend.db.engine import Database
from backend.db.models import InternetGateway, RegionSetup, Subnet, Vpc

ACCOUNT, REGION = "000000000000", "us-east-1"


def test_the_first_use_of_a_region_makes_one_default_vpc_whoever_is_first(cloud: Cloud) -> None:
    """Eight threads of each of four processes: a process knows nothing of the others but their database."""
    processes = [Cloud(cloud.settings, Database(cloud.settings.database), LocalBus()) for _ in range(4)]
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda process: networks.ensure_default_vpc(process, ACCOUNT, REGION), processes * 8))
    for process in processes:
        process.close()
    with cloud.unit_of_work(ACCOUNT, REGION, write=False) as uow:
        found = uow.records(Subnet)
        assert [s.cidr_block for s in found] == [f"172.31.{16 * n}.0/20" for n in range(6)]
        assert {s.available for s in found} == {4091}
        assert all(s.default_for_az and s.map_public_ip_on_launch for s in found)
        assert len(uow.records(Vpc)) == len(uow.records(InternetGateway)) == len(uow.records(RegionSetup)) == 1


def test_a_failure_at_the_first_use_is_made_good_at_the_next(cloud: Cloud) -> None:
    Base.metadata.tables["vpcs"].drop(cloud.database.engine)
    with pytest.raises(Exception, match="vpcs"):
        networks.ensure_default_vpc(cloud, ACCOUNT, REGION)
    Base.metadata.create_all(cloud.database.engine)
    networks.ensure_default_vpc(cloud, ACCOUNT, REGION)
    with cloud.unit_of_work(ACCOUNT, REGION, write=False) as uow:
        assert len(uow.records(Subnet)) == 6


def test_a_default_vpc_that_was_deleted_is_not_made_again(cloud: Cloud) -> None:
    networks.ensure_default_vpc(cloud, ACCOUNT, REGION)
    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        for subnet in uow.records(Subnet):
            subnets.delete_subnet(uow, subnet.id)
        uow.execute(update(InternetGateway).values(vpc_id=None))
        vpcs.delete_vpc(uow, uow.records(Vpc)[0].id)
        uow.commit()
    again = Cloud(cloud.settings, Database(cloud.settings.database), LocalBus())
    networks.ensure_default_vpc(again, ACCOUNT, REGION)
    with again.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        assert uow.records(Vpc) == []
        assert vpcs.default(uow) is None
        with pytest.raises(errors.VPCIdNotSpecified):
            security_groups.create(uow, name="web", description="web")
    again.close()


def test_regions_and_accounts_have_default_vpcs_of_their_own(cloud: Cloud) -> None:
    for account in (ACCOUNT, "111111111111"):
        for region in (REGION, "eu-west-1"):
            networks.ensure_default_vpc(cloud, account, region)
            with cloud.unit_of_work(account, region, write=False) as uow:
                (vpc,) = uow.records(Vpc)
                assert {s.vpc_id for s in uow.records(Subnet)} == {vpc.id}
                assert {s.zone[:-1] for s in uow.records(Subnet)} == {region}
