"""The pieces of the bench: requests, percentiles, figures, the page and its picture. No timing is asserted."""

from datetime import datetime
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("psutil")
pytest.importorskip("matplotlib")

from bench import figures, objects, plot, report, suite
from bench.client import Client, every, first
from bench.samples import Effort, Sample
from bench.servers import EC2API, MOTO
from bench.suite import Footprint, Results


@pytest.fixture
def results():
    found = Results(
        footprints=[Footprint("ec2api", 2.0, {1000: 1.2, 9000: 9.0}, {1000: (140.0, 120.0), 9000: (300.0, 280.0)})]
    )
    for size, milliseconds in ((100, 1.0), (1000, 1.1)):
        for server, times in ((EC2API, 1), (MOTO, 5)):
            cpu = milliseconds * times / 1000
            found.samples.append(Sample(server.name, suite.ONE_ID, size, (cpu, cpu * 2), cpu * 2))
    found.samples.append(Sample(EC2API.name, suite.RUN_1000, 0, (0.5, 0.8, 4.0), 2.0, 1.0))
    return found


def test_request_is_a_signed_form():
    request = Client(1).prepare("DescribeInstances", Filter_1_Name="tag:a b", MaxResults=5)
    form = parse_qs(request.body.decode())
    assert form["Action"] == ["DescribeInstances"]
    assert form["Filter.1.Name"] == ["tag:a b"]
    assert form["MaxResults"] == ["5"]
    assert "/us-east-1/ec2/aws4_request" in request.headers["Authorization"]


def test_elements_are_found_in_order():
    answer = b"<r><instanceId>i-1</instanceId><x/><instanceId>i-2</instanceId></r>"
    assert every("instanceId", answer) == ["i-1", "i-2"]
    assert first("nextToken", answer) is None


def test_percentiles_are_of_the_nearest_rank():
    sample = Sample("s", "o", 1, tuple(n / 1000 for n in range(100, 0, -1)), 0.2, 0.1)
    assert [sample.latency_ms(p) for p in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert sample.cpu_ms == pytest.approx(3)
    assert sample.background_ms == pytest.approx(1)


def test_effort_has_at_least_two_operations():
    assert Effort(300, 8).share(1 / 100) == Effort(3, 8)
    assert Effort(20, 8).share(1 / 100).operations == 2


def test_figures_say_what_was_reached(results):
    found = {figure.name: figure for figure in figures.figures(results, {figures.PLACEMENTS: 90.0})}
    reached = {name: figure.reached for name, figure in found.items()}
    assert reached["DescribeInstances by one id, server CPU"] is True
    assert reached["RunInstances of 1,000 until the call returns"] is True
    assert found["RunInstances of 1,000 until the call returns"].measured == pytest.approx(1250)
    assert [figure.measured for figure in found.values() if figure.unit == "times"] == [pytest.approx(1.1)]
    assert reached["DescribeInstances, a page of 1,000, server CPU"] is None
    assert [figure.measured for figure in found.values() if figure.unit in ("s", "MiB")] == [1.2, 120.0]
    assert [figure.reached for figure in found.values() if figure.unit == "placements/s"] == [False]


def test_page_and_picture_hold_what_was_measured(results, tmp_path):
    page = report.page(results, figures.figures(results, {}), {"launches a second": 12.0}, datetime(2026, 1, 2))
    assert "| Date | 2026-01-02 |" in page
    row = next(line for line in page.splitlines() if line.startswith("| DescribeInstances by one id | 1,000"))
    assert [cell.strip() for cell in row.split("|")][-2] == "5.0"
    assert "| launches a second | 12 |" in page
    plot.draw(results, tmp_path / "picture.svg")
    text = "".join(ET.parse(tmp_path / "picture.svg").getroot().itertext())
    assert "moto_server" in text
    assert "RunInstances of 1,000" in text


@pytest.fixture
def stored():
    def sample(server, operation, rate, p50=1.0, size=0):
        return objects.Sample(server, operation, rate, "/s", 1.0, p50, p50 * 2, size)

    return objects.Results(
        [
            sample("ec2api", objects.PUT_SMALL, 900),
            sample("moto_server", objects.PUT_SMALL, 300),
            sample("ec2api", objects.GET_LARGE, 900),
            sample("nginx", objects.GET_LARGE, 1000),
            sample("ec2api", objects.LISTING, 50, 20.0, 10_000),
            sample("ec2api", objects.LISTING, 40, 25.0, 1_000_000),
        ],
        md5_rate=600.0,
        notes=["radosgw: not installed"],
    )


def test_figures_of_objects(stored):
    found = [(f.measured and round(f.measured, 2), f.reached) for f in figures.of_objects(stored)]
    assert found == [
        (3, False),
        (None, None),
        (90, True),
        (None, None),
        (25, True),
        (1.25, False),
        (None, None),
    ]


def test_page_holds_objects(results, stored):
    page = report.page(results, figures.of_objects(stored), {}, datetime(2026, 1, 2), stored)
    assert "| PutObject of 1 KiB, 8 clients | ec2api | 900 /s |" in page
    assert "1,000,000 keys | ec2api" in page
    assert "- radosgw: not installed" in page
