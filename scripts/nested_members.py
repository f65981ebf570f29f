"""Which members inside structures an action refuses, found by sending each of them as a dry run."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.model import Shape
from botocore.serialize import create_serializer

from backend import errors
from backend.cloud import Cloud
from backend.config import Settings
from ec2api import dispatch, roles
from ec2api.caller import Caller
from ec2api.protocol import json
from ec2api.registry import ACTIONS, CLIENT_TOKEN, DRY_RUN, TAG_SPECIFICATIONS, Action

CALLER = Caller(account="0" * 12, region="us-east-1", arn=f"arn:aws:iam::{'0' * 12}:root", user_id="0" * 12)
SHARED = {DRY_RUN, CLIENT_TOKEN, TAG_SPECIFICATIONS, "Filter", "Filters"}
DEPTH = 5


class Probe:
    """A cloud with one instance, and the ids that an action needs to get as far as its structures."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        image = self.call("DescribeImages", {"Owners": ["amazon"]})["Images"][0]["ImageId"]
        self.given: dict[str, Any] = {"ImageId": image}
        wanted = {"MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro"}
        instance = self.call("RunInstances", wanted | self.given)["Instances"][0]
        for name in ("InstanceId", "SubnetId", "VpcId"):
            self.given[name] = instance[name]
        self.given["GroupId"] = instance["SecurityGroups"][0]["GroupId"]
        filters = [{"Name": "group-id", "Values": [self.given["GroupId"]]}]
        rules = self.call("DescribeSecurityGroupRules", {"Filters": filters})["SecurityGroupRules"]
        rule = rules[0]["SecurityGroupRuleId"]
        self.needed = {"IpProtocol": "-1", "DeviceName": "/dev/sdx", "SecurityGroupRuleId": rule}
        """What structures need beside the member that is tried, though AWS's model does not say so."""

    def call(self, name: str, parameters: dict[str, Any], service: str = "ec2") -> dict[str, Any]:
        """The values of the answer to a call; a ``CloudError`` where it is refused."""
        operation = ACTIONS[service, name].model
        serializer = create_serializer(operation.service_model.metadata["protocol"], include_validation=False)
        body = serializer.serialize_to_request(parameters, operation)["body"]
        if isinstance(body, bytes):  # JSON
            values = json.parse(body, operation.input_shape)
            return dispatch.perform(self.cloud, CALLER, ACTIONS[service, name], values, "probe")
        form = [(key, str(value).lower() if isinstance(value, bool) else str(value)) for key, value in body.items()]
        return dispatch.answer(self.cloud, CALLER, service, form, "probe")[1]

    def refused(self, action: Action) -> list[str]:
        """Paths such as ``Placement.HostId`` that get UnsupportedOperation, of parameters that the action supports."""
        members = action.model.input_shape.members if action.model.input_shape else {}
        found: dict[str, None] = {}
        for name in sorted((action.supported - SHARED) & members.keys()):
            for path in paths(members[name], name):
                if not any(path.startswith(f"{refused}.") for refused in found):
                    found |= dict.fromkeys(self._refused(action, path))
        return list(found)

    def _refused(self, action: Action, path: str) -> list[str]:
        """The path, up to the member that the refusal of it names; none if it is not refused."""
        shape = action.model.input_shape
        top, *below = path.split(".")
        parameters = {
            name: self._value(shape.members[name], below if name == top else [])
            for name in {*shape.required_members, top}
        }
        parameters |= {name: self.given[name] for name in shape.members.keys() & self.given.keys()}
        if DRY_RUN in shape.members:
            parameters[DRY_RUN] = True
        try:
            self.call(action.name, parameters, action.service)
        except errors.UnsupportedParameter as fault:
            member = fault.message.split()[2].rpartition(".")[2]
            if member in below:
                return [".".join([top, *below[: below.index(member) + 1]])]
            return []
        except errors.CloudError:
            return []
        return []

    def _value(self, shape: Shape, path: list[str]) -> Any:
        """The smallest value of a shape that has the member ``path``, and beside it what the structures need."""
        if shape.type_name == "list":
            return [self._value(shape.member, path)]
        if shape.type_name != "structure":
            return scalar(shape)
        needed = {name: text for name, text in self.needed.items() if name in shape.members and path}
        wanted = {*shape.required_members, *path[:1]} - needed.keys()
        return needed | {n: self._value(shape.members[n], path[1:] if n in path[:1] else []) for n in wanted}


@contextmanager
def probe() -> Iterator[Probe]:
    settings = {"regions": (CALLER.region,), "zones": 1, "simulated_boot_seconds": 0}
    with TemporaryDirectory() as folder, ExitStack() as closing:
        cloud = roles.open_cloud(Settings(data_dir=Path(folder), **settings))
        closing.callback(cloud.close)
        roles.start_embedded(cloud, closing)
        yield Probe(cloud)


def paths(shape: Shape, path: str, depth: int = DEPTH) -> Iterator[str]:
    """The members of the structures that a parameter is made of, by their path; lists are passed through."""
    if shape.type_name == "list":
        yield from paths(shape.member, path, depth)
    elif shape.type_name == "structure" and depth:
        for name, member in shape.members.items():
            yield f"{path}.{name}"
            yield from paths(member, f"{path}.{name}", depth - 1)


def scalar(shape: Shape) -> Any:
    least = max(int(shape.metadata.get("min", 0)), 1)
    text = next(iter(getattr(shape, "enum", ())), "x" * least)
    return {"boolean": True, "blob": b"x", "string": text, "timestamp": "2026-01-01T00:00:00Z"}.get(
        shape.type_name, least
    )
