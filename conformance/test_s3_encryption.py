"""Encryption of S3's objects, tags, and the configurations that buckets keep."""

from typing import Any

import pytest

from conformance.endpoint import Endpoint
from conformance.wire import refused

BODY = bytes(range(256)) * 1000
KEY, OTHER = "k" * 32, "o" * 32


def customer(key: str = KEY, prefix: str = "") -> dict[str, str]:
    return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": key}


def test_customers_keys(secure_s3: Any, bucket: str) -> None:
    s3, named = secure_s3, {"Bucket": bucket, "Key": "k"}
    put = s3.put_object(**named, Body=BODY, **customer())
    assert put["SSECustomerAlgorithm"] == "AES256"
    assert s3.get_object(**named, **customer())["Body"].read() == BODY
    assert s3.get_object(**named, **customer(), Range="bytes=1000-1009")["Body"].read() == BODY[1000:1010]
    assert refused(s3.get_object, **named)[:2] == (400, "InvalidRequest")
    assert refused(s3.head_object, **named)[0] == 400
    assert refused(s3.get_object, **named, **customer(OTHER))[:2] == (403, "AccessDenied")
    assert refused(s3.put_object, **named, Body=b"", **customer("short"))[0] == 400
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=named, **customer(prefix="CopySource"), **customer(OTHER))
    assert s3.get_object(Bucket=bucket, Key="copy", **customer(OTHER))["Body"].read() == BODY
    s3.copy_object(Bucket=bucket, Key="plain", CopySource=named, **customer(prefix="CopySource"))
    assert s3.get_object(Bucket=bucket, Key="plain")["Body"].read() == BODY


def test_customers_keys_of_parts(secure_s3: Any, bucket: str) -> None:
    s3, named = secure_s3, {"Bucket": bucket, "Key": "parts"}
    upload = {**named, "UploadId": s3.create_multipart_upload(**named, **customer())["UploadId"]}
    assert refused(s3.upload_part, **upload, PartNumber=1, Body=BODY)[0] == 400
    part = s3.upload_part(**upload, PartNumber=1, Body=BODY, **customer())
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts, **customer())
    assert s3.get_object(**named, **customer(), Range="bytes=5-9")["Body"].read() == BODY[5:10]
    assert refused(s3.get_object, **named)[0] == 400


@pytest.mark.parametrize("algorithm", ["AES256", "aws:kms", "aws:kms:dsse"])
def test_servers_keys(s3: Any, endpoint: Endpoint, bucket: str, algorithm: str) -> None:
    named, given = {"Bucket": bucket, "Key": "k"}, {"ServerSideEncryption": algorithm}
    if algorithm != "AES256":
        given["SSEKMSKeyId"] = f"arn:aws:kms:{endpoint.region}:{endpoint.credentials.account}:key/one"
    put = s3.put_object(**named, Body=BODY, **given)
    found = s3.get_object(**named)
    assert found["Body"].read() == BODY
    for answer in (put, found, s3.head_object(**named)):
        assert {name: answer[name] for name in given} == given
    s3.delete_object(**named)


def test_the_default_of_a_bucket(s3: Any, bucket: str) -> None:
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    kept = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert kept["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert s3.put_object(Bucket=bucket, Key="k", Body=BODY)["ServerSideEncryption"] == "aws:kms"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == BODY
    s3.delete_bucket_encryption(Bucket=bucket)


def test_tags(s3: Any, bucket: str) -> None:
    named, tags = {"Bucket": bucket, "Key": "k"}, [{"Key": "a", "Value": "1"}, {"Key": "ключ", "Value": ""}]
    s3.put_object(**named, Body=b"", Tagging="x=y+z&a=%2B")
    assert s3.get_object_tagging(**named)["TagSet"] == [{"Key": "x", "Value": "y z"}, {"Key": "a", "Value": "+"}]
    s3.put_object_tagging(**named, Tagging={"TagSet": tags})
    assert (s3.get_object_tagging(**named)["TagSet"], s3.head_object(**named)["TagCount"]) == (tags, 2)
    s3.delete_object_tagging(**named)
    assert s3.get_object_tagging(**named)["TagSet"] == []
    many = [{"Key": str(number), "Value": ""} for number in range(11)]
    assert refused(s3.put_object_tagging, **named, Tagging={"TagSet": many})[0] == 400
    twice = [{"Key": "a", "Value": value} for value in "12"]
    assert refused(s3.put_object_tagging, **named, Tagging={"TagSet": twice})[:2] == (400, "InvalidTag")
    assert refused(s3.get_bucket_tagging, Bucket=bucket)[:2] == (404, "NoSuchTagSet")
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=bucket)


def test_small_configurations(s3: Any, bucket: str) -> None:
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Enabled"
    metrics = {"Id": "all", "Filter": {"Prefix": "a/"}}
    s3.put_bucket_metrics_configuration(Bucket=bucket, Id="all", MetricsConfiguration=metrics)
    assert s3.get_bucket_metrics_configuration(Bucket=bucket, Id="all")["MetricsConfiguration"] == metrics
    assert s3.list_bucket_metrics_configurations(Bucket=bucket)["MetricsConfigurationList"] == [metrics]
    s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="all")
    fault = refused(s3.get_bucket_metrics_configuration, Bucket=bucket, Id="all")
    assert fault[:2] == (404, "NoSuchConfiguration")


def test_select_is_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"a,b")
    asked = {
        "Expression": "select * from s3object",
        "ExpressionType": "SQL",
        "InputSerialization": {"CSV": {}},
        "OutputSerialization": {"CSV": {}},
    }
    status, code, message = refused(s3.select_object_content, Bucket=bucket, Key="k", **asked)
    assert (status // 100, code, bool(message)) == (4, code, True)
