"""Buckets, and the objects in them."""

from typing import Any, ClassVar

from conformance.terraform.provider import found, refusal, retried, wait
from conformance.terraform.resource import Resource, State, as_tags

GONE = ("404", "NoSuchBucket")
NO_TAGS = ("NoSuchTagSet", "NoSuchTagSetError")

# What a refresh of a bucket reads, in the provider's order: the call, and the codes that say "none is configured".
READS: dict[str, tuple[str, tuple[str, ...]]] = {
    "policy": ("get_bucket_policy", ("NoSuchBucketPolicy",)),
    "acl": ("get_bucket_acl", ()),
    "cors_rule": ("get_bucket_cors", ("NoSuchCORSConfiguration",)),
    "website": ("get_bucket_website", ("NoSuchWebsiteConfiguration",)),
    "versioning": ("get_bucket_versioning", ()),
    "acceleration_status": ("get_bucket_accelerate_configuration", ()),
    "request_payer": ("get_bucket_request_payment", ()),
    "logging": ("get_bucket_logging", ()),
    "lifecycle_rule": ("get_bucket_lifecycle_configuration", ("NoSuchLifecycleConfiguration",)),
    "replication_configuration": ("get_bucket_replication", ("ReplicationConfigurationNotFoundError",)),
    "server_side_encryption_configuration": (
        "get_bucket_encryption",
        ("ServerSideEncryptionConfigurationNotFoundError",),
    ),
    "object_lock_configuration": ("get_object_lock_configuration", ("ObjectLockConfigurationNotFoundError",)),
}


def values(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    """What an answer says beside what is of the call itself."""
    return None if answer is None else {name: v for name, v in answer.items() if name != "ResponseMetadata"}


class S3Bucket(Resource):
    """Since 6.23 its tags are those of S3 Control, and are there from its beginning."""

    kind: ClassVar[str] = "bucket"
    unread = frozenset({"force_destroy"})

    def create(self) -> None:
        name, region = self.arguments["bucket"], self.tf.region
        s3 = self.tf.s3
        if region == "us-east-1":  # there CreateBucket succeeds for a bucket of one's own
            assert refusal(s3.head_bucket, Bucket=name) == "404"
        configuration = self.configuration()
        if region != "us-east-1":
            configuration["LocationConstraint"] = region
        given: dict[str, Any] = {"Bucket": name}
        if configuration:
            given["CreateBucketConfiguration"] = configuration
        if self.get("object_lock_enabled"):
            given["ObjectLockEnabledForBucket"] = True
        retried(s3.create_bucket, ("OperationAborted",), **given)
        self.id = name
        wait(self.there, [False], [True])
        self.tag_new()

    def configuration(self) -> dict[str, Any]:
        return {"Tags": as_tags(self.arguments["tags"])} if self.arguments["tags"] else {}

    def tag_new(self) -> None:
        if self.arguments["tags"]:
            self.change_tags({})

    def there(self) -> bool:
        return found(self.tf.s3.head_bucket, GONE, Bucket=self.id) is not None

    def read(self) -> State | None:
        head = found(self.tf.s3.head_bucket, GONE, Bucket=self.id)
        if head is None:
            return None
        region = head["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]
        state: State = {"bucket": self.id, "region": region}
        for attribute, (call, absent) in READS.items():
            state[attribute] = values(found(getattr(self.tf.s3, call), absent, Bucket=self.id))
        assert state["request_payer"]["Payer"] in ("BucketOwner", "Requester")
        assert state["acl"]["Owner"]["ID"]
        state["object_lock_enabled"] = state["object_lock_configuration"] is not None
        return {**state, "tags": self.read_tags()}

    def read_tags(self) -> dict[str, str]:
        answer = self.tf.s3control.list_tags_for_resource(AccountId=self.tf.account, ResourceArn=self.arn)
        return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.id}"

    def change_tags(self, before: dict[str, str], resource_id: str | None = None) -> None:
        now, about = self.arguments["tags"], {"AccountId": self.tf.account, "ResourceArn": self.arn}
        if removed := [key for key in before if key not in now]:
            self.tf.s3control.untag_resource(**about, TagKeys=removed)
        if updated := {key: value for key, value in now.items() if before.get(key) != value}:
            self.tf.s3control.tag_resource(**about, Tags=as_tags(updated))

    def delete(self) -> None:
        call = self.tf.s3.delete_bucket
        if self.get("force_destroy") and refusal(call, Bucket=self.id) == "BucketNotEmpty":
            self.empty()
            retried(call, ("BucketNotEmpty",), Bucket=self.id)
        elif self.there():
            call(Bucket=self.id)
        wait(self.there, [True], [False])

    def empty(self) -> None:
        """Page by page: all versions, whatever protects them as far as it may be bypassed; then the delete markers."""
        s3 = self.tf.s3
        bypass = {"BypassGovernanceRetention": True} if self.get("object_lock_enabled") else {}
        for kind in ("Versions", "DeleteMarkers"):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=self.id):
                wanted = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in page.get(kind, [])]
                if not wanted:
                    continue
                objects = {"Objects": wanted, "Quiet": True}
                for fault in s3.delete_objects(Bucket=self.id, Delete=objects, **bypass).get("Errors", []):
                    assert fault["Code"] == "AccessDenied", fault
                    self.release(fault["Key"], fault["VersionId"])

    def release(self, key: str, version_id: str) -> None:
        """An object with a legal hold."""
        version = {"Bucket": self.id, "Key": key, "VersionId": version_id}
        assert self.tf.s3.head_object(**version)["ObjectLockLegalHoldStatus"] == "ON"
        self.tf.s3.put_object_legal_hold(**version, LegalHold={"Status": "OFF"})
        self.tf.s3.delete_object(**version, BypassGovernanceRetention=True)


