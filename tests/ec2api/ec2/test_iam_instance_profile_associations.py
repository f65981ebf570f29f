"""Instance profiles of instances."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.launching import launch, wait_for
from tests.refusal import refused

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture
def iam(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("iam", account=account)


def profile(iam: Any, name: str, *, role: bool = True) -> dict[str, str]:
    found = iam.create_instance_profile(InstanceProfileName=name, Path="/servers/")["InstanceProfile"]
    if role:
        iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=TRUST)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=f"{name}-role")
    return {"Arn": found["Arn"], "Id": found["InstanceProfileId"]}


def associations(ec2: Any, **given: Any) -> list[Any]:
    found: list[Any] = ec2.describe_iam_instance_profile_associations(**given)["IamInstanceProfileAssociations"]
    return found


def shown(ec2: Any, id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]


def poll(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 15
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_launch_with_a_profile(ec2: Any, iam: Any) -> None:
    wanted = profile(iam, "web")
    instance = launch(ec2, until=None, IamInstanceProfile={"Name": "web"})
    assert instance["IamInstanceProfile"] == wanted
    other = launch(ec2, IamInstanceProfile={"Arn": wanted["Arn"]})
    assert other["IamInstanceProfile"] == wanted
    found = associations(ec2)
    assert [(a["InstanceId"], a["State"]) for a in found] == [
        (instance["InstanceId"], "associated"),
        (other["InstanceId"], "associated"),
    ]
    assert found[0]["IamInstanceProfile"] == wanted
    filters = [{"Name": "iam-instance-profile.arn", "Values": [wanted["Arn"]]}]
    assert len(ec2.describe_instances(Filters=filters)["Reservations"]) == 2
    ec2.terminate_instances(InstanceIds=[other["InstanceId"]])
    wait_for(ec2, [other["InstanceId"]], "terminated")
    assert len(associations(ec2)) == 1


def test_a_profile_is_given_replaced_and_taken(ec2: Any, iam: Any) -> None:
    first, second = profile(iam, "first"), profile(iam, "second")
    id = launch(ec2)["InstanceId"]
    made = ec2.associate_iam_instance_profile(InstanceId=id, IamInstanceProfile={"Name": "first"})
    association = made["IamInstanceProfileAssociation"]
    assert association["State"] == "associating" and association["IamInstanceProfile"] == first
    poll(lambda: associations(ec2)[0]["State"] == "associated")
    with refused("IncorrectState", id):
        ec2.associate_iam_instance_profile(InstanceId=id, IamInstanceProfile={"Name": "second"})
    changed = ec2.replace_iam_instance_profile_association(
        AssociationId=association["AssociationId"], IamInstanceProfile={"Arn": second["Arn"]}
    )["IamInstanceProfileAssociation"]
    assert changed["AssociationId"] != association["AssociationId"]
    assert shown(ec2, id)["IamInstanceProfile"] == second
    by_instance = [{"Name": "instance-id", "Values": [id]}]
    assert [a["AssociationId"] for a in associations(ec2, Filters=by_instance)] == [changed["AssociationId"]]
    gone = ec2.disassociate_iam_instance_profile(AssociationId=changed["AssociationId"])
    assert gone["IamInstanceProfileAssociation"]["State"] == "disassociating"
    assert "IamInstanceProfile" not in shown(ec2, id)
    poll(lambda: not associations(ec2))
    with refused("InvalidAssociationID.NotFound"):
        ec2.disassociate_iam_instance_profile(AssociationId=changed["AssociationId"])


def test_an_empty_name_is_no_name(ec2: Any) -> None:
    assert "IamInstanceProfile" not in launch(ec2, until=None, IamInstanceProfile={"Name": ""})


def test_profiles_that_are_refused(ec2: Any, iam: Any) -> None:
    profile(iam, "empty", role=False)
    with refused("InvalidParameterValue", "Invalid IAM Instance Profile name"):
        launch(ec2, until=None, IamInstanceProfile={"Name": "none"})
    with refused("InvalidParameterValue", "has no associated IAM Roles"):
        launch(ec2, until=None, IamInstanceProfile={"Name": "empty"})
    assert ec2.describe_instances()["Reservations"] == []
    id = launch(ec2)["InstanceId"]
    with refused("InvalidParameterValue", "Invalid IAM Instance Profile ARN"):
        arn = "arn:aws:iam::111111111111:instance-profile/none"
        ec2.associate_iam_instance_profile(InstanceId=id, IamInstanceProfile={"Arn": arn})
    with refused("InvalidInstanceID.NotFound"):
        ec2.associate_iam_instance_profile(InstanceId="i-0123456789abcdef0", IamInstanceProfile={"Name": "empty"})
    with refused("InvalidAssociationID.NotFound"):
        associations(ec2, AssociationIds=["iip-assoc-0123456789abcdef0"])
