"""Documents of policies as IAM takes them: ``backend.policies`` reads them, and IAM says what is wrong with one."""

from collections.abc import Iterator

from backend import errors
from backend.policies import documents
from backend.policies.documents import Policy, PolicyFault


def identity(text: str) -> Policy:
    """A policy of a user, group, role or session; MalformedPolicyDocument unless it has the grammar of one."""
    try:
        return documents.read(text, kind="identity")
    except PolicyFault as fault:
        raise errors.MalformedPolicyDocument(reason=fault.reason) from None


def trust(text: str) -> Policy:
    """The policy that says who may assume a role; MalformedPolicyDocument unless it has the grammar of one."""
    try:
        return documents.read(text, kind="trust")
    except PolicyFault as fault:
        raise errors.MalformedPolicyDocument(reason=fault.reason) from None


def principals(policy: Policy) -> Iterator[str]:
    """The ARNs and ids of the accounts, users and roles that a policy names."""
    for statement in policy.statements:
        if statement.principals is not None:
            yield from sorted(statement.principals.names)


def size(text: str) -> int:
    """The characters that AWS counts: all but white space."""
    return len("".join(text.split()))


def invalid_principal(arn: str) -> errors.CloudError:
    return errors.MalformedPolicyDocument(reason=documents.invalid_principal("AWS", arn).reason)
