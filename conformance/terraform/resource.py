"""A resource of Terraform's and a stack of them: applied, planned again without a difference, changed, destroyed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from botocore.exceptions import ClientError

from conformance.terraform.provider import Provider

State = dict[str, Any]
R = TypeVar("R", bound="Resource")


class Resource:
    """One block of configuration: its arguments, the calls of its life, and what the last read of it gave.

    ``kind`` is what TagSpecifications call it; "" for what takes no tags.
    """

    kind: ClassVar[str] = ""
    unread: ClassVar[frozenset[str]] = frozenset()
    """Arguments that no read tells."""
    stays: ClassVar[bool] = False
    """Terraform adopts it, and forgets it at the end: it is there before and after."""

    def __init__(self, tf: Provider, /, **arguments: Any) -> None:
        self.tf, self.ec2 = tf, tf.ec2
        self.arguments = {"tags": {}, **arguments} if self.kind else arguments
        self.id = ""
        self.state: State = {}

    def create(self) -> None:
        """Makes it, waits as the provider waits, and sets ``id``."""
        raise NotImplementedError

    def read(self) -> State | None:
        """What a refresh finds: every argument by its name, and more; None where it is gone."""
        raise NotImplementedError

    def update(self, changed: dict[str, Any]) -> None:
        """Makes it as ``arguments`` are; ``changed`` are those that are new, with their values before."""
        raise NotImplementedError

    def delete(self) -> None:
        """Destroys it, and waits as the provider waits."""
        raise NotImplementedError

    def __getitem__(self, attribute: str) -> Any:
        return self.state[attribute]

    def get(self, argument: str, default: Any = None) -> Any:
        return self.arguments.get(argument, default)

    def given(self, **names: str) -> dict[str, Any]:
        """Parameters of AWS's names from those arguments that are set: ``given(CidrBlock="cidr_block")``."""
        return {name: self.arguments[argument] for name, argument in names.items() if argument in self.arguments}

    @property
    def tag_specifications(self) -> list[dict[str, Any]]:
        return [{"ResourceType": self.kind, "Tags": as_tags(self.arguments["tags"])}] if self.arguments["tags"] else []

    def change_tags(self, before: dict[str, str], resource_id: str | None = None) -> None:
        """Removes the tags that went, then sets those that are new."""
        now = self.arguments["tags"]
        ids = [resource_id or self.id]
        if removed := {k: v for k, v in before.items() if k not in now}:
            self.ec2.delete_tags(Resources=ids, Tags=as_tags(removed))
        if updated := {k: v for k, v in now.items() if before.get(k) != v}:
            self.ec2.create_tags(Resources=ids, Tags=as_tags(updated))


def as_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_of(shown: dict[str, Any]) -> dict[str, str]:
    """Tags as the provider keeps them: without those that AWS sets."""
    return {t["Key"]: t["Value"] for t in shown.get("Tags", shown.get("TagSet", [])) if not t["Key"].startswith("aws:")}


@dataclass(frozen=True)
class Data:
    """What a configuration's data sources found, and a name that nothing else has."""

    zones: Sequence[str]
    ami: str
    name: str


class Stack:
    """Resources in the order in which they were applied."""

    def __init__(self, tf: Provider, data: Data) -> None:
        self.tf, self.data = tf, data
        self.resources: list[Resource] = []

    def add(self, kind: type[R], tf: Provider | None = None, /, **arguments: Any) -> R:
        """Applies one more resource: made, read, as it was configured, and the same when it is read again."""
        resource = kind(tf or self.tf, **arguments)
        try:
            resource.create()
        finally:  # what is half made is tainted: Terraform destroys it too
            if resource.id:
                self.resources.append(resource)
        self.refresh(resource)
        assert resource.read() == resource.state, type(resource).__name__
        return resource

    def refresh(self, resource: Resource) -> None:
        state = resource.read()
        assert state is not None, f"{type(resource).__name__} {resource.id} is not found"
        resource.state = state
        told = {n: v for n, v in resource.arguments.items() if n not in resource.unread}
        other = {n: (state.get(n), v) for n, v in told.items() if state.get(n) != v}
        assert not other, f"{type(resource).__name__}: found, and wanted: {other!r}"

    def plan(self) -> None:
        """Reads everything again: nothing may differ."""
        for resource in self.resources:
            assert resource.read() == resource.state, type(resource).__name__

    def replan(self) -> None:
        """Reads everything again, takes what it finds as the state, and plans: it is as configured."""
        for resource in self.resources:
            self.refresh(resource)
        self.plan()

    def change(self, resource: Resource, **arguments: Any) -> None:
        """Applies new values of a resource's arguments."""
        before: dict[str, Any] = {name: resource.arguments.get(name) for name in arguments}
        changed: dict[str, Any] = {n: value for n, value in before.items() if value != arguments[n]}
        resource.arguments.update(arguments)
        if "tags" in changed and resource.kind:
            resource.change_tags(changed.pop("tags"))
        if changed:
            resource.update(changed)
        self.refresh(resource)

    def remove(self, resource: Resource) -> None:
        """Destroys one resource; a read of it then finds nothing."""
        resource.delete()
        self.resources.remove(resource)
        assert resource.stays or resource.read() is None, f"{type(resource).__name__} {resource.id} is still there"

    def destroy(self) -> None:
        for resource in reversed(list(self.resources)):
            self.remove(resource)

    def abandon(self) -> None:
        """Destroys what a test that failed left behind, as far as that goes."""
        for resource in reversed(self.resources):
            with suppress(ClientError, AssertionError):
                resource.delete()
