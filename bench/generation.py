"""How long Copier takes to write a project, beside how long it takes to say its version."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from bench.engine import BenchError
from bench.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COPIER = [sys.executable, "-m", "copier"]
VERSION = "copier --version"
FOLDER = "copier copy --defaults, from a folder"
CLONE = "copier copy --defaults, from a git repository"


def measure_generation(template: Path, workspace: Path, runs: int) -> dict[str, list[float]]:
    """Seconds of fresh processes, `runs` of each command in turn after one that does not count, by command.

    The template comes from the folder `template`; and from the newest commit, where this is a git repository.
    """
    commands = {VERSION: [*COPIER, "--version"], FOLDER: [*COPIER, "copy", "--defaults", "--quiet", str(template)]}
    if (ROOT / ".git").exists() and shutil.which("git"):
        clone = workspace / "clone"
        _timed(["git", "clone", "--quiet", str(ROOT), str(clone)])
        commands[CLONE] = [*COPIER, "copy", "--defaults", "--quiet", "--vcs-ref", "HEAD", str(clone)]
    destinations = _numbered(workspace)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            taken = _timed(command if name == VERSION else [*command, str(next(destinations))])
            if run:
                seconds[name].append(taken)
    return seconds


def _numbered(workspace: Path) -> Iterator[Path]:
    number = 0
    while True:
        number += 1
        yield workspace / f"generated-{number}"


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode:
        raise BenchError(f"{' '.join(command[:4])} failed:\n{done.stderr.strip()}")
    return taken
