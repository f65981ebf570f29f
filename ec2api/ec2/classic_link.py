"""EC2 actions that ask for ClassicLink, which ended with EC2-Classic: no VPC has it, no instance is linked.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcClassicLink.html
"""

from typing import Any

from backend.db.models import Vpc
from ec2api.describe import Describe, constant, show_tags


def _show(vpc: Any) -> dict[str, Any]:
    return {"VpcId": vpc.id, "ClassicLinkEnabled": False, "Tags": show_tags(vpc)}


Describe(
    "DescribeVpcClassicLink",
    Vpc,
    view=_show,
    ids="VpcIds",
    filters={"is-classic-link-enabled": constant("false")},
)

Describe(
    "DescribeVpcClassicLinkDnsSupport",
    Vpc,
    view=lambda vpc: {"VpcId": vpc.id, "ClassicLinkDnsSupported": False},
    ids="VpcIds",
    filters={},
    tagged=False,
    limits=(5, 255),
)
