"""Signatures: AWS's documented examples, botocore's own signer, every refusal, and nothing but refusals."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from backend import clock, errors
from ec2api import sigv4

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
S3_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = sha256(b"").hexdigest()
FORM = b"Action=DescribeRegions&Version=2016-11-15"


def signed(
    service: str = "ec2",
    *,
    method: str = "POST",
    url: str = "http://127.0.0.1:8788/",
    params: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    body: bytes = FORM,
    token: str | None = None,
    expires: int | None = None,
    secret: str = SECRET,
) -> dict[str, Any]:
    """What arrives of a request that botocore signed: the arguments of ``verify``. ``expires``: presigned."""
    request = AWSRequest(method=method, url=url, params=params, headers=headers or {}, data=body)
    credentials = Credentials("AKIDEXAMPLE", secret, token)
    plain, query = (S3SigV4Auth, S3SigV4QueryAuth) if service == "s3" else (SigV4Auth, SigV4QueryAuth)
    if expires is None:
        plain(credentials, service, "eu-west-1").add_auth(request)
    else:
        query(credentials, service, "eu-west-1", expires=expires).add_auth(request)
    sent = request.prepare()
    target = urlsplit(sent.url)
    arrived = {name.lower(): value for name, value in sent.headers.items()}
    arrived["host"] = target.netloc
    arrived = {n: v.decode("latin-1") if isinstance(v, bytes) else v for n, v in arrived.items()}
    return {
        "method": method,
        "raw_uri": target.path + (f"?{target.query}" if target.query else ""),
        "headers": arrived,
        "payload_hash": sha256(body).hexdigest(),
        "now": clock.now(),
    }


def check(request: dict[str, Any], secret: str = SECRET) -> sigv4.Signature:
    signature = sigv4.read(request["method"], request["raw_uri"], request["headers"])
    assert signature is not None
    sigv4.verify(signature, secret, **request)
    return signature


def refusal(request: dict[str, Any], secret: str = SECRET) -> tuple[str, int, str]:
    with pytest.raises(errors.CloudError) as caught:
        check(request, secret)
    return caught.value.code, caught.value.status, caught.value.message


# The examples of AWS's documentation


def example(
    raw_uri: str, authorization: str, headers: dict[str, str], *, at: str, method: str = "GET"
) -> dict[str, Any]:
    return {
        "method": method,
        "raw_uri": raw_uri,
        "headers": {**headers, "authorization": f"AWS4-HMAC-SHA256 {authorization}"},
        "payload_hash": EMPTY,
        "now": datetime.fromisoformat(at),
    }


def test_signing_key_of_the_documentation() -> None:
    key = sigv4.signing_key(SECRET, "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_iam_list_users() -> None:
    request = example(
        "/?Action=ListUsers&Version=2010-05-08",
        "Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        {
            "host": "iam.amazonaws.com",
            "content-type": "application/x-www-form-urlencoded; charset=utf-8",
            "x-amz-date": "20150830T123600Z",
        },
        at="2015-08-30T12:36:00",
    )
    assert check(request).scope == sigv4.Scope("AKIDEXAMPLE", "20150830", "us-east-1", "iam")


def test_get_vanilla() -> None:
    request = example(
        "/",
        "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"},
        at="2015-08-30T12:36:00",
    )
    check(request)


@pytest.mark.parametrize(
    ("raw_uri", "signature"),
    [
        ("/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("/?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)
def test_s3_bucket_requests(raw_uri: str, signature: str) -> None:
    request = example(
        raw_uri,
        "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        f"SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature={signature}",
        {
            "host": "examplebucket.s3.amazonaws.com",
            "x-amz-content-sha256": EMPTY,
            "x-amz-date": "20130524T000000Z",
        },
        at="2013-05-24T00:00:00",
    )
    check(request, S3_SECRET)


def test_s3_presigned_get() -> None:
    request = {
        "method": "GET",
        "raw_uri": "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        "headers": {"host": "examplebucket.s3.amazonaws.com"},
        "payload_hash": None,
        "now": datetime(2013, 5, 24, 23, 59),
    }
    signature = check(request, S3_SECRET)
    assert (signature.presigned, signature.expires, signature.signed_headers) == (True, 86400, ("host",))


# botocore's signer

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
segments = st.one_of(st.sampled_from([".", "..", "", "a b", "%2F", "é", "a+b", "(x)", "~"]), anything)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
extra_headers = st.dictionaries(
    st.sampled_from(["X-Amz-Target", "Content-Type", "X-Amz-Meta-A", "Accept", "Zebra"]), values, max_size=3
)


@given(
    service=st.sampled_from(["ec2", "sts", "s3"]),
    path=st.lists(segments, max_size=4),
    params=st.dictionaries(names, anything, max_size=4),
    headers=extra_headers,
    body=st.binary(max_size=50),
    token=st.none() | st.just("a/session+token=="),
    expires=st.none() | st.integers(1, sigv4.WEEK_SECONDS),
)
def test_every_request_that_botocore_signs(
    service: str,
    path: list[str],
    params: dict[str, str],
    headers: dict[str, str],
    body: bytes,
    token: str | None,
    expires: int | None,
) -> None:
    if expires is not None:
        body = b""  # botocore moves a form into the query
    url = "http://127.0.0.1:8788/" + "/".join(quote(segment, safe="~") for segment in path)
    request = signed(service, url=url, params=params, headers=headers, body=body, token=token, expires=expires)
    signature = check(request)
    assert signature.scope.service == service
    assert signature.session_token == token
    assert signature.expires == expires
    code, status, _ = refusal(request, SECRET + "x")
    assert (code, status) == (("AuthFailure", 401) if service == "ec2" else ("SignatureDoesNotMatch", 403))


def test_date_header_stands_in_for_x_amz_date() -> None:
    request = signed(headers={"Date": "now"})
    assert "x-amz-date" not in request["headers"]
    check(request)


def test_header_spaces_and_bytes() -> None:
    request = signed("sts", headers={"X-Amz-Meta": "  a   b  ", "X-Amz-Name": "caf\u00e9"})
    # on the wire, UTF-8; from WSGI, each byte a character
    request["headers"]["x-amz-name"] = "caf\u00e9".encode().decode("latin-1")
    check(request)


def test_percent_encoding_is_made_canonical() -> None:
    request = signed("sts", params={"Name": "a:b c"})
    request["raw_uri"] = "/?Name=a:b+c"
    check(request)
    request["raw_uri"] = "http://127.0.0.1:8788/?Name=a%3ab%20c"
    check(request)


# What is not signed


@pytest.mark.parametrize("raw_uri", ["/", "/?Action=DescribeRegions", "/?X-Amz-Date=1", "*", ""])
def test_no_signature(raw_uri: str) -> None:
    assert sigv4.read("GET", raw_uri, {"host": "x", "x-amz-date": "20261122T103056Z"}) is None


# Refusals


def test_another_body_method_path_or_query() -> None:
    request = signed("sts")
    for change in (
        {"payload_hash": EMPTY},
        {"method": "PUT"},
        {"raw_uri": "/other"},
        {"raw_uri": "/?Action=Other"},
        {"headers": {**request["headers"], "host": "elsewhere"}},
    ):
        code, status, message = refusal({**request, **change})
        assert (code, status) == ("SignatureDoesNotMatch", 403)
        assert message.startswith("The request signature we calculated does not match")


@pytest.mark.parametrize(
    ("service", "late", "early"),
    [
        ("ec2", ("RequestExpired", 400, "Request has expired."), ("RequestExpired", 400)),
        ("sts", ("SignatureDoesNotMatch", 403, "Signature expired: "), ("SignatureDoesNotMatch", 403)),
        ("s3", ("RequestTimeTooSkewed", 403, "The difference between"), ("RequestTimeTooSkewed", 403)),
    ],
)
def test_clock_skew(service: str, late: tuple[str, int, str], early: tuple[str, int]) -> None:
    request = signed(service)
    skew = timedelta(minutes=15 if service == "s3" else 5)
    now = request["now"]
    check({**request, "now": now + skew - timedelta(seconds=5)})
    check({**request, "now": now - skew + timedelta(seconds=5)})
    code, status, message = refusal({**request, "now": now + skew + timedelta(seconds=5)})
    assert (code, status) == late[:2]
    assert message.startswith(late[2])
    assert refusal({**request, "now": now - skew - timedelta(seconds=5)})[:2] == early


def test_skew_texts_of_sts() -> None:
    request = signed("sts")
    stamp = request["headers"]["x-amz-date"]
    now = datetime.fromisoformat(stamp).replace(tzinfo=None)
    skew = timedelta(minutes=5)
    late, early = now + 2 * skew, now - 2 * skew
    assert refusal({**request, "now": late})[2] == (
        f"Signature expired: {stamp} is now earlier than {late - skew:%Y%m%dT%H%M%SZ} ({late:%Y%m%dT%H%M%SZ} - 5 min.)"
    )
    assert refusal({**request, "now": early})[2] == (
        f"Signature not yet current: {stamp} is still later than {early + skew:%Y%m%dT%H%M%SZ} "
        f"({early:%Y%m%dT%H%M%SZ} + 5 min.)"
    )


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [("ec2", "RequestExpired", 400), ("sts", "SignatureDoesNotMatch", 403), ("s3", "AccessDenied", 403)],
)
def test_presigned_expiry(service: str, code: str, status: int) -> None:
    request = signed(service, method="GET", params={"Action": "X"}, body=b"", expires=60)
    check({**request, "now": request["now"] + timedelta(seconds=55)})
    assert refusal({**request, "now": request["now"] + timedelta(seconds=70)})[:2] == (code, status)


@pytest.mark.parametrize(
    ("service", "expires", "code", "text"),
    [
        ("s3", "604801", "AuthorizationQueryParametersError", "must be less than a week"),
        ("s3", "-1", "AuthorizationQueryParametersError", "must be non-negative"),
        ("s3", "abc", "AuthorizationQueryParametersError", "should be a number"),
        ("s3", "\u0663", "AuthorizationQueryParametersError", "should be a number"),
        ("sts", "9" * 5000, "IncompleteSignature", "must be less than a week"),
        ("ec2", "", "AuthFailure", "should be a number"),
    ],
)
def test_expires(service: str, expires: str, code: str, text: str) -> None:
    request = signed(service, method="GET", body=b"", expires=60)
    request["raw_uri"] = request["raw_uri"].replace("X-Amz-Expires=60", f"X-Amz-Expires={quote(expires)}")
    found, _, message = refusal(request)
    assert found == code
    assert text in message


def test_presigned_without_expiry_is_limited_by_the_clock() -> None:
    request = signed("sts", method="GET", body=b"", expires=60)
    request["raw_uri"] = request["raw_uri"].replace("X-Amz-Expires=60&", "")
    assert sigv4.read(request["method"], request["raw_uri"], request["headers"]).expires is None  # type: ignore[union-attr]
    later = {**request, "now": request["now"] + timedelta(minutes=6)}
    assert refusal(later)[2].startswith("Signature expired")
    s3 = signed("s3", method="GET", body=b"", expires=60)
    s3["raw_uri"] = s3["raw_uri"].replace("X-Amz-Expires=60&", "")
    assert refusal(s3)[0] == "AuthorizationQueryParametersError"


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [("ec2", "AuthFailure", 401), ("sts", "SignatureDoesNotMatch", 403), ("s3", "AccessDenied", 403)],
)
def test_headers_that_must_be_signed(service: str, code: str, status: int) -> None:
    request = signed(service)
    added = {**request["headers"], "x-amz-security-token": "slipped in"}
    assert refusal({**request, "headers": added})[:2] == (code, status)
    authorization = request["headers"]["authorization"].replace("host;", "")
    without = {**request["headers"], "authorization": authorization}
    assert refusal({**request, "headers": without})[:2] == (code, status)
    del without["host"]
    assert refusal({**request, "headers": without})[:2] == (code, status)


@pytest.mark.parametrize(
    ("service", "code"),
    [("ec2", "AuthFailure"), ("sts", "SignatureDoesNotMatch"), ("s3", "AuthorizationHeaderMalformed")],
)
def test_scope_of_another_day(service: str, code: str) -> None:
    request = signed(service)
    today = request["headers"]["authorization"].split("/")[1]
    changed = request["headers"]["authorization"].replace(f"/{today}/", "/20200101/")
    found, _, message = refusal({**request, "headers": {**request["headers"], "authorization": changed}})
    assert found == code
    if service == "sts":
        assert message.startswith("Date in Credential scope does not match YYYYMMDD from ISO-8601 version")


def test_unsigned_payload_is_for_s3_and_presigned_requests() -> None:
    unsigned = {"X-Amz-Content-SHA256": sigv4.UNSIGNED_PAYLOAD}
    assert refusal(signed("ec2", headers=unsigned))[:2] == ("AuthFailure", 401)
    assert refusal(signed("sts", headers=unsigned))[0] == "SignatureDoesNotMatch"
    check(signed("sts", headers=unsigned, method="GET", body=b"", expires=60))
    presigned = signed("sts", method="GET", body=b"", expires=60)
    assert refusal({**presigned, "payload_hash": sha256(b"Action=Other").hexdigest()})[1] == 403
    check({**signed("s3", method="GET", body=b"", expires=60), "payload_hash": None})


def test_content_hash() -> None:
    other = {"X-Amz-Content-SHA256": EMPTY}
    assert refusal(signed("sts", headers=other))[:2] == ("SignatureDoesNotMatch", 403)
    check(signed("sts", headers={"X-Amz-Content-SHA256": sha256(FORM).hexdigest()}))
    s3 = signed("s3")
    assert refusal({**s3, "payload_hash": EMPTY})[:2] == ("XAmzContentSHA256Mismatch", 400)
    check({**s3, "payload_hash": None})
    del s3["headers"]["x-amz-content-sha256"]
    assert refusal(s3)[:2] == ("InvalidRequest", 400)


STAMP = "20261122T103056Z"
GOOD = "Credential=AKID/20261122/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("authorization", "date", "code", "text"),
    [
        ("Basic dTpw", STAMP, "IncompleteSignature", "Unsupported AWS 'algorithm': 'Basic'."),
        ("", STAMP, "IncompleteSignature", "Unsupported AWS 'algorithm': ''."),
        ("AWS4-HMAC-SHA256", STAMP, "IncompleteSignature", "not a valid key=value pair"),
        ("AWS4-HMAC-SHA256 Signature=0", STAMP, "IncompleteSignature", "requires 'Credential' parameter."),
        ("AWS4-HMAC-SHA256 " + GOOD.format("sts"), None, "IncompleteSignature", "'X-Amz-Date' or a 'Date'"),
        ("AWS4-HMAC-SHA256 " + GOOD.format("sts"), "yesterday", "IncompleteSignature", "'basic format'"),
        ("AWS4-HMAC-SHA256 " + GOOD.format("ec2"), "20261322T103056Z", "AuthFailure", "'basic format'"),
        ("AWS4-HMAC-SHA256 " + GOOD.format("s3/s3"), STAMP, "AuthorizationHeaderMalformed", "malformed"),
        ("AWS4-HMAC-SHA256 " + GOOD.format("a/ec2"), STAMP, "AuthFailure", "exactly 5 slash-delimited"),
        ("AWS4-HMAC-SHA256 " + GOOD.format(""), STAMP, "IncompleteSignature", "a region and a service"),
        ("AWS4-HMAC-SHA256 " + GOOD.format("ec2").replace("4_", "5_"), STAMP, "AuthFailure", "terminator"),
        ("AWS4-HMAC-SHA256 " + GOOD.format("sts").replace("AKID", ""), STAMP, "IncompleteSignature", "key"),
        (
            "AWS4-HMAC-SHA256 " + GOOD.format("sts").replace("2026", "٢٠٢٦"),
            STAMP,
            "IncompleteSignature",
            "Date",
        ),
        (
            "AWS4-HMAC-SHA256 " + GOOD.format("sts").replace("AKID", " AKID"),
            STAMP,
            "IncompleteSignature",
            "pair",
        ),
        ("AWS4-ECDSA-P256-SHA256 " + GOOD.format("sts"), STAMP, "IncompleteSignature", "algorithm"),
    ],
)
def test_malformed_authorization(authorization: str, date: str | None, code: str, text: str) -> None:
    headers = {"host": "x", "authorization": authorization}
    if date is not None:
        headers["x-amz-date"] = date
    with pytest.raises(errors.CloudError) as caught:
        sigv4.read("GET", "/", headers)
    assert caught.value.code == code
    assert text in caught.value.message
    assert caught.value.status == (401 if code == "AuthFailure" else 400)


@pytest.mark.parametrize(
    "missing", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"]
)
def test_presigned_query_is_whole(missing: str) -> None:
    request = signed("sts", method="GET", body=b"", expires=60)
    request["raw_uri"] = request["raw_uri"].replace(missing, "Other")
    code, status, message = refusal(request)
    assert (code, status) == ("IncompleteSignature", 400)
    assert message == f"AWS query-string parameters must include '{missing}'."


def test_one_mechanism_at_a_time() -> None:
    header, query = signed("sts"), signed("sts", method="GET", body=b"", expires=60)
    assert "Only one auth mechanism" in refusal({**query, "headers": header["headers"]})[2]


wild = st.text(max_size=12)
pieces = st.sampled_from(
    [
        "AWS4-HMAC-SHA256",
        " ",
        "Credential=",
        "SignedHeaders=",
        "Signature=",
        ",",
        "/",
        ";",
        "=",
        "host",
        "0" * 64,
    ]
)
scopes = st.sampled_from(["AKID/20261122/us-east-1/ec2/aws4_request", "/s3/", "/sts/", "20261122", "\x00", "\ud800"])
soup = st.lists(st.one_of(pieces, scopes, wild), max_size=12).map("".join)
parameters = st.lists(st.tuples(st.sampled_from(sorted(sigv4.QUERY_PARAMETERS)), soup), max_size=9)
dates = st.sampled_from([STAMP, "00000000T000000Z", "99991231T235959Z", "00010101T000000Z", "x" * 16]) | soup


@given(
    authorization=st.none() | soup | soup.map(lambda text: f"AWS4-HMAC-SHA256 {GOOD.format('ec2')}{text}"),
    date=st.none() | dates,
    http_date=st.none() | soup | st.just("Sun, 22 Nov 2026 10:30:56 GMT") | st.just("Mon, 1 Jan 0001 00:00:00 +2359"),
    query=parameters,
    target=st.sampled_from(["/", "", "*", "http://h/a", "/a/../b"]) | soup,
    method=wild,
)
def test_nothing_but_refusals(
    authorization: str | None,
    date: str | None,
    http_date: str | None,
    query: list[tuple[str, str]],
    target: str,
    method: str,
) -> None:
    offered = {"authorization": authorization, "x-amz-date": date, "date": http_date, "host": "x"}
    headers = {name: value for name, value in offered.items() if value is not None}
    encoded = "&".join(f"{name}={quote(value, errors='replace')}" for name, value in query)
    raw_uri = f"{target}?{encoded}" if encoded else target
    try:
        signature = sigv4.read(method, raw_uri, headers)
        if signature is not None:
            sigv4.verify(
                signature,
                SECRET,
                method=method,
                raw_uri=raw_uri,
                headers=headers,
                payload_hash=EMPTY,
                now=datetime(2026, 11, 22, 10, 30, 56),
            )
    except errors.CloudError as refused:
        assert refused.status in {400, 401, 403}
    else:
        assert signature is None


@given(st.text(max_size=70))
def test_any_signature_text_is_compared(text: str) -> None:
    request = signed()
    signature = sigv4.read(request["method"], request["raw_uri"], request["headers"])
    assert signature is not None
    with pytest.raises(errors.AuthFailure):
        sigv4.verify(replace(signature, signature=text), SECRET, **request)
