"""What IAM knows of an account as a whole: its alias, and how much it has of everything.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from sqlalchemy import func, select

from backend import errors
from backend.db import reading
from backend.db.models import (
    AccessKey,
    AccountAlias,
    IamGroup,
    IamInstanceProfile,
    IamPolicy,
    IamPolicyVersion,
    IamRole,
    IamUser,
)
from backend.db.unit_of_work import UnitOfWork
from backend.iam import access_keys, entities, groups, policies, roles

QUOTAS = {
    "UsersQuota": 5000,
    "GroupsQuota": 300,
    "ServerCertificatesQuota": 20,
    "UserPolicySizeQuota": 2048,
    "GroupPolicySizeQuota": 5120,
    "RolePolicySizeQuota": 10240,
    "GroupsPerUserQuota": groups.GROUPS_OF_A_USER,
    "SigningCertificatesPerUserQuota": 2,
    "AccessKeysPerUserQuota": access_keys.KEYS_OF_A_USER,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "PoliciesQuota": 1500,
    "PolicySizeQuota": policies.SIZE,
    "PolicyVersionsInUseQuota": 10000,
    "VersionsPerPolicyQuota": policies.VERSIONS,
    "AssumeRolePolicySizeQuota": roles.TRUST_SIZE,
    "InstanceProfilesQuota": 1000,
    "RolesQuota": 1000,
}
"""By AWS's names in GetAccountSummary."""

_NONE = (
    *("ServerCertificates", "MFADevices", "MFADevicesInUse", "AccountMFAEnabled", "AccountPasswordPresent"),
    *("AccountSigningCertificatesPresent", "Providers"),
)
"""What this cloud has none of."""


def aliases(uow: UnitOfWork) -> list[str]:
    """The account's alias, if it has one."""
    return [row.alias for row in uow.records(AccountAlias)]


def set_alias(uow: UnitOfWork, alias: str) -> None:
    """Give the account this alias instead of the one that it may have; EntityAlreadyExists for one in use."""
    table = reading.table_of(AccountAlias).c
    if uow.for_reading().execute(select(table.account).where(table.alias == alias)).first():
        raise errors.EntityAlreadyExists(reason=f"The account alias {alias} already exists.")
    entities.remove(uow, AccountAlias)
    uow.add(AccountAlias(account=uow.account, alias=alias))


def delete_alias(uow: UnitOfWork, alias: str) -> None:
    if alias not in aliases(uow):
        raise errors.NoSuchEntity(reason=f"The account alias {alias} cannot be found.")
    entities.remove(uow, AccountAlias)


def summary(uow: UnitOfWork) -> dict[str, int]:
    """How much the account has, and may have, by AWS's names."""
    connection = uow.for_reading()
    counted = {
        name: select(func.count())
        .select_from(reading.table_of(model))
        .where(reading.table_of(model).c.account == uow.account)
        for name, model in {
            "Users": IamUser,
            "Groups": IamGroup,
            "Roles": IamRole,
            "InstanceProfiles": IamInstanceProfile,
            "Policies": IamPolicy,
        }.items()
    }
    own, versions = reading.table_of(IamPolicy).c, reading.table_of(IamPolicyVersion)
    mine = select(own.id).where(own.account == uow.account)
    counted["PolicyVersionsInUse"] = select(func.count()).select_from(versions).where(versions.c.policy_id.in_(mine))
    keys = reading.table_of(AccessKey)
    of_root = (keys.c.account == uow.account) & (keys.c.user_id == uow.account) & keys.c.expires.is_(None)
    found = connection.execute(select(*(query.scalar_subquery().label(name) for name, query in counted.items())))
    root = connection.execute(select(func.count()).select_from(keys).where(of_root)).scalar_one()
    return {
        **dict(found.mappings().one()),
        **QUOTAS,
        **dict.fromkeys(_NONE, 0),
        "AccountAccessKeysPresent": min(root, 1),
        "GlobalEndpointTokenVersion": 1,
    }
