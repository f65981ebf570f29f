"""Loads every module that registers actions."""

from importlib import import_module
from pkgutil import iter_modules

import ec2api.ebs
import ec2api.ec2
import ec2api.iam
import ec2api.ssm
import ec2api.sts


def load() -> None:
    for package in (ec2api.ebs, ec2api.ec2, ec2api.iam, ec2api.ssm, ec2api.sts):
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
