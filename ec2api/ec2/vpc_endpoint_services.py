"""EC2 actions on the services that VPC endpoints lead to, and on those of an account's own.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ServiceConfiguration.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import endpoint_services, errors, zones
from backend.db import reading
from backend.db.matching import as_regex
from backend.db.models import EndpointService, EndpointServicePrincipal
from backend.db.models.endpoints import AMAZON
from ec2api.call import Call
from ec2api.describe import Condition, Describe, owned, show_tags
from ec2api.ec2 import unsuccessful
from ec2api.registry import action

_service = reading.table_of(EndpointService).c
_principal = reading.table_of(EndpointServicePrincipal).c

Texts = Sequence[str]


def _show_both(service: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    """What the owner and others see of a service."""
    private = service.private_dns_names
    return {
        "ServiceId": service.id,
        "ServiceName": service.name,
        "ServiceType": [{"ServiceType": service.service_type}],
        "AvailabilityZones": list(zone_ids),
        "AvailabilityZoneIds": list(zone_ids.values()),
        "AcceptanceRequired": service.acceptance_required,
        "ManagesVpcEndpoints": False,
        "BaseEndpointDnsNames": [service.base_dns_name],
        "PrivateDnsName": private[0] if private else None,
        "SupportedIpAddressTypes": service.ip_address_types.split(","),
        "PayerResponsibility": service.payer_responsibility,
        "Tags": show_tags(service),
    }


def _show_details(service: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    verification = service.dns_verification.get("State", "verified")
    return {
        **_show_both(service, zone_ids),
        "Owner": service.account,
        "ServiceRegion": service.region,
        "VpcEndpointPolicySupported": service.policy_supported,
        "PrivateDnsNames": [{"PrivateDnsName": name} for name in service.private_dns_names] or None,
        "PrivateDnsNameVerificationState": verification if service.private_dns_names else None,
    }


def _show_configuration(service: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    network = service.service_type == "Interface"
    return {
        **_show_both(service, zone_ids),
        "ServiceState": service.state,
        "NetworkLoadBalancerArns": service.load_balancer_arns if network else None,
        "GatewayLoadBalancerArns": None if network else service.load_balancer_arns,
        "PrivateDnsNameConfiguration": service.dns_verification or None,
        "SupportedRegions": [{"Region": entry.region, "ServiceState": service.state} for entry in service.regions],
        "RemoteAccessEnabled": len(service.regions) > 1,
    }


def _page_of_details(call: Call, services: Sequence[Any]) -> list[dict[str, Any]]:
    here = zones.ids(call.settings, call.account, call.region)
    return [_show_details(service, here) for service in services]


def _page_of_configurations(call: Call, services: Sequence[Any]) -> list[dict[str, Any]]:
    here = zones.ids(call.settings, call.account, call.region)
    return [_show_configuration(service, here) for service in services]


def _with_family(values: Sequence[str]) -> Condition:
    """A filter on any of the IP address types of a service."""
    both = ",".join(endpoint_services.FAMILIES)
    matching = {f for f in endpoint_services.FAMILIES for value in values if as_regex(value).fullmatch(f)}
    return _service.ip_address_types.in_([*sorted(matching), *([both] if matching else [])])


def _in_regions(call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    """Services that endpoints can lead to, of the regions that are asked for, else of the call's own."""
    wanted = given.get("ServiceRegions")
    if not wanted and any(f.get("Name") == "service-region" for f in given.get("Filters") or ()):
        return [_service.state == "Available"]
    return [_service.state == "Available", _service.region.in_(wanted or [call.region])]


def _no_service(name: str) -> errors.CloudError:
    return errors.InvalidServiceName(name=name)


class _DescribeServices(Describe):
    """With the names of the services beside their details."""

    def __call__(self, call: Call, **given: Any) -> dict[str, Any]:
        answer = super().__call__(call, **given)
        names = [service["ServiceName"] for service in answer[self.answers]]
        return {**answer, "ServiceNames": list(dict.fromkeys(names))}


_DescribeServices(
    "DescribeVpcEndpointServices",
    EndpointService,
    group=_page_of_details,
    names={"ServiceNames": (EndpointService.name, _no_service)},
    extra={"ServiceRegions": lambda _call, _regions: ()},
    always=_in_regions,
    answers="ServiceDetails",
    limits=(1, 1000),
    filters={
        "owner": owned(EndpointService),
        "service-name": EndpointService.name,
        "service-region": _service.region,
        "service-type": EndpointService.service_type,
        "supported-ip-address-types": _with_family,
    },
)


def _own(call: Call, _given: Mapping[str, Any]) -> Sequence[Condition]:
    return [_service.account == call.account, _service.account != AMAZON, _service.region == call.region]


