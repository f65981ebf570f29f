"""An account's defaults of the metadata service, and access to serial consoles."""

from typing import Any

import pytest

from tests.launching import launch
from tests.refusal import refused


def options(ec2: Any, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = launch(ec2, until=None, **given)["MetadataOptions"]
    return found


def test_an_account_has_no_preferences_at_first(ec2: Any) -> None:
    assert ec2.get_instance_metadata_defaults()["AccountLevel"] == {"ManagedBy": "account"}


def test_preferences_apply_to_launches_that_do_not_say(ec2: Any) -> None:
    before = options(ec2)
    ec2.modify_instance_metadata_defaults(HttpTokens="optional", HttpPutResponseHopLimit=5)
    ec2.modify_instance_metadata_defaults(InstanceMetadataTags="enabled", HttpEndpoint="enabled")
    assert ec2.get_instance_metadata_defaults()["AccountLevel"] == {
        "HttpTokens": "optional",
        "HttpPutResponseHopLimit": 5,
        "InstanceMetadataTags": "enabled",
        "HttpEndpoint": "enabled",
        "ManagedBy": "account",
    }
    found = options(ec2)
    assert (found["HttpTokens"], found["HttpPutResponseHopLimit"]) == ("optional", 5)
    assert found["InstanceMetadataTags"] == "enabled"
    assert options(ec2, MetadataOptions={"HttpTokens": "required"})["HttpTokens"] == "required"
    ec2.modify_instance_metadata_defaults(
        HttpTokens="no-preference",
        HttpPutResponseHopLimit=-1,
        InstanceMetadataTags="no-preference",
        HttpEndpoint="no-preference",
    )
    assert ec2.get_instance_metadata_defaults()["AccountLevel"] == {"ManagedBy": "account"}
    assert options(ec2) == before


def test_tokens_can_be_enforced(ec2: Any) -> None:
    ec2.modify_instance_metadata_defaults(HttpTokens="required", HttpTokensEnforced="enabled")
    instance = launch(ec2)
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    with refused("UnsupportedOperation", "IMDSv2"):
        launch(ec2, until=None, MetadataOptions={"HttpTokens": "optional"})
    with refused("UnsupportedOperation", "IMDSv2"):
        ec2.modify_instance_metadata_options(InstanceId=instance["InstanceId"], HttpTokens="optional")
    with refused("InvalidParameterCombination"):
        ec2.modify_instance_metadata_defaults(HttpTokens="optional")


@pytest.mark.parametrize("hops", [0, 65, -2])
def test_hops_that_cannot_be(ec2: Any, hops: int) -> None:
    with refused("InvalidParameterValue"):
        ec2.modify_instance_metadata_defaults(HttpPutResponseHopLimit=hops)


def test_access_to_serial_consoles(ec2: Any) -> None:
    assert ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"] is False
    assert ec2.enable_serial_console_access()["SerialConsoleAccessEnabled"] is True
    assert ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"] is True
    assert ec2.disable_serial_console_access()["SerialConsoleAccessEnabled"] is False
    assert ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"] is False
