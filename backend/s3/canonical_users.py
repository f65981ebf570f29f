"""Accounts as S3 names them: by canonical user ids.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Owner.html
"""

from hashlib import sha256

from backend.db.unit_of_work import UnitOfWork


def canonical_id(account: str) -> str:
    """64 hexadecimal digits, always the same for an account."""
    return sha256(f"canonical user id of {account}".encode()).hexdigest()


def display_name(uow: UnitOfWork, account: str) -> str:  # noqa: ARG001
    return account
