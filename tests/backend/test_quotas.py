"""Quotas: what is refused beyond them, what they count, and what they cost where they do not hold."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from sqlalchemy import event

from backend import quotas
from backend.catalogue import instance_types
from backend.db.unit_of_work import UnitOfWork
from ec2api.cli import main
from tests.conftest import Embedded
from tests.ec2api.iam.conftest import TRUST
from tests.launching import ami, code_of, launch, wait_for

ACCOUNT = "111122223333"


@pytest.fixture
def limited(new_cloud: Callable[..., Embedded]) -> Embedded:
    return new_cloud(quotas="aws")


def set_to(cloud: Embedded, name: str, value: int) -> None:
    quotas.set_for(cloud.cloud.database, ACCOUNT, name, value)


def test_vpcs_and_what_is_in_them(limited: Embedded) -> None:
    ec2 = limited.client(account=ACCOUNT)
    for number in range(4):  # beside the default VPC
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    with pytest.raises(ClientError) as refused:
        ec2.create_vpc(CidrBlock="10.9.0.0/16")
    assert refused.value.response["Error"]["Code"] == "VpcLimitExceeded"
    assert refused.value.response["Error"]["Message"] == "The maximum number of VPCs has been reached."
    limited.client(account="444455556666").create_vpc(CidrBlock="10.9.0.0/16")
    limited.client(account=ACCOUNT, region="eu-central-1").create_vpc(CidrBlock="10.9.0.0/16")
    set_to(limited, "vpcs", 6)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    assert code_of(ec2.create_vpc, CidrBlock="10.10.0.0/16") == "VpcLimitExceeded"
    for name, value, create, given in (
        ("subnets-per-vpc", 0, ec2.create_subnet, {"VpcId": vpc, "CidrBlock": "10.9.0.0/24"}),
        ("route-tables-per-vpc", 1, ec2.create_route_table, {"VpcId": vpc}),
        ("network-acls-per-vpc", 1, ec2.create_network_acl, {"VpcId": vpc}),
    ):
        set_to(limited, name, value)
        assert code_of(create, **given) == quotas.ALL[name].code


def test_what_a_region_has(limited: Embedded) -> None:
    ec2 = limited.client(account=ACCOUNT)
    for _ in range(5):
        ec2.allocate_address()
    assert code_of(ec2.allocate_address) == "AddressLimitExceeded"
    for _ in range(4):
        ec2.create_internet_gateway()
    assert code_of(ec2.create_internet_gateway) == "InternetGatewayLimitExceeded"
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    for name, create, given in (
        ("security-groups", ec2.create_security_group, {"GroupName": "a", "Description": "a"}),
        ("key-pairs", ec2.create_key_pair, {"KeyName": "a"}),
        ("network-interfaces", ec2.create_network_interface, {"SubnetId": subnet}),
    ):
        set_to(limited, name, 0)
        assert code_of(create, **given) == quotas.ALL[name].code


def test_entries_of_tables(limited: Embedded) -> None:
    ec2 = limited.client(account=ACCOUNT)
    acl = ec2.describe_network_acls()["NetworkAcls"][0]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "10.0.0.0/8"}
    for number in range(18):  # beside the two that are there
        ec2.create_network_acl_entry(**entry, Egress=False, RuleNumber=200 + number)
    assert (
        code_of(ec2.create_network_acl_entry, **entry, Egress=False, RuleNumber=300) == "NetworkAclEntryLimitExceeded"
    )
    ec2.create_network_acl_entry(**entry, Egress=True, RuleNumber=300)
    table = ec2.describe_route_tables()["RouteTables"][0]["RouteTableId"]
    gateway = ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"]
    set_to(limited, "routes-per-route-table", 2)
    ec2.create_route(RouteTableId=table, GatewayId=gateway, DestinationCidrBlock="203.0.113.0/24")
    more = {"RouteTableId": table, "GatewayId": gateway, "DestinationCidrBlock": "192.0.2.0/24"}
    assert code_of(ec2.create_route, **more) == "RouteLimitExceeded"


def test_vcpus_of_instances_that_run(limited: Embedded) -> None:
    ec2 = limited.client(account=ACCOUNT)
    first = launch(ec2)  # two vCPUs of five
    launch(ec2)
    wanted = {"ImageId": ami(ec2), "MinCount": 1, "MaxCount": 1}
    with pytest.raises(ClientError) as refused:
        ec2.run_instances(**wanted, InstanceType="t3.micro")
    assert refused.value.response["Error"]["Code"] == "VcpuLimitExceeded"
    assert "your current vCPU limit of 5" in refused.value.response["Error"]["Message"]
    assert code_of(ec2.run_instances, **wanted, InstanceType="p3.2xlarge") == "VcpuLimitExceeded"
    ec2.stop_instances(InstanceIds=[first["InstanceId"]])
    wait_for(ec2, [first["InstanceId"]], "stopped")
    launch(ec2)
    assert code_of(ec2.start_instances, InstanceIds=[first["InstanceId"]]) == "VcpuLimitExceeded"


def test_endpoints(limited: Embedded) -> None:
    ec2 = limited.client(account=ACCOUNT)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    set_to(limited, "gateway-endpoints", 1)
    set_to(limited, "interface-endpoints-per-vpc", 0)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")
    more = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.dynamodb"}
    assert code_of(ec2.create_vpc_endpoint, **more) == "VpcEndpointLimitExceeded"
    interface = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.ec2", "VpcEndpointType": "Interface"}
    assert code_of(ec2.create_vpc_endpoint, **interface) == "VpcEndpointLimitExceeded"


def test_storage(limited: Embedded) -> None:
    ec2 = limited.client(account=ACCOUNT)
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    set_to(limited, "storage-of-gp3-tib", 2)
    for _ in range(2):
        ec2.create_volume(AvailabilityZone=zone, Size=1024, VolumeType="gp3")
    assert code_of(ec2.create_volume, AvailabilityZone=zone, Size=1, VolumeType="gp3") == "VolumeLimitExceeded"
    ec2.create_volume(AvailabilityZone=zone, Size=1, VolumeType="gp2")
    set_to(limited, "iops-of-io1", 1000)
    ec2.create_volume(AvailabilityZone=zone, Size=100, VolumeType="io1", Iops=1000)
    more = {"AvailabilityZone": zone, "Size": 100, "VolumeType": "io1", "Iops": 100}
    assert code_of(ec2.create_volume, **more) == "MaxIOPSLimitExceeded"


def test_iam(limited: Embedded) -> None:
    iam = limited.client("iam", account=ACCOUNT)
    set_to(limited, "iam-roles", 1)
    iam.create_role(RoleName="a", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(iam.exceptions.LimitExceededException) as refused:
        iam.create_role(RoleName="b", AssumeRolePolicyDocument=TRUST)
    assert refused.value.response["Error"]["Message"] == "Cannot exceed quota for RolesPerAccount: 1"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_without_quotas_nothing_is_counted(shared_cloud: Embedded) -> None:
    with shared_cloud.cloud.unit_of_work(ACCOUNT, "us-east-1", write=False) as uow:
        asked: list[Any] = []
        event.listen(uow.connection(), "before_cursor_execute", lambda *facts: asked.append(facts[2]))
        quotas.check(uow, quotas.VPCS, adding=1000)
        quotas.check_launch(uow, "p3.2xlarge", 1000)
        quotas.check_volume(uow, "gp3", 1_000_000, None)
        quotas.check_each(uow, quotas.RULES_PER_GROUP, 60)
        assert asked == []


def test_every_quota_counts_rows_or_has_a_check_of_its_own(limited: Embedded) -> None:
    special = {*quotas.STORAGE.values(), *quotas.IOPS.values(), *quotas.VCPUS.values()}
    special |= {quotas.RULES_PER_GROUP, quotas.GROUPS_PER_INTERFACE}
    with limited.cloud.unit_of_work(ACCOUNT, "us-east-1", write=False) as uow:
        assert isinstance(uow, UnitOfWork)
        for found in set(quotas.ALL.values()) - special:
            quotas.check(uow, found, adding=0)


def test_families_of_types() -> None:
    for name in instance_types.documents():
        family = quotas.family_of(name)
        assert family in quotas.VCPUS or (family is None and name.startswith("mac"))
    expected = {"m5.large": "standard", "im4gn.large": "standard", "h1.2xlarge": "standard", "d3.xlarge": "standard"}
    expected |= {
        "g5.xlarge": "g",
        "vt1.3xlarge": "g",
        "dl1.24xlarge": "dl",
        "hpc6a.48xlarge": "hpc",
        "u-6tb1.112xlarge": "u",
    }
    expected |= {
        "p4d.24xlarge": "p",
        "inf2.xlarge": "inf",
        "trn1.2xlarge": "trn",
        "x2gd.medium": "x",
        "f1.2xlarge": "f",
    }
    assert {name: quotas.family_of(name) for name in expected} == expected


def test_the_command(limited: Embedded) -> None:
    folder = str(limited.cloud.settings.data_dir)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["quota", "--data-dir", folder, *arguments])

    assert run("set", ACCOUNT, "elastic-ips", "1").exit_code == 0
    assert run("set", ACCOUNT, "elastic-ips", "2").exit_code == 0
    lines = run("list", ACCOUNT).output.splitlines()
    assert "elastic-ips\t2\t5\tAddressLimitExceeded" in lines
    assert len(lines) == len(quotas.ALL)
    assert run("list", "444455556666", "--output", "json").output.startswith('[{"Name": "vpcs", "Value": 5')
    for wrong in (("set", ACCOUNT, "colours", "1"), ("set", "12", "vpcs", "1"), ("set", ACCOUNT, "vpcs", "-1")):
        assert run(*wrong).exit_code == 2
