"""Signatures of a streamed body: each chunk's, and the trailer's, in a chain that starts at the request's own.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and, for trailers,
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

import hmac
from hashlib import sha256

from backend import errors
from ec2api import sigv4
from ec2api.sigv4 import Signature

_EMPTY = sha256(b"").hexdigest()


class ChunkSignatures:
    """The chain of one body. ``key`` is the signing key of the request's ``signature``, which is verified already."""

    def __init__(self, signature: Signature, key: bytes) -> None:
        self._key = key
        self._scope = f"{signature.timestamp}\n{signature.scope}"
        self._access_key_id = signature.scope.access_key_id
        self._previous = signature.signature

    def check(self, content_hash: str, stated: str) -> None:
        """SignatureDoesNotMatch unless ``stated`` signs the next chunk, by its SHA-256 in hexadecimal."""
        self._link(f"{sigv4.ALGORITHM}-PAYLOAD\n{self._scope}\n{self._previous}\n{_EMPTY}\n{content_hash}", stated)

    def check_trailer(self, trailer: bytes, stated: str) -> None:
        """SignatureDoesNotMatch unless ``stated`` signs the trailer's lines, each ended by a line feed."""
        content_hash = sha256(trailer).hexdigest()
        self._link(f"{sigv4.ALGORITHM}-TRAILER\n{self._scope}\n{self._previous}\n{content_hash}", stated)

    def _link(self, to_sign: str, stated: str) -> None:
        expected = hmac.digest(self._key, to_sign.encode("utf-8", "surrogateescape"), "sha256").hex()
        # As bytes: compare_digest refuses strings beyond ASCII, which a request may well send.
        if not hmac.compare_digest(expected.encode(), stated.encode("utf-8", "surrogateescape")):
            raise errors.SignatureDoesNotMatchS3(
                access_key_id=self._access_key_id, string_to_sign=to_sign, signature=stated
            )
        self._previous = expected
