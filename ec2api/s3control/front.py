"""The life of one request of S3 Control: as one of S3's, about the bucket that an ARN in its path names.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from backend import errors
from backend.cloud import Cloud
from backend.db import conflicts
from backend.s3.access import Action
from ec2api import actions, sigv4
from ec2api.caller import Authenticator, Caller, RequestFacts
from ec2api.protocol import rest_xml
from ec2api.registry import ACTIONS
from ec2api.registry import Action as Operation
from ec2api.s3.call import S3Call
from ec2api.s3.output import Answer
from ec2api.s3.payload import Payload
from ec2api.s3.request import Request

SERVICE = "s3control"

_TAGS = "/v20180820/tags/"
_OPERATIONS = {"GET": "ListTagsForResource", "POST": "TagResource", "DELETE": "UntagResource"}
_ARN = re.compile(r"arn:aws[a-z-]*:s3:::([a-z0-9.-]{3,63})")
_ACCOUNT = re.compile(r"[0-9]{12}")
_LIMIT = 256 * 1024
"""Bytes of a document."""


def answer(cloud: Cloud, authenticator: Authenticator, request: Request) -> Answer:
    try:
        return _perform(cloud, authenticator, request)
    except errors.CloudError as fault:
        body = rest_xml.control_error(fault, request_id=request.id, host_id=request.host_id)
        return Answer(fault.status, {"Content-Type": "application/xml", **fault.headers}, body)


def _perform(cloud: Cloud, authenticator: Authenticator, request: Request) -> Answer:
    actions.load(SERVICE)
    if not request.raw_path.startswith(_TAGS) or request.method not in _OPERATIONS:
        raise errors.OperationNotBuilt(operation=f"{request.method} {request.raw_path[:200]}")
    operation = ACTIONS[SERVICE, _OPERATIONS[request.method]]
    signature = sigv4.read(request.method, request.raw_uri, request.headers, service="s3")
    if signature is None:
        raise errors.AccessDeniedS3()
    facts = RequestFacts(request.method, request.raw_uri, request.headers, None)
    caller = authenticator.authenticate(facts, signature)
    stream, key = request.environ["wsgi.input"], authenticator.signing_key(signature)
    payload = Payload.of(request.method, request.headers, stream, signature, key)
    arn = unquote(request.raw_path.removeprefix(_TAGS))
    document = payload.read_all(_LIMIT) if request.method == "POST" else None
    values = rest_xml.parse(operation.model, {"resourceArn": arn}, request.query, request.headers, document)
    found = rest_xml.answer(operation.model, _run(cloud, request, caller, operation, payload, values))
    return Answer(found.status, dict(found.headers), found.body)


def _run(
    cloud: Cloud, request: Request, caller: Caller, operation: Operation, payload: Payload, values: dict[str, Any]
) -> dict[str, Any]:
    if not _ACCOUNT.fullmatch(values["AccountId"]):
        raise errors.InvalidRequest(reason="Invalid account id")
    about = _ARN.fullmatch(values["ResourceArn"])
    if about is None:
        raise errors.InvalidRequest(reason="The ARN is not one of a general purpose bucket.")
    request.address = replace(request.address, bucket=about[1], key=None)
    given = {operation.parameters[name]: value for name, value in values.items() if name in operation.parameters}
    call = S3Call(cloud, caller, request, values, payload)

    def work() -> dict[str, Any]:
        with call.transaction(write=operation.writes) as uow:
            _admit(call, operation, values["AccountId"])
            found = operation.handler(call, **given) or {}
            if operation.writes:
                cloud.commit(uow)
            return found

    try:
        return conflicts.again(work)
    except errors.NoSuchBucket:
        raise errors.NoSuchResource() from None


def _admit(call: S3Call, operation: Operation, account: str) -> None:
    bucket = call.bucket
    if bucket.account != account:
        raise errors.AccessDeniedS3()
    if bucket.region != call.caller.region:
        fault = errors.WrongRegion(given=call.caller.region, region=bucket.region)
        raise fault.with_headers(x_amz_bucket_region=bucket.region)
    call.authorise(Action(f"s3:{operation.name}"), bucket)
