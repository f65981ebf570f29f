"""REST XML answers and errors, to the letter."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from botocore.parsers import create_parser

from backend.errors import InvalidArgument
from ec2api.protocol import model, rest_xml


def operation(name: str) -> OperationModel:
    return model.service("s3").operation_model(name)


def body(name: str, values: dict[str, Any]) -> str:
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    text = rest_xml.answer(operation(name), values).body.decode()
    assert text.startswith(declaration)
    return text.removeprefix(declaration).replace(f' xmlns="{rest_xml.NAMESPACES["s3"]}"', "")


def test_a_list() -> None:
    entry = {"Key": "a&b", "LastModified": datetime(2026, 11, 22, 10, 30, 56), "ETag": '"e"', "Size": 2**40}
    values = {"Name": "b", "Prefix": "", "StartAfter": None, "IsTruncated": False, "Contents": [entry, entry]}
    shown = (
        "<Contents><Key>a&amp;b</Key><LastModified>2026-11-22T10:30:56.000Z</LastModified>"
        '<ETag>"e"</ETag><Size>1099511627776</Size></Contents>'
    )
    assert body("ListObjectsV2", values) == (
        f"<ListBucketResult><IsTruncated>false</IsTruncated>{shown}{shown}<Name>b</Name><Prefix></Prefix></ListBucketResult>"
    )


@pytest.mark.parametrize(
    ("name", "values", "document"),
    [
        ("GetBucketVersioning", {}, "<VersioningConfiguration></VersioningConfiguration>"),
        ("GetBucketLocation", {}, "<LocationConstraint></LocationConstraint>"),
        (
            "GetBucketLocation",
            {"LocationConstraint": "eu-west-1"},
            "<LocationConstraint>eu-west-1</LocationConstraint>",
        ),
        ("GetBucketTagging", {"TagSet": []}, "<Tagging><TagSet></TagSet></Tagging>"),
        ("GetObjectLegalHold", {"LegalHold": {"Status": "ON"}}, "<LegalHold><Status>ON</Status></LegalHold>"),
        ("CopyObject", {"CopyObjectResult": {"ETag": "e"}}, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"),
        ("UploadPartCopy", {"CopyPartResult": {"ETag": "e"}}, "<CopyPartResult><ETag>e</ETag></CopyPartResult>"),
        ("DeleteObjects", {}, "<DeleteResult></DeleteResult>"),
    ],
)
def test_the_outermost_element(name: str, values: dict[str, Any], document: str) -> None:
    assert body(name, values) == document
    assert rest_xml.answer(operation(name), values).headers == {"Content-Type": "application/xml"}


def test_a_grantee_has_a_type() -> None:
    grants = [{"Grantee": {"ID": "a", "Type": "CanonicalUser"}, "Permission": "READ"}]
    assert body("GetBucketAcl", {"Grants": grants}) == (
        '<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:type="CanonicalUser"><ID>a</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList>'
        "</AccessControlPolicy>"
    )


def test_headers_of_an_answer() -> None:
    moment = datetime(2026, 11, 22, 10, 30, 56, tzinfo=timezone(timedelta(hours=1)))
    values = {
        "LastModified": moment,
        "ObjectLockRetainUntilDate": moment,
        "DeleteMarker": False,
        "ContentLength": 0,
        "VersionId": None,
        "ContentDisposition": "attachment\r\nx: y",
        "Metadata": {"a": "b", "b": "caf\xe9", "c": "\u20ac"},
    }
    assert rest_xml.answer(operation("HeadObject"), values) == rest_xml.Answer(
        200,
        {
            "Last-Modified": "Sun, 22 Nov 2026 09:30:56 GMT",
            "x-amz-object-lock-retain-until-date": "2026-11-22T09:30:56.000Z",
            "x-amz-delete-marker": "false",
            "Content-Length": "0",
            "Content-Disposition": "=?UTF-8?B?YXR0YWNobWVudA0KeDogeQ==?=",
            "x-amz-meta-a": "b",
            "x-amz-meta-b": "caf\xe9",
            "x-amz-meta-c": "=?UTF-8?B?4oKs?=",
        },
        b"",
    )


def test_answers_without_a_document() -> None:
    assert rest_xml.answer(operation("DeleteBucket"), {}) == rest_xml.Answer(204, {}, b"")
    assert rest_xml.answer(operation("PutObject"), {"ETag": "e"}) == rest_xml.Answer(200, {"ETag": "e"}, b"")
    assert rest_xml.answer(operation("GetBucketPolicy"), {"Policy": "{}"}) == rest_xml.Answer(
        200, {"Content-Type": "application/json"}, b"{}"
    )
    read = rest_xml.answer(operation("GetObject"), {"Body": b"x", "ContentType": "text/plain"})
    assert read == rest_xml.Answer(200, {"Content-Type": "text/plain"}, b"x")


@pytest.mark.parametrize(
    "name", ["ListObjects", "GetObject", "DeleteBucket", "GetBucketLocation", "GetObjectLegalHold", "GetBucketPolicy"]
)
def test_a_name_that_the_output_lacks(name: str) -> None:
    with pytest.raises(KeyError):
        rest_xml.answer(operation(name), {"Nothing": 1})


def test_what_xml_cannot_carry_is_a_reference() -> None:
    shown = body("ListObjects", {"Prefix": "a\x00\x1f\r\uffff\ud800<"})
    assert shown == "<ListBucketResult><Prefix>a&#x0;&#x1f;&#13;&#xffff;\ufffd&lt;</Prefix></ListBucketResult>"


def test_the_tags_of_s3_control() -> None:
    called = model.service("s3control").operation_model("ListTagsForResource")
    answer = rest_xml.answer(called, {"Tags": [{"Key": "a", "Value": "b"}]})
    assert answer.body.decode().endswith(
        f'<ListTagsForResourceResult xmlns="{rest_xml.NAMESPACES["s3control"]}"><Tags><Tag><Key>a</Key><Value>b</Value>'
        "</Tag></Tags></ListTagsForResourceResult>"
    )
    untag = model.service("s3control").operation_model("UntagResource")
    headers = {"x-amz-account-id": "000000000000"}
    asked = rest_xml.parse(untag, {"resourceArn": "a"}, [("tagKeys", "a"), ("tagKeys", "b")], headers, None)
    assert asked["TagKeys"] == ["a", "b"]
    assert rest_xml.answer(untag, {}) == rest_xml.Answer(204, {}, b"")


def test_an_error() -> None:
    fault = InvalidArgument(reason="<no>", name="a\x00", value="\ud800")
    document = rest_xml.error(fault, request_id="r", host_id="h", resource="/b/k&")
    assert document.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InvalidArgument</Code><Message>&lt;no&gt;</Message>'
        "<ArgumentName>a\ufffd</ArgumentName><ArgumentValue>\ufffd</ArgumentValue>"
        "<Resource>/b/k&amp;</Resource><RequestId>r</RequestId><HostId>h</HostId></Error>"
    )
    headers = HTTPHeaders.from_dict({"x-amz-request-id": "r"})
    read = create_parser("rest-xml").parse({"body": document, "headers": headers, "status_code": 400}, None)
    assert (read["Error"]["Code"], read["Error"]["Message"]) == ("InvalidArgument", "<no>")
