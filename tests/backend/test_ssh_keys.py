"""SSH keys against what OpenSSH, OpenSSL and PuTTY's own tools make of the same keys (files in ssh_keys)."""

import base64
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from backend import errors, ssh_keys

KEYS = Path(__file__).with_name("ssh_keys")

# ssh-keygen -l -f; openssl pkcs8 -topk8 -nocrypt -outform DER | openssl sha1 -c; openssl rsa -pubout | openssl md5 -c
ED25519_FINGERPRINT = "2vH1S5IjMXL0rncguniz7H+ufB54eX8kMXR3ugquATc="
RSA_CREATED = "69:66:0f:2e:39:14:7c:be:99:1d:dd:30:e9:f6:11:98:b2:d6:af:2f"
RSA_IMPORTED = "9e:85:f8:a1:16:90:91:17:53:fe:a8:6c:c2:56:54:ef"


def private(kind: str) -> Any:
    load = load_pem_private_key if kind == "rsa" else load_ssh_private_key
    return load(KEYS.joinpath(kind).read_bytes(), password=None)


def public(kind: str) -> Any:
    return private(kind).public_key()


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_ppk_is_what_puttygen_writes(kind: str) -> None:
    assert ssh_keys.ppk(private(kind), "my key") == KEYS.joinpath(f"{kind}.ppk").read_text()


def test_pem_is_what_ssh_keygen_writes() -> None:
    assert ssh_keys.pem(private("rsa")) == KEYS.joinpath("rsa").read_text()
    assert load_ssh_private_key(ssh_keys.pem(private("ed25519")).encode(), None).private_bytes_raw() == (
        private("ed25519").private_bytes_raw()
    )


def test_fingerprints() -> None:
    assert ssh_keys.created_fingerprint(private("rsa")) == RSA_CREATED
    assert ssh_keys.imported_fingerprint(public("rsa")) == RSA_IMPORTED
    assert ssh_keys.created_fingerprint(private("ed25519")) == ED25519_FINGERPRINT
    assert ssh_keys.imported_fingerprint(public("ed25519")) == ED25519_FINGERPRINT


def forms(kind: str) -> list[bytes]:
    key = public(kind)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    line = KEYS.joinpath(f"{kind}.pub").read_bytes()
    ssh2 = KEYS.joinpath(f"{kind}.ssh2").read_bytes()
    return [
        line,
        line.rsplit(b" ", 1)[0],
        line.strip() + b" a comment of several words\r\n",
        ssh2,
        ssh2.replace(b"\n", b"\r\n"),
        ssh2.replace(b"Comment:", b"Subject: one\\\ntwo\nComment:"),
        key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        base64.b64encode(der),
        base64.encodebytes(der),
    ]


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_every_form_of_a_public_key_is_understood(kind: str) -> None:
    for form in forms(kind):
        assert ssh_keys.parse_public(form) == public(kind), form


def test_pkcs1_is_understood() -> None:
    assert ssh_keys.parse_public(public("rsa").public_bytes(Encoding.PEM, PublicFormat.PKCS1)) == public("rsa")


def test_keys_that_ec2_does_not_take() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    short = rsa.generate_private_key(65537, 1024).public_key()
    ssh_keys.parse_public(short.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    for material in (
        curve.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        KEYS.joinpath("rsa").read_bytes(),
        b"",
        b"ssh-rsa",
        b"ssh-rsa AAAA",
        b"ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20short"),
        b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        b"\xff\xfe\x00",
    ):
        with pytest.raises(errors.InvalidKeyFormat):
            ssh_keys.parse_public(material)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_anything_else_is_refused_and_nothing_else_is_raised(material: bytes) -> None:
    with pytest.raises(errors.InvalidKeyFormat):
        ssh_keys.parse_public(material)


@given(st.data())
def test_a_damaged_key_is_refused_or_another_key(data: st.DataObject) -> None:
    material = bytearray(data.draw(st.sampled_from(forms("rsa") + forms("ed25519"))))
    material[data.draw(st.integers(0, len(material) - 1))] = data.draw(st.integers(0, 255))
    with suppress(errors.InvalidKeyFormat):
        ssh_keys.public_line(ssh_keys.parse_public(bytes(material)), "c")


def test_a_generated_key_has_the_size_that_ec2_gives() -> None:
    key = ssh_keys.generate("rsa")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048
