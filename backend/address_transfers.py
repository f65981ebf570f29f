"""Transfers of Elastic IP addresses: one account offers an address, the other accepts it within seven days.

https://docs.aws.amazon.com/vpc/latest/userguide/transfer-EIPs-intro.html
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from backend import addresses, clock, elastic_addresses, errors, tags
from backend.db import reading
from backend.db.models import Address, AddressTransfer, PublicAddress
from backend.db.unit_of_work import UnitOfWork

OPEN_FOR, SHOWN_FOR = timedelta(days=7), timedelta(days=14)
"""How long an offer stands, and how long an accepted one is shown to who made it."""

_public, _addresses = reading.table_of(PublicAddress), reading.table_of(Address)
_transfers = reading.table_of(AddressTransfer)
_ACCOUNT = re.compile(r"[0-9]{12}")


def offer(uow: UnitOfWork, allocation_id: str, account: str) -> AddressTransfer:
    """Offer an address to another account; the offer before ends. Error: InvalidParameterValue."""
    address = uow.require(Address, allocation_id, for_update=True)
    if not _ACCOUNT.fullmatch(account) or account == uow.account:
        raise errors.InvalidParameterValue(
            value=account, name="transferAccountId", reason="Specify the id of another account."
        )
    _forget(uow, address.id)
    made = AddressTransfer(
        account=uow.account,
        region=uow.region,
        allocation_id=address.id,
        public_ip=address.public_ip,
        transfer_account_id=account,
        status="pending",
        expires_at=clock.this_second() + OPEN_FOR,
    )
    uow.add(made)
    return made


def withdraw(uow: UnitOfWork, allocation_id: str) -> AddressTransfer:
    """End the offer of an address: what it was, as ``disabled``. InvalidParameterValue where there is none."""
    address = uow.require(Address, allocation_id, for_update=True)
    found = uow.query(AddressTransfer).filter_by(allocation_id=address.id, status="pending").first()
    if found is None or found.expires_at <= clock.now():
        raise errors.InvalidParameterValue(
            value=address.id, name="allocationId", reason="The address is not being transferred."
        )
    found.status = "disabled"
    uow.flush()
    _forget(uow, address.id)
    return found


def _forget(uow: UnitOfWork, allocation_id: str) -> None:
    uow.for_reading().execute(
        delete(_transfers).where(_transfers.c.allocation_id == allocation_id, _transfers.c.status != "accepted")
    )


def accept(uow: UnitOfWork, public_ip: str, wanted_tags: Mapping[str, str] | None = None) -> AddressTransfer:
    """Take over an address that another account offers. Its tags go.

    Errors: InvalidAddress.NotFound, AddressLimitExceeded, InvalidTransfer.AddressAssociated and .AddressCustomPtrSet.
    """
    offers = uow.anywhere(
        AddressTransfer,
        AddressTransfer.public_ip == public_ip,
        AddressTransfer.transfer_account_id == uow.account,
        AddressTransfer.region == uow.region,
        AddressTransfer.status == "pending",
        AddressTransfer.expires_at > clock.now(),
        for_update=True,
    )
    if not offers:
        raise errors.InvalidAddressNotFound(address=public_ip)
    transfer = offers[0]
    (address,) = uow.anywhere(Address, Address.id == transfer.allocation_id, for_update=True)
    if elastic_addresses.association_of(uow, address.id):
        raise errors.InvalidTransferAddressAssociated(reason=f"The address {public_ip} is associated with a resource.")
    if address.ptr_record:
        raise errors.InvalidTransferAddressCustomPtrSet(reason=f"The address {public_ip} has a reverse DNS record.")
    elastic_addresses.check_quota(uow)
    transfer.status, transfer.accepted_at = "accepted", clock.this_second()
    uow.flush()
    tags.forget(uow, [address.id])
    connection = uow.for_reading()
    to_me = {"account": uow.account}
    connection.execute(update(_addresses).where(_addresses.c.id == address.id).values(to_me))
    number = addresses.to_number(public_ip)
    connection.execute(update(_public).where(_public.c.number == number).values(to_me))
    tags.attach(uow, address, wanted_tags or {})
    return transfer


def shown() -> Any:
    """The condition on offers that DescribeAddressTransfers shows."""
    now = clock.now()
    accepted = _transfers.c.accepted_at.is_not(None)
    return (~accepted & (_transfers.c.expires_at > now)) | (accepted & (_transfers.c.accepted_at > now - SHOWN_FOR))
