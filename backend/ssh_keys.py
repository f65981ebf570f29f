"""SSH keys as bytes: private keys as callers save them, public keys as they import them, fingerprints.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-key-pairs.html
"""

import base64
import binascii
import hashlib
import hmac
import re
from textwrap import wrap

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
    load_ssh_public_key,
)

from backend import errors

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | Ed25519PublicKey

RSA_BITS = range(1024, 4097)
_PLAIN = NoEncryption()
_SSH2 = re.compile(
    rb"---- BEGIN SSH2 PUBLIC KEY ----\r?\n"
    rb"(?:[A-Za-z0-9-]{1,64}: (?:[^\r\n]*\\\r?\n)*[^\r\n]*\r?\n)*"
    rb"([A-Za-z0-9+/=\r\n]+?)\r?\n"
    rb"---- END SSH2 PUBLIC KEY ----\s*"
)


def generate(kind: str) -> PrivateKey:
    """A new key: ``rsa`` (2048 bits; takes some 50 ms of CPU) or ``ed25519``."""
    return generate_private_key(65537, 2048) if kind == "rsa" else Ed25519PrivateKey.generate()


def kind_of(key: PrivateKey | PublicKey) -> str:
    return "rsa" if isinstance(key, (RSAPrivateKey, RSAPublicKey)) else "ed25519"


def parse_public(material: bytes) -> PublicKey:
    """A public key from an OpenSSH line, an RFC 4716 file, PEM or base64 of DER; else InvalidKey.Format."""
    try:
        key = _load(material.strip())
    except (ValueError, UnsupportedAlgorithm, binascii.Error) as fault:
        raise errors.InvalidKeyFormat() from fault
    if isinstance(key, Ed25519PublicKey) or (isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS):
        return key
    raise errors.InvalidKeyFormat()


def _load(material: bytes) -> object:
    if found := _SSH2.fullmatch(material):
        blob = base64.b64decode(b"".join(found[1].split()), validate=True)
        return load_ssh_public_key(_algorithm(blob) + b" " + base64.b64encode(blob))
    if material.startswith(b"-----BEGIN"):
        return load_pem_public_key(material)
    if b" " in material:
        return load_ssh_public_key(material)
    return load_der_public_key(base64.b64decode(b"".join(material.split()), validate=True))


def _algorithm(blob: bytes) -> bytes:
    """The name that an SSH public key's bytes begin with."""
    return blob[4 : 4 + int.from_bytes(blob[:4], "big")]


def public_line(key: PublicKey, comment: str) -> str:
    """``ssh-rsa AAAA... comment``, as in authorized_keys."""
    return f"{key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()} {comment}"


def pem(key: PrivateKey) -> str:
    """The private key as EC2 hands it out: PKCS#1 for RSA, OpenSSH's own form for ED25519."""
    form = PrivateFormat.TraditionalOpenSSL if isinstance(key, RSAPrivateKey) else PrivateFormat.OpenSSH
    return key.private_bytes(Encoding.PEM, form, _PLAIN).decode()


def ppk(key: PrivateKey, comment: str) -> str:
    """The private key for PuTTY, unencrypted: version 2 of its format, which every release reads.

    https://tartarus.org/~simon/putty-snapshots/htmldoc/AppendixC.html
    """
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    algorithm, encoded = line.split(b" ")[:2]
    public, private = base64.b64decode(encoded), _ppk_private(key)
    signed = b"".join(_string(part) for part in (algorithm, b"none", comment.encode(), public, private))
    mac_key = hashlib.sha1(b"putty-private-key-file-mac-key", usedforsecurity=False).digest()
    public_lines, private_lines = (wrap(base64.b64encode(blob).decode(), 64) for blob in (public, private))
    lines = [
        f"PuTTY-User-Key-File-2: {algorithm.decode()}",
        "Encryption: none",
        f"Comment: {comment}",
        f"Public-Lines: {len(public_lines)}",
        *public_lines,
        f"Private-Lines: {len(private_lines)}",
        *private_lines,
        f"Private-MAC: {hmac.digest(mac_key, signed, 'sha1').hex()}",
    ]
    return "\n".join(lines) + "\n"


def _ppk_private(key: PrivateKey) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return _string(key.private_bytes_raw())
    numbers = key.private_numbers()
    return b"".join(_mpint(n) for n in (numbers.d, numbers.p, numbers.q, numbers.iqmp))


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _mpint(value: int) -> bytes:
    """A positive integer of RFC 4251: its first bit is a sign, so one that fills its bytes gets one more."""
    return _string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def created_fingerprint(key: PrivateKey) -> str:
    """Of a key that EC2 made: SHA-1 of the RSA private key (PKCS#8, DER), or the ED25519 fingerprint."""
    if isinstance(key, Ed25519PrivateKey):
        return _sha256(key.public_key())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, _PLAIN)
    return hashlib.sha1(der, usedforsecurity=False).digest().hex(":")


def imported_fingerprint(key: PublicKey) -> str:
    """Of a key that a caller imported: MD5 of the RSA public key (DER), or the ED25519 fingerprint."""
    if isinstance(key, Ed25519PublicKey):
        return _sha256(key)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.md5(der, usedforsecurity=False).digest().hex(":")


def _sha256(key: Ed25519PublicKey) -> str:
    """OpenSSH's fingerprint of the public key, in base64."""
    encoded = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split(b" ")[1]
    return base64.b64encode(hashlib.sha256(base64.b64decode(encoded)).digest()).decode()
