"""EC2's older action on the prefix lists of AWS's services.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PrefixList.html
"""

from typing import Any

from backend.db import reading
from backend.db.models import PrefixList
from backend.db.models.prefix_lists import AWS
from ec2api.describe import Describe


def show(found: Any) -> dict[str, Any]:
    return {
        "PrefixListId": found.id,
        "PrefixListName": found.name,
        "Cidrs": [entry.cidr for entry in found.entries],
    }


Describe(
    "DescribePrefixLists",
    PrefixList,
    view=show,
    ids="PrefixListIds",
    load=(PrefixList.entries,),
    always=lambda _call, _given: [reading.table_of(PrefixList).c.account == AWS],
    filters={"prefix-list-id": PrefixList.id, "prefix-list-name": PrefixList.name},
    tagged=False,
)
