"""The README shows what the template really writes and asks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import ROOT

README = ROOT / "README.md"
# What stands in the README between comments: a file, or a part of it
SHOWN = {
    "tests/golden/fastapi/Dockerfile": r".*",
    "bench/results.md": r"(?<=## Images\n\n)\|.*?(?=\n\n)",
    "bench/agents.md": r"\| Agent.*",
}
COMMANDS = ["docker build --target lock --output . .", "docker build --tag my-service ."]


@pytest.mark.parametrize("source", SHOWN)
def test_shows_files_as_they_are(source: str, update_golden: bool) -> None:  # noqa: FBT001
    block = re.compile(rf"(<!-- {re.escape(source)} -->\n(?:```\w+\n)?)(.*?)((?:```\n)?<!-- -->\n)", re.DOTALL)
    text = README.read_text(encoding="utf-8")
    part = re.search(SHOWN[source], (ROOT / source).read_text(encoding="utf-8"), re.DOTALL)
    assert part
    content = part[0].strip() + "\n"
    if update_golden:
        text = block.sub(lambda found: found[1] + content + found[3], text)
        README.write_text(text, encoding="utf-8")
    shown = block.search(text)
    assert shown
    assert shown[2] == content


def test_lists_every_question(questions: dict[str, Any]) -> None:
    named = set(re.findall(r"`([a-z_]+)`", README.read_text(encoding="utf-8")))
    assert {name for name, question in questions.items() if question.get("when") is not False} <= named


def test_names_the_commands_that_the_message_after_a_copy_names() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(command in text for command in COMMANDS)
