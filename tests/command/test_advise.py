"""The verb `advise`: its options, its exit codes, what it prints where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command.running import command


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose lock names nothing, and an index that does not answer."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "shop"
    root.mkdir()
    (root / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    return root


def test_a_table_that_ends_with_the_recommendation(locked: Path) -> None:
    done = command("advise", "--python", "3.13", cwd=locked)
    assert done.code == 0, done.err
    assert "shop: 0 packages are locked, Python 3.13" in done.out
    assert done.out.rstrip().splitlines()[-1].startswith("Recommended: slim (")


def test_json_is_all_there_is_on_stdout(locked: Path) -> None:
    done = command("advise", "--json", "--platform", "linux/arm64", cwd=locked)
    assert done.code == 0, done.err
    advice = json.loads(done.out)
    assert advice["python"] == "3.14"
    assert {bill["architecture"] for bill in advice["bills"]} == {"arm64"}
    assert not done.err


def test_without_a_lock(tmp_path: Path) -> None:
    command("advise", cwd=tmp_path).fails(3, "has no requirements.txt; run: copier-slim lock")


def test_what_is_no_lock(locked: Path) -> None:
    (locked / "requirements.txt").write_text("flask\n", encoding="utf-8")
    command("advise", cwd=locked).fails(3, "requirements.txt:1", "names no version", "run: copier-slim lock")


def test_an_index_that_does_not_answer(locked: Path) -> None:
    (locked / "requirements.txt").write_text("flask==3.1.0\n", encoding="utf-8")
    done = command("advise", "--json", cwd=locked)
    done.fails(4, "127.0.0.1:9/simple does not answer")
    assert done.out == ""


def test_help_has_an_example(locked: Path) -> None:
    done = command("advise", "--help", cwd=locked)
    assert "Example: copier-slim advise" in done.out


@pytest.mark.parametrize(("option", "value", "code"), [("--platform", "windows/amd64", 2), ("--python", "2.7", 3)])
def test_options_that_cannot_be(option: str, value: str, code: int, locked: Path) -> None:
    command("advise", option, value, cwd=locked).fails(code, value)
