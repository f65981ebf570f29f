"""TLS for the server: the context of its listener, and a certificate of its own making for tests."""

import datetime
import ipaddress
import os
import socket
import ssl
from pathlib import Path
from typing import BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend.config import Settings

VALID = datetime.timedelta(days=397)
"""How long a certificate of its own making is good: clients refuse longer ones."""
RENEWED = datetime.timedelta(days=30)
"""A start makes a new one in place of one that ends within this time."""

_BLOCK = 256 * 1024
_SKEW = datetime.timedelta(hours=1)


class TlsSocket(ssl.SSLSocket):
    """The kernel does not encrypt, so a file is read and sent; Python's own way does it 8 KiB at a time."""

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:  # type: ignore[override]
        file.seek(offset)
        sent = 0
        while block := file.read(_BLOCK if count is None else min(_BLOCK, count - sent)):
            self.sendall(block)
            sent += len(block)
        return sent


def context(settings: Settings) -> ssl.SSLContext:
    """For the listener that speaks TLS. OSError (``ssl.SSLError`` is one) for files that are no certificate and its
    key."""
    certificate, key = files(settings)
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)  # no certificate of the client; TLS 1.2 and later
    made.load_cert_chain(certificate, key, password="")  # an encrypted key is refused, and nobody asked for a password
    made.set_alpn_protocols(["http/1.1"])
    made.sslsocket_class = TlsSocket
    return made


def files(settings: Settings) -> tuple[Path, Path | None]:
    """The certificate and its key, which may stand in one file. Those of its own making are made here."""
    if settings.tls_cert is not None:
        return settings.tls_cert, settings.tls_key
    certificate, key = settings.own_certificate, settings.own_certificate.with_name("tls-key.pem")
    names = _names(settings)
    if not _is_good(certificate, key, names):
        _make(certificate, key, names)
    return certificate, key


def _names(settings: Settings) -> list[x509.GeneralName]:
    """What clients may call this server. A domain stands for the names of buckets in it, too."""
    hosts = ["localhost", *settings.domains]
    if settings.host not in ("", "0.0.0.0", "::"):  # noqa: S104  it is looked for, not listened on
        hosts.append(settings.host)
    else:
        hosts.append(socket.gethostname())
    found: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(own)) for own in ("127.0.0.1", "::1")]
    for host in hosts:
        try:
            name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            found += [x509.DNSName(f"*.{host}")] if host in settings.domains or host == "localhost" else []
            name = x509.DNSName(host)
        found += [] if name in found else [name]
    return found


def _is_good(certificate: Path, key: Path, names: list[x509.GeneralName]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        covered = set(found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    now = datetime.datetime.now(datetime.UTC)
    return (
        found.public_key() == private.public_key()
        and found.not_valid_after_utc - now > RENEWED
        and covered.issuperset(names)
    )


def _make(certificate: Path, key: Path, names: list[x509.GeneralName]) -> None:
    """A key and a certificate that signs itself, so that clients can take it as an authority, too."""
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ec2api")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_USAGE, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    _write(key, private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain), 0o600)
    _write(certificate, made.public_bytes(encoding), 0o644)


_USAGE = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _write(path: Path, text: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(text)
    draft.replace(path)
