"""The command: `python -m bench.advising`, how long `copier-slim advise` takes on a lock of a hundred packages."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
BYTECODE = Path(tempfile.gettempdir(), "copier-slim-bench-bytecode")
LOCK = HERE / "advising.txt"
RESULTS = HERE / "advising.md"
RUNS = 5
ADVISE = ["-m", "copier_slim", "advise", "--python", "3.13", "--json"]


def main() -> None:
    """Measures, prints and writes the table."""
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory, "shop")
        project.mkdir()
        (project / "requirements.txt").write_bytes(LOCK.read_bytes())
        kept = Path(directory, "kept")
        run([*ADVISE, str(project)], kept)  # the file system's cache, and the index's own
        rows = {
            "the command's start, `--help`": [run([*ADVISE, "--help"], kept) for _ in range(RUNS)],
            "advise, nothing kept": [run([*ADVISE, str(project)], Path(directory, str(n))) for n in range(RUNS)],
            "advise, all kept": [run([*ADVISE, str(project)], kept) for _ in range(RUNS)],
        }
    measured = f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} CPUs"
    packages = LOCK.read_text(encoding="utf-8").count("==")
    lines = [
        "# How long advice takes",
        "",
        f"{measured}; {packages} packages for four bases and two architectures; medians of {RUNS}.",
        "",
        "| | s |",
        "| --- | ---: |",
        *(f"| {name} | {statistics.median(taken):.2f} |" for name, taken in rows.items()),
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def run(arguments: list[str], cache: Path) -> float:
    """Seconds of a process that finds the project's own package, compiled as an installed one is."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent / "hooks"),
        "PYTHONPYCACHEPREFIX": str(BYTECODE),
        "XDG_CACHE_HOME": str(cache),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
