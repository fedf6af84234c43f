"""The command: `python -m bench.copying`, what `copier-slim copy` takes beside the pip-compile it needs."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

from bench import command, timing
from bench.locking import SERVICES, plain
from bench.projects import HERE, PYTHON, copy_template
from bench.report import table

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = HERE / "copying.md"
# Who asks for any release of it each time, and so locks anew; each service's lock has it anyway
ASKED_ANEW = "typing-extensions"
APPS = {
    "FastAPI": "from fastapi import FastAPI\n\napp = FastAPI()\n",
    "Django": "from django.core.wsgi import get_wsgi_application\n\napplication = get_wsgi_application()\n",
}
ABOUT = (
    "Seconds by the clock, for repositories that have requirements without versions and one module: `copier-slim copy "
    "--defaults .` up to its first line and as a whole, that is to detect, render and lock in the target image, which "
    "is set up already; and of it what is no lock, by the same with `--no-lock`. Bare: the lock stage of the "
    "Dockerfile that it wrote, by a plain `docker build`. Downloads of the first round are kept, as pip keeps them."
)


def main() -> int:
    """Measures, prints and writes the table. 4 where no engine answers, 1 where a measurement fails."""
    return command.table("bench.copying", __doc__, "copies of each kind", RESULTS, measure)


def measure(workspace: Path, runs: int) -> str:
    """The table in Markdown."""
    template = copy_template(workspace / "template")
    rows = []
    for name, dependencies in SERVICES.items():
        taken: dict[str, list[float]] = {}
        for number in range(runs + 1):  # the first sets the image up, and fills the cache
            command.say(f"{name}, round {number} of {runs}" if number else f"{name}, a round to warm up")
            repository = make(workspace / f"{name} {number}", name, dependencies)
            first, whole = copy(repository, template)
            bare, _ = plain(repository, workspace / f"{name} {number} bare")
            _, apart = copy(make(workspace / f"{name} {number} apart", name, dependencies), template, "--no-lock")
            if number:
                for what, seconds in zip(("first", "apart", "whole", "bare"), (first, apart, whole, bare), strict=True):
                    taken.setdefault(what, []).append(seconds)
        of = {what: median(seconds) for what, seconds in taken.items()}
        cells = [f"{of[what]:.1f}" for what in ("first", "apart", "whole", "bare")]
        rows.append([name, *cells, f"{of['whole'] / of['bare']:.2f}"])
    headings = ["Repository", "first line, s", "without the lock, s", "whole, s", "bare pip-compile, s", "multiple"]
    alone = f"`copier --version`, which imports Copier and does nothing: {importing():.1f} s."
    about = f"{ABOUT} {alone} Medians of {runs}, in turn."
    return f"# What a copy costs\n\n{about}\n\n{table(headings, rows)}\n\n{command.measured()}\n"


def make(repository: Path, name: str, dependencies: str) -> Path:
    """A committed repository that nothing has locked yet."""
    repository.mkdir()
    asked = f"{dependencies}\n{ASKED_ANEW}>=0.{time.time_ns()}\n"
    server = "fastapi\nuvicorn\n" if name.startswith("FastAPI") else "gunicorn\n"
    app, file = (APPS["FastAPI"], "main.py") if name.startswith("FastAPI") else (APPS["Django"], "wsgi.py")
    (repository / "requirements.txt").write_text(server + asked, encoding="utf-8")
    (repository / file).write_text(app, encoding="utf-8")
    git = ["git", "-C", str(repository), "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for words in ["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "The project"]:
        subprocess.run([*git, *words], check=True)
    return repository


def copy(repository: Path, template: Path, *options: str) -> tuple[float, float]:
    """The seconds of a copy until its first line, and until its end. Raises AssertionError with what it said."""
    argv = [
        sys.executable, "-m", "copier_slim", "copy", "--defaults", "--template", str(template),
        "--data", f"python_version={PYTHON}", "--data", "package_tool=pip-tools", *options, ".",
    ]  # fmt: skip
    started = time.perf_counter()
    with subprocess.Popen(
        argv, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=timing.environment()
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        first = time.perf_counter() - started
        said += process.stdout.read()
    whole = time.perf_counter() - started
    assert process.returncode == 0, f"copy ends with {process.returncode}: {said}"
    return first, whole


def importing() -> float:
    """The seconds of `copier --version`."""
    timing.run(["-m", "copier", "--version"])
    return median(timing.run(["-m", "copier", "--version"]).seconds for _ in range(5))


if __name__ == "__main__":
    raise SystemExit(main())
