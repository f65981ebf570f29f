from typing import Any

from tests.refusal import refused


def test_a_gateway_is_made_and_deleted(ec2: Any) -> None:
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    tags = [{"Key": "Name", "Value": "out"}]
    spec = [{"ResourceType": "egress-only-internet-gateway", "Tags": tags}]
    answer = ec2.create_egress_only_internet_gateway(VpcId=vpc_id, TagSpecifications=spec, ClientToken="once")
    gateway = answer["EgressOnlyInternetGateway"]
    id = gateway["EgressOnlyInternetGatewayId"]
    assert gateway["Attachments"] == [{"State": "attached", "VpcId": vpc_id}] and gateway["Tags"] == tags
    again = ec2.create_egress_only_internet_gateway(VpcId=vpc_id, TagSpecifications=spec, ClientToken="once")
    assert again["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"] == id
    describe = ec2.describe_egress_only_internet_gateways
    assert describe(EgressOnlyInternetGatewayIds=[id])["EgressOnlyInternetGateways"] == [gateway]
    assert describe(Filters=[{"Name": "tag:Name", "Values": ["in"]}])["EgressOnlyInternetGateways"] == []
    with refused("DependencyViolation", vpc_id):
        ec2.delete_vpc(VpcId=vpc_id)
    assert ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=id)["ReturnCode"]
    with refused("InvalidGatewayID.NotFound", id):
        describe(EgressOnlyInternetGatewayIds=[id])
    with refused("InvalidGatewayID.NotFound", id):
        ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=id)
    ec2.delete_vpc(VpcId=vpc_id)
    with refused("InvalidVpcID.NotFound"):
        ec2.create_egress_only_internet_gateway(VpcId=vpc_id)
