"""Every page of the site: axe finds nothing, nothing comes from elsewhere, and it fits a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.site.conftest import PATIENCE, SITE, opened

pytestmark = pytest.mark.site
PAGES = sorted(path.parent.relative_to(SITE).as_posix() for path in SITE.rglob("index.html"))
AXE = ROOT / "build/npm/node_modules/axe-core/axe.min.js"
RUN = "async (rules) => (await axe.run(rules)).violations.map(one => [one.id, one.nodes.map(node => node.html)])"
# What a page is made of is the same in the dark
RULES: dict[str, Any] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, browser: Any, address: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    found = {}
    for name in PAGES:
        if name == "configurator":
            opened(page, address)
        else:
            page.goto(f"{address}{name}/", timeout=PATIENCE)
        page.add_script_tag(path=str(AXE))
        if violations := page.evaluate(RUN, RULES[scheme]):
            found[name] = violations
    context.close()
    assert PAGES
    assert not found


def test_nothing_is_loaded_from_elsewhere(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for name in (".", "reference/packages", "benchmarks/results"):
        page.goto(f"{address}{name}/", timeout=PATIENCE)
    opened(page, address)
    context.close()
    origin = address.removesuffix("/copier-slim/")
    assert {url for url in asked if not url.startswith((origin, "blob:", "data:"))} == set()


def test_pages_fit_a_phone(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    wide = []
    for name in PAGES:
        page.goto(f"{address}{name}/", timeout=PATIENCE)
        if page.evaluate("() => document.documentElement.scrollWidth") > 360:
            wide.append(name)
    context.close()
    assert not wide


def test_the_packages_can_be_searched(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}reference/packages/")
    page.fill("input.filter", "psycopg2")
    shown = page.locator("tbody tr:visible").all_text_contents()
    assert shown
    assert all("psycopg2" in row for row in shown)
    page.close()


def test_llms_txt_names_pages_that_are_there() -> None:
    text = (SITE / "llms.txt").read_text(encoding="utf-8")
    links = re.findall(r"\(https://copier-slim\.github\.io/copier-slim/([^)]+)\)", text)
    assert len(links) > 20
    assert all((SITE / link).is_file() for link in links)
    assert "### `framework`" in (SITE / "reference.txt").read_text(encoding="utf-8")
