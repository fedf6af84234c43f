"""The command: `python -m bench.locking`, what a lock costs beside the bare pip-compile that it needs."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

from copier import run_copy

from bench import command
from bench.projects import ANSWERS, HERE, copy_template
from bench.report import table
from copier_slim.engine import builds
from copier_slim.lock import compile_lock

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = HERE / "locking.md"
SERVICES = {
    "FastAPI, SQLAlchemy": ANSWERS["dependencies"],
    "Django": "django\npsycopg[binary]\ncelery\nredis\nwhitenoise\npillow",
    "FastAPI, pandas": "pandas\nscikit-learn\nsqlalchemy\nboto3\nredis\nhttpx",
}
ABOUT = (
    "Seconds by the clock for a lock of the newest versions in the target image, which is set up already; downloads of "
    "the first round are kept, as pip keeps them. Bare: the Dockerfile's lock stage by a plain `docker build`. Both "
    "give the same bytes. An index with PyPI's JSON API beside the simple one costs the bare one less than others do, "
    "where pip-tools fetches every file of each release to hash it."
)


def main() -> int:
    """Measures, prints and writes the table. 4 where no engine answers, 1 where a measurement fails."""
    return command.table("bench.locking", __doc__, "locks of each kind", RESULTS, measure)


def measure(workspace: Path, runs: int) -> str:
    """The table in Markdown."""
    template = copy_template(workspace / "template")
    rows = []
    for name, dependencies in SERVICES.items():
        project = workspace / name
        answers = ANSWERS | {"dependencies": dependencies, "package_tool": "pip-tools"}
        run_copy(str(template), project, data=answers, defaults=True, quiet=True)
        compile_lock(project)  # sets the image up, and fills the cache
        bare, own = [], []
        for number in range(runs):
            command.say(f"{name}, round {number + 1} of {runs}")
            seconds, text = plain(project, workspace / f"{name} {number}")
            bare.append(seconds)
            started = time.perf_counter()
            made = compile_lock(project, upgrade=True)
            own.append(time.perf_counter() - started)
            if made.text != text:
                raise AssertionError(f"{name}: the locks differ")
        ratio = median(own) / median(bare)
        rows.append([name, f"{median(bare):.1f}", f"{median(own):.1f}", f"{ratio:.2f}"])
    headings = ["Project", "Bare pip-compile, s", "copier-slim lock, s", "multiple"]
    about = f"{ABOUT} Medians of {runs}, in turn."
    return f"# What a lock costs\n\n{about}\n\n{table(headings, rows)}\n\n{command.measured()}\n"


def plain(project: Path, out: Path) -> tuple[float, str]:
    """The seconds of a plain build of the lock stage, and its lock."""
    changed = {"UPGRADE": str(time.time_ns())}
    started = time.perf_counter()
    builds.build(project, target="lock", output=out, tag=None, build_args=changed, progress=lambda _: None)
    seconds = time.perf_counter() - started
    return seconds, (out / "requirements.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
