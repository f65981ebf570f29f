"""The life of one S3 request: address, operation, signature, parameters, permission, body, transaction, answer.

It stands before Flask, whose routing would decode and tidy the paths that keys are made of.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from http.client import responses
from typing import Any

from botocore.model import OperationModel, StructureShape

from backend import errors
from backend.cloud import Cloud
from backend.db import conflicts
from backend.s3 import access, access_logging, notifications, objects, replication
from ec2api import actions, sigv2, sigv4
from ec2api.caller import Authenticator, Caller, RequestFacts
from ec2api.protocol import rest_xml
from ec2api.registry import ACTIONS
from ec2api.registry import Action as Operation
from ec2api.s3 import (
    access_log,
    addressing,
    charging,
    cors,
    permissions,
    post_object,
    recognition,
    router,
    website_endpoint,
)
from ec2api.s3.call import S3Call
from ec2api.s3.output import Answer, Source
from ec2api.s3.payload import Payload
from ec2api.s3.placing import placed
from ec2api.s3.request import Request
from ec2api.s3control import front as control

log = logging.getLogger(__name__)
accesses = logging.getLogger("ec2api.access")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

DOCUMENT_LIMIT = 4 * 1024 * 1024
"""Bytes of an XML document; the longest that S3 takes is a lifecycle configuration of 1,000 rules."""

XML = "application/xml"


class Front:
    """A WSGI app that answers what is S3's, and hands on what is not."""

    def __init__(self, cloud: Cloud, authenticator: Authenticator, others: Wsgi) -> None:
        self._cloud, self._authenticator, self._others = cloud, authenticator, others
        self._domains = tuple(cloud.settings.domains)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not recognition.is_s3(environ):
            return self._others(environ, start_response)
        began = time.perf_counter()
        request = Request.of(environ, self._domains)
        answer = self._answer(request)
        if "origin" in request.headers and answer.status < 500:
            answer.headers |= cors.headers(self._cloud, request)
        self._log(request, answer, began)
        size = len(answer.body) if isinstance(answer.body, bytes) else answer.body.length
        headers = {
            "x-amz-request-id": request.id,
            "x-amz-id-2": request.host_id,
            "Content-Length": str(size),
            **answer.headers,
        }
        if answer.status in (204, 304):
            del headers["Content-Length"]
        if accesses.isEnabledFor(logging.INFO):
            took = (time.perf_counter() - began) * 1000
            accesses.info("%s s3 %s %d %d %.1f", request.id, request.method, answer.status, size, took)
        start_response(f"{answer.status} {responses.get(answer.status, 'Unknown')}", list(headers.items()))
        if request.method == "HEAD" or answer.status in (204, 304):
            if isinstance(answer.body, Source):
                answer.body.close()
            return []
        return [answer.body] if isinstance(answer.body, bytes) else answer.body.response(environ)

    def _log(self, request: Request, answer: Answer, began: float) -> None:
        """Have a line written where the bucket's access is logged."""
        bucket = request.bucket
        if bucket is not None and access_logging.KIND in bucket.configured:
            took = time.perf_counter() - began
            self._cloud.access_logs.add(bucket.name, access_log.line(request, bucket, answer, took))

    def _answer(self, request: Request) -> Answer:
        try:
            return self._perform(request)
        except Exception as found:
            fault = found
            if isinstance(found, conflicts.Overtaken):
                fault = errors.OperationAborted()
            elif not isinstance(found, errors.CloudError):
                log.exception("request %s failed", request.id)
                fault = errors.CloudError()
            return _refusal(request, fault)

    def _perform(self, request: Request) -> Answer:
        if addressing.is_control(request.host, request.raw_path, self._domains):
            return control.answer(self._cloud, self._authenticator, request)
        actions.load("s3")
        if request.address.website and request.method != "OPTIONS":
            return website_endpoint.answer(self._cloud, request, partial(self._read_for_website, request))
        name = router.route(request.method, request.address, request.query, request.headers)
        if name == router.PREFLIGHT:
            return cors.preflight(self._cloud, request)
        if name == router.POST_OBJECT:
            posted = post_object.read(request, self._cloud, self._authenticator)
            put = ACTIONS["s3", "PutObject"]
            values = self._run(request, posted.caller, put, posted.payload, posted.parameters)
            return posted.answer(request, values)
        signature = sigv4.read(request.method, request.raw_uri, request.headers, service="s3")
        signature = signature or sigv2.read(request.raw_uri)
        if signature is not None:
            signature = placed(signature, request.address.bucket, self._cloud)
        facts = RequestFacts(request.method, request.raw_uri, request.headers, None, resource=request.resource)
        caller = self._authenticator.authenticate(facts, signature) if signature else self._authenticator.anonymous()
        operation = ACTIONS.get(("s3", name))
        if operation is None:
            raise errors.OperationNotBuilt(operation=name)
        payload = Payload.of(
            request.method,
            request.headers,
            request.environ["wsgi.input"],
            signature,
            self._authenticator.signing_key(signature),
            checksums_too=name != "CompleteMultipartUpload",  # there they are the object's
        )
        parameters = self._parameters(request, operation.model, payload)
        return _shown(operation, self._run(request, caller, operation, payload, parameters))

    def _read_for_website(self, request: Request, method: str, key: str, headers: Mapping[str, str]) -> Answer:
        """An object of the request's bucket, read on behalf of nobody."""
        operation = ACTIONS["s3", "GetObject" if method == "GET" else "HeadObject"]
        labels = {"Bucket": request.address.bucket or "", "Key": key}
        parameters = rest_xml.parse(operation.model, labels, (), headers, None)
        payload = Payload.of(method, {}, request.environ["wsgi.input"], None, None)
        nobody, visited = self._authenticator.anonymous(), request.address
        request.address = replace(visited, key=key)
        try:
            return _shown(operation, self._run(request, nobody, operation, payload, parameters))
        finally:
            request.address = visited

    def _run(
        self,
        request: Request,
        caller: Caller,
        operation: Operation,
        payload: Payload,
        parameters: Mapping[str, Any],
    ) -> dict[str, Any]:
        if refused := sorted(parameters.keys() - operation.supported):
            raise errors.NotImplementedS3(header=refused[0])
        given = {operation.parameters[k]: value for k, value in parameters.items() if k in operation.parameters}
        request.caller = caller
        call = S3Call(self._cloud, caller, request, parameters, payload)

        def work() -> dict[str, Any]:
            with call.transaction(write=operation.writes, bucket=operation.name != "CreateBucket") as uow:
                if operation.prepare is None:
                    _admit(call, operation)
                values = operation.handler(call, **given) or {}
                if request.address.bucket is not None:
                    values |= charging.charged(call, operation)
                if operation.writes:
                    if call.events:
                        notifications.keep(uow, call.bucket, call.events, call.cause)
                        replication.mark(uow, call.bucket, call.events)
                    self._cloud.commit(uow)
                return values

        try:
            if operation.prepare is not None:
                with call.transaction(write=False):
                    _admit(call, operation)
                    stream = operation.prepare(call, parameters)
                call.prepared = stream()
            return conflicts.again(work)
        except BaseException:
            call.discard_written()
            raise

    def _parameters(self, request: Request, model: OperationModel, payload: Payload) -> dict[str, Any]:
        document = payload.read_all(DOCUMENT_LIMIT) if _has_document(model) else None
        labels = {"Bucket": request.address.bucket or "", "Key": request.address.key or ""}
        parameters = rest_xml.parse(model, labels, request.query, request.headers, document)
        version_id = parameters.get("VersionId")
        if version_id is not None and not objects.is_version_id(version_id):
            raise errors.InvalidArgument(reason="Invalid version id specified", name="versionId", value=version_id)
        return parameters


