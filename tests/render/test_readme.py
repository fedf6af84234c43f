"""The README and the pages of docs/ show what the template really writes, what is measured, and what terminals show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import picture, plots
from copier_slim import catalog
from tests.conftest import ROOT

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
# What stands between comments: a file, or a part of it
SHOWN = {
    "tests/golden/fastapi/Dockerfile": r".*",
    "bench/results.md": r"(?<=## Images\n\n)\|.*?(?=\n\n)",
    "bench/pulling.md": r"\| Design.*?(?=\n\n)",
    "bench/agents.md": r"\| Agent.*",
    "bench/lazy_imports.md": r"\| Service.*?(?=\n\n)",
}
COMMANDS = ["docker build --target lock --output . .", "docker build --tag my-service ."]
LINK = re.compile(r"(?<!`)\[[^\]\n]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def check_shown(name: str, content: str, *, update_golden: bool, page: Path | None = None) -> None:
    """Asserts that each page with comments of this name, or this one, shows this between them, or writes it there."""
    block = re.compile(rf"(<!-- {re.escape(name)} -->\n(?:```\w+\n)?)(.*?)((?:```\n)?<!-- -->\n)", re.DOTALL)
    pages = [path for path in ([page] if page else PAGES) if block.search(path.read_text(encoding="utf-8"))]
    assert pages, f"no page shows {name}"
    for path in pages:
        text = path.read_text(encoding="utf-8")
        if update_golden:
            text = block.sub(lambda found: found[1] + content + found[3], text)
            path.write_text(text, encoding="utf-8")
        assert {found[2] for found in block.finditer(text)} == {content}, path


@pytest.mark.parametrize("source", SHOWN)
def test_shows_files_as_they_are(source: str, update_golden: bool) -> None:  # noqa: FBT001
    part = re.search(SHOWN[source], (ROOT / source).read_text(encoding="utf-8"), re.DOTALL)
    assert part
    check_shown(source, part[0].strip() + "\n", update_golden=update_golden)


def test_the_readme_is_read_in_two_minutes() -> None:
    text = README.read_text(encoding="utf-8")
    folded = re.sub(r"<details>.*?</details>\n", "", text, flags=re.DOTALL)
    assert len(folded.splitlines()) <= 150


def test_the_readme_names_the_commands_that_the_message_after_a_copy_names() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(command in text for command in COMMANDS)


def test_counts_what_the_catalog_has() -> None:
    rows = catalog.packages()
    proven = [name for name, row in rows.items() if not row.unproven]
    readme, dependencies, verify = (
        " ".join(page.read_text(encoding="utf-8").split())
        for page in (README, ROOT / "docs/dependencies.md", ROOT / "docs/verify.md")
    )
    assert f"of {len(rows)} packages" in readme
    assert f"{len(proven)} of its {len(rows)} rows" in dependencies
    assert f"checks {len(catalog.checks())} rules" in readme
    assert f"checks {len(catalog.checks())} rules" in verify


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for found in LINK.finditer(
        re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    ):
        target, _, anchor = (found[1] or found[2]).partition("#")
        if ":" in target:
            continue
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{page}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{page}: {target}#{anchor}"


def test_the_plots_are_those_of_what_was_measured(update_golden: bool) -> None:  # noqa: FBT001
    if update_golden:
        plots.main()
    kept = {path.stem: path.read_text(encoding="utf-8") for path in plots.PLOTS.glob("*.svg")}
    assert kept == plots.drawn()


@pytest.mark.parametrize("path", [picture.PICTURE, *sorted(plots.PLOTS.glob("*.svg"))], ids=lambda path: path.stem)
def test_pictures_are_small_and_follow_light_and_dark(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < 200_000
    assert "prefers-color-scheme: dark" in text
    assert "<title" in text
    assert not re.search(r"(?:href|src|url)\W*https?:", text), "it loads something"
