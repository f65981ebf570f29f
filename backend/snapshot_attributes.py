"""Who may create volumes from a snapshot beside its owner, and whether an account may share with everybody.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
"""

import re
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, insert

from backend import ebs_encryption, errors, snapshots
from backend.db import reading
from backend.db.models import CreateVolumePermission, Snapshot, SnapshotTiering
from backend.db.unit_of_work import UnitOfWork

Permission = Mapping[str, str]
"""One of EC2's CreateVolumePermission: ``{"UserId": "123456789012"}`` or ``{"Group": "all"}``."""

MOST = 500
BLOCKING = ("block-all-sharing", "block-new-sharing")
_ACCOUNT = re.compile(r"[0-9]{12}")


def permissions(snapshot: Snapshot) -> list[dict[str, str]]:
    """Of a record of a snapshot, read with its permissions."""
    public = [{"Group": "all"}] if snapshot.public else []
    return public + [{"UserId": permission.user_id} for permission in snapshot.permissions]


def change(uow: UnitOfWork, snapshot_id: str, *, add: Sequence[Permission], remove: Sequence[Permission]) -> None:
    """Give or take permissions. Giving one that is there, or taking one that is not, changes nothing."""
    if add and remove:
        raise errors.InvalidParameterCombination(reason="A call adds permissions or removes them, not both.")
    if len(add) + len(remove) > MOST:
        raise errors.InvalidParameterValue(
            value=len(add) + len(remove), name="createVolumePermission", reason=f"A call takes at most {MOST}."
        )
    snapshot = snapshots.require_own(uow, snapshot_id)
    (given, to_all), (taken, from_all) = _checked(add), _checked(remove)
    if given or to_all:
        _check_shareable(uow, snapshot, to_all=to_all)
    if to_all or from_all:
        snapshot.public = to_all
    column = reading.table_of(CreateVolumePermission).c
    known = {p.user_id for p in uow.records(CreateVolumePermission, column.snapshot_id == snapshot_id)}
    if gone := taken & known:
        _delete(uow, snapshot_id, gone)
    if new := sorted(given - known):
        uow.execute(insert(CreateVolumePermission), [{"snapshot_id": snapshot_id, "user_id": id} for id in new])


def reset(uow: UnitOfWork, snapshot_id: str) -> None:
    """Leave the snapshot to its owner alone."""
    snapshots.require_own(uow, snapshot_id).public = False
    _delete(uow, snapshot_id, None)


def public_access(uow: UnitOfWork) -> str:
    """The account's state of EC2's block public access for snapshots in this region."""
    return ebs_encryption.settings(uow).snapshot_public_access


def set_public_access(uow: UnitOfWork, state: str) -> str:
    ebs_encryption.change(uow).snapshot_public_access = state
    return state


def _delete(uow: UnitOfWork, snapshot_id: str, users: Collection[str] | None) -> None:
    statement = delete(CreateVolumePermission).where(CreateVolumePermission.snapshot_id == snapshot_id)
    if users is not None:
        statement = statement.where(CreateVolumePermission.user_id.in_(users))
    uow.execute(statement, execution_options=snapshots.UNSYNCHRONIZED)


def _checked(wanted: Sequence[Permission]) -> tuple[set[str], bool]:
    """The accounts, and whether the group ``all`` is among them."""
    users, everybody = set(), False
    for permission in wanted:
        if len(permission) != 1:
            raise errors.InvalidParameterCombination(reason="A permission names one account or the group 'all'.")
        if group := permission.get("Group"):
            if group != "all":
                raise errors.InvalidParameterValue(value=group, name="groupName", reason="The only group is 'all'.")
            everybody = True
            continue
        user = permission["UserId"]
        if not _ACCOUNT.fullmatch(user):
            raise errors.InvalidUserIDMalformed(id=user)
        users.add(user)
    return users, everybody


def _check_shareable(uow: UnitOfWork, snapshot: Snapshot, *, to_all: bool) -> None:
    if snapshot.encrypted and to_all:
        raise errors.OperationNotPermitted(reason="Encrypted snapshots cannot be shared publicly.")
    if snapshot.encrypted and snapshot.kms_key_id == ebs_encryption.managed_key(uow):
        raise errors.OperationNotPermitted(reason="Encrypted snapshots with EBS default key cannot be shared")
    if to_all and public_access(uow) in BLOCKING:
        raise errors.OperationNotPermitted(
            reason="Block public access for snapshots is enabled in this Region: snapshots cannot be shared publicly."
        )
    tierings = reading.table_of(SnapshotTiering).c
    if uow.records(SnapshotTiering, tierings.snapshot_id == snapshot.id, tierings.state == "archival-in-progress"):
        raise errors.IncorrectState(reason=f"The snapshot '{snapshot.id}' is being archived.")
