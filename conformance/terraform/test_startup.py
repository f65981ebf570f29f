"""What the provider asks before the first resource, each way in which it may be configured."""

import time
from typing import Any

import pytest

from conformance.endpoint import Credentials, Endpoint
from conformance.terraform.provider import Provider, refusal
from conformance.wire import Wire


def test_sts_tells_the_account(tf: Provider) -> None:
    assert len(tf.account) == 12
    assert tf.account.isdigit()


def test_the_other_way_to_the_account(tf: Provider, sts: Any) -> None:
    """With skip_credentials_validation: IAM's GetUser and ListRoles may fail, if they do so at once and with a 4xx."""
    began = time.monotonic()
    assert refusal(tf.iam.get_user) in ("", "NoSuchEntity", "ValidationError", "AccessDenied")
    assert sts.get_caller_identity()["Account"] == tf.account
    for role in tf.iam.list_roles(MaxItems=1)["Roles"]:
        assert role["Arn"].startswith(f"arn:aws:iam::{tf.account}:role/")
    assert time.monotonic() - began < 5


def test_wrong_credentials_are_refused_at_once(endpoint: Endpoint) -> None:
    wrong = Credentials("", endpoint.credentials.access_key_id, "wrong")
    if endpoint.other is None:
        pytest.skip("the endpoint may be open to everybody")
    sts = endpoint.client("sts", credentials=wrong)
    assert refusal(sts.get_caller_identity) == "SignatureDoesNotMatch"


def test_what_is_not_there_is_a_400_that_nobody_tries_again(wire: Wire) -> None:
    """A 5xx or a throttling is tried 25 times: to its user that is a Terraform that hangs."""
    for action, code in (("CreateIpam", "UnsupportedOperation"), ("NoSuchAction", "InvalidAction")):
        status, found, message = wire.call(action).error
        assert (status, found) == (400, code)
        assert action in (message or "")


def test_aws_regions(tf: Provider) -> None:
    found = tf.ec2.describe_regions(AllRegions=False)["Regions"]
    assert tf.region in [region["RegionName"] for region in found]
