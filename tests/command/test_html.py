"""Reports as pages: all that the report has, nothing that is loaded, and nothing of a project's that becomes code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from copier_slim import html
from copier_slim.advise import page as advice_page
from copier_slim.errors import InputError
from copier_slim.verify import page as verify_page
from copier_slim.verify.image.size_bill import Bill, Item
from copier_slim.verify.outcome import Status
from tests.house.test_site_pages import ADVICE
from tests.verify.test_judging import report

BILL = Bill(
    "python:3.13-slim",
    [Item("base", 43_000_000, 118_000_000)],
    [Item("pandas", 21_000_000, 72_000_000)],
    Item("total", 64_000_000, 190_000_000),
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


def test_what_was_not_seen_is_said() -> None:
    assert "nobody looked" in verify_page.as_html(report())


def test_advise_s_page_has_the_bases_side_by_side() -> None:
    page = advice_page.as_html(ADVICE)
    check_alone(page)
    assert "<strong>slim</strong> is recommended" in page
    assert "psycopg2" in page
    assert "house" in page


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
        html.write(tmp_path / "missing/report.html", "")
