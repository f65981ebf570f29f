"""Options of an instance that can be changed after its launch: metadata service, maintenance, hostname."""

from collections.abc import Mapping
from typing import Any

from backend import instance_metadata_defaults
from backend.db.models import Instance
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes, options


def metadata(uow: UnitOfWork, instance_id: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Change the given members of MetadataOptions. They are pending until the host has applied them.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html
    """
    instance = changes.living(uow, instance_id)
    before = instance.options["MetadataOptions"]
    after = options.metadata({**before, **wanted})
    if wanted.get("HttpTokens") == "optional":
        instance_metadata_defaults.check(instance_metadata_defaults.of(uow), after)
    if {**after, "State": before["State"]} == before:
        return dict(before)
    changes.set_option(instance, "MetadataOptions", after)
    changes.tell_host(uow, instance)
    return after


def maintenance(uow: UnitOfWork, instance_id: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Change the given members of MaintenanceOptions.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMaintenanceOptions.html
    """
    instance = changes.living(uow, instance_id)
    after = {**instance.options["MaintenanceOptions"], **wanted}
    changes.set_option(instance, "MaintenanceOptions", after)
    return after


def network_performance(uow: UnitOfWork, instance_id: str, weighting: str) -> None:
    """Weigh the bandwidth of a stopped instance between network and volumes.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceNetworkPerformanceOptions.html
    """
    instance = changes.living(uow, instance_id)
    changes.check_stopped(instance)
    wanted = options.network_performance({"BandwidthWeighting": weighting}, changes.facts_of(instance))
    changes.set_option(instance, "NetworkPerformanceOptions", wanted["NetworkPerformanceOptions"])


def private_dns_name(uow: UnitOfWork, instance_id: str, wanted: Mapping[str, Any]) -> None:
    """Change the given members of PrivateDnsNameOptions; another HostnameType only while stopped.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-naming.html
    """
    instance = changes.living(uow, instance_id)
    before = instance.options["PrivateDnsNameOptions"]
    after = {**before, **wanted}
    changes.set_option(instance, "PrivateDnsNameOptions", after)
    if after["HostnameType"] != before["HostnameType"]:
        changes.check_stopped(instance)
        _rename(uow, instance, after["HostnameType"])


def _rename(uow: UnitOfWork, instance: Instance, hostname_type: str) -> None:
    instance.private_dns_name = options.hostname(uow.region, instance.id, instance.private_ip, hostname_type)
    changes.tell_host(uow, instance)
