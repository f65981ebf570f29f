"""What STS demands of parameters beyond its model: role ARNs, session tags, session policies."""

import json
import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend import errors
from backend.access_keys import Session
from backend.iam import documents

_ROLE = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):iam::(?P<account>[0-9]{12}):"
    r"role/(?:[!-.0-~]+/)*(?P<name>[\w+=,.@-]{1,64})",
    re.ASCII,
)
_POLICY_ARN = re.compile(
    r"arn:aws(?:-[a-z]+)*:iam::(?P<account>aws|[0-9]{12}):policy/(?:[!-.0-~]+/)*[\w+=,.@-]{1,128}", re.ASCII
)
_POLICY_ARNS = 10
_POLICY_CHARACTERS = 2048
_PACKED_BYTES = 2048


@dataclass(frozen=True)
class Role:
    arn: str
    partition: str
    account: str
    name: str

    @property
    def resource(self) -> str:
        """What stands behind the service in the ARN: the same in every partition."""
        return self.arn.partition("::")[2]


def role(arn: str) -> Role:
    found = _ROLE.fullmatch(arn)
    if found is None:
        raise errors.ValidationError(reason=f"{arn} is invalid")
    return Role(arn, found["partition"], found["account"], found["name"])


def session_tags(
    given: Sequence[Mapping[str, str]], transitive: Sequence[str] = (), calling: Session | None = None
) -> Session:
    """The tags of a new session, with those that the ``calling`` session passes on.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    tags = {tag["Key"]: tag["Value"] for tag in given}
    folded = {key.lower() for key in tags}
    if len(folded) < len(given):
        raise errors.InvalidValue(reason="Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    for key, value in tags.items():
        _check_tag_text("tags.key", key)
        _check_tag_text("tags.value", value)
        if key.lower().startswith("aws:"):
            raise errors.ValidationError(reason=f"Tag keys beginning with 'aws:' are reserved: '{key}'")
    marked = {key.lower() for key in transitive}
    if not marked <= folded:
        reason = "The specified transitive tag key must be included in the requested tags."
        raise errors.InvalidValue(reason=reason)
    inherited = calling or Session()
    passed_on = inherited.get("transitive_tag_keys", [])
    if folded & {key.lower() for key in passed_on}:
        raise errors.InvalidValue(
            reason="One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session."
        )
    kept = {key: value for key, value in inherited.get("tags", {}).items() if key in passed_on}
    limits = Session()
    if kept or tags:
        limits["tags"] = {**kept, **tags}
    if passed_on or marked:
        limits["transitive_tag_keys"] = [*passed_on, *(key for key in tags if key.lower() in marked)]
    return limits


def session_policies(policy: str | None, policy_arns: Sequence[Mapping[str, str]], account: str) -> Session:
    """The policies of a new session of ``account``."""
    arns = [descriptor.get("arn", "") for descriptor in policy_arns]
    limits = Session()
    if len(arns) > _POLICY_ARNS:
        raise _violation("policyArns", arns, f"Member must have length less than or equal to {_POLICY_ARNS}")
    for arn in arns:
        found = _POLICY_ARN.fullmatch(arn)
        if found is None or found["account"] not in ("aws", account):
            raise errors.ValidationError(reason=f"{arn} is invalid")
        limits["policy_arns"] = arns
    if len(policy or "") + sum(map(len, arns)) > _POLICY_CHARACTERS:
        raise errors.PackedPolicyTooLarge(
            reason=f"The session policies have more than {_POLICY_CHARACTERS} characters."
        )
    if policy is not None:
        documents.identity(policy)
        limits["policy"] = policy
    return limits


def packed_size(limits: Session) -> dict[str, int]:
    """PackedPolicySize, a percentage, where there are policies or tags; PackedPolicyTooLarge beyond 100.

    AWS does not say how it packs. Here it is the size after deflation, of 2,048 bytes.
    """
    packed = {name: limits[name] for name in ("policy", "policy_arns", "tags") if name in limits}
    if not packed:
        return {}
    percent = -(-100 * len(zlib.compress(json.dumps(packed).encode())) // _PACKED_BYTES)
    if percent > 100:
        reason = f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
        raise errors.PackedPolicyTooLarge(reason=reason)
    return {"PackedPolicySize": percent}


def _check_tag_text(member: str, text: str) -> None:
    """The model's pattern for tags is of Unicode classes: letters, separators, numbers and _.:/=+-@."""
    for character in text:
        if character not in "_.:/=+-@" and unicodedata.category(character)[0] not in "LZN":
            pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"
            raise _violation(member, text, f"Member must satisfy regular expression pattern: {pattern}")


def _violation(member: str, value: Any, constraint: str) -> errors.CloudError:
    return errors.ValidationError(
        reason=f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    )
