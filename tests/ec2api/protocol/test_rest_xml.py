"""REST XML requests: what S3 takes, and how it refuses the rest."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import OperationModel
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import CloudError
from ec2api.protocol import model, rest_xml


def operation(name: str) -> OperationModel:
    return model.service("s3").operation_model(name)


def parsed(
    name: str, document: str | bytes | None = None, query: tuple[tuple[str, str], ...] = (), **headers: str
) -> dict[str, Any]:
    names = {header.replace("_", "-"): text for header, text in headers.items()}
    body = document.encode() if isinstance(document, str) else document
    found = rest_xml.parse(operation(name), {"Bucket": "b", "Key": "k"}, query, names, body)
    assert found.pop("Bucket") == "b"
    found.pop("Key", None)
    return found


def refused(name: str, document: str | bytes | None = None, **more: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(CloudError) as caught:
        parsed(name, document, **more)
    assert caught.value.status == 400
    return caught.value.code, caught.value.message, caught.value.details


VERSIONING = "<VersioningConfiguration{}>{}</VersioningConfiguration>"


@pytest.mark.parametrize(
    "document",
    [
        VERSIONING.format("", "<Status>Enabled</Status>"),
        VERSIONING.format(f' xmlns="{rest_xml.NAMESPACES["s3"]}"', "\n  <Status> Enabled\n</Status>\n"),
        VERSIONING.format(' xmlns="http://doc.s3.amazonaws.com/2006-03-01"', "<Status>Enabled</Status>"),
        "<s:VersioningConfiguration xmlns:s='urn:x'><s:Status>Enabled</s:Status></s:VersioningConfiguration>",
        "<?xml version='1.0' encoding='UTF-8'?><!-- a -->"
        + VERSIONING.format("", "<!-- b --><Status>Ena<!-- c -->bled</Status><?d e?>"),
        b"\xef\xbb\xbf" + VERSIONING.format("", "<Status><![CDATA[Enabled]]></Status>").encode(),
    ],
)
def test_a_document_with_or_without_namespace(document: str | bytes) -> None:
    assert parsed("PutBucketVersioning", document) == {"VersioningConfiguration": {"Status": "Enabled"}}


@pytest.mark.parametrize(
    "document",
    [
        *("x", "<", "<a", "{}", "<Versioning/>", "<VersioningConfiguration>", "\x00", "&amp;", " ", b"\xff\xfe<\x00"),
        VERSIONING.format("", "<Status>enabled</Status>"),
        VERSIONING.format("", "<Status/>"),
        VERSIONING.format("", "<Status><a/></Status>"),
        VERSIONING.format("", "<Status>Enabled</Status><Status>Enabled</Status>"),
        VERSIONING.format("", "<State>Enabled</State>"),
        VERSIONING.format("", "text"),
        VERSIONING.format("", "<Status>Enabled</Status>text"),
        VERSIONING.format("", "<Status>&unknown;</Status>"),
        VERSIONING.format("", "<Status>Enabled</Status>") * 2,
        "<!DOCTYPE a>" + VERSIONING.format("", "<Status>Enabled</Status>"),
        "<!DOCTYPE a [<!ENTITY e 'Enabled'>]>" + VERSIONING.format("", "<Status>&e;</Status>"),
        "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + VERSIONING.format("", "<Status>&e;</Status>"),
        VERSIONING.format("", "<a>" * 5000 + "</a>" * 5000),
        ("<?xml version='1.0' encoding='utf-16'?><!DOCTYPE a>" + VERSIONING.format("", "")).encode("utf-16"),
    ],
)
def test_what_breaks_the_schema_is_malformed(document: str | bytes) -> None:
    assert refused("PutBucketVersioning", document)[0] == "MalformedXML"


def test_a_document_is_needed_where_s3_needs_one() -> None:
    for name in ("PutBucketVersioning", "PutBucketPolicy", "PutObjectRetention", "PutBucketLifecycleConfiguration"):
        assert refused(name)[0] == refused(name, b"")[0] == "MissingRequestBodyError", name
    assert refused("CompleteMultipartUpload", query=(("uploadId", "u"),))[:2] == (
        "InvalidRequest",
        "You must specify at least one part",
    )
    for name in ("CreateBucket", "PutBucketAcl", "PutObjectAcl", "RestoreObject"):
        assert parsed(name) == {}, name


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("DeleteObjects", "<Delete><Quiet>true</Quiet></Delete>"),
        ("DeleteObjects", "<Delete><Object><Key></Key></Object></Delete>"),
        ("DeleteObjects", "<Delete><Object><VersionId>a</VersionId></Object></Delete>"),
        ("DeleteObjects", "<Delete><Object><Key>a</Key></Object><Quiet>yes</Quiet></Delete>"),
        ("PutBucketCors", "<CORSConfiguration/>"),
        ("PutBucketTagging", "<Tagging/>"),
        ("PutBucketTagging", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"),
        ("PutBucketTagging", "<Tagging><TagSet><member/></TagSet></Tagging>"),
        ("PutBucketTagging", "<Tagging><TagSet>a</TagSet></Tagging>"),
        ("PutObjectLegalHold", "<LegalHold><Status>on</Status></LegalHold>"),
        ("PutObjectRetention", "<Retention><RetainUntilDate>tomorrow</RetainUntilDate></Retention>"),
        ("PutObjectRetention", "<Retention><RetainUntilDate>2026-13-01</RetainUntilDate></Retention>"),
    ],
)
def test_documents_with_what_is_required_and_of_the_right_type(name: str, document: str) -> None:
    assert refused(name, document)[0] == "MalformedXML"


@pytest.mark.parametrize(
    "content",
    ["", "<Part/>", "<Part><PartNumber>1</PartNumber></Part>", "<Part><ETag>a</ETag><PartNumber>a</PartNumber></Part>"],
)
def test_an_upload_is_completed_with_parts(content: str) -> None:
    document = f"<CompleteMultipartUpload>{content}</CompleteMultipartUpload>"
    assert refused("CompleteMultipartUpload", document, query=(("uploadId", "u"),))[0] == "MalformedXML"


def test_an_access_control_list() -> None:
    grantee = '<Grantee xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="CanonicalUser"><ID>a</ID></Grantee>'
    document = (
        "<AccessControlPolicy><Owner><ID>o</ID><DisplayName/></Owner><AccessControlList><Grant>{}"
        "<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
    )
    assert parsed("PutBucketAcl", document.format(grantee)) == {
        "AccessControlPolicy": {
            "Owner": {"ID": "o", "DisplayName": ""},
            "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "a"}, "Permission": "READ"}],
        }
    }
    for wrong in (grantee.replace("Canonical", ""), grantee.replace("i:type", "type"), "<Grantor/>"):
        assert refused("PutBucketAcl", document.format(wrong))[0] == "MalformedACLError"
    assert refused("PutObjectAcl", "<")[0] == "MalformedACLError"


def test_what_the_service_judges_itself() -> None:
    document = "<CreateBucketConfiguration><LocationConstraint>mars-1</LocationConstraint></CreateBucketConfiguration>"
    assert parsed("CreateBucket", document) == {"CreateBucketConfiguration": {"LocationConstraint": "mars-1"}}
    queue = (
        "<NotificationConfiguration><QueueConfiguration><Queue>q</Queue><Event>{}</Event><Filter><S3Key><FilterRule>"
        "<Name>{}</Name><Value>v</Value></FilterRule></S3Key></Filter></QueueConfiguration></NotificationConfiguration>"
    )
    found = parsed("PutBucketNotificationConfiguration", queue.format("s3:ObjectCreated:*", "Prefix"))
    (rule,) = found["NotificationConfiguration"]["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"]
    assert rule == {"Name": "prefix", "Value": "v"}
    name = "PutBucketNotificationConfiguration"
    assert refused(name, queue.format("s3:Nothing", "prefix"))[0] == "InvalidArgument"
    assert refused(name, queue.format("s3:ObjectCreated:*", "infix"))[0] == "InvalidArgument"


def test_a_policy_is_a_text() -> None:
    assert parsed("PutBucketPolicy", '{"é": 1}') == {"Policy": '{"é": 1}'}
    assert parsed("PutBucketPolicy", b"\xff") == {"Policy": "\ufffd"}


def test_a_body_of_bytes_is_not_read() -> None:
    assert parsed("PutObject", b"<", content_length="1", content_type="") == {"ContentLength": 1, "ContentType": ""}


def test_times() -> None:
    moment = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    for text in (
        *("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"),
        *("1994-11-06T08:49:37Z", "1994-11-06T08:49:37.000Z", "1994-11-06T09:49:37+01:00"),
    ):
        assert parsed("GetObject", if_modified_since=text) == {"IfModifiedSince": moment}, text
    assert parsed("GetObject", if_modified_since="soon", if_unmodified_since="") == {}
    assert refused("CopyObject", x_amz_copy_source="a/b", x_amz_copy_source_if_modified_since="soon")[0] == (
        "InvalidArgument"
    )
    assert parsed("PutObject", x_amz_object_lock_retain_until_date="1994-11-06T08:49:37.5Z") == {
        "ObjectLockRetainUntilDate": moment.replace(microsecond=500_000)
    }
    assert refused("PutObject", x_amz_object_lock_retain_until_date="1994")[:2] == (
        "InvalidArgument",
        "The retain until date must be provided in ISO 8601 format",
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("max-keys", "a", "Provided max-keys not an integer or within integer range"),
        ("max-keys", "1.5", "Provided max-keys not an integer or within integer range"),
        ("max-keys", "2147483648", "Provided max-keys not an integer or within integer range"),
        ("max-keys", "-1", "Argument max-keys must be an integer between 0 and 2147483647"),
        ("encoding-type", "base64", "Invalid Encoding Method specified in Request"),
        ("fetch-owner", "maybe", "The value of fetch-owner is not valid."),
    ],
)
def test_a_query_parameter_out_of_its_range(name: str, value: str, message: str) -> None:
    details = {"ArgumentName": name, "ArgumentValue": value}
    assert refused("ListObjectsV2", query=((name, value),)) == ("InvalidArgument", message, details)


def test_part_numbers_and_what_is_missing() -> None:
    for text in ("0", "10001", "a", "-1"):
        code, message, _ = refused("UploadPart", query=(("partNumber", text), ("uploadId", "u")))
        assert (code, message) == ("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
    assert refused("UploadPart", query=(("uploadId", "u"),))[2]["ArgumentName"] == "partNumber"
    assert refused("GetObjectAttributes")[0] == "InvalidRequest"


def test_a_query_is_read_as_s3_does() -> None:
    asked = (("max-keys", "5"), ("max-keys", "x"), ("prefix", ""), ("unknown", "1"), ("x-id", "ListObjects"))
    assert parsed("ListObjects", query=asked) == {"MaxKeys": 5, "Prefix": ""}
    assert parsed("ListObjects", query=(("max-keys", ""), ("encoding-type", "URL"))) == {"EncodingType": "url"}


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("x-amz-storage-class", "COLD", "InvalidStorageClass"),
        ("x-amz-metadata-directive", "KEEP", "InvalidArgument"),
        ("x-amz-server-side-encryption", "AES512", "InvalidArgument"),
        ("x-amz-object-lock-mode", "governance", "InvalidArgument"),
        ("x-amz-object-lock-legal-hold", "on", "InvalidArgument"),
        ("x-amz-checksum-algorithm", "ADLER", "InvalidRequest"),
        ("x-amz-server-side-encryption-bucket-key-enabled", "yes", "InvalidArgument"),
    ],
)
def test_a_header_outside_its_values(header: str, value: str, code: str) -> None:
    found = refused("CopyObject", x_amz_copy_source="a/b", **{header: value})
    assert found[0] == code
    if code == "InvalidArgument":
        assert found[2] == {"ArgumentName": header, "ArgumentValue": value}
    assert parsed("CopyObject", x_amz_copy_source="a/b", **{header: ""}) == {"CopySource": "a/b"}


def test_lists_in_headers() -> None:
    found = parsed("GetObjectAttributes", x_amz_object_attributes='ETag, "ObjectSize",Checksum,')
    assert found == {"ObjectAttributes": ["ETag", "ObjectSize", "Checksum"]}
    assert refused("GetObjectAttributes", x_amz_object_attributes="ETag,Color")[0] == "InvalidArgument"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("plain", "plain"),
        ("caf\xe9", "café"),
        ("=?UTF-8?B?Y2Fmw6k=?=", "café"),
        ("=?utf-8?q?caf=C3=A9_au_lait?= a", "café au lait a"),
        ("=?UTF-8?B?4oKs?= =?UTF-8?B?4oKs?=", "€€"),
        ("=?UTF-8?B?4oI=?=", "=?UTF-8?B?4oI=?="),
        ("=?UTF-8?B?!?= =?UTF-8?B?Y2Fmw6k=?=", "=?UTF-8?B?!?= =?UTF-8?B?Y2Fmw6k=?="),
        ("=?UTF-8?B?!?=", "=?UTF-8?B?!?="),
        ("=?x?B?YQ==?= =?", "=?x?B?YQ==?= =?"),
    ],
)
def test_metadata(sent: str, kept: str) -> None:
    assert parsed("PutObject", x_amz_meta_key=sent, x_amz_metadata_directive="REPLACE")["Metadata"] == {"key": kept}
    headers = rest_xml.answer(operation("HeadObject"), {"Metadata": {"key": kept}}).headers
    assert parsed("PutObject", **headers)["Metadata"] == {"key": kept}


@given(st.text())
def test_any_text_goes_out_as_one_line_and_comes_back(text: str) -> None:
    (header,) = rest_xml.answer(operation("HeadObject"), {"Metadata": {"a": text}}).headers.values()
    assert not set(header) & set("\r\n\0")
    header.encode("latin-1")
    assert parsed("PutObject", x_amz_meta_a=header)["Metadata"] == {"a": text}


@given(st.sampled_from(["PutBucketAcl", "DeleteObjects", "PutBucketLifecycleConfiguration"]), st.data())
def test_any_bytes_are_read_or_refused(name: str, data: st.DataObject) -> None:
    pieces = [
        *("<Delete>", "<Object>", "<Key>", "</Key>", "</Object>", "</Delete>", "<LifecycleConfiguration>", "<Rule>"),
        *("<Filter/>", "</Rule>", "</LifecycleConfiguration>", "<!DOCTYPE a>", "&#1;", "&lt;", "<?a?>", "<!--", "\x00"),
    ]
    document = data.draw(st.binary() | st.lists(st.sampled_from(pieces)).map("".join).map(str.encode))
    try:
        parsed(name, document)
    except CloudError as fault:
        assert fault.status == 400


@given(st.sampled_from(["PutObject", "CopyObject", "GetObject"]), st.data(), st.text(max_size=40))
def test_any_header_is_read_or_refused(name: str, data: st.DataObject, text: str) -> None:
    members = operation(name).input_shape.members.values()  # type: ignore[union-attr]
    wires = [m.serialization["name"].lower() for m in members if m.serialization.get("location") == "header"]
    try:
        parsed(name, **{"x-amz-copy-source": "a/b", data.draw(st.sampled_from(wires)): text})
    except CloudError as fault:
        assert fault.status == 400
