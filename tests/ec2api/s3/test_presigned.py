"""Presigned URLs as botocore makes them, of both versions, against a cloud that verifies them and one that does not."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config

from backend import access_keys, key_file
from tests.clients import SESSION
from tests.conftest import Embedded

DATA = b"bytes of an object"


def client(id: str, secret: str, version: str | None, style: str = "path") -> Any:
    """``version``: of the signatures; None for what botocore takes by itself, which in this region is version 2."""
    return SESSION.create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://localhost:8788",
        aws_access_key_id=id,
        aws_secret_access_key=secret,
        config=Config(signature_version=version, s3={"addressing_style": style}),
    )


def answer(cloud: Embedded, method: str, url: str, data: bytes = b"") -> tuple[int, bytes]:
    host, _, path = url.removeprefix("http://").partition("/")
    found = cloud.app.test_client().open(
        f"/{path}", method=method, data=data, headers={"Host": host}, environ_overrides={"RAW_URI": f"/{path}"}
    )
    return found.status_code, found.data


@pytest.mark.parametrize("version", [None, "s3v4"])
@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("auth_mode", ["open", "sigv4"])
def test_objects_by_presigned_urls(
    new_cloud: Callable[..., Embedded], version: str | None, style: str, auth_mode: str
) -> None:
    cloud = new_cloud(auth_mode=auth_mode)
    with cloud.cloud.everywhere(write=True) as uow:
        new = access_keys.create(uow, key_file.at(cloud.cloud.settings.key_path), account="123456789012")
        uow.commit()
    s3 = client(new.access_key_id, new.secret, version, style)

    def url(operation: str, **given: Any) -> str:
        found: str = s3.generate_presigned_url(operation, Params={"Bucket": "photos", **given})
        assert ("AWSAccessKeyId=" in found) == (version is None)
        return found

    made = client(new.access_key_id, new.secret, "s3v4").generate_presigned_url(
        "create_bucket", Params={"Bucket": "photos"}
    )
    assert answer(cloud, "PUT", made)[0] == 200
    key = "a b/c+d%é//e"
    assert answer(cloud, "PUT", url("put_object", Key=key), DATA)[0] == 200
    assert answer(cloud, "GET", url("get_object", Key=key)) == (200, DATA)
    assert answer(cloud, "GET", url("get_object", Key=key, ResponseContentType="text/plain")) == (200, DATA)
    elsewhere = url("get_object", Key=key).replace("photos", "photoz")
    assert answer(cloud, "GET", elsewhere)[0] in {403, 404}
    if auth_mode == "sigv4":
        strange = client(new.access_key_id, "another", version, style)
        wrong = strange.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": key})
        status, body = answer(cloud, "GET", wrong)
        assert (status, b"<Code>SignatureDoesNotMatch</Code>" in body) == (403, True)
