"""Requests of S3 for a fuzz test: valid ones of many kinds, and what can be done to a request."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import md5
from random import Random
from urllib.parse import quote

from tests.fuzz.forms import NASTY
from tests.fuzz.world import Request, World

BUCKETS = ["fuzz-plain", "fuzz-versions", "fuzz-lock"]
KEYS = ["a", "folder/b", "folder/", "../../etc/passwd", "..", "//", "%2F", "ü/💥", " +&=?#", "x" * 1024, "a\0b", "\x01"]
_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_OWNER = "<Owner><ID>x</ID></Owner>"
_RULE = "<Rule><ID>r</ID><Filter><Prefix>a</Prefix></Filter><Status>Enabled</Status>"

SETTINGS = {
    "versioning": f"<VersioningConfiguration {_NAMESPACE}><Status>Enabled</Status></VersioningConfiguration>",
    "tagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
    "cors": "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://*.example.com"
    "</AllowedOrigin><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>",
    "lifecycle": f"<LifecycleConfiguration>{_RULE}<Expiration><Days>9</Days></Expiration></Rule>"
    "</LifecycleConfiguration>",
    "acl": f"<AccessControlPolicy>{_OWNER}<AccessControlList><Grant><Grantee xmlns:xsi="
    '"http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers'
    "</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>",
    "policy": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": '
    '"s3:GetObject", "Resource": "arn:aws:s3:::fuzz-plain/*", "Condition": {"StringLike": {"aws:Referer": "*"}}}]}',
    "website": "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
    "</WebsiteConfiguration>",
    "encryption": "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256"
    "</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
    "publicAccessBlock": "<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls>"
    "</PublicAccessBlockConfiguration>",
    "ownershipControls": "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
    "</OwnershipControls>",
    "object-lock": "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
    "<Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
    "notification": "<NotificationConfiguration/>",
    "requestPayment": "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
    "accelerate": "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>",
    "replication": f"<ReplicationConfiguration><Role>arn:aws:iam::1:role/r</Role>{_RULE}<Destination><Bucket>"
    "arn:aws:s3:::fuzz-versions</Bucket></Destination></Rule></ReplicationConfiguration>",
    "inventory&id=i": "<InventoryConfiguration><Id>i</Id><IsEnabled>true</IsEnabled></InventoryConfiguration>",
    "metrics&id=m": "<MetricsConfiguration><Id>m</Id></MetricsConfiguration>",
    "analytics&id=n": "<AnalyticsConfiguration><Id>n</Id><StorageClassAnalysis/></AnalyticsConfiguration>",
}
"""Of buckets, by the query that they are put to."""

OF_OBJECTS = {
    "tagging": SETTINGS["tagging"],
    "acl": SETTINGS["acl"],
    "legal-hold": "<LegalHold><Status>OFF</Status></LegalHold>",
    "retention": "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate>"
    "</Retention>",
}

LISTINGS = [
    "",
    "list-type=2&max-keys=2",
    "list-type=2&delimiter=/&prefix=f",
    "delimiter=%2F&marker=a&encoding-type=url",
    "versions",
    "versions&key-marker=a&version-id-marker=null",
    "uploads&delimiter=/",
    "location",
    "policyStatus",
]

HEADERS = {
    "If-Match": ['"x"', "*", ""],
    "If-None-Match": ["*", '"x"'],
    "If-Modified-Since": ["Sun, 22 Nov 2026 10:30:56 GMT", "never"],
    "Range": ["bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=999999999999999999999-", "bytes=0-1,2-3", "x"],
    "Content-MD5": ["", "x", b64encode(bytes(16)).decode()],
    "Content-Length": ["", "0", "-1", "1", "9" * 30, "1e3"],
    "Transfer-Encoding": ["chunked"],
    "x-amz-acl": ["public-read", "private", "x"],
    "x-amz-checksum-crc32": ["AAAAAA==", "x"],
    "x-amz-checksum-crc64nvme": ["AAAAAAAAAAA="],
    "x-amz-sdk-checksum-algorithm": ["CRC32C", "SHA256", "x"],
    "x-amz-content-sha256": ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x", "0" * 64],
    "x-amz-copy-source": ["fuzz-plain/a", "/fuzz-plain/a?versionId=null", "a", "%ff", "", "fuzz-plain/%2e%2e/x"],
    "x-amz-copy-source-range": ["bytes=0-1", "x"],
    "x-amz-metadata-directive": ["COPY", "REPLACE", "x"],
    "x-amz-tagging": ["a=b", "a=b&a=c", "%ff=%", "&" * 20],
    "x-amz-storage-class": ["GLACIER", "STANDARD_IA", "x"],
    "x-amz-server-side-encryption": ["AES256", "aws:kms", "x"],
    "x-amz-server-side-encryption-customer-algorithm": ["AES256"],
    "x-amz-server-side-encryption-customer-key": [b64encode(bytes(32)).decode(), "x"],
    "x-amz-server-side-encryption-customer-key-MD5": [b64encode(md5(bytes(32)).digest()).decode(), "x"],
    "x-amz-object-lock-mode": ["GOVERNANCE", "x"],
    "x-amz-object-lock-retain-until-date": ["2030-01-01T00:00:00Z", "x"],
    "x-amz-bypass-governance-retention": ["true", "x"],
    "x-amz-expected-bucket-owner": ["111122223333", "x"],
    "x-amz-grant-read": ["id=x", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"', ",,="],
    "x-amz-website-redirect-location": ["/x", "ftp:x"],
    "x-amz-decoded-content-length": ["5", "x", "9" * 30],
    "x-amz-trailer": ["x-amz-checksum-crc32", "x"],
    "Content-Encoding": ["aws-chunked", "gzip"],
    "Content-Type": ["multipart/form-data; boundary=b", "x" * 300, ""],
    "Origin": ["https://a.example.com", "null"],
    "Expires": ["never"],
    "Host": ["fuzz-plain.s3.amazonaws.com", "x", "", "111122223333.s3-control.us-east-1.amazonaws.com"],
    "x-amz-meta-x": ["y", "x" * 3000, "=?UTF-8?Q?=C3?="],
    "Expect": ["100-continue"],
}

FORM = (
    b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nfrom-form\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nbytes\r\n--b--\r\n'
)
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY e SYSTEM "file:///etc/passwd">]>'
    "<Tagging><TagSet><Tag><Key>&b;</Key><Value>&e;</Value></Tag></TagSet></Tagging>"
)


def of(bucket: str, key: str | None = None, query: str = "") -> str:
    path = f"/{bucket}" if key is None else f"/{bucket}/{quote(key)}"
    return f"{path}?{query}" if query else path


def prepare(world: World, sign: Callable[[Request], Request]) -> None:
    """Buckets of several kinds, with something in each."""
    for bucket in BUCKETS:
        headers = {"x-amz-bucket-object-lock-enabled": "true"} if bucket == "fuzz-lock" else {}
        requests = [Request("PUT", of(bucket), headers)]
        if bucket == "fuzz-versions":
            requests.append(Request("PUT", of(bucket, query="versioning"), {}, SETTINGS["versioning"].encode()))
        requests += [Request("PUT", of(bucket, key), {}, b"12345") for key in ("a", "folder/b")]
        requests.append(Request("POST", of(bucket, "large", "uploads")))
        for request in requests:
            reply = world.send(sign(request))
            assert reply.status == 200, (request, reply)


def valid(world: World, chance: Random) -> Request:
    """A request that S3 would do, or refuse for what is not there."""
    return chance.choice(_KINDS)(world, chance)


def _put(world: World, chance: Random) -> Request:
    size = chance.choice([0, 5, 5, 1024, 20_000])
    return Request("PUT", _object(chance), {"x-amz-meta-a": "b"}, bytes(chance.choices(range(256), k=5)) * (size // 5))


def _chunked(world: World, chance: Random) -> Request:
    signature = ";chunk-signature=" + "0" * 64 if chance.random() < 0.5 else ""
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" if signature else "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    body = f"5{signature}\r\n12345\r\n0{signature}\r\n\r\n"
    if not signature and chance.random() < 0.5:
        body = "5\r\n12345\r\n0\r\nx-amz-checksum-crc32:y/U6HA==\r\n\r\n"
    headers = {
        "x-amz-content-sha256": kind,
        "Content-Encoding": "aws-chunked",
        "x-amz-decoded-content-length": "5",
        **({"x-amz-trailer": "x-amz-checksum-crc32"} if "crc32" in body else {}),
    }
    return Request("PUT", _object(chance), headers, body.encode())


def _copy(world: World, chance: Random) -> Request:
    return Request("PUT", _object(chance), {"x-amz-copy-source": f"{chance.choice(BUCKETS)}/a"})


def _read(world: World, chance: Random) -> Request:
    version = world.known("version", chance)
    query = f"versionId={version}" if version and chance.random() < 0.3 else ""
    return Request(chance.choice(["GET", "HEAD", "DELETE"]), _object(chance, query))


def _of_object(world: World, chance: Random) -> Request:
    name, document = chance.choice(list(OF_OBJECTS.items()))
    method = chance.choice(["PUT", "GET", "DELETE"])
    return Request(method, _object(chance, name), {}, document.encode() if method == "PUT" else b"")


def _attributes(world: World, chance: Random) -> Request:
    return Request("GET", _object(chance, "attributes"), {"x-amz-object-attributes": "ETag,ObjectSize,Checksum"})


def _list(world: World, chance: Random) -> Request:
    return Request("GET", chance.choice([of(chance.choice(BUCKETS), query=q) for q in LISTINGS] + ["/"]))


def _setting(world: World, chance: Random) -> Request:
    name, document = chance.choice(list(SETTINGS.items()))
    method = chance.choice(["PUT", "PUT", "GET", "DELETE"])
    body = document.encode() if method == "PUT" else b""
    return Request(method, of(chance.choice(BUCKETS), query=name), {"Content-MD5": _md5(body)} if body else {}, body)


def _delete_many(world: World, chance: Random) -> Request:
    keys = "".join(f"<Object><Key>k{number}</Key></Object>" for number in range(chance.randrange(4)))
    body = f"<Delete>{keys}</Delete>".encode()
    return Request("POST", of(chance.choice(BUCKETS), query="delete"), {"Content-MD5": _md5(body)}, body)


def _upload(world: World, chance: Random) -> Request:
    id = world.known("upload", chance) or "x"
    bucket = chance.choice(BUCKETS)
    part = "<Part><PartNumber>1</PartNumber><ETag>827ccb0eea8a706c4c34a16891f84e7b</ETag></Part>"
    complete = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
    return chance.choice(
        [
            Request("POST", of(bucket, "large", "uploads")),
            Request("PUT", of(bucket, "large", f"partNumber=1&uploadId={id}"), {}, b"12345"),
            Request("GET", of(bucket, "large", f"uploadId={id}")),
            Request("POST", of(bucket, "large", f"uploadId={id}"), {}, complete),
            Request("DELETE", of(bucket, "large", f"uploadId={id}")),
        ]
    )


def _form(world: World, chance: Random) -> Request:
    return Request("POST", of(chance.choice(BUCKETS)), {"Content-Type": "multipart/form-data; boundary=b"}, FORM)


def _preflight(world: World, chance: Random) -> Request:
    headers = {"Origin": "https://a.example.com", "Access-Control-Request-Method": "GET"}
    return Request("OPTIONS", _object(chance), headers)


def _bucket(world: World, chance: Random) -> Request:
    return Request(chance.choice(["PUT", "HEAD", "DELETE"]), of(f"fuzz-{chance.randrange(5)}"))


_KINDS = [_put, _put, _chunked, _chunked, _copy, _read, _read, _of_object, _attributes, _list, _setting, _setting]
_KINDS += [_delete_many, _upload, _upload, _form, _preflight, _bucket]


def _object(chance: Random, query: str = "") -> str:
    return of(chance.choice(BUCKETS), chance.choice(KEYS), query)


def _md5(body: bytes) -> str:
    return b64encode(md5(body).digest()).decode()


# What can be done to a request


def _method(request: Request, chance: Random, _text: str) -> None:
    methods = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW", "get"]
    request.method = chance.choice(methods)


def _path(request: Request, chance: Random, text: str) -> None:
    odd = quote(text.encode("utf-8", "replace"), safe=chance.choice(["", "/?&=%"]))
    path, _, query = request.uri.partition("?")
    paths = [
        f"/{odd}",
        f"{path}/{odd}",
        f"//{path}",
        f"{path}%",
        f"{path}%ff",
        f"{path}%00",
        f"{path}/../../x",
        path[: chance.randrange(1, len(path) + 1)],
        f"/v20180820/tags/arn%3Aaws%3As3%3A%3A%3A{odd}",
        "/fuzz-plain/" + "%C3%BC" * 600,
        "/*",
    ]
    request.uri = chance.choice(paths) + (f"?{query}" if query else "")


def _query(request: Request, chance: Random, text: str) -> None:
    names = [*SETTINGS, *OF_OBJECTS, *LISTINGS, "uploadId", "partNumber", "versionId", "max-keys", "torrent", "select"]
    names += [
        "select-type",
        "restore",
        "continuation-token",
        "response-content-type",
        "X-Amz-Algorithm",
        "AWSAccessKeyId",
    ]
    name = chance.choice(names)
    value = quote(chance.choice([text, chance.choice(NASTY)]).encode("utf-8", "replace"))
    added = chance.choice([name, f"{name}={value}", f"{name}=%ff", f"{name}&{name}"])
    request.uri += ("&" if "?" in request.uri else "?") + added


def _header(request: Request, chance: Random, text: str) -> None:
    name = chance.choice(list(HEADERS))
    plain = chance.choice([text, chance.choice(NASTY)]).encode("latin-1", "replace").decode("latin-1")
    plain = plain.replace("\r", " ").replace("\n", " ").replace("\0", " ")
    request.headers[name] = plain if chance.random() < 0.2 else chance.choice(HEADERS[name])


def _less(request: Request, chance: Random, _text: str) -> None:
    if request.headers:
        request.headers.pop(chance.choice(list(request.headers)))


def _body(request: Request, chance: Random, text: str) -> None:
    body = request.body
    at = chance.randrange(len(body) + 1)
    end = min(len(body), at + chance.randrange(1, 40))
    odd = text.encode("utf-8", "replace")
    elements = [place for place, byte in enumerate(body) if byte == ord("<")]
    start = chance.choice(elements) if elements else 0
    request.body = chance.choice(
        [
            body[:at],
            body[:at] + body[end:],
            body[:at] + odd + body[at:],
            body[:at] + bytes(chance.choices(range(256), k=3)) + body[at:],
            body[:start] + body[start : start + 40] + body[start:],
            body.replace(b"Enabled", odd),
            body.replace(b">1<", b">99999999999999999999<"),
            body.replace(b"\r\n", b"\n"),
            body.replace(b"5;", b"ffffffffffffffff;"),
            b"<?xml version='1.0' encoding='utf-16'?>" + body,
            BOMB.encode(),
            b"<a>" * 5000,
            body + body,
            b"",
            b"\xff\xfe<",
        ]
    )
    if chance.random() < 0.7:
        request.headers.pop("Content-MD5", None)


_CHANGES = [_method, _path, _query, _query, _header, _header, _header, _less, _body, _body, _body]


def change(request: Request, chance: Random, text: str) -> None:
    for _ in range(chance.choice([1, 1, 2, 3])):
        chance.choice(_CHANGES)(request, chance, text)
