"""Names of parameters: their form, their hierarchy, and what selects a version.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
"""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from backend import errors

LEVELS = 15
_FORM = re.compile(r"[A-Za-z0-9_.\-/]+")
_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:ssm:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}|):parameter(?P<name>/.+)")


@dataclass(frozen=True)
class Reference:
    """What a caller asks for. ``selector``: the number of a version, or a label; None: the newest version."""

    given: str
    name: str
    selector: str | None

    @property
    def number(self) -> int | None:
        return int(self.selector) if self.selector and self.selector.isdecimal() else None


def reference(given: str, account: str, region: str) -> Reference:
    """``name``, ``name:3`` or ``name:label``; the name may be an ARN of this account and region."""
    arn = _ARN.fullmatch(given)
    rest = given
    if arn is not None and arn["region"] == region and arn["account"] in ("", account):
        rest = arn["name"] if "/" in arn["name"][1:] else arn["name"][1:]
    name, colon, selector = rest.partition(":")
    return Reference(given, name, selector if colon else None)


def check_new(name: str) -> None:
    """ValidationException for a name that no parameter of an account may have; AccessDenied for AWS's own."""
    if name.lower().startswith(("/aws", "aws")):
        raise errors.AccessDenied(reason=f"No access to reserved parameter name: {name}.")
    if not _FORM.fullmatch(name) or name.lower().startswith(("/ssm", "ssm")):
        raise errors.ValidationError(
            reason='Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can '
            "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers "
            "and the following 3 symbols .-_"
        )
    if "/" in name and (not name.startswith("/") or name.endswith("/") or "//" in name):
        raise errors.ValidationError(reason="Parameter name must be a fully qualified name.")
    if name.count("/") > LEVELS:
        raise errors.HierarchyLevelLimitExceededException(
            reason=f"A hierarchy can have a maximum of {LEVELS} levels: {name}"
        )


def below(column: ColumnElement[str], path: str, *, recursive: bool) -> ColumnElement[bool]:
    """The condition that a name is in the hierarchy below ``path``; ValidationException for what is no path."""
    if not path.startswith("/") or not _FORM.fullmatch(path):
        raise errors.ValidationError(
            reason="The parameter doesn't meet the parameter name requirements. The parameter name must begin with a "
            f'forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive): {path}'
        )
    prefix = path.rstrip("/") + "/"
    within = column.startswith(prefix, autoescape=True)
    if not recursive:
        deeper = prefix.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%/%"
        within &= column.not_like(deeper, escape="!")
    return within | ~column.contains("/") if prefix == "/" else within


def arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:ssm:{region}:{account}:parameter{'' if name.startswith('/') else '/'}{name}"
