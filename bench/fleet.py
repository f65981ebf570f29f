"""What the servers are filled with: a network with room, instances that run, their tags, security groups."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

from bench.client import Client, Request, every, first

GROUPED = 10
"""How many instances share the value of the tag ``Group``: what the tag filter finds."""
SECURITY_GROUPS = 50
_AT_ONCE = 1000
_SETTLE_SECONDS = 120


class Fleet:
    """The instances of one server, and the requests that are sent about them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        images = client.call(
            "DescribeImages", Owner_1="amazon", Filter_1_Name="name", Filter_1_Value_1="al2023-ami-2023.*-x86_64"
        )
        self._image = every("imageId", images)[0]
        self._subnet: str | None = None
        self.instances: list[str] = []
        self._numbers = count()

    def make_network(self) -> None:
        """A subnet for 65,000 instances: the default ones have 4,091 addresses each."""
        vpc = first("vpcId", self._client.call("CreateVpc", CidrBlock="10.0.0.0/16"))
        made = self._client.call("CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/16")
        self._subnet = first("subnetId", made)

    def make_security_groups(self) -> None:
        for number in range(SECURITY_GROUPS):
            made = self._client.call("CreateSecurityGroup", GroupName=f"group-{number}", GroupDescription="bench")
            self._client.call(
                "AuthorizeSecurityGroupIngress",
                GroupId=first("groupId", made),
                IpPermissions_1_IpProtocol="tcp",
                IpPermissions_1_FromPort=22,
                IpPermissions_1_ToPort=22,
                IpPermissions_1_IpRanges_1_CidrIp="10.0.0.0/8",
            )

    def launches(self, number: int) -> Iterator[Request]:
        """RunInstances for this many, again and again."""
        while True:
            yield self._launch(number)

    def grow(self, size: int) -> None:
        """Launch until there are ``size`` instances, and give each ten of them a tag of their own."""
        before = len(self.instances)
        while (missing := size - len(self.instances)) > 0:
            answer = self._client.send(self._launch(min(missing, _AT_ONCE)))
            self.instances += every("instanceId", answer)
            self.settle()
        for begin in range(before, size, GROUPED):
            ids = self.instances[begin : begin + GROUPED]
            named = {f"ResourceId_{n}": id for n, id in enumerate(ids, 1)}
            self._client.call("CreateTags", **named, Tag_1_Key="Group", Tag_1_Value=f"g{begin // GROUPED}")

    def settle(self) -> None:
        """Return when no instance is on its way any more."""
        until = time.monotonic() + _SETTLE_SECONDS
        pending = self._client.prepare(
            "DescribeInstances", MaxResults=5, Filter_1_Name="instance-state-name", Filter_1_Value_1="pending"
        )
        while every("instanceId", self._client.send(pending)):
            if time.monotonic() > until:
                raise TimeoutError(f"instances were still pending after {_SETTLE_SECONDS} s")
            time.sleep(0.2)

    def by_one_id(self) -> Iterator[Request]:
        prepared = [self._describe(InstanceId_1=id) for id in self._spread()]
        while True:
            yield from prepared

    def by_tag(self) -> Iterator[Request]:
        groups = range(0, len(self.instances) // GROUPED, max(1, len(self.instances) // GROUPED // 50))
        prepared = [self._describe(Filter_1_Name="tag:Group", Filter_1_Value_1=f"g{group}") for group in groups]
        while True:
            yield from prepared

    def pages(self) -> Iterator[Request]:
        """All pages of 1,000, from the first to the last, again and again."""
        prepared = [self._page(token) for token in self._tokens()]
        while True:
            yield from prepared

    def tags(self) -> Iterator[Request]:
        for number in self._numbers:
            yield self._client.prepare(
                "CreateTags",
                ResourceId_1=self.instances[number % len(self.instances)],
                Tag_1_Key="Number",
                Tag_1_Value=str(number),
            )

    def security_groups(self) -> Iterator[Request]:
        request = self._client.prepare("DescribeSecurityGroups")
        while True:
            yield request

    def _launch(self, number: int) -> Request:
        wanted: dict[str, Any] = {"SubnetId": self._subnet} if self._subnet else {}
        return self._client.prepare(
            "RunInstances",
            ImageId=self._image,
            InstanceType="t3.micro",
            MinCount=number,
            MaxCount=number,
            TagSpecification_1_ResourceType="instance",
            TagSpecification_1_Tag_1_Key="Name",
            TagSpecification_1_Tag_1_Value="bench",
            **wanted,
        )

    def _describe(self, **parameters: object) -> Request:
        return self._client.prepare("DescribeInstances", **parameters)

    def _spread(self) -> list[str]:
        return self.instances[:: max(1, len(self.instances) // 50)]

    def _tokens(self) -> list[str | None]:
        tokens: list[str | None] = [None]
        while token := first("nextToken", self._client.send(self._page(tokens[-1]))):
            tokens.append(token)
        return tokens

    def _page(self, token: str | None) -> Request:
        return self._describe(MaxResults=1000, **({"NextToken": token} if token else {}))
