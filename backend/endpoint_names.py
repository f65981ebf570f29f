"""What VPC endpoints are called in the DNS.

https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html#interface-endpoint-dns-hostnames
"""

import hashlib
import random
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from backend.db.models.endpoints import AMAZON

_LABEL = ascii_lowercase + digits
_KNOWN_ZONES = {"us-east-1": "Z7HUB22UULQXV", "us-west-2": "Z1YSA3EXCYUU9Z", "eu-west-1": "Z38GZ743OKFT7T"}


def label() -> str:
    """The random part of an endpoint's names."""
    return "".join(random.choices(_LABEL, k=8))


def entries(endpoint: Any) -> list[tuple[str, str]]:
    """Names of an endpoint with the ids of their hosted zones: of the region, of each zone, and the private ones.

    ``endpoint`` has ``subnets`` and ``service`` loaded.
    """
    service = endpoint.service
    if service is None or endpoint.endpoint_type == "Gateway":
        return []
    public = _KNOWN_ZONES.get(endpoint.region) or _hosted_zone(endpoint.region)
    own = f"{endpoint.id}-{endpoint.dns_label}"
    wild = "*." if service.account == AMAZON and service.base_dns_name.startswith("s3.") else ""
    found = [(f"{wild}{own}.{service.base_dns_name}", public)]
    if endpoint.endpoint_type == "Interface":
        zones = sorted({subnet.zone for subnet in endpoint.subnets})
        found += [(f"{wild}{own}-{zone}.{service.base_dns_name}", public) for zone in zones]
    if endpoint.private_dns_enabled:
        found += [(name, _hosted_zone(endpoint.id)) for name in service.private_dns_names]
    return found


def _hosted_zone(of: str) -> str:
    """An id in the form of Route 53's, the same for the same thing."""
    number, text = int(hashlib.sha256(of.encode()).hexdigest(), 16), ""
    for _ in range(20):
        number, place = divmod(number, 36)
        text += (ascii_uppercase + digits)[place]
    return f"Z{text}"
