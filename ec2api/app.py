"""The WSGI application: which service answers a request, and the errors of each on the wire."""

import json
import logging
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, Response, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from backend import errors, ids
from backend.cloud import Cloud
from ec2api import actions, dispatch, sigv4
from ec2api.caller import Authenticator, Headers, RequestFacts
from ec2api.protocol import ec2_xml, query_xml, rest_json
from ec2api.protocol import json as json_wire
from ec2api.s3.front import Front

log = logging.getLogger(__name__)
access = logging.getLogger("ec2api.access")

BODY_LIMIT = 4 * 1024 * 1024
QUERY_SERVICES = {"ec2", "iam", "sts"}
_VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts"}
"""Which service an unsigned request is for, by its Version; EC2 has all others."""


def create_app(cloud: Cloud, roles: Sequence[str] = ("api",)) -> Flask:
    actions.load("ec2")
    app = Flask("ec2api", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    authenticator = Authenticator(cloud.settings, cloud.database)
    health = _Health(cloud, roles)
    app.add_url_rule("/_health", view_func=health.answer, methods=["GET"])
    app.add_url_rule(
        "/", "call", lambda: _call(cloud, authenticator), methods=["GET", "POST"], provide_automatic_options=False
    )
    app.add_url_rule(
        "/<path:_>",
        "rest",
        lambda _: _rest(cloud, authenticator),
        methods=["GET", "POST", "PUT"],
        provide_automatic_options=False,
    )
    app.register_error_handler(HTTPException, _http_error)
    app.wsgi_app = Front(cloud, authenticator, app.wsgi_app)  # type: ignore[method-assign]
    return app


class _Health:
    def __init__(self, cloud: Cloud, roles: Sequence[str]) -> None:
        self._cloud, self._roles = cloud, list(roles)

    def answer(self) -> Response:
        """200 where the database answers, else 503. A broker that is down delays work, and stops no call."""
        database, bus = self._database(), self._cloud.bus.healthy()
        document = {
            "version": version("ec2api"),
            "roles": self._roles,
            "database": {"kind": self._cloud.database.url.get_backend_name(), "ok": database},
            "bus": {"kind": self._cloud.settings.bus_url.partition(":")[0], "ok": bus},
        }
        return Response(json.dumps(document), 200 if database else 503, content_type="application/json")

    def _database(self) -> bool:
        try:
            with self._cloud.database.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True


def _call(cloud: Cloud, authenticator: Authenticator) -> Response:
    return (_json if "X-Amz-Target" in request.headers else _query)(cloud, authenticator)


def _json(cloud: Cloud, authenticator: Authenticator) -> Response:
    """One call of a JSON service: Systems Manager."""
    request_id = _request_id()
    service, name = json_wire.target(request.headers["X-Amz-Target"])
    headers = {"x-amzn-RequestId": request_id}
    try:
        if not service:
            raise errors.InvalidAction(action=request.headers["X-Amz-Target"])
        raw_uri, body = _raw_uri(), request.get_data(cache=False)
        signature = sigv4.read(request.method, raw_uri, Headers(request.environ))
        if signature and signature.scope.service != service:
            raise errors.SignatureRefused(reason=f"Credential should be scoped to correct service: '{service}'.")
        caller = authenticator.authenticate(_facts(raw_uri, body), signature)
        action = dispatch.find(service, name)
        parameters = json_wire.parse(body, action.model.input_shape, open_enums=action.open_enums)
        values = dispatch.perform(cloud, caller, action, parameters, request_id)
        answer, status = json_wire.answer(action.model, values), 200
    except HTTPException:
        raise
    except Exception as found:
        fault = found if isinstance(found, errors.CloudError) else errors.CloudError()
        if fault is not found:
            log.exception("request %s failed", request_id)
        answer, status = json_wire.error(fault), json_wire.status(fault)
        headers["x-amzn-ErrorType"] = json_wire.error_type(fault)
    if access.isEnabledFor(logging.INFO):
        access.info("%s %s %s %d %d", request_id, service, request.method, status, len(answer))
    return Response(answer, status, headers, content_type=json_wire.CONTENT_TYPE)


def _rest(cloud: Cloud, authenticator: Authenticator) -> Response:
    """One call of a service that has a path for each of its operations: the EBS direct APIs."""
    raw_uri, headers = _raw_uri(), Headers(request.environ)
    path, _, query = raw_uri.partition("?")
    target = rest_json.find("ebs", request.method, path)
    if target is None:
        raise NotFound
    request_id = _request_id()
    try:
        signature = sigv4.read(request.method, raw_uri, headers)
        if signature and signature.scope.service != "ebs":
            raise errors.SignatureRefused(reason="Credential should be scoped to correct service: 'ebs'.")
        body = request.get_data(cache=False)
        caller = authenticator.authenticate(_facts(raw_uri, body), signature)
        action = dispatch.find("ebs", target.operation)
        parameters = rest_json.parse(action.model, target.labels, query, headers, body)
        values = dispatch.perform(cloud, caller, action, parameters, request_id)
        answer = rest_json.answer(action.model, values)
    except HTTPException:
        raise
    except Exception as found:
        fault = found if isinstance(found, errors.CloudError) else errors.CloudError()
        if fault is not found:
            log.exception("request %s failed", request_id)
        answer = rest_json.error(fault)
    if access.isEnabledFor(logging.INFO):
        access.info("%s ebs %s %d %d", request_id, request.method, answer.status, len(answer.body))
    given = {"x-amzn-RequestId": request_id, **answer.headers}
    return Response(answer.body, answer.status, given, content_type=answer.content_type)


def _query(cloud: Cloud, authenticator: Authenticator) -> Response:
    """One call of a Query service: EC2 or STS."""
    request_id = _request_id()
    service = "ec2"
    try:
        if request.method == "HEAD":  # Flask takes it to be a GET
            raise errors.NoSuchPath(path=request.path, method=request.method)
        headers = Headers(request.environ)
        raw_uri, body = _raw_uri(), request.get_data(cache=False)
        form = _form(body if request.method == "POST" else b"", raw_uri)
        service = _unsigned_service(form)
        signature = sigv4.read(request.method, raw_uri, headers)
        service = signature.scope.service if signature else service
        if service not in QUERY_SERVICES:
            raise errors.ServiceNotBuilt(service=service)
        caller = authenticator.authenticate(_facts(raw_uri, body), signature)
        action, values = dispatch.answer(cloud, caller, service, form, request_id)
        writer = ec2_xml if service == "ec2" else query_xml
        answer, status = writer.answer(action.model, values, request_id), 200
    except errors.CloudError as fault:
        answer, status = _error(service, fault, request_id), fault.status
    except HTTPException:
        raise
    except Exception:
        log.exception("request %s failed", request_id)
        unknown = errors.CloudError()
        answer, status = _error(service, unknown, request_id), unknown.status
    if access.isEnabledFor(logging.INFO):
        access.info("%s %s %s %d %d", request_id, service, request.method, status, len(answer))
    return _response(answer, status, request_id)


def _raw_uri() -> str:
    """The request's target as it was sent: what signatures are made over."""
    found: str = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path
    return found


def _facts(raw_uri: str, body: bytes) -> RequestFacts:
    client, secure = request.remote_addr or "", request.is_secure
    return RequestFacts(request.method, raw_uri, Headers(request.environ), body, client, secure)


def _request_id() -> str:
    return "-".join(map(ids.digits, (8, 4, 4, 4, 12)))


def _form(body: bytes, raw_uri: str) -> list[tuple[str, str]]:
    """The parameters of the URI's query and of the body's form."""
    query = raw_uri.partition("?")[2]
    fields: list[tuple[str, str]] = []
    try:
        for part in (query, body.decode()):
            if part:
                fields += parse_qsl(
                    part, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=20_000
                )
    except ValueError as fault:  # also UnicodeDecodeError
        raise errors.MalformedRequest(reason=f"The query string is malformed: {fault}") from fault
    return fields


def _unsigned_service(form: Sequence[tuple[str, str]]) -> str:
    found = next((value for name, value in form if name == "Version"), "")
    return _VERSIONS.get(found, "ec2")


def _error(service: str, fault: errors.CloudError, request_id: str) -> bytes:
    if service in QUERY_SERVICES and service != "ec2":
        return query_xml.error(fault.code, fault.message, request_id, service=service, status=fault.status)
    return ec2_xml.error(fault.code, fault.message, request_id)


def _response(answer: bytes, status: int, request_id: str) -> Response:
    headers: dict[str, Any] = {"x-amzn-RequestId": request_id, "Cache-Control": "no-cache, no-store"}
    return Response(answer, status, headers, content_type="text/xml;charset=UTF-8")


def _http_error(fault: HTTPException) -> Response:
    """What Flask itself refuses, in the form of EC2's errors."""
    request_id = _request_id()
    if isinstance(fault, RequestEntityTooLarge):
        known: errors.CloudError = errors.RequestTooLarge(limit=BODY_LIMIT)
    else:
        known = errors.NoSuchPath(path=request.path, method=request.method)
    return _response(ec2_xml.error(known.code, known.message, request_id), known.status, request_id)
