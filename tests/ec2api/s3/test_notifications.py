"""Notifications of buckets: configured, filtered, and delivered to a webhook and to a queue of RabbitMQ."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pika
import pytest

from tests.conftest import Embedded
from tests.refusal import refused
from tests.services import Broker
from tests.waiting import until

TOPIC = "arn:aws:sns:us-east-1:000000000000:hook"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:events"


class Hook:
    """A webhook: what it was sent, and how many calls it refuses first."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.refusals = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if hook.refusals:
                    hook.refusals -= 1
                    self.send_error(503)
                    return
                hook.messages.append(body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def records(self) -> list[tuple[str, str]]:
        """The events and keys of what came."""
        found = [record for message in self.messages for record in message.get("Records", [])]
        return [(record["eventName"], record["s3"]["object"]["key"]) for record in found]


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def configured(s3: Any, **part: Any) -> None:
    s3.put_bucket_notification_configuration(
        Bucket="told", NotificationConfiguration={"TopicConfigurations": [{"TopicArn": TOPIC, **part}]}
    )


def filtered(**ends: str) -> dict[str, Any]:
    return {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in ends.items()]}}


def test_events_reach_a_webhook_also_one_that_was_away(new_cloud: Callable[..., Embedded], hook: Hook) -> None:
    s3 = new_cloud(notification_targets=(f"{TOPIC}={hook.url}",)).client("s3")
    s3.create_bucket(Bucket="told")
    assert "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket="told")
    configured(s3, Id="all", Events=["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"], Filter=filtered(suffix=".jpg"))
    shown = s3.get_bucket_notification_configuration(Bucket="told")["TopicConfigurations"]
    assert shown == [
        {
            "Id": "all",
            "TopicArn": TOPIC,
            "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"],
            "Filter": filtered(suffix=".jpg"),
        }
    ]
    until(lambda: [message.get("Event") for message in hook.messages], ["s3:TestEvent"])
    hook.refusals = 1
    s3.put_object(Bucket="told", Key="a b.jpg", Body=b"hello")
    s3.put_object(Bucket="told", Key="a.png")
    s3.copy_object(Bucket="told", Key="c.jpg", CopySource="told/a b.jpg")
    s3.delete_object(Bucket="told", Key="c.jpg")
    until(
        hook.records,
        [("ObjectCreated:Put", "a+b.jpg"), ("ObjectCreated:Copy", "c.jpg"), ("ObjectRemoved:Delete", "c.jpg")],
    )
    record = hook.messages[1]["Records"][0]
    assert record["s3"]["configurationId"] == "all"
    assert record["s3"]["bucket"]["arn"] == "arn:aws:s3:::told"
    assert (record["s3"]["object"]["size"], record["s3"]["object"]["eTag"]) == (5, "5d41402abc4b2a76b9719d911017c592")
    s3.put_bucket_notification_configuration(Bucket="told", NotificationConfiguration={})
    assert "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket="told")


def test_configurations_that_cannot_be_are_refused(new_cloud: Callable[..., Embedded]) -> None:
    s3 = new_cloud(notification_targets=(f"{TOPIC}=http://127.0.0.1:9/",)).client("s3")
    s3.create_bucket(Bucket="told")
    created = ["s3:ObjectCreated:*"]
    with refused("InvalidArgument", "Unable to validate"):
        configured(s3, TopicArn=TOPIC + "2", Events=created)
    with refused("InvalidArgument", "ARN"):
        configured(s3, TopicArn="hook", Events=created)
    with refused("InvalidArgument"):
        configured(s3, Events=["s3:ObjectInvented"])
    with refused("InvalidArgument"):
        configured(s3, Events=created, Filter=filtered(middle="x"))
    parts = [
        {"TopicArn": TOPIC, "Events": created, "Filter": filtered(prefix="a")},
        {"TopicArn": TOPIC, "Events": ["s3:ObjectCreated:Put"], "Filter": filtered(prefix="ab")},
    ]
    with refused("InvalidArgument", "overlap"):
        s3.put_bucket_notification_configuration(
            Bucket="told", NotificationConfiguration={"TopicConfigurations": parts}
        )
    with refused("NotImplemented"):
        s3.put_bucket_notification_configuration(
            Bucket="told", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
    assert "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket="told")


@pytest.mark.cluster
def test_events_reach_a_queue_of_rabbitmq(new_cloud: Callable[..., Embedded], broker: Broker) -> None:
    address = f"{broker.url}?queue={quote('bucket events')}"
    s3 = new_cloud(notification_targets=(f"{QUEUE}={address}",)).client("s3")
    s3.create_bucket(Bucket="told")
    part = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="told",
        NotificationConfiguration={"QueueConfigurations": [part]},
        SkipDestinationValidation=True,
    )
    s3.put_object(Bucket="told", Key="key")
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    found: list[dict[str, Any]] = []

    def look() -> int:
        channel = connection.channel()
        channel.queue_declare("bucket events", durable=True)
        body = channel.basic_get("bucket events", auto_ack=True)[2]
        channel.close()
        if body:
            found.append(json.loads(body))
        return len(found)

    until(look, 1)
    connection.close()
    assert found[0]["Records"][0]["eventName"] == "ObjectCreated:Put"
