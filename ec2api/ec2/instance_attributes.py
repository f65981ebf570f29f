"""EC2 actions on single attributes of instances."""

import base64
from collections.abc import Callable
from typing import Any

from backend import errors
from backend.db.models import Instance
from backend.instances import attributes
from ec2api.call import Call
from ec2api.ec2.instances import LOAD
from ec2api.ec2.instances import show as show_instance
from ec2api.parameters import only
from ec2api.registry import action

SWITCHES = frozenset(
    ("disableApiStop", "disableApiTermination", "ebsOptimized", "enaSupport", "enclaveOptions", "sourceDestCheck")
)
LISTS = frozenset(("blockDeviceMapping", "groupSet"))


def _value(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda instance: {"Value": read(instance)}


def _shown(member: str) -> Callable[[Any], Any]:
    """As DescribeInstances shows it."""
    return lambda instance: show_instance(instance, {})[member]


# Attribute -> the member of the answer, and how it is read. AWS documents enaSupport as not supported here.
SHOWN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "blockDeviceMapping": ("BlockDeviceMappings", _shown("BlockDeviceMappings")),
    "disableApiStop": ("DisableApiStop", _value(lambda i: i.disable_api_stop)),
    "disableApiTermination": ("DisableApiTermination", _value(lambda i: i.disable_api_termination)),
    "ebsOptimized": ("EbsOptimized", _value(lambda i: i.ebs_optimized)),
    "enclaveOptions": ("EnclaveOptions", lambda i: i.options["EnclaveOptions"]),
    "groupSet": ("Groups", _shown("SecurityGroups")),
    "instanceInitiatedShutdownBehavior": (
        "InstanceInitiatedShutdownBehavior",
        _value(lambda i: i.shutdown_behavior),
    ),
    "instanceType": ("InstanceType", _value(lambda i: i.instance_type)),
    "kernel": ("KernelId", _value(lambda i: i.kernel_id)),
    "productCodes": ("ProductCodes", lambda _: ()),
    "ramdisk": ("RamdiskId", _value(lambda i: i.ramdisk_id)),
    "rootDeviceName": ("RootDeviceName", _value(lambda i: i.root_device_name)),
    "sourceDestCheck": ("SourceDestCheck", _value(lambda i: i.source_dest_check)),
    "sriovNetSupport": ("SriovNetSupport", _value(lambda i: i.sriov_net_support)),
    "userData": ("UserData", _value(lambda i: i.user_data)),
}


@action(reads=True)
def describe_instance_attribute(call: Call, *, instance_id: str, attribute: str) -> dict[str, Any]:
    instance = call.uow.look_up(Instance, instance_id, load=LOAD)
    if attribute not in SHOWN:
        raise errors.InvalidParameterValue(
            value=attribute, name="attribute", reason="The attribute cannot be described."
        )
    member, read = SHOWN[attribute]
    return {"InstanceId": instance.id, member: read(instance)}


@action
def modify_instance_attribute(
    call: Call,
    *,
    instance_id: str,
    attribute: str | None = None,
    value: str | None = None,
    block_device_mappings: list[dict[str, Any]] | None = None,
    disable_api_stop: dict[str, Any] | None = None,
    disable_api_termination: dict[str, Any] | None = None,
    ebs_optimized: dict[str, Any] | None = None,
    ena_support: dict[str, Any] | None = None,
    enclave_options: dict[str, Any] | None = None,
    groups: list[str] | None = None,
    instance_initiated_shutdown_behavior: dict[str, Any] | None = None,
    instance_type: dict[str, Any] | None = None,
    kernel: dict[str, Any] | None = None,
    ramdisk: dict[str, Any] | None = None,
    source_dest_check: dict[str, Any] | None = None,
    sriov_net_support: dict[str, Any] | None = None,
    user_data: dict[str, Any] | None = None,
) -> None:
    structures = {
        "blockDeviceMapping": block_device_mappings,
        "disableApiStop": disable_api_stop,
        "disableApiTermination": disable_api_termination,
        "ebsOptimized": ebs_optimized,
        "enaSupport": ena_support,
        "enclaveOptions": enclave_options,
        "groupSet": groups,
        "instanceInitiatedShutdownBehavior": instance_initiated_shutdown_behavior,
        "instanceType": instance_type,
        "kernel": kernel,
        "ramdisk": ramdisk,
        "sourceDestCheck": source_dest_check,
        "sriovNetSupport": sriov_net_support,
        "userData": user_data,
    }
    given = {name: _content(name, structure) for name, structure in structures.items() if structure is not None}
    if attribute is not None and value is not None:
        given = _combined(given, attribute, _typed(attribute, value))
    elif value is not None:
        raise errors.MissingParameter(name="Attribute")
    elif attribute is not None and not given:
        raise errors.MissingParameter(name="Value")
    if not given:
        raise errors.InvalidParameterCombination(reason="No attributes specified.")
    named = {*given} if attribute is None else {*given, attribute}
    if len(named) > 1:
        raise errors.InvalidParameterCombination(
            reason=f"Fields for multiple attribute types specified: {', '.join(sorted(named))}"
        )
    for name, content in given.items():
        attributes.modify(call.uow, call.settings, instance_id, name, content)


@action
def reset_instance_attribute(call: Call, *, instance_id: str, attribute: str) -> None:
    attributes.reset(call.uow, instance_id, attribute)


def _content(name: str, structure: Any) -> Any:
    """What a parameter of its own says of an attribute."""
    if name in LISTS:
        return structure
    if name == "enclaveOptions":
        return only(structure, "EnclaveOptions", ("Enabled",))["Enabled"]
    value = structure["Value"]
    return base64.b64encode(value).decode() if name == "userData" else value


def _combined(given: dict[str, Any], attribute: str, value: Any) -> dict[str, Any]:
    if attribute in given:
        raise errors.InvalidParameterCombination(
            reason=f"The attribute {attribute} is given both as Value and as a parameter of its own."
        )
    return {**given, attribute: value}


def _typed(attribute: str, text: str) -> Any:
    """Value, a text, as the attribute's own type."""
    if attribute in LISTS:
        raise errors.InvalidParameterCombination(
            reason=f"The parameter Value cannot be used with the attribute {attribute}."
        )
    if attribute not in SWITCHES:
        return text
    if text.lower() not in ("true", "false"):
        raise errors.InvalidParameterValue(value=text, name="value", reason="Expecting true or false.")
    return text.lower() == "true"
