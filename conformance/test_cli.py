"""The AWS CLI, version 1 (from PyPI) and version 2 (from Debian), as people type it."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from conformance.endpoint import Endpoint, eventually

CLIS = {"v1": Path(sys.executable).with_name("aws"), "v2": Path("/usr/bin/aws")}
LIMIT_SECONDS = 120


class Cli:
    """Runs `aws --endpoint-url ... LINE`."""

    def __init__(self, program: Path, endpoint: Endpoint) -> None:
        self.program, self.endpoint = program, endpoint

    def run(self, line: str, **values: Any) -> subprocess.CompletedProcess[str]:
        words = [word.format(**values) if values else word for word in shlex.split(line)]
        return subprocess.run(
            [str(self.program), "--endpoint-url", self.endpoint.url, *words],
            env=self.endpoint.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    def text(self, line: str, **values: Any) -> str:
        done = self.run(line, **values)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def json(self, line: str, **values: Any) -> Any:
        printed = self.text(f"{line} --output json", **values)
        return json.loads(printed) if printed else None

    def fails(self, line: str, **values: Any) -> str:
        done = self.run(line, **values)
        assert done.returncode in (254, 255), done.stdout
        return done.stderr.strip()


@pytest.fixture(params=sorted(CLIS))
def aws(request: pytest.FixtureRequest, endpoint: Endpoint) -> Cli:
    program = CLIS[request.param]
    if not program.exists():
        pytest.skip(f"{program} is not installed: scripts/install-awscli.sh")
    found = Cli(program, endpoint)
    version = found.text("--version")
    assert version.startswith("aws-cli/1." if request.param == "v1" else "aws-cli/2.")
    return found


@pytest.fixture
def terminated_after(ec2: Any, name: str) -> Iterator[Callable[[], list[str]]]:
    """Terminates whatever has the test's name, and waits for its end."""
    wanted = [{"Name": "tag:Name", "Values": [name]}]

    def states() -> list[tuple[str, str]]:
        found = ec2.describe_instances(Filters=wanted)["Reservations"]
        return [(i["InstanceId"], i["State"]["Name"]) for r in found for i in r["Instances"]]

    yield lambda: [id for id, _ in states()]
    if alive := [id for id, state in states() if state != "terminated"]:
        ec2.terminate_instances(InstanceIds=alive)
        eventually(states, lambda found: {state for _, state in found} == {"terminated"})


def test_the_life_of_an_instance(
    aws: Cli, endpoint: Endpoint, name: str, terminated_after: Callable[[], list[str]]
) -> None:
    image = aws.text(
        "ec2 describe-images --owners amazon --filters Name=name,Values=al2023-ami-2023.*-x86_64 "
        "Name=state,Values=available --query 'sort_by(Images, &CreationDate)[-1].ImageId' --output text"
    )
    assert image.startswith("ami-")
    launched = aws.json(
        "ec2 run-instances --image-id {image} --instance-type t3.micro --count 1 --user-data 'echo hello' "
        "--block-device-mappings DeviceName=/dev/sdf,Ebs={{VolumeSize=1,DeleteOnTermination=true}} "
        "--metadata-options HttpTokens=required "
        "--tag-specifications 'ResourceType=instance,Tags=[{{Key=Name,Value={name}}}]'",
        image=image,
        name=name,
    )
    assert launched["OwnerId"] == endpoint.credentials.account
    [instance] = launched["Instances"]
    id = instance["InstanceId"]
    assert instance["State"] == {"Code": 0, "Name": "pending"}
    assert terminated_after() == [id]
    assert aws.text("ec2 wait instance-running --instance-ids {id}", id=id) == ""
    found = "--filters Name=tag:Name,Values={name} Name=instance-state-name,Values=running"
    rows = "--query 'Reservations[].Instances[].[InstanceId,State.Name,InstanceType]'"
    assert aws.text(f"ec2 describe-instances {found} {rows} --output text", name=name) == f"{id}\trunning\tt3.micro"
    table = aws.text(f"ec2 describe-instances {found} {rows} --output table", name=name)
    lines = table.splitlines()
    assert "DescribeInstances" in lines[1]
    assert [cell.strip() for cell in lines[3].strip("|").split("|")] == [id, "running", "t3.micro"]
    shown = aws.json("ec2 describe-instances --instance-ids {id}", id=id)["Reservations"][0]["Instances"][0]
    assert shown["MetadataOptions"]["HttpTokens"] == "required"
    assert shown["PublicIpAddress"]
    assert len(shown["BlockDeviceMappings"]) == 2
    assert aws.text("ec2 describe-instance-status --instance-ids {id} --output text --query "
                    "'InstanceStatuses[].InstanceState.Name'", id=id) == "running"  # fmt: skip
    stopped = aws.json("ec2 stop-instances --instance-ids {id}", id=id)["StoppingInstances"]
    assert stopped == [
        {
            "InstanceId": id,
            "CurrentState": {"Code": 64, "Name": "stopping"},
            "PreviousState": {"Code": 16, "Name": "running"},
        }
    ]
    aws.text("ec2 wait instance-stopped --instance-ids {id}", id=id)
    started = aws.json("ec2 start-instances --instance-ids {id}", id=id)["StartingInstances"]
    assert started[0]["CurrentState"] == {"Code": 0, "Name": "pending"}
    aws.text("ec2 wait instance-running --instance-ids {id}", id=id)
    console = aws.text("ec2 get-console-output --instance-id {id} --output text", id=id)
    assert id in console
    assert aws.text("ec2 reboot-instances --instance-ids {id}", id=id) == ""
    ended = aws.json("ec2 terminate-instances --instance-ids {id}", id=id)["TerminatingInstances"]
    assert ended[0]["CurrentState"] == {"Code": 32, "Name": "shutting-down"}
    aws.text("ec2 wait instance-terminated --instance-ids {id}", id=id)
    state = "--query 'Reservations[].Instances[].State.Name' --output text"
    assert aws.text(f"ec2 describe-instances --instance-ids {{id}} {state}", id=id) == "terminated"


