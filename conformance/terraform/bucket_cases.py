"""Cases of buckets, their configurations and their objects."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.terraform import bucket_configurations as configurations
from conformance.terraform.bucket_configurations import BucketConfiguration
from conformance.terraform.buckets import S3Bucket, S3BucketBefore623, S3Object
from conformance.terraform.case import case
from conformance.terraform.network_cases import Given
from conformance.terraform.resource import Stack

ABSENT_AT_FIRST = (
    "policy",
    "cors_rule",
    "website",
    "lifecycle_rule",
    "replication_configuration",
    "object_lock_configuration",
)


def bucket(stack: Stack, kind: type[S3Bucket] = S3Bucket, suffix: str = "", **arguments: Any) -> S3Bucket:
    return stack.add(kind, bucket=f"{stack.data.name}{suffix}", **arguments)


def configured(stack: Stack, kind: type[BucketConfiguration], of: S3Bucket, configuration: Any) -> BucketConfiguration:
    return stack.add(kind, bucket=of.id, configuration=configuration)


def tomorrow() -> datetime:
    return (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)


@case
def aws_s3_bucket(stack: Stack) -> Given:
    made = bucket(stack, tags={"Env": "test", "Of": "a lab"}, force_destroy=True)
    assert {made[attribute] for attribute in ABSENT_AT_FIRST} == {None}
    assert (made["versioning"], made["acceleration_status"], made["logging"]) == ({}, {}, {})
    return made, {}


@case
def aws_s3_bucket__before_6_23(stack: Stack) -> Given:
    made = bucket(stack, S3BucketBefore623, tags={"Env": "test"})
    assert {made[attribute] for attribute in ABSENT_AT_FIRST} == {None}
    return made, {}


@case
def aws_s3_bucket__force_destroy(stack: Stack) -> Given:
    """With versions, delete markers, a retention in governance mode and a legal hold in it."""
    made = bucket(stack, object_lock_enabled=True, force_destroy=True)
    s3, lock = stack.tf.s3, {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": tomorrow()}
    for n in range(3):
        s3.put_object(Bucket=made.id, Key=f"{n}/free", Body=b"x")
        s3.delete_object(Bucket=made.id, Key=f"{n}/free")
    s3.put_object(Bucket=made.id, Key="retained", Body=b"x", **lock)
    s3.put_object(Bucket=made.id, Key="held", Body=b"x", ObjectLockLegalHoldStatus="ON")
    return made, {}


@case
def aws_s3_bucket_versioning(stack: Stack) -> Given:
    made = configured(stack, configurations.Versioning, bucket(stack), {"Status": "Enabled"})
    return made, {"configuration": {"Status": "Suspended"}}


@case
def aws_s3_bucket_server_side_encryption_configuration(stack: Stack) -> Given:
    def rules(algorithm: str, *, bucket_key: bool) -> dict[str, Any]:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}, "BucketKeyEnabled": bucket_key}
        return {"Rules": [rule]}

    made = configured(stack, configurations.ServerSideEncryption, bucket(stack), rules("AES256", bucket_key=False))
    return made, {"configuration": rules("aws:kms", bucket_key=True)}


@case
def aws_s3_bucket_object_lock_configuration(stack: Stack) -> Given:
    of = bucket(stack)
    configured(stack, configurations.Versioning, of, {"Status": "Enabled"})
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 5}}
    made = configured(stack, configurations.ObjectLock, of, {"ObjectLockEnabled": "Enabled", "Rule": rule})
    return made, {"configuration": {"ObjectLockEnabled": "Enabled"}}


@case
def aws_s3_bucket_public_access_block(stack: Stack) -> Given:
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    made = configured(stack, configurations.PublicAccessBlock, bucket(stack), dict.fromkeys(names, True))
    return made, {"configuration": {**dict.fromkeys(names, True), "BlockPublicPolicy": False}}


@case
def aws_s3_bucket_ownership_controls(stack: Stack) -> Given:
    def rules(ownership: str) -> dict[str, Any]:
        return {"Rules": [{"ObjectOwnership": ownership}]}

    made = configured(stack, configurations.OwnershipControls, bucket(stack), rules("BucketOwnerPreferred"))
    return made, {"configuration": rules("BucketOwnerEnforced")}


@case
def aws_s3_bucket_policy(stack: Stack) -> Given:
    of = bucket(stack)

    def document(action: str) -> str:
        statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": f"{of.arn}/*"}
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "a", **statement}]})

    made = configured(stack, configurations.Policy, of, document("s3:GetObjectTorrent"))
    return made, {"configuration": document("s3:GetObjectAcl")}


@case
def aws_s3_bucket_request_payment_configuration(stack: Stack) -> Given:
    made = configured(stack, configurations.RequestPayment, bucket(stack), {"Payer": "Requester"})
    return made, {"configuration": {"Payer": "BucketOwner"}}


@case
def aws_s3_bucket_accelerate_configuration(stack: Stack) -> Given:
    made = configured(stack, configurations.Accelerate, bucket(stack), {"Status": "Enabled"})
    return made, {"configuration": {"Status": "Suspended"}}


@case
def aws_s3_bucket_cors_configuration(stack: Stack) -> Given:
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://a.example", "https://*.b.example"]}
    more = {"ID": "one", "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3000}
    made = configured(stack, configurations.Cors, bucket(stack), {"CORSRules": [rule, {**rule, **more}]})
    return made, {"configuration": {"CORSRules": [rule]}}


@case
def aws_s3_bucket_website_configuration(stack: Stack) -> Given:
    pages = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
    routing = {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}}
    made = configured(stack, configurations.Website, bucket(stack), {**pages, "RoutingRules": [routing]})
    redirect = {"RedirectAllRequestsTo": {"HostName": "a.example", "Protocol": "https"}}
    return made, {"configuration": redirect}


@case
def aws_s3_bucket_lifecycle_configuration(stack: Stack) -> Given:
    expires = {"ID": "expires", "Status": "Enabled", "Filter": {"Prefix": "log/"}, "Expiration": {"Days": 90}}
    aborts: dict[str, Any] = {"ID": "aborts", "Status": "Enabled", "Filter": {"Prefix": ""}}
    aborts["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": 7}
    both = {"And": {"Prefix": "tmp/", "Tags": [{"Key": "of", "Value": "lab"}], "ObjectSizeGreaterThan": 500}}
    moves = {
        "ID": "moves",
        "Status": "Disabled",
        "Filter": both,
        "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2},
    }
    made = configured(stack, configurations.Lifecycle, bucket(stack), [expires, moves, aborts])
    return made, {"configuration": [expires]}


@case
def aws_s3_bucket_logging(stack: Stack) -> Given:
    of, target = bucket(stack), bucket(stack, suffix="-log", force_destroy=True)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{target.arn}/*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    configured(stack, configurations.Policy, target, document)
    enabled = {"TargetBucket": target.id, "TargetPrefix": "log/"}
    made = configured(stack, configurations.Logging, of, {"LoggingEnabled": enabled})
    return made, {"configuration": {"LoggingEnabled": {**enabled, "TargetPrefix": "other/"}}}


@case
def aws_s3_bucket_replication_configuration(stack: Stack) -> Given:
    of, target = bucket(stack), bucket(stack, suffix="-copy")
    for each in (of, target):
        configured(stack, configurations.Versioning, each, {"Status": "Enabled"})

    def rules(status: str) -> dict[str, Any]:
        rule = {
            "ID": "all",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            "Status": status,
            "Destination": {"Bucket": target.arn, "StorageClass": "STANDARD"},
            "DeleteMarkerReplication": {"Status": "Enabled"},
        }
        return {"Role": f"arn:aws:iam::{stack.tf.account}:role/replication", "Rules": [rule]}

    made = configured(stack, configurations.Replication, of, rules("Enabled"))
    return made, {"configuration": rules("Disabled")}


@case
def aws_s3_bucket_metric(stack: Stack) -> Given:
    made = configured(stack, configurations.Metric, bucket(stack), {"Id": "all"})
    return made, {"configuration": {"Id": "all", "Filter": {"Prefix": "a/"}}}


@case
def aws_s3_bucket_analytics_configuration(stack: Stack) -> Given:
    of = bucket(stack)
    export = {"OutputSchemaVersion": "V_1", "Destination": {"S3BucketDestination": {"Format": "CSV", "Bucket": of.arn}}}
    made = configured(stack, configurations.Analytics, of, {"Id": "all", "StorageClassAnalysis": {}})
    return made, {"configuration": {"Id": "all", "StorageClassAnalysis": {"DataExport": export}}}


@case
def aws_s3_bucket_inventory(stack: Stack) -> Given:
    of = bucket(stack)
    document = {
        "Id": "all",
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "OptionalFields": ["Size", "StorageClass"],
        "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": {"Bucket": of.arn, "Format": "ORC"}},
    }
    made = configured(stack, configurations.Inventory, of, document)
    return made, {"configuration": {**document, "Schedule": {"Frequency": "Weekly"}}}


@case
def aws_s3_bucket_intelligent_tiering_configuration(stack: Stack) -> Given:
    tiers = [{"AccessTier": "DEEP_ARCHIVE_ACCESS", "Days": 180}]
    document = {"Id": "all", "Status": "Enabled", "Tierings": tiers}
    made = configured(stack, configurations.IntelligentTiering, bucket(stack), document)
    return made, {"configuration": {**document, "Status": "Disabled"}}


@case
def aws_s3_object(stack: Stack) -> Given:
    given = {"key": "a/b c", "content": "text", "content_type": "text/plain", "metadata": {"of": "lab"}}
    made = stack.add(S3Object, bucket=bucket(stack).id, **given, tags={"Env": "test"})
    assert (made["storage_class"], made["version_id"]) == ("STANDARD", "")
    return made, {"content": "other text", "storage_class": "STANDARD_IA", "cache_control": "no-cache"}


@case
def aws_s3_object__versions(stack: Stack) -> Given:
    """All versions of it go, those of keys that only begin like it stay."""
    of = bucket(stack, object_lock_enabled=True, force_destroy=True)
    stack.tf.s3.put_object(Bucket=of.id, Key="k/other", Body=b"x")
    made = stack.add(S3Object, bucket=of.id, key="k", content="one", server_side_encryption="AES256")
    assert made["version_id"]
    return made, {"content": "two"}
