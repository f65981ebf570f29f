"""Regions and zones: AWS's names and ids, names that differ by account, and regions of a cloud's own."""

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import regions

CLASSIC = {
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "ap-south-1"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2"),
    *("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"),
}
ACCOUNTS = st.from_regex(r"[0-9]{12}", fullmatch=True)
NAMES = st.sampled_from([region.name for region in regions.all()])


def test_the_regions_are_those_that_botocore_knows_for_ec2() -> None:
    partition = Loader().load_data("endpoints")["partitions"][0]
    known = {name for name in partition["services"]["ec2"]["endpoints"] if "fips" not in name}
    assert {region.name for region in regions.all()} == known
    for region in regions.all():
        assert region.long_name == partition["regions"][region.name]["description"]


def test_seventeen_regions_need_no_opt_in() -> None:
    status = {region.name: region.opt_in_status for region in regions.all()}
    assert {name for name, value in status.items() if value == "opt-in-not-required"} == CLASSIC
    assert status["eu-south-1"] == "not-opted-in"


def test_a_region_has_what_answers_show() -> None:
    region = regions.find("eu-central-1")
    assert region is not None
    assert region.endpoint == "ec2.eu-central-1.amazonaws.com"
    assert region.geography == "Germany"
    zone = region.zones[0]
    assert (zone.name, zone.zone_id, zone.zone_type) == ("eu-central-1a", "euc1-az1", "availability-zone")
    assert (zone.region, zone.network_border_group) == ("eu-central-1", "eu-central-1")
    assert (zone.group_name, zone.group_long_name) == ("eu-central-1-zg-1", "Europe (Frankfurt) 1")
    assert regions.find("eu-central-9") is None


def test_zone_ids_are_unique_and_every_region_has_at_least_two_zones() -> None:
    zones = [zone for region in regions.all() for zone in region.zones]
    assert len({zone.zone_id for zone in zones}) == len(zones) == len({zone.name for zone in zones})
    assert all(len(region.zones) >= 2 for region in regions.all())
    assert all(regions.region_of(zone.name) == zone.region for zone in zones)
    assert [len(regions.region(name).zones) for name in ("us-east-1", "us-west-1", "us-west-2")] == [6, 2, 4]


def test_the_first_account_sees_zones_as_they_are_listed() -> None:
    for region in regions.all():
        for zone in region.zones:
            assert regions.zone_id_for("000000000000", zone.name) == zone.zone_id


@given(ACCOUNTS, NAMES)
def test_every_account_sees_all_zones_under_names_that_last(account: str, name: str) -> None:
    region = regions.region(name)
    seen = region.zone_ids(account)
    assert seen == region.zone_ids(account)
    assert list(seen) == [zone.name for zone in region.zones]
    assert sorted(seen.values()) == sorted(zone.zone_id for zone in region.zones)
    for zone, zone_id in seen.items():
        assert regions.zone_name_for(account, zone_id, name) == zone


def test_accounts_differ() -> None:
    accounts = [f"{number:012}" for number in range(1, 60)]
    first = {regions.zone_id_for(account, "eu-central-1a") for account in accounts}
    assert first == {"euc1-az1", "euc1-az2", "euc1-az3"}


@given(ACCOUNTS)
def test_the_zone_that_lacks_most_types_has_one_name_for_all(account: str) -> None:
    assert regions.zone_id_for(account, "us-east-1e") == "use1-az3"


@given(ACCOUNTS, NAMES, st.integers(1, 6))
def test_a_region_can_have_another_number_of_zones(account: str, name: str, number: int) -> None:
    region = regions.region(name, number)
    assert len(region.zones) == number
    kept = min(number, len(regions.region(name).zones))
    assert region.zones[:kept] == regions.region(name).zones[:kept]
    assert len({zone.name for zone in region.zones}) == len({zone.zone_id for zone in region.zones}) == number
    assert sorted(region.zone_ids(account).values()) == sorted(zone.zone_id for zone in region.zones)


def test_a_cloud_may_name_its_own_region() -> None:
    region = regions.region("lab-1", 2)
    assert [(zone.name, zone.zone_id) for zone in region.zones] == [
        ("lab-1a", "lab-1-az1"),
        ("lab-1b", "lab-1-az2"),
    ]
    assert (region.geography, region.opt_in_status) == (None, "opt-in-not-required")
    assert len(regions.region("lab-1").zones) == 3


@pytest.mark.parametrize("zone", ["eu-central-1z", "eu-central-1"])
def test_an_unknown_zone_is_a_key_error(zone: str) -> None:
    with pytest.raises(KeyError):
        regions.zone_id_for("111122223333", zone)
    with pytest.raises(KeyError):
        regions.zone_name_for("111122223333", "euc1-az9", "eu-central-1")
