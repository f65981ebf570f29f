"""Key pairs through the face."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from tests.refusal import refused

RSA = Path(__file__).parents[2].joinpath("backend/ssh_keys/rsa.pub").read_bytes()
RSA_FINGERPRINT = "9e:85:f8:a1:16:90:91:17:53:fe:a8:6c:c2:56:54:ef"
ED25519 = Path(__file__).parents[2].joinpath("backend/ssh_keys/ed25519.pub").read_bytes()


def imported(ec2: Any, name: str, material: bytes = ED25519, **more: Any) -> Any:
    return ec2.import_key_pair(KeyName=name, PublicKeyMaterial=material, **more)


def filtered(ec2: Any, **wanted: str) -> list[str]:
    filters = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in wanted.items()]
    return [pair["KeyName"] for pair in ec2.describe_key_pairs(Filters=filters)["KeyPairs"]]


def test_a_created_rsa_key_is_shown_once_and_matches_what_is_kept(ec2: Any) -> None:
    made = ec2.create_key_pair(KeyName="my-key")
    key: Any = load_pem_private_key(made["KeyMaterial"].encode(), None)
    assert made["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    assert key.key_size == 2048
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert made["KeyFingerprint"] == hashlib.sha1(der).digest().hex(":")
    (kept,) = ec2.describe_key_pairs(KeyNames=["my-key"], IncludePublicKey=True)["KeyPairs"]
    assert kept["KeyPairId"] == made["KeyPairId"]
    assert kept["KeyType"] == "rsa"
    assert kept["KeyFingerprint"] == made["KeyFingerprint"]
    algorithm, _, comment = kept["PublicKey"].split(" ")
    assert (algorithm, comment) == ("ssh-rsa", "my-key")
    assert datetime.now(UTC) - kept["CreateTime"] < timedelta(minutes=1)
    assert "KeyMaterial" not in kept
    assert "PublicKey" not in ec2.describe_key_pairs()["KeyPairs"][0]


def test_an_ed25519_key(ec2: Any) -> None:
    made = ec2.create_key_pair(KeyName="k", KeyType="ed25519")
    key: Any = load_ssh_private_key(made["KeyMaterial"].encode(), None)
    (kept,) = ec2.describe_key_pairs(IncludePublicKey=True)["KeyPairs"]
    blob = base64.b64decode(kept["PublicKey"].split(" ")[1])
    assert blob.endswith(key.public_key().public_bytes_raw())
    assert made["KeyFingerprint"] == base64.b64encode(hashlib.sha256(blob).digest()).decode()
    assert kept["KeyType"] == "ed25519"


@pytest.mark.parametrize(("kind", "algorithm"), [("rsa", "ssh-rsa"), ("ed25519", "ssh-ed25519")])
def test_a_key_for_putty(ec2: Any, kind: str, algorithm: str) -> None:
    made = ec2.create_key_pair(KeyName="k", KeyType=kind, KeyFormat="ppk")
    lines = made["KeyMaterial"].splitlines()
    assert lines[:3] == [f"PuTTY-User-Key-File-2: {algorithm}", "Encryption: none", "Comment: k"]


def test_an_imported_key(ec2: Any) -> None:
    made = imported(
        ec2, "rsa", RSA, TagSpecifications=[{"ResourceType": "key-pair", "Tags": [{"Key": "a", "Value": "b"}]}]
    )
    assert made["KeyFingerprint"] == RSA_FINGERPRINT
    assert made["Tags"] == [{"Key": "a", "Value": "b"}]
    (kept,) = ec2.describe_key_pairs(KeyPairIds=[made["KeyPairId"]], IncludePublicKey=True)["KeyPairs"]
    assert kept["Tags"] == made["Tags"]
    assert kept["PublicKey"].split(" ")[:2] == RSA.decode().split(" ")[:2]


def test_what_cannot_be_imported(ec2: Any) -> None:
    with refused("InvalidKey.Format", "OpenSSH public key format"):
        imported(ec2, "k", b"ssh-rsa nonsense")
    with refused("InvalidParameterValue", "2048"):
        imported(ec2, "k", RSA + b"x" * 2048)
    with refused("MissingParameter", "PublicKeyMaterial"):
        ec2.import_key_pair(KeyName="k")


def test_a_name_is_taken_once_in_a_region_of_an_account(ec2: Any, shared_cloud: Any, account: str) -> None:
    imported(ec2, "k")
    for call in (lambda: imported(ec2, "k"), lambda: ec2.create_key_pair(KeyName="k", KeyType="ed25519")):
        with refused("InvalidKeyPair.Duplicate"):
            call()
    other = shared_cloud.client(account=account, region="eu-central-1")
    assert other.describe_key_pairs()["KeyPairs"] == []
    imported(other, "k")
    assert len(ec2.describe_key_pairs()["KeyPairs"]) == 1


@pytest.mark.parametrize("name", ["", "x" * 256, " k", "k ", "schlüssel", "a\nb"])
def test_names_that_are_refused(ec2: Any, name: str) -> None:
    with refused("InvalidParameterValue"):
        imported(ec2, name)
    with refused("InvalidParameterValue"):
        ec2.create_key_pair(KeyName=name)


def test_a_dry_run_makes_nothing(ec2: Any) -> None:
    with refused("DryRunOperation", status=412):
        ec2.create_key_pair(KeyName="k", DryRun=True)
    assert ec2.describe_key_pairs()["KeyPairs"] == []


def test_filters(ec2: Any) -> None:
    tags = [{"ResourceType": "key-pair", "Tags": [{"Key": "team", "Value": "a"}]}]
    first = imported(ec2, "web-1", TagSpecifications=tags)
    imported(ec2, "web-2", RSA)
    imported(ec2, "db")
    assert filtered(ec2, key_name="web-?") == ["web-1", "web-2"]
    assert filtered(ec2, key_pair_id=first["KeyPairId"]) == ["web-1"]
    assert filtered(ec2, fingerprint=RSA_FINGERPRINT) == ["web-2"]
    assert filtered(ec2, **{"tag:team": "a"}) == ["web-1"]
    assert filtered(ec2, tag_key="team", key_name="db") == []
    with refused("InvalidParameterValue", "The filter 'name' is invalid"):
        filtered(ec2, name="x")


def test_what_is_not_there(ec2: Any) -> None:
    imported(ec2, "here")
    with refused("InvalidKeyPair.NotFound", "The key pair 'gone' does not exist"):
        ec2.describe_key_pairs(KeyNames=["here", "gone"])
    with refused("InvalidKeyPair.NotFound"):
        ec2.describe_key_pairs(KeyPairIds=["key-0123456789abcdef0"])
    with refused("InvalidKeyPairId.Malformed"):
        ec2.describe_key_pairs(KeyPairIds=["my-key"])


def test_delete(ec2: Any, shared_cloud: Any) -> None:
    first, second = (imported(ec2, name)["KeyPairId"] for name in ("a", "b"))
    ec2.create_tags(Resources=[first], Tags=[{"Key": "k", "Value": "v"}])
    stranger = shared_cloud.client(account="111111111111")
    stranger.delete_key_pair(KeyPairId=first)
    assert ec2.delete_key_pair(KeyName="a")["KeyPairId"] == first
    assert ec2.delete_key_pair(KeyPairId=second) | {"ResponseMetadata": None} == {
        "Return": True,
        "KeyPairId": second,
        "ResponseMetadata": None,
    }
    assert ec2.describe_key_pairs()["KeyPairs"] == []
    assert ec2.describe_tags()["Tags"] == []
    assert "KeyPairId" not in ec2.delete_key_pair(KeyName="a")
    ec2.delete_key_pair(KeyPairId=second)
    with refused("MissingParameter", "KeyName"):
        ec2.delete_key_pair()
    with refused("InvalidParameterCombination"):
        ec2.delete_key_pair(KeyName="a", KeyPairId=first)