Describe(
    "DescribeVpcEndpointServiceConfigurations",
    EndpointService,
    group=_page_of_configurations,
    ids="ServiceIds",
    load=(EndpointService.regions,),
    always=_own,
    limits=(5, 1000),
    filters={
        "service-id": EndpointService.id,
        "service-name": EndpointService.name,
        "service-state": EndpointService.state,
        "supported-ip-address-types": _with_family,
    },
)


@action(tags=("vpc-endpoint-service",))
def create_vpc_endpoint_service_configuration(
    call: Call,
    *,
    acceptance_required: bool = True,
    private_dns_name: str | None = None,
    network_load_balancer_arns: Texts = (),
    gateway_load_balancer_arns: Texts = (),
    supported_ip_address_types: Texts = (),
    supported_regions: Texts = (),
) -> dict[str, Any]:
    made = endpoint_services.create(
        call.uow,
        call.settings,
        network_arns=network_load_balancer_arns,
        gateway_arns=gateway_load_balancer_arns,
        acceptance_required=acceptance_required,
        private_dns_name=private_dns_name,
        families=supported_ip_address_types,
        supported_regions=supported_regions,
        wanted_tags=call.tags(EndpointService),
    )
    load = (EndpointService.tags, EndpointService.regions)
    (shown,) = _page_of_configurations(call, [call.uow.look_up(EndpointService, made.id, load=load)])
    return {"ServiceConfiguration": shown, "ClientToken": call.parameters.get("ClientToken")}


@action
def modify_vpc_endpoint_service_configuration(
    call: Call,
    *,
    service_id: str,
    private_dns_name: str | None = None,
    remove_private_dns_name: bool = False,
    acceptance_required: bool | None = None,
    add_network_load_balancer_arns: Texts = (),
    remove_network_load_balancer_arns: Texts = (),
    add_gateway_load_balancer_arns: Texts = (),
    remove_gateway_load_balancer_arns: Texts = (),
    add_supported_ip_address_types: Texts = (),
    remove_supported_ip_address_types: Texts = (),
    add_supported_regions: Texts = (),
    remove_supported_regions: Texts = (),
) -> dict[str, Any]:
    endpoint_services.modify(
        call.uow,
        call.settings,
        service_id,
        acceptance_required=acceptance_required,
        private_dns_name=private_dns_name,
        remove_private_dns_name=remove_private_dns_name,
        add_arns={
            "Interface": add_network_load_balancer_arns,
            "GatewayLoadBalancer": add_gateway_load_balancer_arns,
        },
        remove_arns={
            "Interface": remove_network_load_balancer_arns,
            "GatewayLoadBalancer": remove_gateway_load_balancer_arns,
        },
        add_families=add_supported_ip_address_types,
        remove_families=remove_supported_ip_address_types,
        add_regions=add_supported_regions,
        remove_regions=remove_supported_regions,
    )
    return {"Return": True}


@action
def delete_vpc_endpoint_service_configurations(call: Call, *, service_ids: Texts) -> dict[str, Any]:
    return {"Unsuccessful": unsuccessful.show(endpoint_services.delete_services(call.uow, call.settings, service_ids))}


@action
def modify_vpc_endpoint_service_payer_responsibility(
    call: Call, *, service_id: str, payer_responsibility: str
) -> dict[str, Any]:
    endpoint_services.set_payer(call.uow, service_id, payer_responsibility)
    return {"ReturnValue": True}


def _show_principal(entry: Any) -> dict[str, Any]:
    return {
        "PrincipalType": entry.principal_type,
        "Principal": entry.principal,
        "ServicePermissionId": entry.permission_id,
        "ServiceId": entry.service_id,
        "PermissionType": entry.permission_type,
    }


@action
def modify_vpc_endpoint_service_permissions(
    call: Call,
    *,
    service_id: str,
    add_allowed_principals: Texts = (),
    remove_allowed_principals: Texts = (),
    permission_type: str = "vpc-endpoint",
) -> dict[str, Any]:
    added = endpoint_services.permit(
        call.uow,
        service_id,
        add=add_allowed_principals,
        remove=remove_allowed_principals,
        permission_type=permission_type,
    )
    return {"AddedPrincipals": [_show_principal(entry) for entry in added], "ReturnValue": True}


def _of_own_service(call: Call, service_id: str) -> Sequence[Condition]:
    return [_principal.service_id == endpoint_services.look_up_own(call.uow, service_id).id]


Describe(
    "DescribeVpcEndpointServicePermissions",
    EndpointServicePrincipal,
    view=_show_principal,
    extra={"ServiceId": _of_own_service},
    filters={
        "permission-type": EndpointServicePrincipal.permission_type,
        "principal": EndpointServicePrincipal.principal,
        "principal-type": EndpointServicePrincipal.principal_type,
    },
)
