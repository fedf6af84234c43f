"""Servers that talk over their standard streams: which projects may have one, and what counts as an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.prove import stdio
from copier_slim.prove.observation import Observation
from tests.command.running import write


@pytest.mark.parametrize(
    ("files", "may"),
    [
        ({"requirements.txt": "anyio==4.11\nmcp==1.28.1\n"}, True),
        ({"requirements.txt": "fastmcp==2.0 \\\n    --hash=sha256:aa\n"}, True),
        ({"uv.lock": '[[package]]\nname = "mcp"\nversion = "1.28.1"\n'}, True),
        ({"Pipfile.lock": '{"default": {\n    "mcp": {"version": "==1.28.1"}}}'}, True),
        ({"requirements.txt": "mcpi==1.2.1\nflask-mcp==1\n"}, False),
        ({"main.py": "import mcp\n"}, False),
    ],
)
def test_a_project_that_installs_the_protocol_s_library_may_speak_it(
    tmp_path: Path, files: dict[str, str], *, may: bool
) -> None:
    assert stdio.may_speak(write(tmp_path / "shop", files)) is may


def test_what_answered_is_shown_by_its_own_name() -> None:
    assert Observation("", exit_code=0, greeted="shop 1.2").shown() == (
        "it answered over its standard streams, as shop 1.2"
    )
