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
    from collections.abc import Mapping, Sequence

BYTECODE = Path(tempfile.gettempdir(), "copier-slim-bench-bytecode")


class Run(NamedTuple):
    """What a process wrote to stdout, and its seconds by the clock."""

    output: str
    seconds: float


def run(arguments: Sequence[str], **variables: str) -> Run:
    """An interpreter that finds the project's own package, compiled as an installed one is."""
    own = {"PYTHONPATH": str(ROOT / "hooks"), "PYTHONPYCACHEPREFIX": str(BYTECODE)}
    environment = {**os.environ, **own, **variables}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, env=environment)
    return Run(done.stdout, time.perf_counter() - started)


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
