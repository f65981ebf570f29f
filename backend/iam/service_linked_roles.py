"""Roles that services of AWS act as, which accounts create by the service's name.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
"""

import json
import uuid
from dataclasses import dataclass

from backend import errors
from backend.db import reading
from backend.db.models import IamRole, RoleDeletion
from backend.db.unit_of_work import UnitOfWork
from backend.iam import entities, permissions, policies, roles


@dataclass(frozen=True)
class LinkedService:
    """``name``: what stands behind AWSServiceRoleFor. ``suffixes``: whether a role may have a suffix of its own."""

    name: str
    policy: str
    suffixes: bool = False


SERVICES = {
    "autoscaling.amazonaws.com": LinkedService("AutoScaling", "AutoScalingServiceRolePolicy", suffixes=True),
    "ec2fleet.amazonaws.com": LinkedService("EC2Fleet", "AWSEC2FleetServiceRolePolicy"),
    "ecs.amazonaws.com": LinkedService("ECS", "AmazonECSServiceRolePolicy"),
    "eks.amazonaws.com": LinkedService("AmazonEKS", "AmazonEKSServiceRolePolicy"),
    "eks-nodegroup.amazonaws.com": LinkedService("AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    "elasticloadbalancing.amazonaws.com": LinkedService(
        "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"
    ),
    "rds.amazonaws.com": LinkedService("RDS", "AmazonRDSServiceRolePolicy"),
    "spot.amazonaws.com": LinkedService("EC2Spot", "AWSEC2SpotServiceRolePolicy"),
    "spotfleet.amazonaws.com": LinkedService("EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"),
    "transitgateway.amazonaws.com": LinkedService("VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"),
    "trustedadvisor.amazonaws.com": LinkedService("TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
}


def create(uow: UnitOfWork, service_name: str, *, description: str | None, suffix: str | None) -> IamRole:
    """InvalidInput for a service that has no such role here, a suffix that it does not take, a role that is there."""
    service = SERVICES.get(service_name)
    if service is None:
        raise errors.InvalidInput(reason=f"Service-linked roles of {service_name} are not supported.")
    if suffix and not service.suffixes:
        raise errors.InvalidInput(reason=f"Custom suffix is not allowed for {service_name}")
    name = f"AWSServiceRoleFor{service.name}" + (f"_{suffix}" if suffix else "")
    trust = {"Effect": "Allow", "Principal": {"Service": [service_name]}, "Action": ["sts:AssumeRole"]}
    try:
        role = entities.new(
            uow,
            IamRole,
            name,
            f"{roles.LINKED}{service_name}/",
            trust_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            description=description,
        )
    except errors.EntityAlreadyExists:
        raise errors.InvalidInput(
            reason=f"Service role name {name} has been taken in this account, please try a different suffix."
        ) from None
    path = policies.look_up(uow, f"arn:aws:iam::aws:policy{roles.LINKED}{service.policy}")
    permissions.attach_policy(uow, role, path)
    return role


def delete(uow: UnitOfWork, name: str) -> str:
    """Delete the role and return the id of the task that did; NoSuchEntity for one that belongs to no service."""
    role = entities.require(uow, IamRole, name)
    if not role.path.startswith(roles.LINKED):
        raise entities.missing(IamRole, name)
    task = RoleDeletion(account=uow.account, id=f"task{role.path}{role.name}/{uuid.uuid4()}")
    uow.add(task)
    permissions.forget(uow, role)
    entities.forget(uow, role)
    return task.id


def require_deletion(uow: UnitOfWork, task_id: str) -> None:
    """NoSuchEntity unless a role was deleted under this id."""
    if not entities.exists(uow, RoleDeletion, reading.table_of(RoleDeletion).c.id == task_id):
        raise errors.NoSuchEntity(reason=f"The deletion task {task_id} cannot be found.")