def _shown(operation: Operation, values: Mapping[str, Any]) -> Answer:
    answer = rest_xml.answer(operation.model, {k: v for k, v in values.items() if not isinstance(v, Source)})
    source = next((v for v in values.values() if isinstance(v, Source)), None)
    status = 206 if "ContentRange" in values else answer.status
    headers = dict(answer.headers)
    if answer.body:
        headers.setdefault("Content-Type", XML)
    return Answer(status, headers, source if source is not None else answer.body)


def _has_document(model: OperationModel) -> bool:
    """Whether the body is one to be read as a whole: an XML document, or a policy."""
    shape = model.input_shape
    if not isinstance(shape, StructureShape) or model.has_streaming_input:
        return False
    return bool(shape.serialization.get("payload"))


def _admit(call: S3Call, operation: Operation) -> None:
    """Raise unless the bucket is the one that is meant, lies where the request was signed for, and lets the caller."""
    if call.request.address.bucket is None or operation.name == "CreateBucket":
        return
    bucket = call.bucket
    expected = call.parameters.get("ExpectedBucketOwner")
    if expected is not None and expected != bucket.account:
        raise errors.AccessDeniedS3()
    if call.caller.service and bucket.region != call.caller.region:
        fault = errors.WrongRegion(given=call.caller.region, region=bucket.region)
        raise fault.with_headers(x_amz_bucket_region=bucket.region)
    charging.check(call)
    if operation.name in permissions.IN_HANDLER:
        return
    action, about = permissions.of(operation.name, call.parameters.get("VersionId"))
    if about == permissions.BUCKET:
        call.authorise(action, bucket)
    elif about == permissions.OBJECT:
        call.authorise(action, bucket, call.key)
    elif call.version is not None and not call.version.delete_marker:
        call.authorise(action, bucket, call.key, call.version)
    elif not call.may(access.Action("s3:ListBucket", "READ"), bucket):
        raise errors.AccessDeniedS3()  # who may not list learns nothing of what is not there


def _refusal(request: Request, fault: Any) -> Answer:
    if fault.status == 304:
        return Answer(304, dict(fault.headers))
    body = rest_xml.error(fault, request_id=request.id, host_id=request.host_id, resource=request.raw_path)
    return Answer(fault.status, {"Content-Type": XML, **fault.headers}, body, fault.code)
