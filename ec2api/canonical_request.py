"""The canonical form of a request, which Signature Version 4 signs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
"""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, unquote_to_bytes

SIGNATURE_PARAMETER = "X-Amz-Signature"


def canonical_request(
    method: str,
    raw_uri: str,
    headers: Mapping[str, str],
    *,
    signed_headers: Sequence[str],
    content_hash: str,
    service: str,
) -> str:
    """The lines that are signed; each character stands for one byte.

    Percent-encoding is made canonical, as AWS does: a client may send ``a:b`` or ``a%3Ab`` and signs the
    latter.
    """
    path, _, query = _target(raw_uri).partition("?")
    lines = [method.upper(), _path(path, service), _query(query)]
    lines += (f"{name}:{_trimmed(headers.get(name, ''))}" for name in signed_headers)
    lines += ("", ";".join(signed_headers), content_hash)
    return "\n".join(lines)


def query_parameters(raw_uri: str) -> dict[str, str]:
    """The parameters of a query, decoded, each character one byte; where one comes twice, the last."""
    query = _target(raw_uri).partition("?")[2]
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in _pairs(query)}


def _target(raw_uri: str) -> str:
    """The path and query of a request line, which may also name its scheme and host (RFC 9112, 3.2.2)."""
    if raw_uri.startswith("/"):
        return raw_uri
    _, scheme, rest = raw_uri.partition("://")
    if not scheme:
        return raw_uri
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"


def _pairs(query: str) -> Iterator[tuple[bytes, bytes]]:
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.encode("latin-1", "replace").replace(b"+", b" ").partition(b"=")
            yield unquote_to_bytes(name), unquote_to_bytes(value)


def _query(query: str) -> str:
    encoded = [(quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in _pairs(query)]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded) if name != SIGNATURE_PARAMETER)


def _path(path: str, service: str) -> str:
    """S3 takes a path as it is, encoded once; others without dot and empty segments, and encoded again."""
    if path in {"", "/"}:
        return "/"
    segments = path.encode("latin-1", "replace").split(b"/")
    if service == "s3":
        return "/".join(quote(unquote_to_bytes(segment), safe="-_.~") for segment in segments)
    kept: list[bytes] = []
    for segment in segments:
        if segment == b"..":
            del kept[-1:]
        elif segment not in {b"", b"."}:
            kept.append(segment)
    last = "/" if kept and path.endswith("/") else ""
    return "/" + "/".join(quote(segment, safe="-_.~") for segment in kept) + last


def _trimmed(value: str) -> str:
    # Bytes, because text would also split at the bytes that happen to be spaces of Latin-1.
    return b" ".join(value.encode("latin-1", "replace").split()).decode("latin-1")
