"""EC2 actions on customer gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CustomerGateway.html
"""

from typing import Any

from backend import absent, customer_gateways
from backend.db.models import CustomerGateway
from ec2api.call import Call
from ec2api.describe import Describe, constant, show_tags
from ec2api.registry import action

TYPE = "ipsec.1"


def show(gateway: Any) -> dict[str, Any]:
    member = "BgpAsn" if gateway.bgp_asn in customer_gateways.SMALL else "BgpAsnExtended"
    return {
        "CustomerGatewayId": gateway.id,
        "State": gateway.state,
        "Type": TYPE,
        "IpAddress": gateway.ip_address,
        member: str(gateway.bgp_asn),
        "DeviceName": gateway.device_name,
        "Tags": show_tags(gateway),
    }


@action(tags=("customer-gateway",))
def create_customer_gateway(
    call: Call,
    *,
    type: str,  # noqa: ARG001  ipsec.1 is the only value of its enum
    ip_address: str | None = None,
    public_ip: str | None = None,
    bgp_asn: int | None = None,
    bgp_asn_extended: int | None = None,
    device_name: str | None = None,
    certificate_arn: str | None = None,
) -> dict[str, Any]:
    absent.certificate(certificate_arn, "certificateArn")
    id = customer_gateways.create(
        call.uow,
        call.settings,
        ip_address=ip_address,
        public_ip=public_ip,
        bgp_asn=bgp_asn,
        bgp_asn_extended=bgp_asn_extended,
        device_name=device_name,
        wanted_tags=call.tags(CustomerGateway),
    )
    return {"CustomerGateway": show(call.uow.look_up(CustomerGateway, id, load=(CustomerGateway.tags,)))}


@action
def delete_customer_gateway(call: Call, *, customer_gateway_id: str) -> None:
    customer_gateways.delete(call.uow, call.settings, customer_gateway_id)


Describe(
    "DescribeCustomerGateways",
    CustomerGateway,
    view=show,
    ids="CustomerGatewayIds",
    filters={
        "bgp-asn": CustomerGateway.bgp_asn,
        "customer-gateway-id": CustomerGateway.id,
        "ip-address": CustomerGateway.ip_address,
        "state": CustomerGateway.state,
        "type": constant(TYPE),
    },
)
