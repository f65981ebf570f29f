"""EC2 actions on an account's defaults of the instance metadata service.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataDefaults.html
"""

from typing import Any

from backend import instance_metadata_defaults
from ec2api.call import Call
from ec2api.registry import action


@action(reads=True)
def get_instance_metadata_defaults(call: Call) -> dict[str, Any]:
    return {"AccountLevel": {**instance_metadata_defaults.of(call.uow), "ManagedBy": "account"}}


@action
def modify_instance_metadata_defaults(
    call: Call,
    *,
    http_tokens: str | None = None,
    http_put_response_hop_limit: int | None = None,
    http_endpoint: str | None = None,
    instance_metadata_tags: str | None = None,
    http_tokens_enforced: str | None = None,
) -> dict[str, Any]:
    wanted = {
        "HttpTokens": http_tokens,
        "HttpPutResponseHopLimit": http_put_response_hop_limit,
        "HttpEndpoint": http_endpoint,
        "InstanceMetadataTags": instance_metadata_tags,
        "HttpTokensEnforced": http_tokens_enforced,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    instance_metadata_defaults.modify(call.uow, given)
    return {"Return": True}