def test_keys(aws: Cli, name: str, tmp_path: Path) -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    file = tmp_path / "id.pub"
    file.write_bytes(line + b" me@example\n")
    made = aws.json("ec2 import-key-pair --key-name {name} --public-key-material fileb://{file}", name=name, file=file)
    assert (made["KeyName"], made["KeyPairId"][:4]) == (name, "key-")
    shown = aws.text(
        "ec2 describe-key-pairs --key-names {name} --query 'KeyPairs[0].[KeyType,KeyFingerprint]' --output text",
        name=name,
    )
    assert shown == f"ed25519\t{made['KeyFingerprint']}"
    assert "InvalidKeyPair.Duplicate" in aws.fails("ec2 create-key-pair --key-name {name}", name=name)
    aws.text("ec2 delete-key-pair --key-name {name}", name=name)
    gone = aws.fails("ec2 describe-key-pairs --key-names {name}", name=name)
    assert gone.endswith(
        "An error occurred (InvalidKeyPair.NotFound) when calling the DescribeKeyPairs operation: "
        f"The key pair '{name}' does not exist"
    )
    material = aws.text("ec2 create-key-pair --key-name {name} --query KeyMaterial --output text", name=name)
    assert material.startswith("-----BEGIN RSA PRIVATE KEY-----")
    aws.text("ec2 delete-key-pair --key-name {name}", name=name)


def test_security_groups(aws: Cli, name: str) -> None:
    vpc = aws.text("ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[0].VpcId' --output text")
    group = aws.text(
        "ec2 create-security-group --group-name {name} --description 'for the web' --vpc-id {vpc} "
        "--query GroupId --output text",
        name=name,
        vpc=vpc,
    )
    try:
        ingress = "ec2 authorize-security-group-ingress --group-id {group}"
        made = aws.json(f"{ingress} --protocol tcp --port 443 --cidr 203.0.113.0/24", group=group)
        assert made["Return"] is True
        assert made["SecurityGroupRules"][0]["CidrIpv4"] == "203.0.113.0/24"
        many = "IpProtocol=tcp,FromPort=22,ToPort=22,IpRanges=[{{CidrIp=10.0.0.0/8,Description=inside}}]"
        aws.json(f"{ingress} --ip-permissions '{many}'", group=group)
        again = aws.fails(f"{ingress} --protocol tcp --port 443 --cidr 203.0.113.0/24", group=group)
        assert "(InvalidPermission.Duplicate)" in again
        ports = aws.text(
            "ec2 describe-security-groups --group-ids {group} --output text "
            "--query 'sort_by(SecurityGroups[0].IpPermissions, &FromPort)[].[FromPort,IpRanges[0].CidrIp]'",
            group=group,
        )
        assert ports.splitlines() == ["22\t10.0.0.0/8", "443\t203.0.113.0/24"]
        revoke = "ec2 revoke-security-group-ingress --group-id {group} --protocol tcp --port 443"
        assert aws.json(f"{revoke} --cidr 203.0.113.0/24", group=group)["Return"] is True
    finally:
        aws.text("ec2 delete-security-group --group-id {group}", group=group)


def test_looking_around(aws: Cli, endpoint: Endpoint) -> None:
    assert aws.json("sts get-caller-identity")["Account"] == endpoint.credentials.account
    regions = aws.text("ec2 describe-regions --query 'Regions[].RegionName' --output text").split()
    assert endpoint.region in regions
    zones = aws.json("ec2 describe-availability-zones")["AvailabilityZones"]
    assert {z["RegionName"] for z in zones} == {endpoint.region}
    types = "ec2 describe-instance-types --instance-types t3.micro m5.large --output text --query"
    cores = aws.text(f"{types} 'sort_by(InstanceTypes, &InstanceType)[].[InstanceType,VCpuInfo.DefaultVCpus]'")
    assert cores.splitlines() == ["m5.large\t2", "t3.micro\t2"]
    names = aws.text(
        "ec2 describe-images --owners 099720109477 --filters "
        "Name=name,Values=ubuntu/images/hvm-ssd*/ubuntu-*-24.04-amd64-server-* "
        "--query 'Images[].Name' --output text --max-items 1"
    )
    assert names.startswith("ubuntu/images/hvm-ssd")


def test_refusals(aws: Cli) -> None:
    said = aws.fails("ec2 describe-instances --instance-ids i-0123456789abcdef0")
    assert said.endswith(
        "An error occurred (InvalidInstanceID.NotFound) when calling the DescribeInstances operation: "
        "The instance ID 'i-0123456789abcdef0' does not exist"
    )
    dry = aws.fails("ec2 describe-instances --dry-run")
    assert "(DryRunOperation)" in dry
    assert "Request would have succeeded, but DryRun flag is set." in dry
