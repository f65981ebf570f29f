"""The pages that are generated are fresh, and what the others name exists."""

import re
from pathlib import Path

import pytest

from backend.config import Settings
from ec2api import actions
from ec2api.registry import ACTIONS, Action
from scripts import make_coverage, make_settings_page
from scripts.make_coverage import FilterNames, filters_of, missing_filters

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])

NOT_FILTERED: dict[tuple[str, str], str] = {}
"""Filters that AWS documents and that are refused, by action and name, each with the reason."""


def describes() -> list[Action]:
    actions.load()
    return [action for _, action in sorted(ACTIONS.items()) if filters_of(action)]


@pytest.mark.parametrize("action", describes(), ids=lambda action: action.name)
def test_every_filter_that_aws_documents_is_there(action: Action) -> None:
    excused = {name for of, name in NOT_FILTERED if of == action.name}
    assert set(missing_filters(action)) == excused


def test_filter_names_are_read_from_the_outer_list_only() -> None:
    parser = FilterNames()
    parser.feed(
        "<p>The <code>filters</code>.</p><ul><li><p><code>state</code> - One of <code>a</code>:</p>"
        "<ul><li><code>b</code></li></ul></li><li><code>tag</code>:&lt;key&gt; - A tag.</li></ul>"
    )
    assert parser.names == ["state", "tag"]


def test_the_page_of_what_is_supported_is_fresh() -> None:
    fresh = make_coverage.PAGE.read_text() == make_coverage.page()
    assert fresh, "run: make docs"


def test_the_page_of_settings_is_fresh() -> None:
    fresh = make_settings_page.PAGE.read_text() == make_settings_page.page()
    assert fresh, "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_variables_and_targets_exist(page: Path) -> None:
    text = page.read_text()
    variables = {name.lower() for name in re.findall(r"\bEC2API_([A-Z_]+)\b", text)} - {"config", "name"}
    assert variables <= Settings.model_fields.keys()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.MULTILINE)) <= targets
