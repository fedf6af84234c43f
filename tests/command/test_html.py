"""Reports as pages: all that the report has, nothing that is loaded, and nothing of a project's that becomes code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from copier_slim import html
from copier_slim.advise import model
from copier_slim.advise import page as advice_page
from copier_slim.errors import InputError
from copier_slim.verify import page as verify_page
from copier_slim.verify import report as verify_report
from copier_slim.verify.image.size_bill import Bill, Item
from copier_slim.verify.outcome import Status
from copier_slim.worktree import journal
from tests.house.test_site_pages import ADVICE, check
from tests.verify.test_judging import report

BILL = Bill(
    "python:3.13-slim",
    [Item("base", 43_000_000, 118_000_000)],
    [Item("pandas", 21_000_000, 72_000_000)],
    Item("total", 64_000_000, 190_000_000),
    [Item("ADD rootfs.tar /", 43_000_000, 118_000_000), Item("RUN <pip> install", 21_000_000, 72_000_000)],
    1,
)


def check_alone(page: str) -> None:
    """Asserts that a page loads nothing and runs nothing."""
    assert page.startswith("<!doctype html>")
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import", page)


def test_verify_s_page_has_each_check_and_the_sizes() -> None:
    made = report(bill=BILL)
    page = verify_page.as_html(made)
    check_alone(page)
    assert all(f"<td>{result.id}</td>" in page for result in made.results)
    failed = made.by(Status.FAILED)
    assert failed
    assert all(html.text(result.check.mend) in page for result in failed)
    assert "pandas 72.0 MB" in page
    assert "<td class=number>118.0</td>" in page
    layers = re.findall(r"<tr><td class=number>(\d)</td><td>(\w+)</td>.*?<td>(.*?)</td>", page)
    assert layers == [("2", "own", "RUN &lt;pip&gt; install"), ("1", "base", "ADD rootfs.tar /")]


def test_verify_s_json_has_the_bill_as_its_schema_says() -> None:
    assert check("verify", verify_report.as_json(report(bill=BILL)))["bill"]["layers"][1]["on_disk"] == 72_000_000


def test_what_was_not_seen_is_said() -> None:
    assert "nobody looked" in verify_page.as_html(report())


def test_advise_s_page_has_the_bases_side_by_side() -> None:
    page = advice_page.as_html(ADVICE)
    check_alone(page)
    assert "<strong>slim</strong> is recommended" in page
    assert "psycopg2" in page
    assert "house" in page


def bill(base: str, disk: float) -> model.Bill:
    return model.Bill(base, "amd64", f"python:{base}", "trixie", model.Size(disk, 3), {"base": model.Size(disk, 3)})


@pytest.mark.parametrize(
    ("answered", "recommended", "beside"),
    [
        ("full", "slim", ["full (now)", "slim (recommended)"]),
        ("slim", "slim", ["slim (now, recommended)", "distroless"]),
        ("", "slim", ["slim (recommended)", "distroless"]),
    ],
)
def test_two_bases_are_side_by_side(answered: str, recommended: str, beside: list[str]) -> None:
    bills = [bill("slim", 100), bill("distroless", 50), bill("full", 400), model.Bill("alpine", "amd64", "", "")]
    verdict = model.Verdict(recommended, "it is there", {"slim": "as it is"}, answered)
    page = advice_page.as_html(replace(ADVICE, bills=bills, recommended=verdict))
    check_alone(page)
    assert re.findall(r"<th>(.*?)</th>", page)[1:3] == beside
    # Drawn to one scale: four times as large is twice as wide
    names = [name.partition(" ")[0] for name in beside]
    shapes = [re.search(rf'viewBox="0 0 960 (\d+)"[^>]*"{name} on disk.*?width="([\d.]+)"', page) for name in names]
    heights, widths = zip(*(map(float, shape.groups()) for shape in shapes if shape), strict=True)
    larger, smaller = sorted((one.size.disk for one in bills if one.base in names and one.size), reverse=True)
    assert max(widths) + 2 == pytest.approx(960)
    assert (min(widths) + 2) / 960 == pytest.approx((smaller / larger) ** 0.5, abs=0.01)
    assert min(heights) / 420 == pytest.approx((smaller / larger) ** 0.5, abs=0.01)


def test_a_page_without_a_base_is_one_too() -> None:
    check_alone(advice_page.as_html(replace(ADVICE, bills=[], recommended=model.Verdict("slim", "", {}))))


def test_names_become_no_code() -> None:
    page = verify_page.as_html(report(image='<script>alert("x")</script>\x1b[31m'))
    check_alone(page)
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page


def test_a_treemap_s_areas_are_the_sizes() -> None:
    sizes = [("a", 6.0), ("b", 6.0), ("c", 4.0), ("d", 3.0), ("e", 2.0), ("f", 2.0), ("g", 1.0), ("nothing", 0.0)]
    tiles = list(html.tiles(sizes, 600, 400))
    assert [tile.name for tile in tiles] == list("abcdefg")
    for tile in tiles:
        assert tile.width * tile.height == pytest.approx(tile.size * 600 * 400 / 24)
        assert max(tile.width / tile.height, tile.height / tile.width) < 4
        assert tile.left >= 0
        assert tile.top >= 0
        assert tile.left + tile.width <= 600 + 1e-6
        assert tile.top + tile.height <= 400 + 1e-6
    assert not list(html.tiles([]))


def test_a_page_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        journal.write_text(tmp_path / "missing/report.html", "")
