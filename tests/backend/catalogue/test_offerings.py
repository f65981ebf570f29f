"""Offerings: every type everywhere, but for the exceptions that the data file lists."""

from backend.catalogue import instance_types, offerings, regions


def test_a_usual_zone_offers_every_type() -> None:
    assert offerings.in_zone("euc1-az1") == set(instance_types.documents())
    assert offerings.offered("t3.micro", "use1-az1")
    assert not offerings.offered("t3.huge", "use1-az1")


def test_the_old_zone_of_north_virginia_lacks_what_came_later() -> None:
    assert offerings.offered("t2.micro", "use1-az3")
    assert offerings.offered("i3.16xlarge", "use1-az3")
    assert not offerings.offered("i3.metal", "use1-az3")
    assert not offerings.offered("t3.micro", "use1-az3")
    assert not offerings.offered("m5.large", "use1-az3")
    assert len(offerings.in_zone("use1-az3")) == 68


def test_a_region_offers_what_one_of_its_zones_does() -> None:
    for region in regions.all():
        assert "m5.large" in offerings.in_region(region.name)
    assert offerings.in_region("lab-1") == offerings.in_zone("lab-1-az1")


def test_exceptions_name_real_zones_and_types() -> None:
    zone_ids = {zone.zone_id for region in regions.all() for zone in region.zones}
    for zone_id, patterns in offerings.exceptions().items():
        assert zone_id in zone_ids
        for pattern in patterns:
            assert any(name.startswith(pattern.rstrip("*")) for name in offerings.in_zone(zone_id)), pattern
