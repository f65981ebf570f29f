"""Places of AWS that this cloud has none of: naming one is an error, as it is in a region of AWS without it."""

from backend import errors


def no_outpost(arn: str | None, name: str) -> None:
    """InvalidParameterValue for any Outpost."""
    if arn is not None:
        raise errors.InvalidParameterValue(value=arn, name=name, reason="The Outpost does not exist.")


def no_local_zone(zone: str | None, name: str) -> None:
    """InvalidParameterValue for any Local Zone."""
    if zone is not None:
        raise errors.InvalidParameterValue(value=zone, name=name, reason="It is no Local Zone of this Region.")
