"""Writes docs/coverage.md: which of AWS's actions, parameters and filters are supported, counted from the code.

Usage: make docs. AWS's side comes from the service models of the installed botocore, whose documentation names the
filters of each Describe; ours from the registry of actions, which dispatch itself goes by.
"""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import Loader

from ec2api import actions
from ec2api.registry import ACTIONS, Action
from scripts.nested_members import probe

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
SERVICES = {"ec2": "EC2", "ebs": "EBS", "sts": "STS", "iam": "IAM", "ssm": "SSM", "s3": "S3", "s3control": "S3 Control"}


class FilterNames(HTMLParser):
    """Filter names in AWS's documentation of a Filters parameter: the first code of each item of the outer list."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self._lists, self._wanted, self._inside = 0, False, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "ul":
            self._lists += 1
        elif tag == "li":
            self._wanted = self._lists == 1
        elif tag == "code" and self._wanted:
            self._wanted, self._inside = False, True
            self.names.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "ul":
            self._lists -= 1
        elif tag == "code":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.names[-1] += data


@cache
def documented(service: str) -> dict[str, Any]:
    """A service's model with its documentation."""
    versions = {"ec2": "2016-11-15"}
    found: dict[str, Any] = Loader().load_service_model(service, "service-2", versions.get(service))
    return found


def filters_of(action: Action) -> list[str]:
    """The filters that AWS documents for an action, without duplicates; ``tag`` stands for every ``tag:KEY``."""
    model = documented(action.service)
    shape = model["operations"][action.name].get("input", {}).get("shape", "")
    members = model["shapes"].get(shape, {}).get("members", {})
    text = members.get("Filters", members.get("Filter", {})).get("documentation", "")
    parser = FilterNames()
    parser.feed(text)
    names = (name.strip() for name in parser.names)
    return list(dict.fromkeys("tag" if name.startswith("tag:") else name for name in names))


def missing_filters(action: Action) -> list[str]:
    """Filters that AWS documents for a Describe and the action refuses."""
    handler: Any = action.handler
    tagged = ("tag", "tag-key", "tag-value") if getattr(handler, "tagged", False) else ()
    known = {*getattr(handler, "filters", action.filters), *tagged}
    return [name for name in filters_of(action) if name not in known]


def missing_parameters(action: Action) -> list[str]:
    return sorted(set(action.members) - action.supported)


def codes(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def fraction(action_names: list[str], missing: list[str]) -> str:
    return f"{len(action_names) - len(missing)} of {len(action_names)}" if action_names else ""


def row(action: Action, nested: list[str]) -> str:
    members, filters = list(action.members), filters_of(action)
    refused = [codes(missing_parameters(action)), *grouped(nested)]
    cells = [
        action.name,
        fraction(members, missing_parameters(action)),
        "; ".join(text for text in refused if text),
        fraction(filters, missing_filters(action)),
        codes(missing_filters(action)),
    ]
    return f"| {' | '.join(cells)} |"


def grouped(paths: list[str]) -> list[str]:
    """Paths of members as one text for each structure."""
    members: dict[str, list[str]] = {}
    for path in paths:
        parent, _, name = path.rpartition(".")
        members.setdefault(parent, []).append(name)
    return [f"in `{parent}`: {codes(names)}" for parent, names in members.items()]


def summary(service: str, supported: list[Action]) -> str:
    members = [(a, name) for a in supported for name in a.members]
    lacking = sum(len(missing_parameters(a)) for a in supported)
    filters = sum(len(filters_of(a)) for a in supported)
    refused = sum(len(missing_filters(a)) for a in supported)
    total = len(documented(service)["operations"])
    return (
        f"| [{SERVICES[service]}](#{service}) | {len(supported)} of {total} | "
        f"{len(members) - lacking} of {len(members)} | {filters - refused} of {filters} |"
    )


def section(service: str, supported: list[Action], nested: dict[str, list[str]]) -> str:
    absent = sorted(documented(service)["operations"].keys() - {a.name for a in supported})
    rows = "\n".join(row(a, nested[a.name]) for a in supported)
    return f"""## {SERVICES[service]}

| action | parameters | refused | filters | refused filters |
| --- | --- | --- | --- | --- |
{rows}

<details><summary>{len(absent)} actions that are not built: each is refused</summary>

{", ".join(absent)}

</details>
"""


def page() -> str:
    """The whole page."""
    actions.load()
    by_service = {s: [a for (of, _), a in sorted(ACTIONS.items()) if of == s] for s in SERVICES}
    with probe() as trial:
        nested = {a.name: trial.refused(a) if a.service not in ("s3", "s3control") else [] for a in ACTIONS.values()}
    rows = "\n".join(summary(s, found) for s, found in by_service.items())
    sections = "\n".join(section(s, found, nested) for s, found in by_service.items())
    return f"""# What is supported

Generated by `make docs` from the code and from AWS's service models in botocore {botocore.__version__}. A test fails
when this page is stale.

What is not supported is refused with status 400, never ignored: an action, a parameter or a member of one with
`UnsupportedOperation` and its name (of S3 with `NotImplemented`), a filter with `InvalidParameterValue`. `DryRun`,
`ClientToken` and `TagSpecifications` work wherever AWS has them. A filter on something that no resource of this cloud
has, such as an Outpost, is supported and finds nothing.

Parameters are counted at the top level. Members of their structures are all supported but for those that stand as
"in `Structure`", which were found by sending each one to a server.

| service | actions | their parameters | their filters |
| --- | --- | --- | --- |
{rows}

{sections}"""


def main() -> None:
    PAGE.write_text(page())
    print(f"{PAGE.relative_to(Path.cwd())} is {PAGE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
