"""AWS's own service models, as botocore carries them, loaded once and without their documentation."""

import gzip
import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, cast

from botocore import xform_name
from botocore.model import ServiceModel

VERSIONS = {
    "ebs": "2019-11-02",
    "ec2": "2016-11-15",
    "iam": "2010-05-08",
    "s3": "2006-03-01",
    "s3control": "2018-08-20",
    "ssm": "2014-11-06",
    "sts": "2011-06-15",
}

# What nobody reads at run time: most of a model's text.
_BALLAST = ("documentation", "deprecated", "deprecatedMessage", "deprecatedSince")


@cache
def service(name: str) -> ServiceModel:
    """The model of one of ``VERSIONS``; KeyError for any other name."""
    return ServiceModel(_load(name, _without_ballast), name)  # type: ignore[no-untyped-call]


def documentation(name: str) -> dict[str, Any]:
    """The raw model with AWS's documentation (HTML text). Each call reads it anew: for generators only."""
    return _load(name, None)


def operation_of(service: str, python_name: str) -> str:
    """The operation that boto3 calls ``python_name``: RunInstances for "run_instances"; KeyError for none."""
    return _operations(service)[python_name]


def python_name(name: str) -> str:
    """What boto3 calls an operation or a member: "run_instances" for RunInstances."""
    return str(xform_name(name))  # type: ignore[no-untyped-call]


@cache
def _operations(name: str) -> dict[str, str]:
    names = service(name).operation_names
    return {python_name(operation): operation for operation in names}


def _load(name: str, hook: Callable[[dict[str, Any]], dict[str, Any]] | None) -> dict[str, Any]:
    # Not through botocore's Loader: it would also read ~/.aws/models, and keeps every text it loads.
    packed = files("botocore").joinpath("data", name, VERSIONS[name], "service-2.json.gz")
    return cast(dict[str, Any], json.loads(gzip.decompress(packed.read_bytes()), object_hook=hook))


def _without_ballast(node: dict[str, Any]) -> dict[str, Any]:
    for key in _BALLAST:
        # A structure may have a member of such a name: its value is a reference, not a text.
        if key in node and not isinstance(node[key], dict):
            del node[key]
    return node
