"""EC2 actions on sets of DHCP options.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DhcpOptions.html
"""

from typing import Any

from backend import dhcp_options
from backend.db.models import DhcpOption, DhcpOptions
from ec2api.call import Call
from ec2api.describe import Describe, owned, show_tags, through
from ec2api.registry import action


def show(options: Any) -> dict[str, Any]:
    values: dict[str, list[dict[str, str]]] = {}
    for option in options.values:
        values.setdefault(option.key, []).append({"Value": option.value})
    return {
        "DhcpOptionsId": options.id,
        "OwnerId": options.account,
        "DhcpConfigurations": [{"Key": key, "Values": found} for key, found in values.items()],
        "Tags": show_tags(options),
    }


@action(tags=("dhcp-options",))
def create_dhcp_options(call: Call, *, dhcp_configurations: list[dict[str, Any]]) -> dict[str, Any]:
    options = dhcp_options.create(call.uow, dhcp_configurations, call.tags(DhcpOptions))
    found = call.uow.look_up(DhcpOptions, options.id, load=(DhcpOptions.tags, DhcpOptions.values))
    return {"DhcpOptions": show(found)}


@action
def associate_dhcp_options(call: Call, *, dhcp_options_id: str, vpc_id: str) -> None:
    dhcp_options.associate(call.uow, dhcp_options_id, vpc_id)


@action
def delete_dhcp_options(call: Call, *, dhcp_options_id: str) -> None:
    dhcp_options.delete_options(call.uow, dhcp_options_id)


Describe(
    "DescribeDhcpOptions",
    DhcpOptions,
    view=show,
    ids="DhcpOptionsIds",
    load=(DhcpOptions.values,),
    filters={
        "dhcp-options-id": DhcpOptions.id,
        "key": through(DhcpOptions.values, DhcpOption.key),
        "owner-id": owned(DhcpOptions),
        "value": through(DhcpOptions.values, DhcpOption.value),
    },
)
