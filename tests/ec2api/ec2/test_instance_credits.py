"""The CPU credit option of instances."""

from typing import Any

from tests.launching import code_of, launch, wait_for


def credits(ec2: Any, **given: Any) -> dict[str, str]:
    found = ec2.describe_instance_credit_specifications(**given)["InstanceCreditSpecifications"]
    return {each["InstanceId"]: each["CpuCredits"] for each in found}


def test_without_ids_only_the_unlimited_ones_are_shown(ec2: Any) -> None:
    t3 = launch(ec2)["InstanceId"]
    t2 = launch(ec2, InstanceType="t2.micro")["InstanceId"]
    m5 = launch(ec2, InstanceType="m5.large")["InstanceId"]
    assert credits(ec2) == {t3: "unlimited"}
    assert credits(ec2, InstanceIds=[t2, m5]) == {t2: "standard", m5: "standard"}
    assert credits(ec2, Filters=[{"Name": "instance-id", "Values": [t2, t3]}]) == {t3: "unlimited"}
    describe = ec2.describe_instance_credit_specifications
    assert code_of(describe, InstanceIds=[t2], MaxResults=5) == "InvalidParameterCombination"
    assert code_of(describe, InstanceIds=["i-00000000000000000"]) == "InvalidInstanceID.NotFound"
    assert code_of(describe, Filters=[{"Name": "instance-type", "Values": ["t2.micro"]}]) == "InvalidParameterValue"


def test_each_instance_succeeds_or_fails_for_itself(ec2: Any) -> None:
    t3, m5, gone = (launch(ec2, InstanceType=kind)["InstanceId"] for kind in ("t3.micro", "m5.large", "t3.micro"))
    ec2.terminate_instances(InstanceIds=[gone])
    wait_for(ec2, [gone], "terminated")
    ids = [t3, m5, gone, "i-00000000000000000", "i-1"]
    answer = ec2.modify_instance_credit_specification(
        InstanceCreditSpecifications=[{"InstanceId": id, "CpuCredits": "standard"} for id in ids]
    )
    assert answer["SuccessfulInstanceCreditSpecifications"] == [{"InstanceId": t3}]
    refused = {f["InstanceId"]: f["Error"]["Code"] for f in answer["UnsuccessfulInstanceCreditSpecifications"]}
    assert refused == {
        m5: "InstanceCreditSpecification.NotSupported",
        gone: "IncorrectInstanceState",
        "i-00000000000000000": "InvalidInstanceID.NotFound",
        "i-1": "InvalidInstanceID.Malformed",
    }
    assert credits(ec2, InstanceIds=[t3]) == {t3: "standard"}


def test_an_option_that_does_not_exist_fails_the_call(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    modify = ec2.modify_instance_credit_specification
    specifications = [{"InstanceId": id, "CpuCredits": "standard"}, {"InstanceId": id, "CpuCredits": "plenty"}]
    assert code_of(modify, InstanceCreditSpecifications=specifications) == "InvalidParameterValue"
    assert code_of(modify, InstanceCreditSpecifications=[{"InstanceId": id}]) == "MissingParameter"
    assert credits(ec2, InstanceIds=[id]) == {id: "unlimited"}


def test_a_resized_instance_keeps_its_option(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    ec2.modify_instance_attribute(InstanceId=id, InstanceType={"Value": "m5.large"})
    assert credits(ec2) == {id: "unlimited"}


def test_other_accounts_see_and_change_nothing(ec2: Any, shared_cloud: Any) -> None:
    id = launch(ec2)["InstanceId"]
    other = shared_cloud.client(account="999999999999")
    assert id not in credits(other)
    answer = other.modify_instance_credit_specification(
        InstanceCreditSpecifications=[{"InstanceId": id, "CpuCredits": "standard"}]
    )
    assert answer["SuccessfulInstanceCreditSpecifications"] == []
    assert credits(ec2) == {id: "unlimited"}
