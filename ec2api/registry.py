"""Which function answers which action, checked against the service model as modules load."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, overload

from botocore.model import OperationModel

from ec2api.protocol import model

# Parameters that dispatch handles for every action.
DRY_RUN, CLIENT_TOKEN, TAG_SPECIFICATIONS = "DryRun", "ClientToken", "TagSpecifications"

EVERYWHERE = {
    "s3": (
        "Bucket",
        "Key",
        "ExpectedBucketOwner",
        "ExpectedSourceBucketOwner",
        "RequestPayer",
        "ContentMD5",
        "ChecksumAlgorithm",
    )
}
"""Parameters that are the same for every operation of a service, and are seen to before its handlers."""

Handler = Callable[..., dict[str, Any] | None]
H = TypeVar("H", bound=Handler)
Prepare = Callable[[Any, Mapping[str, Any]], Any]
"""What an action does before its transaction, from the parameters by AWS's names. Of S3 it gets the call, in a reading
transaction, and returns what streams the bytes after its end; of others the cloud, for slow work without rows."""


class Recall(Protocol):
    """How an idempotent action answers a repetition: from ``keep(answer)`` of the first call to an answer again."""

    def keep(self, answer: dict[str, Any]) -> dict[str, Any]: ...

    def answer(self, call: Any, kept: dict[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Action:
    service: str
    model: OperationModel
    handler: Handler
    parameters: dict[str, str]
    """AWS's member name -> the keyword that the handler takes."""
    writes: bool
    taggable: frozenset[str]
    recall: Recall | None = None
    open_enums: frozenset[str] = frozenset()
    prepare: Prepare | None = None
    filters: frozenset[str] = frozenset()
    """Names of filters that the handler knows itself, where it is no ``Describe``."""
    uses: frozenset[str] = frozenset()
    """Parameters that the handler's shared pieces take from the call by AWS's names."""
    supported: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        shared = {DRY_RUN, *EVERYWHERE.get(self.service, ())}
        if self.writes:
            shared.add(CLIENT_TOKEN)
        if self.taggable:
            shared.add(TAG_SPECIFICATIONS)
        object.__setattr__(self, "supported", frozenset(self.parameters) | self.uses | shared)

    @property
    def name(self) -> str:
        return str(self.model.name)

    @property
    def members(self) -> Iterable[str]:
        """Every parameter that AWS documents for this action."""
        return self.model.input_shape.members if self.model.input_shape else ()


ACTIONS: dict[tuple[str, str], Action] = {}
"""By service and AWS's name of the action."""


def register(found: Action) -> None:
    if (found.service, found.name) in ACTIONS:
        raise TypeError(f"{found.name} is registered twice")
    ACTIONS[found.service, found.name] = found


@overload
def action(handler: H, /) -> H: ...


@overload
def action(
    *,
    service: str = "ec2",
    reads: bool = False,
    tags: Iterable[str] = (),
    recall: Recall | None = None,
    open_enums: Iterable[str] = (),
    prepare: Prepare | None = None,
    filters: Iterable[str] = (),
    uses: Iterable[str] = (),
) -> Callable[[H], H]: ...


def action(
    handler: Any = None,
    /,
    *,
    service: str = "ec2",
    reads: bool = False,
    tags: Iterable[str] = (),
    recall: Recall | None = None,
    open_enums: Iterable[str] = (),
    prepare: Prepare | None = None,
    filters: Iterable[str] = (),
    uses: Iterable[str] = (),
) -> Any:
    """Register a handler. Its name is the action; its keywords are the parameters it supports.

    ``reads``: it changes nothing. ``tags``: the resource types that its TagSpecifications may name.
    ``open_enums``: shapes whose values, or whose absence, the handler checks itself, because AWS has an error code of
    their own for them.
    ``prepare``: runs before the transaction opens; the handler finds its result as ``call.prepared``.
    ``filters``: the names of those that it applies itself, as no column holds what they look at.
    ``uses``: parameters by AWS's names that shared pieces read from the call: S3's many headers.
    """

    def wrap(function: H) -> H:
        operation = model.service(service).operation_model(model.operation_of(service, function.__name__))
        members = {
            model.python_name(name): name for name in (operation.input_shape.members if operation.input_shape else ())
        }
        given = inspect.signature(function).parameters.values()
        keywords = [p.name for p in given if p.kind is p.KEYWORD_ONLY]
        used = frozenset(uses)
        if unknown := (set(keywords) - members.keys()) | (used - set(members.values())):
            raise TypeError(f"{operation.name} has no parameters {sorted(unknown)}")
        demanded = {p.name for p in given if p.kind is p.KEYWORD_ONLY and p.default is p.empty}
        if optional := {k for k in demanded if members[k] not in operation.input_shape.required_members}:
            raise TypeError(f"{operation.name} can be called without {sorted(optional)}")
        register(
            Action(
                service,
                operation,
                function,
                {members[k]: k for k in keywords},
                writes=not reads,
                taggable=frozenset(tags),
                recall=recall,
                open_enums=frozenset(open_enums),
                prepare=prepare,
                filters=frozenset(filters),
                uses=used,
            )
        )
        return function

    return wrap(handler) if handler is not None else wrap
