"""EC2 actions on sets of DHCP options.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DhcpOptions.html
"""

from typing import Any

from backend.db.models import DhcpOption, DhcpOptions
from ec2api.describe import Describe, owned, show_tags, through


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
