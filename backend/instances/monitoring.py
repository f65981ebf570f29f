"""Detailed monitoring of instances: on or off.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_MonitorInstances.html
"""

from collections.abc import Sequence

from backend.db.models import Instance
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes


def switch(uow: UnitOfWork, instance_ids: Sequence[str], *, on: bool) -> list[tuple[str, str]]:
    """Switch it for all or, with an error, for none. The id and the state of each, as EC2 answers at once.

    A change is answered as under way (pending, disabling) and shown as done by whatever is asked later.
    """
    wanted, under_way = ("enabled", "pending") if on else ("disabled", "disabling")
    answers = []
    for instance in uow.require_all(Instance, instance_ids, for_update=True):
        changes.check_living(instance)
        answers.append((instance.id, wanted if instance.monitoring == wanted else under_way))
        instance.monitoring = wanted
    return answers
