"""The command: `python -m bench.lazy_imports`, what Python 3.15's lazy imports bring to ten web services, by `tune`."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from python_on_whales import docker

from bench import command, engine
from bench.command import say
from bench.projects import HERE, copy_template
from bench.report import table
from bench.services import SERVICES, make
from copier_slim.errors import CopierSlimError
from copier_slim.tune import Plan, Tuned, tune
from copier_slim.verify import Options

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = HERE / "lazy_imports.md"
PYTHON = "3.15"
IMAGE = f"python:{PYTHON}-slim-trixie"
MEGABYTE = 1_000_000


def main() -> int:
    """Measures, prints and writes the table. 4 where no engine answers, 1 where a measurement fails."""
    return command.table("bench.lazy_imports", __doc__, "starts of each kind", RESULTS, measure)


def measure(workspace: Path, runs: int) -> str:
    """The table, service by service."""
    template = copy_template(workspace / "template")
    engine.pull_missing([IMAGE])
    rows, cannot_wait = [], []
    for number, name in enumerate(SERVICES):
        say(name)
        try:
            project = make(template, workspace / f"service-{number}", name, python_version=PYTHON)
            tuned = tune(project, Plan(Options(wait=180), runs, tests=False), lambda _: None)
        except CopierSlimError as error:
            raise engine.BenchError(f"{name}: {error}") from error
        rows.append(row(name, tuned))
        say(" | ".join(rows[-1]))
        cannot_wait += [f"- {name}: `{module}`, as else {why}" for module, why in tuned.eager.items()]
        cannot_wait += [f"- {name}: {tuned.problem}"] if tuned.problem else []
    return markdown(rows, cannot_wait, runs)


def row(name: str, tuned: Tuned) -> list[str]:
    """A service's cells; empty ones where nothing could be measured."""
    if not (tuned.before.seconds and tuned.after.seconds):
        return [name, *[""] * 6]
    times = [tuned.before.ms, tuned.after.ms]
    sizes = [tuned.before.bytes / MEGABYTE, tuned.after.bytes / MEGABYTE]
    return [
        name, *(f"{one:.0f}" for one in times), f"{times[1] / times[0]:.2f}",
        *(f"{one:.1f}" for one in sizes), f"{sizes[1] / sizes[0]:.2f}",
    ]  # fmt: skip


def markdown(rows: list[list[str]], cannot_wait: list[str], runs: int) -> str:
    """The page: the table, and what cannot wait."""
    code = "import platform; print(platform.python_version())"
    python = str(docker.run(IMAGE, ["python", "-c", code], remove=True, labels={engine.LABEL: engine.RUN})).strip()
    about = (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {python}, {os.cpu_count()} CPUs, {engine.describe_engine()}; the newest "
        f"releases of all packages, on slim. Each service was started {runs} times with `PYTHON_LAZY_IMPORTS=all` and "
        f"{runs} times without, in turn, by `copier-slim tune`. First answer: from `docker start` to that of "
        "the health path. Memory: proportional set size of all processes, after the routes were asked. Medians; the "
        "ratios tell more than the numbers, which are one machine's."
    )
    headings = [
        "Service", "First answer, ms", "lazy, ms", "ratio", "Memory, MB", "lazy, MB", "ratio",
    ]  # fmt: skip
    parts = ["# What lazy imports bring", about, table(headings, rows), "## What cannot wait"]
    none = "Nothing: all of these answer the same, with each import at the top of a module lazy."
    return "\n\n".join([*parts, "\n".join(cannot_wait) or none]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
