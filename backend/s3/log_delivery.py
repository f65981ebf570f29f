"""Access logs on their way: lines are gathered in this process, and delivered as objects by a thread of it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html. As on AWS delivery is best effort: a process that
is killed loses what it had not delivered, and one that is told to end delivers it first.
"""

import logging
import secrets
import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from typing import TYPE_CHECKING

from backend import clock, errors, key_file
from backend.db import conflicts
from backend.db.models import Bucket
from backend.s3 import access_logging, buckets, checksums, encryption, encryption_headers, objects
from backend.s3.bodies import Body, store
from backend.s3.objects import Attributes

if TYPE_CHECKING:
    from backend.cloud import Cloud

log = logging.getLogger(__name__)

LIMIT = 100_000
"""Lines of a bucket that wait at most, where they cannot be delivered."""


@dataclass(frozen=True, slots=True)
class Line:
    logged: datetime
    text: str


class LogDelivery:
    """The lines of this process. Its thread begins with the first of them."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._lines: dict[str, list[Line]] = {}
        self._lock = threading.Lock()
        self._delivering = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, bucket: str, text: str) -> None:
        """Have a line of a bucket's log delivered some time."""
        with self._lock:
            held = self._lines.setdefault(bucket, [])
            if len(held) < LIMIT:
                held.append(Line(clock.now(), text))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log-delivery", daemon=True)
                self._thread.start()

    def deliver(self) -> None:
        """Everything that was logged until now; what fails is tried again the next time."""
        with self._delivering:
            with self._lock:
                taken, self._lines = self._lines, {}
            for bucket, lines in taken.items():
                try:
                    self._deliver(bucket, lines)
                except errors.CloudError as fault:
                    log.warning("%d log lines of bucket %s are lost: %s", len(lines), bucket, fault)
                except Exception:
                    log.exception("the log of bucket %s was not delivered; the next round tries again", bucket)
                    with self._lock:
                        self._lines[bucket] = (lines + self._lines.get(bucket, []))[:LIMIT]

    def close(self) -> None:
        """Deliver what is left, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.deliver()

    def _run(self) -> None:
        while not self._stop.wait(self._cloud.settings.s3_log_delivery_seconds):
            self.deliver()

    def _deliver(self, name: str, lines: list[Line]) -> None:
        """Where the bucket's logging leads to now: nowhere, if it was switched off or may not write there."""
        groups: dict[str, list[Line]] = defaultdict(list)
        with self._cloud.everywhere(write=False) as uow:
            source = buckets.find(uow, name)
            found = buckets.configuration(uow, source, access_logging.KIND) if source else None
            target = buckets.find(uow, found["TargetBucket"]) if found else None
            if source is None or found is None or target is None or target.account != source.account:
                return
            grants, now = access_logging.grants(uow, target, found), clock.now()
        for line in lines:
            folder, moment = access_logging.folder(source, found, now, line.logged)
            groups[f"{folder}{moment:%Y-%m-%d-%H-%M-%S}-"].append(line)
        attributes = Attributes(target.account, {"ContentType": "text/plain"}, acl=grants)
        for start, some in groups.items():
            key = start + secrets.token_hex(8).upper()
            if access_logging.may_deliver(source, target, key):
                self._put(target, key, "".join(line.text for line in some).encode("utf-8", "replace"), attributes)

    def _put(self, target: Bucket, key: str, content: bytes, attributes: Attributes) -> None:
        body = self._stored(target, content)

        def work() -> None:
            with self._cloud.everywhere(write=True) as uow:
                objects.put(uow, buckets.require(uow, target.name), key, body, attributes)
                self._cloud.commit(uow)

        try:
            conflicts.again(work)
        except BaseException:
            if body.blob is not None:
                self._cloud.objects.delete([body.blob])
            raise

    def _stored(self, target: Bucket, content: bytes) -> Body:
        """Encrypted as the target has it by default."""
        wanted = encryption_headers.choose({}, target.encryption, account=target.account, region=target.region)
        parts, sealed = iter([content]), None
        if wanted is not None:
            sealed, key = encryption_headers.new_key(wanted, key_file.at(self._cloud.settings.key_path))
            parts = iter(encryption.seal(parts, key))
        data, blob = store(self._cloud.objects, parts)
        running = checksums.hasher(checksums.DEFAULT)
        running.update(content)
        return Body(
            len(content),
            encryption_headers.etag(wanted, md5(content, usedforsecurity=False).hexdigest()),
            data,
            blob,
            sealed=sealed.as_json() if sealed else None,
            checksum=checksums.encode(running.digest()),
            checksum_algorithm=checksums.DEFAULT,
            checksum_type="FULL_OBJECT",
        )
