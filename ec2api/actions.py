"""Loads the modules that register a service's actions: for a server, when it is first called."""

from importlib import import_module
from pkgutil import iter_modules
from threading import RLock
from types import ModuleType

import ec2api.ebs
import ec2api.ec2
import ec2api.iam
import ec2api.s3
import ec2api.s3control
import ec2api.ssm
import ec2api.sts

PACKAGES: dict[str, ModuleType] = {
    "ebs": ec2api.ebs,
    "ec2": ec2api.ec2,
    "iam": ec2api.iam,
    "s3": ec2api.s3,
    "s3control": ec2api.s3control,
    "ssm": ec2api.ssm,
    "sts": ec2api.sts,
}

_loaded: set[str] = set()
_loading = RLock()


def load(*services: str) -> None:
    """Load what these services need, or all services. A service that there is none of needs nothing."""
    for service in services or PACKAGES:
        if service not in _loaded and service in PACKAGES:
            with _loading:
                _import(PACKAGES[service])
                _loaded.add(service)


def _import(package: ModuleType) -> None:
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
