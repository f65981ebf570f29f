"""The sub-resources of buckets that are resources of their own: each is put, read and removed as a whole."""

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from conformance.terraform.buckets import values
from conformance.terraform.provider import found, retried, wait
from conformance.terraform.resource import Resource, State


class BucketConfiguration(Resource):
    """``bucket``, and ``configuration`` as AWS's document has it."""

    call: ClassVar[str]
    """Of the calls, behind ``get_``, ``put_`` and ``delete_``."""
    member: ClassVar[str]
    """The parameter that is the document."""
    answers: ClassVar[str] = ""
    """The member of the answer that is the document; "" for all of it."""
    gone: ClassVar[tuple[str, ...]] = ()

    @property
    def bucket(self) -> dict[str, Any]:
        return {"Bucket": self.arguments["bucket"]}

    def make(self, verb: str) -> Any:
        return getattr(self.tf.s3, f"{verb}_{self.call}")

    def create(self) -> None:
        self.put()
        self.id = self.arguments["bucket"]
        wait(self.is_read, [False], [True])

    def put(self) -> None:
        document = {self.member: self.arguments["configuration"]}
        retried(self.make("put"), ("OperationAborted", "NoSuchBucket"), **self.bucket, **document)

    def is_read(self) -> bool:
        """What was put is read three times in a row."""
        wanted = self.arguments["configuration"]
        return all((self.read() or {}).get("configuration") == wanted for _ in range(3))

    def read(self) -> State | None:
        answer = found(self.make("get"), (*self.gone, "NoSuchBucket"), **self.bucket)
        if answer is None:
            return None
        document = values(answer) or {}
        return {"bucket": self.arguments["bucket"], "configuration": self.shown(document)}

    def shown(self, document: dict[str, Any]) -> Any:
        return document[self.answers] if self.answers else document

    def update(self, changed: dict[str, Any]) -> None:
        self.put()
        wait(self.is_read, [False], [True])

    def delete(self) -> None:
        self.make("delete")(**self.bucket)


class Versioning(BucketConfiguration):
    call, member, stays = "bucket_versioning", "VersioningConfiguration", True

    def delete(self) -> None:
        if self.arguments["configuration"]["Status"] == "Enabled":
            try:
                self.make("put")(**self.bucket, VersioningConfiguration={"Status": "Suspended"})
            except ClientError as error:  # the provider lets it be
                if "An Object Lock configuration is present on this bucket" not in str(error):
                    raise


class ServerSideEncryption(BucketConfiguration):
    """Removed, it is what new buckets have: nothing, or encryption by keys of S3."""

    call = "bucket_encryption"
    member = answers = "ServerSideEncryptionConfiguration"
    gone, stays = ("ServerSideEncryptionConfigurationNotFoundError",), True


class ObjectLock(BucketConfiguration):
    """Once it is on it stays on; only the retention of new objects goes."""

    call = "object_lock_configuration"
    member = answers = "ObjectLockConfiguration"
    gone, stays = ("ObjectLockConfigurationNotFoundError",), True

    def delete(self) -> None:
        self.make("put")(**self.bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})


class PublicAccessBlock(BucketConfiguration):
    call = "public_access_block"
    member = answers = "PublicAccessBlockConfiguration"
    gone = ("NoSuchPublicAccessBlockConfiguration",)


class OwnershipControls(BucketConfiguration):
    call = "bucket_ownership_controls"
    member = answers = "OwnershipControls"
    gone = ("OwnershipControlsNotFoundError",)


class Policy(BucketConfiguration):
    call, member, answers = "bucket_policy", "Policy", "Policy"
    gone = ("NoSuchBucketPolicy",)


class RequestPayment(BucketConfiguration):
    call, member, stays = "bucket_request_payment", "RequestPaymentConfiguration", True

    def delete(self) -> None:
        self.make("put")(**self.bucket, RequestPaymentConfiguration={"Payer": "BucketOwner"})


class Accelerate(BucketConfiguration):
    call, member, stays = "bucket_accelerate_configuration", "AccelerateConfiguration", True

    def delete(self) -> None:
        self.make("put")(**self.bucket, AccelerateConfiguration={"Status": "Suspended"})


class Cors(BucketConfiguration):
    call, member, gone = "bucket_cors", "CORSConfiguration", ("NoSuchCORSConfiguration",)


class Website(BucketConfiguration):
    call, member, gone = "bucket_website", "WebsiteConfiguration", ("NoSuchWebsiteConfiguration",)


class Lifecycle(BucketConfiguration):
    """Its answer also says, in a header, from which size on objects move."""

    call, member, answers = "bucket_lifecycle", "LifecycleConfiguration", "Rules"
    gone = ("NoSuchLifecycleConfiguration",)

    def put(self) -> None:
        rules = {"Rules": self.arguments["configuration"]}
        size = {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}
        self.tf.s3.put_bucket_lifecycle_configuration(**self.bucket, LifecycleConfiguration=rules, **size)

    def read(self) -> State | None:
        answer = found(self.tf.s3.get_bucket_lifecycle_configuration, (*self.gone, "NoSuchBucket"), **self.bucket)
        if answer is None:
            return None
        assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
        return {"bucket": self.arguments["bucket"], "configuration": answer["Rules"]}


class Logging(BucketConfiguration):
    call, member = "bucket_logging", "BucketLoggingStatus"

    def read(self) -> State | None:
        found_ = super().read()
        return found_ if found_ and found_["configuration"] else None

    def delete(self) -> None:
        self.make("put")(**self.bucket, BucketLoggingStatus={})


class Replication(BucketConfiguration):
    call = "bucket_replication"
    member = answers = "ReplicationConfiguration"
    gone = ("ReplicationConfigurationNotFoundError",)


class WithId(BucketConfiguration):
    """One of several that a bucket may have, by its ``name``."""

    gone = ("NoSuchConfiguration",)

    @property
    def bucket(self) -> dict[str, Any]:
        return {**super().bucket, "Id": self.arguments["configuration"]["Id"]}


class Metric(WithId):
    call = "bucket_metrics_configuration"
    member = answers = "MetricsConfiguration"


class Analytics(WithId):
    call = "bucket_analytics_configuration"
    member = answers = "AnalyticsConfiguration"


class Inventory(WithId):
    call = "bucket_inventory_configuration"
    member = answers = "InventoryConfiguration"


class IntelligentTiering(WithId):
    call = "bucket_intelligent_tiering_configuration"
    member = answers = "IntelligentTieringConfiguration"
