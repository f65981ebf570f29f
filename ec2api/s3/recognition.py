"""Whether a request is S3's: by what its signature is for; an unsigned one is, unless it is a call of a Query service.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
"""

import re
from collections.abc import Mapping
from typing import Any

_SERVICE = re.compile(r"/([a-z0-9-]+)/aws4_request")
_QUERY_SERVICE = re.compile(r"(?:^|&)X-Amz-Credential=[^&]*?(?:%2F|/)([a-z0-9-]+)(?:%2F|/)aws4_request", re.IGNORECASE)
_WEBSITE = ".s3-website"
"""In the hosts of buckets' websites, which take whatever their visitors send for a visit."""


def is_s3(environ: Mapping[str, Any]) -> bool:
    """``environ``: WSGI's."""
    if _WEBSITE in environ.get("HTTP_HOST", ""):
        return True
    authorization = environ.get("HTTP_AUTHORIZATION")
    query: str = environ.get("QUERY_STRING", "")
    if authorization is not None:
        found = _SERVICE.search(authorization)
        return (found is None and not _is_query_call(environ, query)) or (found is not None and found[1] == "s3")
    if "X-Amz-Credential=" in query:
        found = _QUERY_SERVICE.search(query)
        return found is None or found[1] == "s3"
    return not _is_query_call(environ, query)


def _is_query_call(environ: Mapping[str, Any], query: str) -> bool:
    path = environ.get("PATH_INFO", "/")
    if path == "/_health" or "HTTP_X_AMZ_TARGET" in environ:
        return True
    if path != "/":
        return False
    kind: str = environ.get("CONTENT_TYPE", "")
    return "Action=" in query or (environ.get("REQUEST_METHOD") == "POST" and not kind.startswith("multipart/"))
