"""Every error a caller can see: AWS's code, a message template and the HTTP status, one line each.

Codes and statuses follow https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, and those of S3
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
"""

from collections.abc import Mapping
from typing import ClassVar, Self


class CloudError(Exception):
    """An AWS error code, with its message template and HTTP status."""

    code = "InternalError"
    template = "An internal error has occurred."
    status = 500
    elements: ClassVar[Mapping[str, str]] = {}
    """What S3's error document has beside the message: the element's name, and of which fact."""

    def __init__(self, **facts: object) -> None:
        super().__init__(self.template.format(**facts))
        self.facts = facts
        self.headers: dict[str, str] = {}
        """Headers of the answer that S3 sends along."""

    @property
    def message(self) -> str:
        return str(self)

    @property
    def details(self) -> dict[str, str]:
        return {element: str(self.facts[fact]) for element, fact in self.elements.items() if fact in self.facts}

    def with_headers(self, **headers: str | None) -> Self:
        """Headers by their names with ``_`` for ``-``; None leaves one out."""
        self.headers |= {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        return self


def _error(code: str, template: str, status: int = 400, **elements: str) -> type[CloudError]:
    name = code.replace(".", "")
    return type(name, (CloudError,), {"code": code, "template": template, "status": status, "elements": elements})


# Requests
InvalidAction = _error("InvalidAction", "The action {action} is not valid for this web service.")
ActionNotBuilt = _error("UnsupportedOperation", "The action {action} is not supported by this cloud.")
NoSuchVersion = _error("NoSuchVersion", "The requested version ({version}) of service {service} does not exist")
MissingAction = _error("MissingAction", "The request must contain the parameter Action")
MissingParameter = _error("MissingParameter", "The request must contain the parameter {name}")
UnknownParameter = _error("UnknownParameter", "The parameter {name} is not recognized")
UnsupportedParameter = _error("UnsupportedOperation", "The parameter {name} is not supported by this cloud.")
UnsupportedOperation = _error("UnsupportedOperation", "{reason}")
Unsupported = _error("Unsupported", "{reason}")
MalformedRequest = _error("MalformedQueryString", "{reason}")
InvalidParameterValue = _error("InvalidParameterValue", "Value ({value}) for parameter {name} is invalid. {reason}")
InvalidValue = _error("InvalidParameterValue", "{reason}")
InvalidParameter = _error("InvalidParameter", "{reason}")
InvalidParameterCombination = _error("InvalidParameterCombination", "{reason}")
InvalidParameterDependency = _error("InvalidParameterDependency", "{reason}")
ValidationError = _error("ValidationError", "{reason}")
InvalidFilter = _error("InvalidParameterValue", "The filter '{name}' is invalid")
FilterLimitExceeded = _error("FilterLimitExceeded", "{reason}")
InvalidNextToken = _error("InvalidNextToken", "The token '{token}' is invalid")
InvalidPaginationToken = _error("InvalidPaginationToken", "The token '{token}' is invalid")
InvalidMaxResults = _error("InvalidMaxResults", "{reason}")
DryRunOperation = _error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
IdempotentParameterMismatch = _error(
    "IdempotentParameterMismatch",
    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
)
IdempotentInstanceTerminated = _error(
    "IdempotentInstanceTerminated",
    "The client token '{token}' was used to launch an instance that has been terminated",
)
InvalidClientToken = _error("InvalidClientToken", "{reason}")
RequestTooLarge = _error("RequestEntityTooLarge", "The request is larger than {limit} bytes", 413)

# Identity
AuthFailure = _error("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
UnauthorizedOperation = _error("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
NotAuthorized = _error("UnauthorizedOperation", "You are not authorized to perform this operation. {reason}", 403)
AccessDenied = _error("AccessDenied", "{reason}", 403)
InvalidClientTokenId = _error("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
SignatureDoesNotMatch = _error(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    403,
)
IncompleteSignature = _error("IncompleteSignature", "{reason}", 400)
RequestExpired = _error("RequestExpired", "Request has expired.", 400)
SignatureRefused = _error("SignatureDoesNotMatch", "{reason}", 403)
AuthFailureSignature = _error("AuthFailure", "{reason}", 401)
ExpiredToken = _error("ExpiredToken", "The security token included in the request is expired", 403)
MissingAuthenticationToken = _error("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
MalformedPolicyDocument = _error("MalformedPolicyDocument", "{reason}")
PackedPolicyTooLarge = _error("PackedPolicyTooLarge", "{reason}")
SignatureDoesNotMatchS3 = _error(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    403,
    AWSAccessKeyId="access_key_id",
    StringToSign="string_to_sign",
    SignatureProvided="signature",
    StringToSignBytes="string_to_sign_bytes",
    CanonicalRequest="canonical_request",
    CanonicalRequestBytes="canonical_request_bytes",
)
AuthorizationHeaderMalformed = _error("AuthorizationHeaderMalformed", "The authorization header is malformed; {reason}")
AuthorizationQueryParametersError = _error("AuthorizationQueryParametersError", "{reason}")
RequestTimeTooSkewed = _error(
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
    403,
    RequestTime="request_time",
    ServerTime="server_time",
    MaxAllowedSkewMilliseconds="skew",
)
MissingContentHash = _error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
InvalidAccessKeyId = _error(
    "InvalidAccessKeyId",
    "The AWS Access Key Id you provided does not exist in our records.",
    403,
    AWSAccessKeyId="access_key_id",
)
InvalidSessionToken = _error("InvalidToken", "The provided token is malformed or otherwise invalid.")
ExpiredTokenS3 = _error("ExpiredToken", "The provided token has expired.")
EntityAlreadyExists = _error("EntityAlreadyExists", "{reason}", 409)
NoSuchEntity = _error("NoSuchEntity", "{reason}", 404)
DeleteConflict = _error("DeleteConflict", "{reason}", 409)
LimitExceeded = _error("LimitExceeded", "{reason}", 409)
InvalidInput = _error("InvalidInput", "{reason}")
PolicyNotAttachable = _error("PolicyNotAttachable", "{reason}")
UnmodifiableEntity = _error(
    "UnmodifiableEntity",
    "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS",
)
XAmzContentSHA256Mismatch = _error(
    "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    400,
    ClientComputedContentSHA256="stated",
    S3ComputedContentSHA256="computed",
)

# Resources: malformed and unknown ids
InvalidID = _error("InvalidID", "The ID '{id}' is not valid")


class InvalidIDMalformed(CloudError):
    """An id that does not have its type's form, such as InvalidInstanceID.Malformed."""

    template = 'Invalid id: "{id}"'
    status = 400

    def __init__(self, *, code: str, id: str, prefix: str = "") -> None:
        self.code = code
        if prefix:
            self.template = 'Invalid id: "{id}" (expecting "{prefix}-...")'
        super().__init__(id=id, prefix=prefix)


class QuotaExceeded(CloudError):
    """Each quota has its own code, such as VpcLimitExceeded; those of IAM have a message and a status of their own."""

    template = "The maximum number of {what} has been reached."
    status = 400

    def __init__(self, *, code: str, what: str, most: int) -> None:
        self.code = code
        if code == "LimitExceeded":
            self.template, self.status = "Cannot exceed quota for {what}: {most}", 409
        super().__init__(what=what, most=most)


class NotFound(CloudError):
    """Each kind of resource has its own code, such as InvalidVolume.NotFound.

    ``noun`` is the kind as AWS's message names it ("instance", "security group"); ``ids`` are those not found.
    """

    status = 400

    def __init__(self, *, code: str, noun: str, ids: list[str]) -> None:
        self.code = code
        usual = ("The {noun} ID '{ids}' does not exist", "The {noun} IDs '{ids}' do not exist")
        singular, plural = _ABSENT.get(noun, usual)
        self.template = singular if len(ids) == 1 else plural
        super().__init__(noun=noun, ids=", ".join(ids))


_ABSENT = {  # in EC2's words, where they are not those of the other types
    "image": ("The image id '[{ids}]' does not exist", "The image ids '[{ids}]' do not exist"),
    "launch template": (
        "The specified launch template, with template ID {ids}, does not exist.",
        "At least one of the launch templates specified in the request does not exist.",
    ),
    "NAT gateway": ("NatGateway {ids} was not found", "NatGateways {ids} were not found"),
    "security group": ("The security group '{ids}' does not exist", "The security groups '{ids}' do not exist"),
    "snapshot": ("The snapshot '{ids}' does not exist.", "The snapshots '{ids}' do not exist."),
    "volume": ("The volume '{ids}' does not exist.", "The volumes '{ids}' do not exist."),
}


# State and dependencies
IncorrectState = _error("IncorrectState", "{reason}")
IncorrectInstanceState = _error("IncorrectInstanceState", "{reason}")
OperationNotPermitted = _error("OperationNotPermitted", "{reason}")
DependencyViolation = _error("DependencyViolation", "{reason}")
ResourceInUse = _error("ResourceInUse", "{reason}")
CannotDelete = _error("CannotDelete", "{reason}")

# Capacity and limits
InvalidInstanceEventIDNotFound = _error(
    "InvalidInstanceEventIDNotFound", "The instance event ID '{id}' does not exist."
)
InvalidSpotDatafeedNotFound = _error("InvalidSpotDatafeed.NotFound", "Spot datafeed subscription does not exist.")
TrafficMirrorFilterRuleAlreadyExists = _error(
    "TrafficMirrorFilterRuleAlreadyExists", "The filter has a rule {number} for {direction} traffic already."
)
InvalidFleetConfig = _error("InvalidFleetConfig", "{reason}")
InvalidTagsOnFleet = _error("InvalidParameterValue", "{reason}")
InvalidTargetCapacitySpecification = _error("InvalidTargetCapacitySpecification", "{reason}")
InvalidSpotFleetRequestConfig = _error("InvalidSpotFleetRequestConfig", "{reason}")
SpotMaxPriceTooLow = _error(
    "SpotMaxPriceTooLow",
    "Your Spot request price of {wanted} is lower than the minimum required Spot request fulfillment price of {least}.",
)
InsufficientInstanceCapacity = _error(
    "InsufficientInstanceCapacity",
    "We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested ({zone}).",
    500,
)
InsufficientFreeAddressesInSubnet = _error(
    "InsufficientFreeAddressesInSubnet",
    "There are not enough free addresses in subnet '{subnet_id}' to satisfy the requested number of instances.",
)
InstanceLimitExceeded = _error("InstanceLimitExceeded", "{reason}")
AttachmentLimitExceeded = _error("AttachmentLimitExceeded", "{reason}")
VcpuLimitExceeded = _error("VcpuLimitExceeded", "{reason}")
RequestLimitExceeded = _error("RequestLimitExceeded", "Request limit exceeded.", 503)
TagLimitExceeded = _error("TagLimitExceeded", "{reason}")
ResourceLimitExceeded = _error("ResourceLimitExceeded", "{reason}")

# Instances
InvalidInstanceType = _error("InvalidParameterValue", "Invalid value '{type}' for InstanceType.")
InvalidInstanceTypeUnknown = _error(
    "InvalidInstanceType", "The following supplied instance types do not exist: [{types}]"
)
InvalidBlockDeviceMapping = _error("InvalidBlockDeviceMapping", "{reason}")
InvalidUserDataMalformed = _error("InvalidUserData.Malformed", "{reason}")
UnsupportedHibernationConfiguration = _error("UnsupportedHibernationConfiguration", "{reason}")
InvalidInstanceID = _error("InvalidInstanceID", "{reason}")
InstanceCreditSpecificationNotSupported = _error(
    "InstanceCreditSpecification.NotSupported",
    "The {type} instance type does not support CPU credit options.",
)
InvalidInstanceCreditSpecification = _error("InvalidInstanceCreditSpecification", "{reason}")
InvalidInstanceAttributeValue = _error("InvalidInstanceAttributeValue", "{reason}")
InvalidInstanceFamily = _error("InvalidInstanceFamily", "{reason}")
UnsupportedInstanceAttribute = _error("UnsupportedInstanceAttribute", "{reason}")
InvalidPlacementGroupUnknown = _error("InvalidPlacementGroup.Unknown", "The Placement Group '{name}' is unknown.")
MissingInput = _error("MissingInput", "{reason}")
VPCIdNotSpecified = _error("VPCIdNotSpecified", "No default VPC for this user")

# Launch templates and placement groups
InvalidLaunchTemplateIdVersionNotFound = _error(
    "InvalidLaunchTemplateId.VersionNotFound",
    "Could not find the specified version {version} for the launch template with ID {id}.",
)
InvalidLaunchTemplateNameMalformed = _error(
    "InvalidLaunchTemplateName.MalformedException",
    "The launch template name '{name}' is invalid: between 3 and 128 letters, numbers, and the characters ().-/_",
)
InvalidLaunchTemplateNameAlreadyExists = _error(
    "InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use."
)
InvalidLaunchTemplateNameNotFound = _error(
    "InvalidLaunchTemplateName.NotFoundException",
    "The specified launch template, with template name {name}, does not exist.",
)
InvalidLaunchTemplateNamesNotFound = _error(
    "InvalidLaunchTemplateName.NotFoundException",
    "At least one of the launch templates specified in the request does not exist.",
)
InvalidPlacementGroupDuplicate = _error(
    "InvalidPlacementGroup.Duplicate", "The Placement Group '{name}' already exists."
)
InvalidPlacementGroupInUse = _error(
    "InvalidPlacementGroup.InUse", "The placement group '{name}' is in use and may not be deleted."
)

# Capacity reservations and dedicated hosts
InvalidCapacityReservationState = _error("InvalidCapacityReservationState", "{reason}")
ReservationCapacityExceeded = _error(
    "ReservationCapacityExceeded",
    "The targeted Capacity Reservation '{id}' does not have enough available capacity to fulfill your request.",
)
InsufficientHostCapacity = _error(
    "InsufficientHostCapacity", "There is not enough capacity to fulfill your Dedicated Host request.", 500
)
InsufficientCapacityOnHost = _error(
    "InsufficientCapacityOnHost", "There is not enough capacity on the Dedicated Host to launch or start the instance."
)
InvalidHostState = _error("InvalidHostState", "{reason}")

# Images
InvalidAMIIDUnavailable = _error("InvalidAMIID.Unavailable", "The image ID '{id}' is no longer available")
InvalidAMINameDuplicate = _error("InvalidAMIName.Duplicate", "AMI name {name} is already in use by AMI {id}")
InvalidAMINameMalformed = _error("InvalidAMIName.Malformed", "{reason}")
InvalidManifest = _error("InvalidManifest", "{reason}")
InvalidAMIAttributeItemValue = _error("InvalidAMIAttributeItemValue", "{reason}")
AuthFailureImage = _error("AuthFailure", "Not authorized for image:{id}", 403)
InvalidUserIDMalformed = _error("InvalidUserID.Malformed", 'Invalid user id: "{id}"')

# Key pairs
InvalidKeyPairNotFound = _error("InvalidKeyPair.NotFound", "The key pair '{name}' does not exist")
InvalidKeyPairDuplicate = _error("InvalidKeyPair.Duplicate", "The keypair already exists")
InvalidKeyFormat = _error("InvalidKey.Format", "Key is not in valid OpenSSH public key format")

# Network
InvalidVpcRange = _error("InvalidVpc.Range", "The CIDR '{cidr}' is invalid.")
InvalidSubnetRange = _error("InvalidSubnet.Range", "The CIDR '{cidr}' is invalid.")
InvalidSubnetConflict = _error("InvalidSubnet.Conflict", "The CIDR '{cidr}' conflicts with another subnet")
InvalidGroupDuplicate = _error(
    "InvalidGroup.Duplicate", "The security group '{name}' already exists for VPC '{vpc_id}'"
)
InvalidGroupNotFound = _error("InvalidGroup.NotFound", "The security group '{group}' does not exist")
InvalidGroupReserved = _error("InvalidGroup.Reserved", "{reason}")
InvalidPermissionDuplicate = _error("InvalidPermission.Duplicate", 'the specified rule "{rule}" already exists')
InvalidPermissionNotFound = _error(
    "InvalidPermission.NotFound", "The specified rule does not exist in this security group."
)
InvalidPermissionMalformed = _error("InvalidPermission.Malformed", "{reason}")
RulesPerSecurityGroupLimitExceeded = _error("RulesPerSecurityGroupLimitExceeded", "{reason}")
SecurityGroupsPerInterfaceLimitExceeded = _error("SecurityGroupsPerInterfaceLimitExceeded", "{reason}")
InvalidIPAddressInUse = _error("InvalidIPAddress.InUse", "Address {address} is in use.")
InvalidAddress = _error("InvalidParameterValue", "Address {address} does not fall within the subnet's address range")
InvalidNetworkInterfaceInUse = _error("InvalidNetworkInterface.InUse", "{reason}")
PrivateIpAddressLimitExceeded = _error("PrivateIpAddressLimitExceeded", "{reason}")
NetworkInterfaceLimitExceeded = _error("NetworkInterfaceLimitExceeded", "{reason}")
InsufficientAddressCapacity = _error("InsufficientAddressCapacity", "{reason}", 500)
VpcLimitExceeded = _error("VpcLimitExceeded", "{reason}")
SubnetLimitExceeded = _error("SubnetLimitExceeded", "{reason}")
SecurityGroupLimitExceeded = _error("SecurityGroupLimitExceeded", "{reason}")
InvalidGroupNotFoundInDefaultVpc = _error(
    "InvalidGroup.NotFound", "The security group '{name}' does not exist in default VPC '{vpc_id}'"
)
GroupsOfDifferentNetworks = _error(
    "InvalidGroup.NotFound", "You have specified two resources that belong to different networks."
)
InvalidPrefixListIdMalformed = _error("InvalidPrefixListId.Malformed", 'Invalid id: "{id}" (expecting "pl-...")')
EventWindowTargetTaken = _error(
    "Resource.AlreadyAssociated", "The target {target} is already associated with the event window {window}."
)
InvalidRequest = _error("InvalidRequest", "{reason}")
InvalidSecurityGroupVpcAssociation = _error(
    "InvalidSecurityGroupVpcAssociation.NotFound",
    "The security group '{group_id}' is not associated with the VPC '{vpc_id}'",
)
PrefixListVersionMismatch = _error("PrefixListVersionMismatch", "The prefix list has the incorrect version number.")
PrefixListMaxEntriesExceeded = _error("PrefixListMaxEntriesExceeded", "{reason}")
InvalidPrefixListModification = _error("InvalidPrefixListModification", "{reason}")
InvalidStateTransition = _error(
    "InvalidStateTransition", "Invalid state transition for {id}, attempted to transition from {state} to {to}"
)
VpcPeeringConnectionAlreadyExists = _error("VpcPeeringConnectionAlreadyExists", "{reason}")
InvalidPeeringDnsHostnames = _error("InvalidVpcPeeringConnectionState.DnsHostnamesDisabled", "{reason}")
RouteToPrefixListExists = _error(
    "RouteAlreadyExists", "route table {table} already has a route with destination-prefix-list-id {prefix_list}"
)
InvalidLatticeArnMalformed = {
    name: _error(f"Invalid{name}.Malformed", "The ARN '{arn}' is malformed")
    for name in ("ServiceNetworkArn", "ResourceConfigurationArn")
}
InvalidLatticeArnNotFound = {
    name: _error(f"Invalid{name}.NotFound", "The ARN '{arn}' does not exist")
    for name in ("ServiceNetworkArn", "ResourceConfigurationArn")
}
InvalidServiceName = _error("InvalidServiceName", "The Vpc Endpoint Service '{name}' does not exist")
InvalidVpcEndpointNotFound = _error("InvalidVpcEndpoint.NotFound", "The Vpc Endpoint Id '{id}' does not exist")
InvalidVpcEndpointServiceNotFound = _error(
    "InvalidVpcEndpointService.NotFound", "The VpcEndpointService Id '{id}' does not exist"
)
InvalidVpcEndpointType = _error("InvalidVpcEndpointType", "{reason}")
InvalidPolicyDocument = _error("InvalidPolicyDocument", "{reason}")
InvalidState = _error("InvalidState", "{reason}")
DuplicateSubnetsInSameZone = _error(
    "DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the availability zone of {subnet_id}"
)
ExistingVpcEndpointConnections = _error(
    "ExistingVpcEndpointConnections", "Service has existing active VPC Endpoint connections!"
)
InvalidNetworkLoadBalancerArn = _error("InvalidNetworkLoadBalancerArn.Malformed", "{reason}")
InvalidGatewayLoadBalancerArn = _error("InvalidGatewayLoadBalancerArn.Malformed", "{reason}")
InvalidConnectionNotification = _error("InvalidConnectionNotification", "{reason}")
FlowLogAlreadyExists = _error(
    "FlowLogAlreadyExists", "There is an existing Flow Log with the same configuration and log destination."
)
InvalidZone = _error("InvalidParameterValue", "Invalid availability zone: [{zone}]")
InvalidZoneId = _error("InvalidParameterValue", "Invalid availability zone-id: [{zone_id}]")
InvalidRegionNotFound = _error("InvalidParameterValue", "Invalid region: [{region}]")

# Routing
InvalidGatewayIDNotFound = _error("InvalidGatewayID.NotFound", "The gateway ID '{id}' does not exist")
InvalidTargetNotFound = {  # of kinds of route targets, in CreateRoute's words
    "nat": _error("InvalidNatGatewayID.NotFound", "The natGateway ID '{id}' does not exist"),
    "eni": _error("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{id}' does not exist"),
    "pcx": _error("InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '{id}' does not exist"),
    "tgw": _error("InvalidTransitGatewayID.NotFound", "The transitGateway ID '{id}' does not exist"),
    "vpce": _error("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{id}' does not exist"),
    "vgw": _error("InvalidVpnGatewayID.NotFound", "The vpnGateway ID '{id}' does not exist"),
    "lgw": _error("InvalidLocalGatewayID.NotFound", "The localGateway ID '{id}' does not exist"),
    "cagw": _error("InvalidCarrierGatewayID.NotFound", "The carrierGateway ID '{id}' does not exist"),
    "core-network": _error("InvalidCoreNetworkArn.NotFound", "The core network '{id}' does not exist"),
    "odbnet": _error("InvalidOdbNetworkArn.NotFound", "The ODB network '{id}' does not exist"),
    "pl": _error("InvalidPrefixListID.NotFound", "The prefix list ID '{id}' does not exist"),
}
InvalidRouteNotFound = _error(
    "InvalidRoute.NotFound", "no route with destination-cidr-block {destination} in route table {table}"
)
RouteAlreadyExists = _error("RouteAlreadyExists", "The route identified by {destination} already exists.")
ResourceAlreadyAssociated = _error("Resource.AlreadyAssociated", "{reason}")
GatewayNotAttached = _error("Gateway.NotAttached", "resource {id} is not attached to network {vpc_id}")
InvalidAssociationIDNotFound = _error("InvalidAssociationID.NotFound", "The association ID '{id}' does not exist")

# VPN and transit gateways
InvalidVpnGatewayAttachmentNotFound = _error(
    "InvalidVpnGatewayAttachment.NotFound",
    "The attachment with vpn gateway ID '{id}' and vpc ID '{vpc_id}' does not exist",
)
VpnGatewayAttachmentLimitExceeded = _error(
    "VpnGatewayAttachmentLimitExceeded", "The vpnGateway '{id}' is attached to the VPC '{vpc_id}' already."
)
InvalidVpcState = _error("InvalidVpcState", "The vpc '{vpc_id}' already has a virtual private gateway attached to it.")
DuplicateTransitGatewayAttachment = _error(
    "DuplicateTransitGatewayAttachment", "{id} has non-deleted Transit Gateway Attachments with same VPC ID."
)
DuplicateTransitGatewayPeering = _error(
    "DuplicateTransitGatewayAttachment", "{id} has non-deleted Transit Gateway Attachments with same peer."
)
DuplicateSubnetsOfAttachment = _error("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")
InvalidAssociationNotFound = _error(
    "InvalidAssociation.NotFound", "There is no association between {table_id} and {attachment_id}."
)
PropagationNotFound = _error(
    "TransitGatewayRouteTablePropagation.NotFound", "Propagation {table_id} with {attachment_id} does not exist."
)
PropagationDuplicate = _error(
    "TransitGatewayRouteTablePropagation.Duplicate", "Propagation {table_id} with {attachment_id} already exists."
)
InvalidMulticastAssociation = _error(
    "InvalidTransitGatewayMulticastDomainAssociation.NotFound", "{subnet_id} is not associated with {domain_id}."
)
InvalidPolicyTableEntryNotFound = _error(
    "InvalidTransitGatewayPolicyTableEntry.NotFound", "{table_id} has no entry with the rule number {number}."
)
InvalidPrefixListReferenceNotFound = _error(
    "InvalidPrefixListReference.NotFound", "{table_id} has no reference to the prefix list {prefix_list_id}."
)
InvalidTransitRouteNotFound = _error("InvalidRoute.NotFound", "{table_id} has no static route to {destination}.")

# CIDR blocks
InvalidVpcRangeRestricted = _error(
    "InvalidVpc.Range",
    "The CIDR '{cidr}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use "
    "a publicly-routable CIDR. For additional restrictions, see "
    "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions",
)
InvalidVpcConflict = _error("InvalidVpc.Range", "The CIDR '{cidr}' conflicts with {with_what}.")
InvalidCidrBlockInUse = _error(
    "InvalidCidrBlock.InUse", "The vpc {vpc_id} currently has a subnet within CIDR block {cidr}"
)
InvalidSubnetCidrBlockInUse = _error(
    "InvalidCidrBlock.InUse", "The subnet {subnet_id} currently has addresses or reservations within {cidr}"
)
InvalidIpamPoolIdNotFound = _error("InvalidIpamPoolId.NotFound", "The IPAM pool ID '{id}' does not exist")
InvalidPoolIDNotFound = _error("InvalidPoolID.NotFound", "The pool ID '{id}' does not exist")
CidrLimitExceeded = _error("CidrLimitExceeded", "The {what} has met its maximum number of allowed CIDRs: {limit}")
InsufficientCidrBlocks = _error(
    "InsufficientCidrBlocks", "There is not enough space in the CIDR blocks of {vpc_id} for another default subnet."
)
DefaultVpcAlreadyExists = _error(
    "DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region."
)
DefaultVpcDoesNotExist = _error("DefaultVpcDoesNotExist", "There is no default VPC for this account in this region.")
DefaultSubnetAlreadyExistsInAvailabilityZone = _error(
    "DefaultSubnetAlreadyExistsInAvailabilityZone", "'{id}' is already the default subnet in {zone}."
)

# Network ACLs and DHCP options
NetworkAclEntryAlreadyExists = _error(
    "NetworkAclEntryAlreadyExists", "The network acl entry identified by {number} already exists."
)
InvalidNetworkAclEntryNotFound = _error(
    "InvalidNetworkAclEntry.NotFound", "The network acl entry identified by {number} does not exist in {acl}."
)
InvalidDhcpOptionsIDNotFound = _error("InvalidDhcpOptionsID.NotFound", "The dhcpOption ID '{id}' does not exist")
AddressLimitExceeded = _error("AddressLimitExceeded", "The maximum number of addresses has been reached.")
InvalidAddressNotFound = _error("InvalidAddress.NotFound", "Address '{address}' not found.")
InvalidAddressMalformed = _error("InvalidAddress.Malformed", 'Invalid IPv4 address: "{address}"')
InvalidAddressLocked = _error("InvalidAddress.Locked", "{reason}")
AuthFailureAddress = _error("AuthFailure", "The address '{address}' does not belong to you.")
InvalidPublicIpv4PoolIDNotFound = _error(
    "InvalidPublicIpv4PoolID.NotFound", "The public IPv4 pool ID '{pool}' does not exist"
)
InvalidElasticIpIDNotFound = _error("InvalidElasticIpID.NotFound", "The elastic-ip ID '{id}' does not exist")
InvalidElasticIpIDMalformed = _error("InvalidElasticIpID.Malformed", "The elastic-ip ID '{id}' is malformed")
ElasticAddressAssociated = _error(
    "Resource.AlreadyAssociated", "resource {id} is already associated with associate-id {association_id}"
)
InterfaceWithoutGateway = _error("Gateway.NotAttached", "Network {vpc_id} is not attached to any internet gateway")
InvalidTransferAddressAssociated = _error("InvalidTransfer.AddressAssociated", "{reason}")
InvalidTransferAddressCustomPtrSet = _error("InvalidTransfer.AddressCustomPtrSet", "{reason}")
InvalidAttachmentIDNotFound = _error(
    "InvalidAttachmentID.NotFound", "The networkInterface attachment ID '{id}' does not exist"
)
PrivateAddressAssigned = _error("Resource.AlreadyAssigned", "Address {address} is already assigned.")

# Volumes
VolumeInUse = _error("VolumeInUse", "Volume {id} is currently attached to {instance_id}")
VolumeNotDetached = _error("VolumeInUse", "{reason}")
InvalidVolumeZoneMismatch = _error(
    "InvalidVolume.ZoneMismatch",
    "The volume '{volume_id}' is not in the same availability zone as instance '{instance_id}'",
)
InvalidAttachmentNotFound = _error("InvalidAttachment.NotFound", "{reason}")
InvalidZoneNotFound = _error("InvalidZone.NotFound", "The zone '{zone}' does not exist.")
EncryptedVolumesNotSupported = _error("EncryptedVolumesNotSupported", "{reason}")
IncorrectModificationState = _error("IncorrectModificationState", "{reason}")
VolumeModificationRateExceeded = _error("VolumeModificationRateExceeded", "{reason}")
InvalidVolumeModificationNotFound = _error(
    "InvalidVolumeModification.NotFound", "Modification for volume '{volume_ids}' does not exist."
)
AuthFailureSnapshot = _error("AuthFailure", "Not authorized for snapshot:{id}", 403)
InvalidSnapshotInUse = _error("InvalidSnapshot.InUse", "The snapshot {id} is currently in use by {image_id}")

# Systems Manager
SerializationException = _error("SerializationException", "{reason}")
ParameterNotFound = _error("ParameterNotFound", "Parameter {name} not found.")
ParameterVersionNotFound = _error(
    "ParameterVersionNotFound", "Systems Manager could not find version {version} of {name}. Verify it and try again."
)
ParameterAlreadyExists = _error(
    "ParameterAlreadyExists",
    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
)
ParameterLimitExceeded = _error("ParameterLimitExceeded", "{reason}")
ParameterMaxVersionLimitExceeded = _error("ParameterMaxVersionLimitExceeded", "{reason}")
ParameterVersionLabelLimitExceeded = _error("ParameterVersionLabelLimitExceeded", "{reason}")
ParameterPatternMismatchException = _error(
    "ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern: {pattern}"
)
InvalidAllowedPatternException = _error(
    "InvalidAllowedPatternException", "The parameter's allowed pattern is no regular expression: {pattern}"
)
HierarchyLevelLimitExceededException = _error("HierarchyLevelLimitExceededException", "{reason}")
HierarchyTypeMismatchException = _error("HierarchyTypeMismatchException", "{reason}")
InvalidFilterKey = _error("InvalidFilterKey", "{reason}")
InvalidFilterOption = _error("InvalidFilterOption", "{reason}")
InvalidFilterValue = _error("InvalidFilterValue", "{reason}")
InvalidResourceId = _error("InvalidResourceId", "The resource {id} cannot be found.")
InvalidResourceType = _error("InvalidResourceType", "Resources of the type {type} are not supported.")
TooManyTagsError = _error("TooManyTagsError", "A resource must not have more than {limit} tags.")

# Services
ServiceNotBuilt = _error("UnsupportedOperation", "The service {service} is not supported by this cloud.")
NoSuchPath = _error("InvalidAction", "{method} {path} is not valid for this web service.", 404)


# EBS direct APIs: each code has reasons of its own
# https://docs.aws.amazon.com/ebs/latest/APIReference/CommonErrors.html
def _ebs_error(code: str, reason: str, template: str, status: int = 400) -> type[CloudError]:
    return type(
        f"{code}_{reason}", (CloudError,), {"code": code, "kind": reason, "template": template, "status": status}
    )


DirectSnapshotNotFound = _ebs_error(
    "ResourceNotFoundException", "SNAPSHOT_NOT_FOUND", "The snapshot '{id}' does not exist.", 404
)
InvalidDirectSnapshot = _ebs_error("ValidationException", "INVALID_SNAPSHOT_ID", "{reason}")
InvalidDirectValue = _ebs_error("ValidationException", "INVALID_PARAMETER_VALUE", "{reason}")
InvalidDirectVolumeSize = _ebs_error("ValidationException", "INVALID_VOLUME_SIZE", "{reason}")
InvalidDirectTag = _ebs_error("ValidationException", "INVALID_TAG", "{reason}")
InvalidBlock = _ebs_error("ValidationException", "INVALID_BLOCK", "{reason}")
InvalidBlockToken = _ebs_error(
    "ValidationException", "INVALID_BLOCK_TOKEN", "The block token is invalid or has expired."
)
InvalidPageToken = _ebs_error("ValidationException", "INVALID_PAGE_TOKEN", "The page token is invalid.")
UnrelatedSnapshots = _ebs_error(
    "ValidationException", "UNRELATED_SNAPSHOTS", "The snapshots are not of the same volume or lineage."
)

# S3
NoSuchBucket = _error("NoSuchBucket", "The specified bucket does not exist", 404, BucketName="bucket")
NoSuchKey = _error("NoSuchKey", "The specified key does not exist.", 404, Key="key")
NoSuchVersionS3 = _error(
    "NoSuchVersion", "The specified version does not exist.", 404, Key="key", VersionId="version_id"
)
NoSuchUpload = _error(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
    "completed.",
    404,
    UploadId="upload_id",
)
BucketAlreadyExists = _error(
    "BucketAlreadyExists",
    "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please "
    "select a different name and try again.",
    409,
    BucketName="bucket",
)
BucketAlreadyOwnedByYou = _error(
    "BucketAlreadyOwnedByYou",
    "Your previous request to create the named bucket succeeded and you already own it.",
    409,
    BucketName="bucket",
)
BucketNotEmpty = _error("BucketNotEmpty", "The bucket you tried to delete is not empty", 409, BucketName="bucket")
BucketNotEmptyOfVersions = _error(
    "BucketNotEmpty",
    "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
    409,
    BucketName="bucket",
)
InvalidBucketName = _error("InvalidBucketName", "The specified bucket is not valid.", 400, BucketName="bucket")
IllegalLocationConstraint = _error(
    "IllegalLocationConstraintException",
    "The {location} location constraint is incompatible for the region specific endpoint this request was sent to.",
)
InvalidLocationConstraint = _error(
    "InvalidLocationConstraint", "The specified location-constraint is not valid", 400, LocationConstraint="location"
)
InvalidBucketState = _error("InvalidBucketState", "{reason}", 409)
InvalidArgument = _error("InvalidArgument", "{reason}", 400, ArgumentName="name", ArgumentValue="value")
MalformedXML = _error(
    "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
)
MalformedACLError = _error(
    "MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema"
)
MissingRequestBody = _error("MissingRequestBodyError", "Request Body is empty")
InvalidStorageClass = _error(
    "InvalidStorageClass", "The storage class you specified is not valid", 400, StorageClassRequested="value"
)
InvalidURI = _error("InvalidURI", "Couldn't parse the specified URI.", 400, URI="uri")
KeyTooLong = _error("KeyTooLongError", "Your key is too long", 400, Size="size", MaxSizeAllowed="limit")
MethodNotAllowed = _error(
    "MethodNotAllowed",
    "The specified method is not allowed against this resource.",
    405,
    Method="method",
    ResourceType="kind",
)
NotImplementedS3 = _error(
    "NotImplemented",
    "A header or query you provided requests a function that is not implemented.",
    400,
    Header="header",
)
OperationNotBuilt = _error("NotImplemented", "The operation {operation} is not implemented by this cloud.")
PreconditionFailed = _error(
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
    412,
    Condition="condition",
)
NotModified = _error("NotModified", "Not Modified", 304)
OperationAborted = _error(
    "OperationAborted",
    "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    409,
)
InvalidRange = _error(
    "InvalidRange",
    "The requested range is not satisfiable",
    416,
    RangeRequested="range",
    ActualObjectSize="size",
)
InvalidPartNumber = _error(
    "InvalidPartNumber",
    "The requested partnumber is not satisfiable",
    416,
    PartNumberRequested="part_number",
    ActualPartCount="parts",
)
AccessDeniedS3 = _error("AccessDenied", "Access Denied", 403)
InvalidObjectState = _error("InvalidObjectState", "{reason}", 403, StorageClass="storage_class")
InvalidEncryptionAlgorithmError = _error(
    "InvalidEncryptionAlgorithmError",
    "The encryption request that you specified is not valid. The valid value is AES256.",
    400,
    ArgumentName="name",
    ArgumentValue="value",
)
MissingContentLength = _error("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
IncompleteBody = _error(
    "IncompleteBody",
    "The request body terminated unexpectedly",
    400,
    NumberBytesExpected="expected",
    NumberBytesProvided="provided",
)
EntityTooLarge = _error(
    "EntityTooLarge",
    "Your proposed upload exceeds the maximum allowed size",
    400,
    ProposedSize="size",
    MaxSizeAllowed="limit",
)
EntityTooSmall = _error(
    "EntityTooSmall",
    "Your proposed upload is smaller than the minimum allowed size",
    400,
    ProposedSize="size",
    MinSizeAllowed="limit",
    PartNumber="part_number",
    ETag="etag",
)
InvalidDigest = _error("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, **{"Content-MD5": "value"})
BadDigest = _error(
    "BadDigest",
    "The {what} you specified did not match {received}.",
    400,
    ExpectedDigest="expected",
    CalculatedDigest="calculated",
)
MaxMessageLengthExceeded = _error(
    "MaxMessageLengthExceeded", "Your request was too big.", 400, MaxMessageLengthBytes="limit"
)
MalformedTrailer = _error(
    "MalformedTrailerError",
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    400,
    TrailerHeader="trailer",
)
InvalidChunkSize = _error(
    "InvalidChunkSizeError",
    "Only the last chunk is allowed to have a size less than 8192 bytes",
    403,
    Chunk="chunk",
    BadChunkSize="size",
)
SignatureVersionNotSupported = _error(
    "InvalidRequest",
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
)
HeadersNotSigned = _error(
    "AccessDenied",
    "There were headers present in the request which were not signed",
    403,
    HeadersNotSigned="names",
)
RequestHasExpired = _error(
    "AccessDenied",
    "Request has expired",
    403,
    **{"X-Amz-Expires": "seconds"},
    Expires="expires",
    ServerTime="server_time",
)
MalformedPOSTRequest = _error(
    "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data."
)
MaxPostPreDataLengthExceeded = _error(
    "MaxPostPreDataLengthExceededError",
    "Your POST request fields preceding the upload file were too large.",
    400,
    MaxPostPreDataLengthBytes="limit",
)
InvalidPolicyDocument = _error("InvalidPolicyDocument", "Invalid Policy: {reason}")
PolicyNotMet = _error("AccessDenied", "Invalid according to Policy: {reason}", 403)
UnresolvableGrantByEmailAddress = _error(
    "UnresolvableGrantByEmailAddress",
    "The e-mail address you provided does not match any account on record.",
    400,
    ArgumentValue="email",
)
AmbiguousGrantByEmailAddress = _error(
    "AmbiguousGrantByEmailAddress",
    "The e-mail address you provided is associated with more than one account.",
    400,
    ArgumentValue="email",
)
KMSNotFoundException = _error("KMS.NotFoundException", "{reason}")
WrongRegion = _error(
    "AuthorizationHeaderMalformed",
    "The authorization header is malformed; the region '{given}' is wrong; expecting '{region}'",
    400,
    Region="region",
)
InvalidTag = _error("InvalidTag", "{reason}", 400, TagKey="key")
BadRequest = _error("BadRequest", "{reason}")
MetadataTooLarge = _error(
    "MetadataTooLarge",
    "Your metadata headers exceed the maximum allowed metadata size",
    400,
    Size="size",
    MaxSizeAllowed="limit",
)
InvalidRedirectLocation = _error("InvalidRedirectLocation", "{reason}")
AccessControlListNotSupported = _error("AccessControlListNotSupported", "The bucket does not allow ACLs")
InvalidBucketAclWithObjectOwnership = _error(
    "InvalidBucketAclWithObjectOwnership",
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
)
InvalidBucketAclWithBlockPublicAccess = _error(
    "InvalidBucketAclWithBlockPublicAccessError",
    "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
)
MissingSecurityHeader = _error(
    "MissingSecurityHeader", "Your request was missing a required header", 400, MissingHeaderName="header"
)
UnexpectedContent = _error("UnexpectedContent", "This request does not support content")
OwnershipControlsNotFound = _error(
    "OwnershipControlsNotFoundError", "The bucket ownership controls were not found", 404, BucketName="bucket"
)
NoSuchPublicAccessBlockConfiguration = _error(
    "NoSuchPublicAccessBlockConfiguration",
    "The public access block configuration was not found",
    404,
    BucketName="bucket",
)
NoSuchBucketPolicy = _error("NoSuchBucketPolicy", "The bucket policy does not exist", 404, BucketName="bucket")
MalformedPolicy = _error("MalformedPolicy", "{reason}")
PolicyTooLarge = _error("PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
InvalidPartOrder = _error(
    "InvalidPartOrder",
    "The list of parts was not in ascending order. Parts must be ordered by part number.",
)
InvalidPart = _error(
    "InvalidPart",
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified "
    "entity tag may not match the part's entity tag.",
    400,
    PartNumber="part_number",
    ETag="etag",
)
PartTooSmall = _error(
    "EntityTooSmall",
    "Your proposed upload is smaller than the minimum allowed size",
    400,
    ProposedSize="size",
    MinSizeAllowed="least",
    PartNumber="part_number",
    ETag="etag",
)
BadDigestOf = _error("BadDigest", "The {algorithm} you specified did not match the calculated checksum.")
NoSuchTagSet = _error("NoSuchTagSet", "The TagSet does not exist", 404, BucketName="bucket")
IllegalVersioningConfiguration = _error("IllegalVersioningConfigurationException", "{reason}")
ObjectLockConfigurationNotFound = _error(
    "ObjectLockConfigurationNotFoundError",
    "Object Lock configuration does not exist for this bucket",
    404,
    BucketName="bucket",
)
NoSuchObjectLockConfiguration = _error(
    "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404
)
EncryptionConfigurationNotFound = _error(
    "ServerSideEncryptionConfigurationNotFoundError",
    "The server side encryption configuration was not found",
    404,
    BucketName="bucket",
)
NoSuchConfiguration = _error("NoSuchConfiguration", "The specified configuration does not exist.", 404)
TooManyConfigurations = _error(
    "TooManyConfigurations", "You are attempting to create a new configuration but have already reached the limit."
)
NoSuchResource = _error("NoSuchResource", "The specified resource doesn't exist.", 404)
NoSuchLifecycleConfiguration = _error(
    "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404, BucketName="bucket"
)
NoSuchCORSConfiguration = _error(
    "NoSuchCORSConfiguration", "The CORS configuration does not exist", 404, BucketName="bucket"
)
AccessForbidden = _error("AccessForbidden", "CORSResponse: {reason}", 403, Method="method", ResourceType="kind")
NoSuchWebsiteConfiguration = _error(
    "NoSuchWebsiteConfiguration",
    "The specified bucket does not have a website configuration",
    404,
    BucketName="bucket",
)
InvalidTargetBucketForLogging = _error("InvalidTargetBucketForLogging", "{reason}", 400, TargetBucket="target")
CrossLocationLoggingProhibited = _error(
    "CrossLocationLoggingProhibited",
    "Cross S3 location logging not allowed.",
    403,
    SourceBucketLocation="source",
    TargetBucketLocation="target",
)
ReplicationConfigurationNotFound = _error(
    "ReplicationConfigurationNotFoundError", "The replication configuration was not found", 404, BucketName="bucket"
)
