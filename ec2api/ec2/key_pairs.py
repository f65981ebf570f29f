"""EC2 actions on key pairs."""

from collections.abc import Mapping
from typing import Any

from backend import errors, key_pairs
from backend.cloud import Cloud
from backend.db.models import KeyPair
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.registry import action


def _generate(_cloud: Cloud, parameters: Mapping[str, Any]) -> key_pairs.Key:
    return key_pairs.generate(
        parameters["KeyName"], parameters.get("KeyType", "rsa"), parameters.get("KeyFormat", "pem")
    )


@action(tags=("key-pair",), prepare=_generate)
def create_key_pair(
    call: Call,
    *,
    key_name: str,
    key_type: str = "rsa",  # noqa: ARG001 - _generate, which runs before the transaction, takes it
    key_format: str = "pem",  # noqa: ARG001 - likewise
) -> dict[str, Any]:
    key: key_pairs.Key = call.prepared
    pair = key_pairs.add(call.uow, key_name, key, call.tags(KeyPair))
    return _show_new(call, pair) | {"KeyMaterial": key.private}


@action(tags=("key-pair",))
def import_key_pair(call: Call, *, key_name: str, public_key_material: bytes) -> dict[str, Any]:
    key = key_pairs.imported(key_name, public_key_material)
    return _show_new(call, key_pairs.add(call.uow, key_name, key, call.tags(KeyPair)))


@action
def delete_key_pair(call: Call, *, key_name: str | None = None, key_pair_id: str | None = None) -> dict[str, Any]:
    return {"Return": True, "KeyPairId": key_pairs.delete(call.uow, name=key_name, id=key_pair_id)}


def show(pair: KeyPair) -> dict[str, Any]:
    return {
        "KeyPairId": pair.id,
        "KeyName": pair.name,
        "KeyType": pair.key_type,
        "KeyFingerprint": pair.fingerprint,
        "CreateTime": pair.created,
        "Tags": show_tags(pair),
    }


def _show_new(call: Call, pair: KeyPair) -> dict[str, Any]:
    return {
        "KeyPairId": pair.id,
        "KeyName": pair.name,
        "KeyFingerprint": pair.fingerprint,
        "Tags": [{"Key": key, "Value": value} for key, value in call.tags(KeyPair).items()],
    }


def _show_all(call: Call, pairs: list[Any]) -> list[dict[str, Any]]:
    if not call.parameters.get("IncludePublicKey"):
        return [show(pair) for pair in pairs]
    return [show(pair) | {"PublicKey": pair.public_key} for pair in pairs]


Describe(
    "DescribeKeyPairs",
    KeyPair,
    ids="KeyPairIds",
    names={"KeyNames": (KeyPair.name, lambda name: errors.InvalidKeyPairNotFound(name=name))},
    extra={"IncludePublicKey": lambda _call, _wanted: []},  # _show_all reads it
    group=_show_all,
    filters={
        "fingerprint": KeyPair.fingerprint,
        "key-name": KeyPair.name,
        "key-pair-id": KeyPair.id,
    },
)
