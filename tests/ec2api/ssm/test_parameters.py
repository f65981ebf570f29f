"""Parameter Store through a botocore client: public AMI parameters, own ones, versions, pages, tags, errors."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import errors
from backend.catalogue import images
from backend.ssm import names
from ec2api.protocol import json as json_wire
from ec2api.protocol import model
from tests.conftest import Embedded
from tests.launching import code_of

AL2023 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


@pytest.fixture
def ssm(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("ssm", account=account)


def put(ssm: Any, name: str, value: str = "1", **given: Any) -> Any:
    return ssm.put_parameter(Name=name, Value=value, **{"Type": "String", **given})


def test_public_parameters_name_images_that_can_be_launched(shared_cloud: Embedded, ssm: Any, ec2: Any) -> None:
    shown = ssm.get_parameter(Name=AL2023)["Parameter"]
    assert shown["Type"] == "String"
    assert shown["ARN"] == f"arn:aws:ssm:us-east-1::parameter{AL2023}"
    (image,) = ec2.describe_images(ImageIds=[shown["Value"]])["Images"]
    assert image["Architecture"] == "x86_64"
    elsewhere = shared_cloud.client("ssm", region="eu-central-1").get_parameter(Name=AL2023)["Parameter"]
    assert elsewhere["Value"] != shown["Value"]
    assert ssm.get_parameter(Name=f"{AL2023}:1")["Parameter"]["Selector"] == ":1"
    assert code_of(ssm.get_parameter, Name=f"{AL2023}:2") == "ParameterVersionNotFound"


def test_every_public_parameter_is_below_its_path(ssm: Any) -> None:
    published = images.ssm_parameters("us-east-1")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/aws/service", Recursive=True)
    found = {p["Name"]: p["Value"] for page in pages for p in page["Parameters"]}
    assert found == published
    direct = ssm.get_parameters_by_path(Path="/aws/service")
    assert direct["Parameters"] == []
    assert ssm.describe_parameters()["Parameters"] == []


def test_parameters_and_invalid_names_at_once(ssm: Any) -> None:
    put(ssm, "/app/a")
    found = ssm.get_parameters(Names=["/app/a", AL2023, "/app/none", "/app/a:7"])
    assert {p["Name"] for p in found["Parameters"]} == {"/app/a", AL2023}
    assert found["InvalidParameters"] == ["/app/none", "/app/a:7"]


def test_versions_and_labels(ssm: Any, account: str) -> None:
    first = put(ssm, "/app/port", "80", Description="the port")
    assert (first["Version"], first["Tier"]) == (1, "Standard")
    assert code_of(ssm.put_parameter, Name="/app/port", Value="81", Type="String") == "ParameterAlreadyExists"
    assert ssm.put_parameter(Name="/app/port", Value="81", Overwrite=True)["Version"] == 2
    newest = ssm.get_parameter(Name="/app/port")["Parameter"]
    assert (newest["Value"], newest["Version"]) == ("81", 2)
    assert newest["ARN"] == f"arn:aws:ssm:us-east-1:{account}:parameter/app/port"
    assert ssm.get_parameter(Name=newest["ARN"])["Parameter"]["Value"] == "81"
    assert ssm.get_parameter(Name="/app/port:1")["Parameter"]["Value"] == "80"
    labelled = ssm.label_parameter_version(Name="/app/port", ParameterVersion=1, Labels=["live", "aws-no", "1st"])
    assert (labelled["InvalidLabels"], labelled["ParameterVersion"]) == (["aws-no", "1st"], 1)
    assert ssm.get_parameter(Name="/app/port:live")["Parameter"]["Value"] == "80"
    ssm.label_parameter_version(Name="/app/port", Labels=["live"])
    assert ssm.get_parameter(Name="/app/port:live")["Parameter"]["Value"] == "81"
    history = ssm.get_parameter_history(Name="/app/port")["Parameters"]
    assert [(v["Version"], v["Value"], v["Labels"], v["Description"]) for v in history] == [
        (1, "80", [], "the port"),
        (2, "81", ["live"], "the port"),
    ]
    gone = ssm.unlabel_parameter_version(Name="/app/port", ParameterVersion=2, Labels=["live", "dead"])
    assert (gone["RemovedLabels"], gone["InvalidLabels"]) == (["live"], ["dead"])
    assert code_of(ssm.get_parameter, Name="/app/port:live") == "ParameterVersionNotFound"
    pages = ssm.get_paginator("get_parameter_history").paginate(Name="/app/port", PaginationConfig={"PageSize": 1})
    assert [v["Version"] for page in pages for v in page["Parameters"]] == [1, 2]


def test_a_secure_string_is_shown_to_who_asks_for_it(ssm: Any, shared_cloud: Embedded) -> None:
    put(ssm, "/db/password", "hunter2", Type="SecureString")
    sealed = ssm.get_parameter(Name="/db/password")["Parameter"]
    assert b"hunter2" not in base64.b64decode(sealed["Value"])
    assert ssm.get_parameter(Name="/db/password", WithDecryption=True)["Parameter"]["Value"] == "hunter2"
    (shown,) = ssm.describe_parameters()["Parameters"]
    assert (shown["KeyId"], shown["Version"], shown["Tier"]) == ("alias/aws/ssm", 1, "Standard")
    with shared_cloud.cloud.database.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT value, sealed FROM ssm_parameter_versions").all()
    assert not any("hunter2" in repr(tuple(row)) for row in stored)


def test_hierarchies_and_pages(ssm: Any) -> None:
    for name in ("/a/1", "/a/b/2", "/a/b/c/3", "/a_b/4", "/ab/5", "plain"):
        put(ssm, name)

    def below(path: str, **given: Any) -> list[str]:
        pages = ssm.get_paginator("get_parameters_by_path").paginate(
            Path=path, PaginationConfig={"PageSize": 2}, **given
        )
        return [p["Name"] for page in pages for p in page["Parameters"]]

    assert below("/a") == ["/a/1"]
    assert below("/a/", Recursive=True) == ["/a/1", "/a/b/2", "/a/b/c/3"]
    assert below("/a/b") == ["/a/b/2"]
    assert below("/") == ["plain"]
    assert len(below("/", Recursive=True)) == 6
    assert code_of(ssm.get_parameters_by_path, Path="a") == "ValidationException"
    token = ssm.get_parameters_by_path(Path="/", Recursive=True, MaxResults=2)["NextToken"]
    assert code_of(ssm.get_parameters_by_path, Path="/a", NextToken=token) == "InvalidNextToken"
    assert code_of(ssm.get_parameters_by_path, Path="/", Recursive=True, NextToken="!") == "InvalidNextToken"
    assert code_of(ssm.get_parameters_by_path, Path="/", MaxResults=11) == "ValidationException"


def test_filters(ssm: Any) -> None:
    put(ssm, "/a/x", Tags=[{"Key": "team", "Value": "red"}])
    put(ssm, "/a/y", Type="StringList", Tier="Advanced")
    put(ssm, "/b/xyz", Type="SecureString")
    ssm.label_parameter_version(Name="/a/y", Labels=["live"])

    def names_of(key: str, *values: str, option: str | None = None) -> list[str]:
        wanted = {"Key": key, "Values": list(values), **({"Option": option} if option else {})}
        return [p["Name"] for p in ssm.describe_parameters(ParameterFilters=[wanted])["Parameters"]]

    assert names_of("Name", "/a/x", "/b/xyz") == ["/a/x", "/b/xyz"]
    assert names_of("Name", "/a", option="BeginsWith") == ["/a/x", "/a/y"]
    assert names_of("Name", "y", option="Contains") == ["/a/y", "/b/xyz"]
    assert names_of("Type", "StringList") == ["/a/y"]
    assert names_of("Tier", "Advanced") == ["/a/y"]
    assert names_of("KeyId", "alias/aws/ssm") == ["/b/xyz"]
    assert names_of("Path", "/b") == ["/b/xyz"]
    assert names_of("Path", "/", option="Recursive") == ["/a/x", "/a/y", "/b/xyz"]
    assert names_of("DataType", "text") == ["/a/x", "/a/y", "/b/xyz"]
    assert names_of("tag:team", "red") == ["/a/x"]
    assert names_of("tag:team", "blue") == []
    labelled = [{"Key": "Label", "Values": ["live"]}]
    found = ssm.get_parameters_by_path(Path="/", Recursive=True, ParameterFilters=labelled)["Parameters"]
    assert [p["Name"] for p in found] == ["/a/y"]

    def refusal(key: str, *values: str, option: str = "Equals") -> str:
        wanted = [{"Key": key, "Option": option, "Values": list(values)}]
        return code_of(ssm.describe_parameters, ParameterFilters=wanted)

    assert refusal("Label", "live") == "InvalidFilterKey"
    assert refusal("Tier", "x", option="Contains") == "InvalidFilterOption"
    assert refusal("Type", "Number") == "InvalidFilterValue"
    assert refusal("Colour", "red") == "ValidationException"


def test_tags(ssm: Any) -> None:
    put(ssm, "/t", Tags=[{"Key": "a", "Value": "1"}])
    own = {"ResourceType": "Parameter", "ResourceId": "/t"}
    ssm.add_tags_to_resource(**own, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    assert ssm.list_tags_for_resource(**own)["TagList"] == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    ssm.remove_tags_from_resource(**own, TagKeys=["a"])
    assert ssm.list_tags_for_resource(**own)["TagList"] == [{"Key": "b", "Value": ""}]
    many = [{"Key": str(n), "Value": ""} for n in range(50)]
    assert code_of(ssm.add_tags_to_resource, **own, Tags=many) == "TooManyTagsError"
    assert code_of(ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="/x") == "InvalidResourceId"
    assert code_of(ssm.list_tags_for_resource, ResourceType="Document", ResourceId="/t") == "InvalidResourceType"


def test_deletion(ssm: Any) -> None:
    for name in ("/d/1", "/d/2"):
        put(ssm, name, Tags=[{"Key": "a", "Value": "1"}])
    found = ssm.delete_parameters(Names=["/d/1", "/d/3"])
    assert (found["DeletedParameters"], found["InvalidParameters"]) == (["/d/1"], ["/d/3"])
    ssm.delete_parameter(Name="/d/2")
    assert code_of(ssm.delete_parameter, Name="/d/2") == "ParameterNotFound"
    assert code_of(ssm.get_parameter, Name="/d/1") == "ParameterNotFound"
    assert put(ssm, "/d/1")["Version"] == 1
    own = {"ResourceType": "Parameter", "ResourceId": "/d/1"}
    assert ssm.list_tags_for_resource(**own)["TagList"] == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Name": "/aws/x"}, "AccessDeniedException"),
        ({"Name": "ssm-x"}, "ValidationException"),
        ({"Name": "a/b"}, "ValidationException"),
        ({"Name": "/a b"}, "ValidationException"),
        ({"Name": "/" + "/".join("abcdefghijklmnop")}, "HierarchyLevelLimitExceededException"),
        ({"Type": None}, "ValidationException"),
        ({"Type": "Number"}, "ValidationException"),
        ({"Value": ""}, "ValidationException"),
        ({"Value": "x" * 4097}, "ValidationException"),
        ({"Value": "x" * 8193, "Tier": "Intelligent-Tiering"}, "ValidationException"),
        ({"AllowedPattern": "("}, "InvalidAllowedPatternException"),
        ({"AllowedPattern": "^[a-z]+$"}, "ParameterPatternMismatchException"),
        ({"DataType": "number"}, "ValidationException"),
        ({"DataType": "aws:ec2:image"}, "ValidationException"),
        ({"KeyId": "alias/x"}, "ValidationException"),
        ({"Overwrite": True, "Tags": [{"Key": "a", "Value": "b"}]}, "ValidationException"),
        ({"Policies": "[]"}, "UnsupportedOperationException"),
        ({"Colour": "red"}, "ValidationException"),
    ],
)
def test_what_put_parameter_refuses(shared_cloud: Embedded, account: str, given: dict[str, Any], code: str) -> None:
    wanted = {"Name": "/p", "Value": "1", "Type": "String", **given}
    answered = raw(shared_cloud, account, "PutParameter", {n: v for n, v in wanted.items() if v is not None})
    assert (answered.status_code, json.loads(answered.data)["__type"]) == (400, code)
    assert answered.headers["x-amzn-ErrorType"] == code
    assert json.loads(answered.data)["message"]
    assert shared_cloud.client("ssm", account=account).describe_parameters()["Parameters"] == []


def raw(cloud: Embedded, account: str, operation: str, document: Any) -> Any:
    scope = f"Credential={account}/20261122/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature=00"
    headers = {
        "X-Amz-Target": f"AmazonSSM.{operation}",
        "X-Amz-Date": "20261122T000000Z",
        "Authorization": f"AWS4-HMAC-SHA256 {scope}",
        "Content-Type": "application/x-amz-json-1.1",
    }
    body = document if isinstance(document, bytes) else json.dumps(document)
    return cloud.app.test_client().post("/", headers=headers, data=body)


def test_requests_that_are_no_calls(shared_cloud: Embedded, account: str) -> None:
    for operation, body, code in (
        ("GetParameter", b"{", "SerializationException"),
        ("GetParameter", b"[]", "SerializationException"),
        ("GetParameter", {"Name": 1}, "SerializationException"),
        ("GetParameter", {}, "ValidationException"),
        ("GetParameters", {"Names": []}, "ValidationException"),
        ("StartSession", {"Target": "i-1"}, "UnsupportedOperationException"),
        ("Dance", {}, "UnknownOperationException"),
    ):
        answered = raw(shared_cloud, account, operation, body)
        assert (answered.status_code, json.loads(answered.data)["__type"]) == (400, code), (operation, body)
        assert answered.headers["x-amzn-RequestId"]
    other = shared_cloud.app.test_client().post("/", headers={"X-Amz-Target": "Logs_20140328.PutLogEvents"})
    assert (other.status_code, json.loads(other.data)["__type"]) == (400, "UnknownOperationException")


def test_a_tier_does_not_go_back_and_a_type_stays(ssm: Any) -> None:
    assert put(ssm, "/long", "x" * 5000, Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    back = {"Name": "/long", "Value": "1", "Overwrite": True}
    assert code_of(ssm.put_parameter, **back, Tier="Standard") == "ValidationException"
    assert code_of(ssm.put_parameter, **back, Type="StringList") == "HierarchyTypeMismatchException"


def test_a_hundred_versions_are_kept(ssm: Any) -> None:
    for number in range(101):
        ssm.put_parameter(Name="/v", Value=str(number), Type="String", Overwrite=True)
    pages = ssm.get_paginator("get_parameter_history").paginate(Name="/v")
    kept = [v["Version"] for page in pages for v in page["Parameters"]]
    assert kept == list(range(2, 102))
    ssm.label_parameter_version(Name="/v", ParameterVersion=2, Labels=["first"])
    more = {"Name": "/v", "Value": "x", "Overwrite": True}
    assert code_of(ssm.put_parameter, **more) == "ParameterMaxVersionLimitExceeded"


def test_accounts_and_regions_keep_apart(shared_cloud: Embedded, ssm: Any, account: str) -> None:
    put(ssm, "/mine")
    for other in (
        shared_cloud.client("ssm", account="999999999998"),
        shared_cloud.client("ssm", account=account, region="eu-central-1"),
    ):
        assert code_of(other.get_parameter, Name="/mine") == "ParameterNotFound"
        assert other.describe_parameters()["Parameters"] == []
        assert code_of(other.put_parameter, Name="/mine", Value="2", Overwrite=True) == "ValidationException"


@given(st.text(max_size=40))
def test_references_never_fail(text: str) -> None:
    found = names.reference(text, "111122223333", "us-east-1")
    assert found.given == text
    assert ":" not in found.name


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=4)
)
def test_any_json_is_parsed_or_refused(value: Any) -> None:
    operation = model.service("ssm").operation_model("PutParameter")
    body = json.dumps({"Name": value, "Tags": value, "Overwrite": value}).encode()
    with pytest.raises(errors.CloudError):
        json_wire.parse(body, operation.input_shape)
