"""EC2 actions on subnet CIDR reservations.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SubnetCidrReservation.html
"""

from typing import Any

from backend import cidr_reservations
from backend.db import reading
from backend.db.models import Subnet, SubnetCidrReservation
from ec2api.call import Call
from ec2api.describe import Condition, Describe, show_tags
from ec2api.registry import action


def show(reservation: Any) -> dict[str, Any]:
    return {
        "SubnetCidrReservationId": reservation.id,
        "SubnetId": reservation.subnet_id,
        "Cidr": reservation.cidr,
        "ReservationType": reservation.reservation_type,
        "OwnerId": reservation.account,
        "Description": reservation.description,
        "Tags": show_tags(reservation),
    }


@action(tags=("subnet-cidr-reservation",))
def create_subnet_cidr_reservation(
    call: Call, *, subnet_id: str, cidr: str, reservation_type: str, description: str | None = None
) -> dict[str, Any]:
    reservation = cidr_reservations.create(
        call.uow,
        subnet_id=subnet_id,
        cidr=cidr,
        reservation_type=reservation_type,
        description=description,
        wanted_tags=call.tags(SubnetCidrReservation),
    )
    found = call.uow.look_up(SubnetCidrReservation, reservation.id, load=(SubnetCidrReservation.tags,))
    return {"SubnetCidrReservation": show(found)}


@action
def delete_subnet_cidr_reservation(call: Call, *, subnet_cidr_reservation_id: str) -> dict[str, Any]:
    return {"DeletedSubnetCidrReservation": show(cidr_reservations.delete(call.uow, subnet_cidr_reservation_id))}


def _of_subnet(call: Call, subnet_id: str) -> list[Condition]:
    call.uow.look_up(Subnet, subnet_id)
    return [reading.table_of(SubnetCidrReservation).c.subnet_id == subnet_id]


class _Reservations(Describe):
    """Answers with the reservations of each address family in a list of their own."""

    def __call__(self, call: Call, **given: Any) -> dict[str, Any]:
        answer = super().__call__(call, **given)
        found = answer.pop(self.answers)
        answer["SubnetIpv4CidrReservations"] = [r for r in found if ":" not in r["Cidr"]]
        answer["SubnetIpv6CidrReservations"] = [r for r in found if ":" in r["Cidr"]]
        return answer


_Reservations(
    "GetSubnetCidrReservations",
    SubnetCidrReservation,
    view=show,
    ids=None,
    extra={"SubnetId": _of_subnet},
    filters={
        "reservationType": SubnetCidrReservation.reservation_type,
        "reservation-type": SubnetCidrReservation.reservation_type,
        "subnet-id": SubnetCidrReservation.subnet_id,
    },
)
