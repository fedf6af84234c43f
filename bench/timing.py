"""Fresh processes of the command and how long they take, and the tables of that."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

BYTECODE = Path(tempfile.gettempdir(), "copier-slim-bench-bytecode")


class Run(NamedTuple):
    """What a process wrote to stdout, its seconds by the clock, and its exit code."""

    output: str
    seconds: float
    exit_code: int


def run(
    arguments: Sequence[str], *, directory: Path | None = None, fine: Collection[int] = (0,), **variables: str
) -> Run:
    """An interpreter that finds the project's own package, compiled as an installed one is.

    Raises AssertionError with its complaint where the exit code is none of the `fine` ones.
    """
    command = [sys.executable, *arguments]
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=directory, check=False, capture_output=True, text=True, env=environment(**variables)
    )
    seconds = time.perf_counter() - started
    assert done.returncode in fine, f"{' '.join(arguments)} ends with {done.returncode}: {done.stderr}"
    return Run(done.stdout, seconds, done.returncode)


def environment(**variables: str) -> dict[str, str]:
    """This process's, in which an interpreter finds the project's own package, compiled as an installed one is."""
    own = {"PYTHONPATH": str(ROOT / "hooks"), "PYTHONPYCACHEPREFIX": str(BYTECODE)}
    found = {**os.environ, **own, **variables}
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


def write_table(path: Path, title: str, about: str, rows: Mapping[str, float]) -> None:
    """Prints and writes seconds by what took them, under the date and the machine."""
    lines = [
        f"# {title}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} CPUs; {about}.",
        "",
        "| | s |",
        "| --- | ---: |",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in rows.items()),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
