"""Runs the same scenarios against any endpoint: `pytest conformance [--endpoint URL --access-key ID --secret-key S]`.

Without an endpoint they start `ec2api serve` with a data directory of its own, or with ``--cluster`` every role of a
cluster as processes of their own. Tests leave nothing behind that a later run would trip over.
"""

import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conformance.buckets import remove
from conformance.endpoint import Credentials, Endpoint, eventually
from conformance.wire import Wire


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--endpoint", help="The URL of a running cloud; without it, one is started.")
    group.addoption("--access-key", default="000000000000", help="Of the account that the tests may use.")
    group.addoption("--secret-key", default="secret")
    group.addoption("--region", default="us-east-1")
    group.addoption("--cluster", action="store_true", help="Start a cluster instead of `ec2api serve`.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "conformance" in item.path.parts:
            item.add_marker(pytest.mark.tools if "tools" in item.path.parts else pytest.mark.conformance)


@pytest.fixture(scope="session")
def endpoint(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    option = request.config.getoption
    with ExitStack() as stack:
        if url := option("--endpoint"):
            key = option("--access-key")
            found = Endpoint((url,), option("--region"), Credentials("", key, option("--secret-key")))
            account = found.client("sts").get_caller_identity()["Account"]
            yield Endpoint((url,), found.region, Credentials(account, key, option("--secret-key")))
        elif option("--cluster"):
            from conformance.clustered import clustered  # noqa: PLC0415  needs servers that others lack

            yield stack.enter_context(clustered())
        else:
            from conformance.embedded import embedded  # noqa: PLC0415

            yield stack.enter_context(embedded())


@pytest.fixture(scope="session")
def ec2(endpoint: Endpoint) -> Any:
    return endpoint.client()


@pytest.fixture(scope="session")
def sts(endpoint: Endpoint) -> Any:
    return endpoint.client("sts")


@pytest.fixture(scope="session")
def s3(endpoint: Endpoint) -> Any:
    return endpoint.client("s3")


@pytest.fixture(scope="session")
def secure_s3(endpoint: Endpoint) -> Any:
    """A client of S3 over TLS, which gives checksums in trailers."""
    if not endpoint.secure_urls:
        pytest.skip("the endpoint is not known to speak TLS")
    return endpoint.secure.client("s3")


@pytest.fixture(scope="session")
def resource(endpoint: Endpoint) -> Any:
    return endpoint.resource()


@pytest.fixture
def other(endpoint: Endpoint) -> Any:
    """A client of another account in the same region."""
    if endpoint.other is None:
        pytest.skip("the endpoint's other account is not known")
    return endpoint.client(credentials=endpoint.other)


@pytest.fixture
def other_s3(endpoint: Endpoint) -> Any:
    """A client of S3 of another account."""
    if endpoint.other is None:
        pytest.skip("the endpoint's other account is not known")
    return endpoint.client("s3", credentials=endpoint.other)


@pytest.fixture(scope="session")
def anonymous(endpoint: Endpoint) -> Any:
    """A client of S3 that signs nothing."""
    return endpoint.anonymous()


@pytest.fixture
def elsewhere(endpoint: Endpoint) -> Any:
    """A client of the same account in another region."""
    if endpoint.other_region is None:
        pytest.skip("the endpoint's other region is not known")
    return endpoint.client(region=endpoint.other_region)


@pytest.fixture(scope="session")
def wire(endpoint: Endpoint) -> Wire:
    return Wire(endpoint)


@pytest.fixture(scope="session")
def image(ec2: Any) -> dict[str, Any]:
    """Amazon Linux 2023 for x86_64, the newest."""
    wanted = [
        {"Name": "name", "Values": ["al2023-ami-2023.*-x86_64"]},
        {"Name": "state", "Values": ["available"]},
    ]
    found = ec2.describe_images(Owners=["amazon"], Filters=wanted)["Images"]
    return max(found, key=lambda i: i["CreationDate"])


_numbers = itertools.count()


@pytest.fixture
def name() -> str:
    """A name that nothing else has."""
    return f"conformance-{secrets.token_hex(4)}-{next(_numbers)}"


@pytest.fixture
def launch(ec2: Any, image: dict[str, Any]) -> Iterator[Callable[..., Any]]:
    """RunInstances of one small instance, unless told otherwise: the reservation. What was launched is terminated."""
    launched: list[str] = []

    def run(**parameters: Any) -> Any:
        plain = {"ImageId": image["ImageId"], "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
        answer = ec2.run_instances(**{**plain, **parameters})
        launched.extend(i["InstanceId"] for i in answer["Instances"])
        return answer

    yield run
    if not launched:
        return
    for instance in _all(ec2, launched):
        with suppress(ClientError):  # it may be gone already
            unprotect = {"InstanceId": instance["InstanceId"], "DisableApiTermination": {"Value": False}}
            ec2.modify_instance_attribute(**unprotect)
    ec2.terminate_instances(InstanceIds=launched)
    eventually(
        lambda: {i["State"]["Name"] for i in _all(ec2, launched)},
        lambda states: states == {"terminated"},
    )


def _all(ec2: Any, instance_ids: list[str]) -> list[Any]:
    found = ec2.describe_instances(InstanceIds=instance_ids)["Reservations"]
    return [i for r in found for i in r["Instances"]]


@pytest.fixture
def one(ec2: Any) -> Callable[[str], Any]:
    """The instance with an id, as DescribeInstances shows it."""
    return lambda instance_id: _all(ec2, [instance_id])[0]


@pytest.fixture
def reach(one: Callable[[str], Any]) -> Callable[..., Any]:
    """Waits for an instance to be in a state, and gives it."""

    def wait(instance_id: str, state: str, seconds: float = 60) -> Any:
        return eventually(lambda: one(instance_id), lambda i: i["State"]["Name"] == state, seconds)

    return wait


@pytest.fixture
def vpc(ec2: Any) -> Iterator[Any]:
    """A VPC 10.1.0.0/16 with a subnet 10.1.1.0/24: {"VpcId", "SubnetId"}."""
    vpc_id = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.1.0/24")["Subnet"]
    yield {"VpcId": vpc_id, "SubnetId": subnet["SubnetId"]}
    _remove_vpc(ec2, vpc_id)


def _remove_vpc(ec2: Any, vpc_id: str) -> None:
    inside = [{"Name": "vpc-id", "Values": [vpc_id]}]
    groups = [g for g in ec2.describe_security_groups(Filters=inside)["SecurityGroups"] if g["GroupName"] != "default"]
    for group in groups:
        for direction, rules in (("ingress", group["IpPermissions"]), ("egress", group["IpPermissionsEgress"])):
            if rules:
                getattr(ec2, f"revoke_security_group_{direction}")(GroupId=group["GroupId"], IpPermissions=rules)
    for group in groups:
        ec2.delete_security_group(GroupId=group["GroupId"])
    for subnet in ec2.describe_subnets(Filters=inside)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc_id)


@pytest.fixture
def group(ec2: Any, name: str) -> Iterator[str]:
    """A security group in the default VPC: its id."""
    group_id = ec2.create_security_group(GroupName=name, Description="conformance")["GroupId"]
    yield group_id
    with suppress(ClientError):
        ec2.delete_security_group(GroupId=group_id)


@pytest.fixture
def bucket(s3: Any, name: str) -> Iterator[str]:
    """A bucket, which goes with all that is in it: its name."""
    s3.create_bucket(Bucket=name)
    yield name
    remove(s3, name)


@pytest.fixture
def key(ec2: Any, name: str) -> Iterator[dict[str, Any]]:
    """A created key pair, with its KeyMaterial."""
    yield ec2.create_key_pair(KeyName=name)
    ec2.delete_key_pair(KeyName=name)
