"""EC2 actions on transfers of Elastic IP addresses between accounts.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AddressTransfer.html
"""

from collections.abc import Sequence
from typing import Any

from backend import address_transfers
from backend.db import reading
from backend.db.models import Address, AddressTransfer
from backend.db.unit_of_work import check_form, require_found
from ec2api.call import Call
from ec2api.describe import Condition, Describe
from ec2api.registry import action


def show(transfer: Any) -> dict[str, Any]:
    return {
        "PublicIp": transfer.public_ip,
        "AllocationId": transfer.allocation_id,
        "TransferAccountId": transfer.transfer_account_id,
        "TransferOfferExpirationTimestamp": transfer.expires_at,
        "TransferOfferAcceptedTimestamp": transfer.accepted_at,
        "AddressTransferStatus": transfer.status,
    }


@action
def enable_address_transfer(call: Call, *, allocation_id: str, transfer_account_id: str) -> dict[str, Any]:
    return {"AddressTransfer": show(address_transfers.offer(call.uow, allocation_id, transfer_account_id))}


@action
def disable_address_transfer(call: Call, *, allocation_id: str) -> dict[str, Any]:
    return {"AddressTransfer": show(address_transfers.withdraw(call.uow, allocation_id))}


@action(tags=("elastic-ip",))
def accept_address_transfer(call: Call, *, address: str) -> dict[str, Any]:
    return {"AddressTransfer": show(address_transfers.accept(call.uow, address, call.tags(Address)))}


def _of(call: Call, allocation_ids: Sequence[str]) -> list[Condition]:
    """Of these addresses, which are the caller's or were."""
    check_form(Address, allocation_ids)
    known = {address.id for address in reading.by(call.uow, Address.id, allocation_ids)}
    known |= {t.allocation_id for t in reading.by(call.uow, AddressTransfer.allocation_id, allocation_ids)}
    require_found(Address, allocation_ids, known)
    return [reading.column_of(AddressTransfer.allocation_id).in_(allocation_ids)]


Describe(
    "DescribeAddressTransfers",
    AddressTransfer,
    view=show,
    extra={"AllocationIds": _of},
    always=lambda _call, _given: [address_transfers.shown()],
    filters={},
)
