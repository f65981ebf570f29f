"""The life of one call, in order: parse, check tags, client token, handler, dry run, commit, answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors, networks
from backend.cloud import Cloud
from backend.db import conflicts, idempotency
from ec2api import actions
from ec2api.authorisation import check
from ec2api.call import Call, tag_specifications
from ec2api.caller import Caller
from ec2api.protocol import model, query
from ec2api.registry import ACTIONS, CLIENT_TOKEN, DRY_RUN, TAG_SPECIFICATIONS, Action

_SHARED = frozenset({DRY_RUN, CLIENT_TOKEN, TAG_SPECIFICATIONS})


def answer(
    cloud: Cloud, caller: Caller, service: str, form: Sequence[tuple[str, str]], request_id: str
) -> tuple[Action, dict[str, Any]]:
    """The action that a form asks for and the values of its answer; a ``CloudError`` for whatever is wrong."""
    fields = [pair for pair in form if pair[0] not in ("Action", "Version") and not pair[0].startswith("X-Amz-")]
    action = find(service, dict(form).get("Action", ""))
    parameters = query.parse(
        fields,
        action.model.input_shape,
        dialect="ec2" if service == "ec2" else "query",
        open_enums=action.open_enums,
    )
    return action, perform(cloud, caller, action, parameters, request_id)


def perform(
    cloud: Cloud, caller: Caller, action: Action, parameters: Mapping[str, Any], request_id: str
) -> dict[str, Any]:
    """The values of an action's answer, once its parameters are read, in whatever protocol."""
    if refused := sorted(parameters.keys() - action.supported):
        raise errors.UnsupportedParameter(name=refused[0])
    check.authorise(cloud, caller, action, parameters)
    wanted_tags = tag_specifications(parameters.get(TAG_SPECIFICATIONS, []), action.taggable)
    if action.service == "ec2":
        networks.ensure_default_vpc(cloud, caller.account, caller.region)
    prepared = action.prepare(cloud, parameters) if action.prepare else None

    def run() -> dict[str, Any]:
        with cloud.unit_of_work(caller.account, caller.region, write=action.writes) as uow:
            call = Call(uow, caller, cloud, request_id, parameters, wanted_tags, prepared)
            values = _once(call, action, parameters)
            if parameters.get(DRY_RUN):
                raise errors.DryRunOperation()  # leaving the unit of work undoes what the trial did
            cloud.commit(uow)
        return values

    return conflicts.again(run)


def find(service: str, name: str) -> Action:
    """A service's action by AWS's name; MissingAction, UnsupportedOperation or InvalidAction where there is none."""
    if not name:
        raise errors.MissingAction()
    actions.load(service)
    if found := ACTIONS.get((service, name)):
        return found
    if name in model.service(service).operation_names:
        raise errors.ActionNotBuilt(action=name)
    raise errors.InvalidAction(action=name)


def _once(call: Call, action: Action, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Run the handler, unless this client token already has an answer."""
    given = {action.parameters[name]: value for name, value in parameters.items() if name in action.parameters}
    token = parameters.get(CLIENT_TOKEN) if action.writes else None
    if not token:
        return action.handler(call, **given) or {}
    compared = {name: value for name, value in parameters.items() if name not in (CLIENT_TOKEN, DRY_RUN)}
    kept = idempotency.recall(call.uow, action.name, token, compared)
    if kept is not None:
        return action.recall.answer(call, kept) if action.recall else kept
    values = action.handler(call, **given) or {}
    idempotency.remember(call.uow, action.name, token, action.recall.keep(values) if action.recall else values)
    return values
