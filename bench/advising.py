"""The command: `python -m bench.advising`, how long `copier-slim advise` takes on a lock of a hundred packages."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from bench.projects import HERE
from bench.timing import run, write_table

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
        kept = [str(Path(directory, "kept"))] * RUNS
        seconds(str(project), kept[:1])  # the file system's cache, and the index's own
        rows = {
            "the command's start, `--help`": seconds("--help", kept),
            "advise, nothing kept": seconds(str(project), [str(Path(directory, str(n))) for n in range(RUNS)]),
            "advise, all kept": seconds(str(project), kept),
        }
    packages = LOCK.read_text(encoding="utf-8").count("==")
    about = f"{packages} packages for four bases and two architectures; medians of {RUNS}"
    write_table(RESULTS, "How long advice takes", about, rows)


def seconds(argument: str, caches: list[str]) -> float:
    """The median time of the verb, once with each of the cache directories."""
    return statistics.median(run([*ADVISE, argument], XDG_CACHE_HOME=cache).seconds for cache in caches)


if __name__ == "__main__":
    main()
