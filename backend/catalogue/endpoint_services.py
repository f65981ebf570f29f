"""AWS's services that VPC endpoints lead to, in each region.

https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

GATEWAY, INTERFACE = "Gateway", "Interface"

_GATEWAYS = ("dynamodb", "s3")
_INTERFACES = """
access-analyzer acm acm-pca airflow.api airflow.env apigateway appconfig appconfigdata application-autoscaling
appmesh-envoy-management apprunner appstream.api aps aps-workspaces athena auditmanager autoscaling autoscaling-plans
backup batch bedrock bedrock-agent bedrock-agent-runtime bedrock-runtime cloudcontrolapi cloudformation cloudhsmv2
cloudtrail codeartifact.api codeartifact.repositories codebuild codecommit codedeploy codepipeline
cognito-idp comprehend config databrew dataexchange datasync dms dynamodb ebs ec2 ec2messages ecr.api ecr.dkr ecs
ecs-agent ecs-telemetry eks eks-auth elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing
elasticmapreduce email-smtp emr-containers emr-serverless events execute-api fis forecast fsx git-codecommit glue
grafana greengrass guardduty-data imagebuilder inspector2 iot.data iot.credentials kafka kendra kinesis-firehose
kinesis-streams kms lakeformation lambda license-manager logs macie2 memory-db monitoring mq networkmanager
organizations pinpoint pipes polly ram rds rds-data redshift redshift-data rekognition resource-groups rolesanywhere s3
sagemaker.api sagemaker.runtime scheduler secretsmanager securityhub servicecatalog servicediscovery sms sns sqs ssm
ssm-contacts ssm-incidents ssmmessages states storagegateway sts sync-states synthetics textract timestream.query
transcribe transfer translate trustedadvisor verifiedpermissions vpc-lattice workspaces xray"""

_HOSTS = {"kinesis-streams": "kinesis", "kinesis-firehose": "firehose", "memory-db": "memorydb"}
"""Names of services whose endpoints are named otherwise."""
_WILD = frozenset({"ecr.dkr", "execute-api", "codeartifact.repositories"})
"""Services whose users have host names of their own."""
_WITHOUT_POLICY = frozenset({"airflow.env", "appmesh-envoy-management", "ecs-agent", "ecs-telemetry", "email-smtp"})


@dataclass(frozen=True)
class AwsService:
    """One of AWS's services in one region; what its endpoints and it itself are called in the DNS."""

    id: str
    name: str
    region: str
    service_type: str
    base_dns_name: str
    private_dns_names: tuple[str, ...]
    policy_supported: bool


def of(region: str) -> Iterator[AwsService]:
    """The services that AWS has in a region."""
    for service_type, services in ((GATEWAY, _GATEWAYS), (INTERFACE, _INTERFACES.split())):
        for service in services:
            yield _service(service, service_type, region)


def _service(service: str, service_type: str, region: str) -> AwsService:
    host = _HOSTS.get(service) or ".".join(reversed(service.split(".")))
    name = f"com.amazonaws.{region}.{service}"
    digits = hashlib.sha256(f"{name}/{service_type}".encode()).hexdigest()[:17]
    base = f"{host}.{region}.vpce.amazonaws.com"
    private: tuple[str, ...] = (f"{host}.{region}.amazonaws.com",)
    if service in _WILD:
        private = (f"*.{private[0]}",)
    if service == "s3":
        names = ("s3", "s3-accesspoint", "s3-control")
        private = tuple(f"{each}.{region}.amazonaws.com" for each in names)
        private += tuple(f"*.{each}" for each in private)
    if service_type == GATEWAY:
        base, private = private[0], ()
    return AwsService(
        f"vpce-svc-{digits}", name, region, service_type, base, private, policy_supported=service not in _WITHOUT_POLICY
    )
