"""EC2 actions on routes of transit gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayRoute.html
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from backend import errors
from backend import transit_gateway_routes as routes
from backend.db.matching import as_regex
from backend.transit_gateway_routes import Found, Network
from ec2api.call import Call
from ec2api.registry import action

FEWEST, MOST = 5, 1000


_TEXTS: dict[str, Callable[[Found], list[str]]] = {
    "attachment.transit-gateway-attachment-id": lambda route: [a.id for a in route.attachments],
    "attachment.resource-id": lambda route: [a.resource_id for a in route.attachments],
    "attachment.resource-type": lambda route: [a.resource_type for a in route.attachments],
    "prefix-list-id": lambda route: [route.prefix_list_id] if route.prefix_list_id else [],
    "state": lambda route: [route.state],
    "type": lambda route: [route.type],
}


def _within(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]


_MATCHES: dict[str, Callable[[Found, Network], bool]] = {
    "route-search.exact-match": lambda route, wanted: route.network == wanted,
    "route-search.subnet-of-match": lambda route, wanted: _within(route.network, wanted),
    "route-search.supernet-of-match": lambda route, wanted: _within(wanted, route.network),
}
_LONGEST = "route-search.longest-prefix-match"


@action(reads=True, filters=(*_TEXTS, *_MATCHES, _LONGEST))
def search_transit_gateway_routes(
    call: Call,
    *,
    transit_gateway_route_table_id: str,
    filters: Sequence[Mapping[str, Any]],
    max_results: int | None = None,
    next_token: str | None = None,
) -> dict[str, Any]:
    """What a route matches is arithmetic on addresses, so that a table's routes are read and then searched."""
    if max_results is not None and not FEWEST <= max_results <= MOST:
        raise errors.InvalidParameterValue(
            value=max_results, name="maxResults", reason=f"Expecting a value from {FEWEST} to {MOST}."
        )
    limit = max_results or MOST
    after = _place_of(next_token) if next_token else (0, 0, 0)
    found = search(routes.of_table(call.uow, transit_gateway_route_table_id), filters)
    rest = [route for route in found if route.place > after]
    more = len(rest) > limit
    return {
        "Routes": [show(route) for route in rest[:limit]],
        "AdditionalRoutesAvailable": more,
        "NextToken": base64.urlsafe_b64encode(str(rest[limit - 1].network).encode()).decode() if more else None,
    }


def _place_of(token: str) -> tuple[int, int, int]:
    """Where the page before ended."""
    try:
        return routes.place_of(ip_network(base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()))
    except ValueError as fault:
        raise errors.InvalidNextToken(token=token) from fault


def show(route: Found) -> dict[str, Any]:
    return {
        "DestinationCidrBlock": str(route.network),
        "PrefixListId": route.prefix_list_id,
        "TransitGatewayAttachments": [
            {
                "ResourceId": attachment.resource_id,
                "TransitGatewayAttachmentId": attachment.id,
                "ResourceType": attachment.resource_type,
            }
            for attachment in route.attachments
        ],
        "Type": route.type,
        "State": route.state,
    }


@action
def create_transit_gateway_route(
    call: Call,
    *,
    destination_cidr_block: str,
    transit_gateway_route_table_id: str,
    transit_gateway_attachment_id: str | None = None,
    blackhole: bool = False,
) -> dict[str, Any]:
    made = routes.create(
        call.uow,
        transit_gateway_route_table_id,
        destination_cidr_block,
        transit_gateway_attachment_id,
        blackhole=blackhole,
    )
    return {"Route": show(made)}


@action
def replace_transit_gateway_route(
    call: Call,
    *,
    destination_cidr_block: str,
    transit_gateway_route_table_id: str,
    transit_gateway_attachment_id: str | None = None,
    blackhole: bool = False,
) -> dict[str, Any]:
    changed = routes.replace(
        call.uow,
        transit_gateway_route_table_id,
        destination_cidr_block,
        transit_gateway_attachment_id,
        blackhole=blackhole,
    )
    return {"Route": show(changed)}


@action
def delete_transit_gateway_route(
    call: Call, *, transit_gateway_route_table_id: str, destination_cidr_block: str
) -> dict[str, Any]:
    return {"Route": show(routes.delete(call.uow, transit_gateway_route_table_id, destination_cidr_block))}


def search(found: list[Found], filters: Sequence[Mapping[str, Any]]) -> list[Found]:
    """The routes that meet all filters; the longest prefixes among those that meet the others."""
    if not filters:
        raise errors.MissingParameter(name="Filters")
    longest: list[Sequence[str]] = []
    for number, wanted in enumerate(filters, 1):
        name, values = wanted.get("Name"), wanted.get("Values") or []
        if not name:
            raise errors.MissingParameter(name=f"Filter.{number}.Name")
        if not values:
            raise errors.MissingParameter(name=f"Filter.{number}.Value")
        if name in _TEXTS:
            patterns, texts = [as_regex(value) for value in values], _TEXTS[name]
            found = [r for r in found if any(p.fullmatch(text) for p in patterns for text in texts(r))]
        elif name in _MATCHES:
            networks, match = [routes.parse(value, name) for value in values], _MATCHES[name]
            found = [route for route in found if any(match(route, network) for network in networks)]
        elif name == _LONGEST:
            longest.append(values)
        else:
            raise errors.InvalidFilter(name=name)
    for values in longest:
        chosen = {
            _longest(found, routes.parse(v if "/" in v else f"{v}/{128 if ':' in v else 32}", _LONGEST)) for v in values
        }
        found = [route for route in found if route.network in chosen]
    return found


def _longest(found: Sequence[Found], wanted: Network) -> Network | None:
    """The most specific destination that holds what is wanted."""
    around = [route.network for route in found if _within(wanted, route.network)]
    return max(around, key=lambda network: network.prefixlen, default=None)
