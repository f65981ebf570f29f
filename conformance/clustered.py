"""A cluster of the tests' own: PostgreSQL, RabbitMQ and every role as processes of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.endpoint import DAY_SECONDS, Credentials, Endpoint
from tests.cluster import Cluster

REGION, OTHER_REGION = "us-east-1", "eu-west-1"
ZONES = [f"{REGION}{letter}" for letter in "abc"] + [f"{OTHER_REGION}a"]


@contextmanager
def clustered() -> Iterator[Endpoint]:
    """Two API processes that verify signatures, asked in turn, with two accounts; guests take a moment to boot."""
    settings = {
        "REGIONS": f"{REGION},{OTHER_REGION}",
        "ZONES": "3",
        "SIMULATED_BOOT_SECONDS": "0.4",
        "SIMULATED_STOP_SECONDS": "0.4",
        "S3_DAY_SECONDS": str(DAY_SECONDS),
    }
    with Cluster(zones=ZONES, **settings) as cluster:
        accounts = []
        for account in ("222233334444", "444455556666"):
            key = cluster.create_key(account)
            accounts.append(Credentials(account, key["aws_access_key_id"], key["aws_secret_access_key"]))
        certificate = cluster.folder / "certificates.pem"
        certificate.write_text(cluster.certificates)
        yield Endpoint(
            tuple(cluster.endpoints),
            REGION,
            accounts[0],
            accounts[1],
            OTHER_REGION,
            secure_urls=tuple(cluster.secure_endpoints),
            certificate=certificate,
            s3_day_seconds=DAY_SECONDS,
        )
        for role in cluster.roles.values():
            text = role.log.read_text(errors="replace")
            assert "Traceback" not in text, f"{role.name}: {text[text.index('Traceback') :][:5000]}"
