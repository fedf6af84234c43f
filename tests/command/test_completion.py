"""Completion is installed by one command, and completes verbs and options."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command.running import command

# What typer reads to know the shell, in place of asking the process above
SHELLS = {"bash": ".bashrc", "zsh": ".zshrc"}


def run(home: Path, *words: str, **more: str) -> str:
    env = {"HOME": str(home), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", **more}
    done = command(*words, cwd=home, **env)
    assert done.code == 0, done.err
    return done.out


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_installed_by_one_command(shell: str, tmp_path: Path) -> None:
    said = run(tmp_path, "--install-completion", shell)
    assert f"{shell} completion installed" in said
    assert (tmp_path / SHELLS[shell]).is_file()
    assert any("copier-slim" in path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize(("typed", "completed"), [("copier-slim ver", "verify"), ("copier-slim copy --pro", "--prove")])
def test_it_completes_verbs_and_options(typed: str, completed: str, tmp_path: Path) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1), "_COPIER_SLIM_COMPLETE": "complete_bash"}
    assert completed in run(tmp_path, **words).split()


def test_help_has_examples(tmp_path: Path) -> None:
    text = run(tmp_path, "--help")
    assert "copier-slim copy --defaults ." in text
    verbs = ("copy", "update", "detect", "lock", "check", "advise", "verify", "tune")
    assert all("Example" in run(tmp_path, verb, "--help") for verb in verbs)
