"""A docker that fails at some of its commands: what it was for could not be seen, and the run does not pass."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command.running import command
from tests.engine.verify.conftest import Build

pytestmark = pytest.mark.xdist_group("verify")

FAILS = "echo 'Error response from daemon: the disk is full' >&2; exit 1"
INTERRUPTED = "kill -INT $$; sleep 5"
KILLED = "kill -KILL $$"
SILENT = "exit 0"

# What fails, how, and which checks could not be seen for that; none where the run cannot go on
CASES = [
    ("stop", FAILS, ["R10"]),
    ("stop", INTERRUPTED, ["R10"]),
    ("stop", SILENT, []),
    ("kill", FAILS, ["R11", "R12"]),
    ("kill", KILLED, ["R11", "R12"]),
    ("exec", FAILS, ["R5", "R23", "R25"]),
    ("exec", INTERRUPTED, ["R5", "R23", "R25"]),
    ("exec", SILENT, ["R5", "R23", "R25"]),
    ("inspect", FAILS, ["R10", "R11", "R12", "R24"]),
    ("save", FAILS, ["R2", "R3", "R4", "R5", "R6", "R7", "R13", "R20", "R23", "R24", "R25"]),
    ("run", FAILS, ["R24"]),
    ("port", FAILS, []),
    ("create", KILLED, []),
    ("start", KILLED, []),
    ("start", INTERRUPTED, []),
]


@pytest.fixture
def breaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a docker on the path that does something else at one of its commands."""

    def put(verb: str, how: str) -> None:
        wrapper = tmp_path / "bin" / "docker"
        wrapper.parent.mkdir()
        real = shutil.which("docker")
        wrapper.write_text(f'#!/bin/sh\ncase "$1" in {verb}) {how};; esac\nexec {real} "$@"\n', encoding="utf-8")
        wrapper.chmod(0o755)
        monkeypatch.setenv("PATH", str(wrapper.parent), prepend=os.pathsep)

    return put


@pytest.mark.parametrize(
    ("verb", "how", "unseen"),
    [pytest.param(*case, marks=[pytest.mark.matrix] if number else []) for number, case in enumerate(CASES)],
)
def test_what_docker_fails_at_is_not_passed(
    verb: str, how: str, unseen: list[str], build: Build, breaking: Callable[[str, str], None], tmp_path: Path
) -> None:
    image = build()
    breaking(verb, how)
    result = command("verify", "--image", image, cwd=tmp_path)
    result.fails(4)
    if unseen:
        first, *others = unseen
        also = f"; also {', '.join(others)}" if others else ""
        assert f"; {len(unseen)} could not be seen, {first}: " in result.err, result.err
        assert f"{also}; 7 do not apply" in result.err, result.err


@pytest.mark.matrix
def test_ps_is_missing_where_the_engine_is(build: Build, breaking: Callable[[str, str], None], tmp_path: Path) -> None:
    image = build()
    breaking("top", FAILS)
    result = command("verify", "--image", image, cwd=tmp_path)
    assert result.code == 0, result.err