class S3BucketBefore623(S3Bucket):
    """Up to 6.22 its tags are those of S3, and the ACL that it is made with is a parameter."""

    def configuration(self) -> dict[str, Any]:
        return {}

    def read_tags(self) -> dict[str, str]:
        answer = found(self.tf.s3.get_bucket_tagging, NO_TAGS, Bucket=self.id)
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]} if answer else {}

    def change_tags(self, before: dict[str, str], resource_id: str | None = None) -> None:
        foreign = {key: value for key, value in self.read_tags().items() if key not in before}
        if wanted := {**foreign, **self.arguments["tags"]}:
            self.tf.s3.put_bucket_tagging(Bucket=self.id, Tagging={"TagSet": as_tags(wanted)})
        else:
            self.tf.s3.delete_bucket_tagging(Bucket=self.id)


class S3Object(Resource):
    """An object whose content stands in the configuration. It is identified by its bucket and key."""

    kind: ClassVar[str] = "object"

    @property
    def name(self) -> dict[str, str]:
        return {"Bucket": self.arguments["bucket"], "Key": self.arguments["key"]}

    def create(self) -> None:
        self.put()
        self.id = f"{self.arguments['bucket']}/{self.arguments['key']}"

    def put(self) -> None:
        given = self.given(
            ContentType="content_type",
            CacheControl="cache_control",
            StorageClass="storage_class",
            ServerSideEncryption="server_side_encryption",
            Metadata="metadata",
            ObjectLockMode="object_lock_mode",
            ObjectLockRetainUntilDate="object_lock_retain_until_date",
            ObjectLockLegalHoldStatus="object_lock_legal_hold_status",
        )
        if tags := self.arguments["tags"]:
            given["Tagging"] = "&".join(f"{key}={value}" for key, value in tags.items())
        self.tf.s3.put_object(**self.name, Body=self.arguments["content"].encode(), **given)

    def read(self) -> State | None:
        head = found(self.tf.s3.head_object, ("404", "NoSuchKey"), **self.name, ChecksumMode="ENABLED")
        if head is None:
            return None
        tags = self.tf.s3.get_object_tagging(**self.name)["TagSet"]
        body = self.tf.s3.get_object(**self.name)["Body"].read().decode()
        return {
            "bucket": self.arguments["bucket"],
            "key": self.arguments["key"],
            "content": body,
            "etag": head["ETag"].strip('"'),
            "content_type": head["ContentType"],
            "cache_control": head.get("CacheControl", ""),
            "storage_class": head.get("StorageClass", "STANDARD"),
            "server_side_encryption": head.get("ServerSideEncryption", ""),
            "checksum_crc32": head.get("ChecksumCRC32", ""),
            "version_id": head.get("VersionId", ""),
            "metadata": head["Metadata"],
            "object_lock_mode": head.get("ObjectLockMode", ""),
            "object_lock_retain_until_date": head.get("ObjectLockRetainUntilDate", ""),
            "object_lock_legal_hold_status": head.get("ObjectLockLegalHoldStatus", ""),
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
        }

    def update(self, changed: dict[str, Any]) -> None:
        lock = {"object_lock_mode", "object_lock_retain_until_date", "object_lock_legal_hold_status"}
        if changed.keys() - lock:
            self.put()
            return
        if "object_lock_legal_hold_status" in changed:
            status = {"Status": self.arguments["object_lock_legal_hold_status"]}
            self.tf.s3.put_object_legal_hold(**self.name, LegalHold=status)
        if changed.keys() - {"object_lock_legal_hold_status"}:
            mode, until = self.arguments["object_lock_mode"], self.arguments["object_lock_retain_until_date"]
            retention = {"Mode": mode, "RetainUntilDate": until}
            self.tf.s3.put_object_retention(**self.name, Retention=retention, BypassGovernanceRetention=True)

    def change_tags(self, before: dict[str, str], resource_id: str | None = None) -> None:
        foreign = {key: value for key, value in self.read_tags().items() if key not in before}
        if wanted := {**foreign, **self.arguments["tags"]}:
            self.tf.s3.put_object_tagging(**self.name, Tagging={"TagSet": as_tags(wanted)})
        else:
            self.tf.s3.delete_object_tagging(**self.name)

    def read_tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.tf.s3.get_object_tagging(**self.name)["TagSet"]}

    def delete(self) -> None:
        """Every version of the key, and every delete marker; the key alone where none are kept."""
        s3, key = self.tf.s3, self.arguments["key"]
        if not self.state.get("version_id"):
            s3.delete_object(**self.name)
            return
        for kind in ("Versions", "DeleteMarkers"):
            pages = s3.get_paginator("list_object_versions").paginate(Bucket=self.arguments["bucket"], Prefix=key)
            for version in [v for page in pages for v in page.get(kind, []) if v["Key"] == key]:
                s3.delete_object(**self.name, VersionId=version["VersionId"])
