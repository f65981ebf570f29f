"""Who pays for requests."""

import json
from typing import Any

from tests.conftest import Embedded
from tests.refusal import refused


def test_requester_pays(shared_cloud: Embedded, account: str) -> None:
    s3: Any = shared_cloud.client("s3", account=account)
    bucket = f"payment-{account}"
    s3.create_bucket(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    statement = {"Effect": "Allow", "Principal": {"AWS": "888888888888"}, "Action": "s3:GetObject"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": f"arn:aws:s3:::{bucket}/*"}]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    other: Any = shared_cloud.client("s3", account="888888888888")
    assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    with refused("AccessDenied", status=403):
        other.get_object(Bucket=bucket, Key="k")
    found = other.get_object(Bucket=bucket, Key="k", RequestPayer="requester")
    assert (found["Body"].read(), found["RequestCharged"]) == (b"x", "requester")
    assert "RequestCharged" not in s3.get_object(Bucket=bucket, Key="k")
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "BucketOwner"})
    assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    with refused("MalformedXML"):
        s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Nobody"})
