"""The README shows what the template really writes and asks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from tests.conftest import ROOT

README = ROOT / "README.md"
# What stands in the README between comments: a file, or a part of it
SHOWN = {
    "tests/golden/fastapi/Dockerfile": r".*",
    "bench/results.md": r"(?<=## Images\n\n)\|.*?(?=\n\n)",
    "bench/agents.md": r"\| Agent.*",
}
COMMANDS = ["docker build --target lock --output . .", "docker build --tag my-service ."]


def check_shown(name: str, content: str, *, update_golden: bool, page: Path = README) -> None:
    """Asserts that a page shows this between the comments with this name, or writes it there."""
    block = re.compile(rf"(<!-- {re.escape(name)} -->\n(?:```\w+\n)?)(.*?)((?:```\n)?<!-- -->\n)", re.DOTALL)
    text = page.read_text(encoding="utf-8")
    if update_golden:
        text = block.sub(lambda found: found[1] + content + found[3], text)
        page.write_text(text, encoding="utf-8")
    shown = block.search(text)
    assert shown
    assert shown[2] == content


@pytest.mark.parametrize("source", SHOWN)
def test_shows_files_as_they_are(source: str, update_golden: bool) -> None:  # noqa: FBT001
    part = re.search(SHOWN[source], (ROOT / source).read_text(encoding="utf-8"), re.DOTALL)
    assert part
    check_shown(source, part[0].strip() + "\n", update_golden=update_golden)


def test_lists_every_question(questions: dict[str, Any]) -> None:
    named = set(re.findall(r"`([a-z_]+)`", README.read_text(encoding="utf-8")))
    assert {name for name, question in questions.items() if question.get("when") is not False} <= named


def test_names_the_commands_that_the_message_after_a_copy_names() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(command in text for command in COMMANDS)


def test_counts_the_rows_of_the_table_of_packages() -> None:
    rows = catalog.packages()
    proven = [name for name, row in rows.items() if not row.unproven]
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert f"a table of {len(rows)} PyPI packages" in text
    assert f"{len(proven)} of its {len(rows)} rows" in text
