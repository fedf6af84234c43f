"""The command: `python -m bench.first_answer`, where the time between `docker run` and the first answer goes."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from python_on_whales import docker

from bench import command, engine
from bench.command import say
from bench.projects import HERE, PYTHON, copy_template
from bench.report import table
from bench.services import make
from copier_slim.verify.imports import Imports, parsed, summed

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = HERE / "first_answer.md"
BASES = ("slim", "distroless")
# The services, with the module that the server loads, and its path; a Streamlit script runs at a visit, and none before
APPS = {
    "FastAPI, uvicorn": ("main", "/healthz"),
    "FastAPI, SQLAlchemy, Requests, uvicorn": ("main", "/healthz"),
    "Litestar, uvicorn": ("main", "/healthz"),
    "Flask, gunicorn": ("main", "/healthz"),
    "Django, gunicorn": ("config.wsgi", "/healthz"),
    "Streamlit": ("streamlit", "/_stcore/health"),
}
PHASES = ("engine", "launcher", "interpreter", "server's imports", "app's imports", "until the answer")
MARK = "bench-mark"
MARKED = re.compile(rf"{MARK} (\w+) ([\d.]+)")
EXPLAINED = (
    "Engine: from `docker run` to the first line of `container/launch.py`, with the start of the interpreter that "
    "reads it. Launcher: until it becomes the server. Interpreter: until the server's Python reads its `.pth` files. "
    "The server's imports: until the app's module begins; of Streamlit, which runs the script at a visit, all that "
    "follows is in the last column."
)
# Imports the app as the server does, in a process of its own
ALONE = """
import subprocess, sys, time
for _ in range(3):
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {sys.argv[1]}"], check=True, stdout=subprocess.DEVNULL)
    print(time.perf_counter() - started)
"""


def main() -> int:
    """Measures, prints and writes the tables. 4 where no engine answers, 1 where a measurement fails."""
    return command.table("bench.first_answer", __doc__, "starts", RESULTS, measure)


def measure(workspace: Path, runs: int) -> str:
    """The tables, of all services in turn."""
    template = copy_template(workspace / "template")
    images: dict[tuple[str, str], str] = {}
    for base in BASES:
        for number, name in enumerate(APPS):
            say(f"image: {name}, {base}")
            project = make(template, workspace / f"{base}-{number}", name, base=base, python_version=PYTHON)
            images[name, base] = tag = f"{engine.LABEL}:{engine.RUN}-{base}-{number}"
            engine.build(project, tag)
            add_marks(project, APPS[name][0])
            engine.build(project, f"{tag}-code")
            engine.build(with_mark(workspace / f"marked-{base}-{number}", f"{tag}-code"), f"{tag}-marked")
    phases: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(runs + 1):  # the first does not count
        say(f"round {number} of {runs}" if number else "a round to warm up")
        for key, tag in images.items():
            found = start(f"{tag}-marked", *APPS[key[0]])
            for phase, seconds in found.items():
                if number:
                    phases[key][phase].append(seconds)
    say("imports")
    imports = {name: imported(images[name, "slim"], APPS[name][1]) for name in APPS}
    medians = {key: {phase: median(taken) for phase, taken in one.items()} for key, one in phases.items()}
    return markdown(medians, imports, runs)


def mark(name: str) -> str:
    """A statement that writes a name and the time to stderr, without a quote that a shell's line would end at."""
    return f'__import__("sys").stderr.write("{MARK} {name} " + str(__import__("time").time()) + chr(10))'


def add_marks(project: Path, module: str) -> None:
    """Lets the launcher and the app say when they begin, and the app when its imports are done."""
    launcher = project / "container/launch.py"
    text = launcher.read_text(encoding="utf-8").replace("\nimport ", f"\n{mark('launcher')}\nimport ", 1)
    begins = "    os.execvp(command[0], command)\n"
    launcher.write_text(text.replace(begins, f"    {mark('exec')}\n{begins}"), encoding="utf-8")
    app = project / f"{module.replace('.', '/')}.py"
    if app.exists():
        text = app.read_text(encoding="utf-8")
        app.write_text(f"{mark('app')}\n{text}\n{mark('imported')}\n", encoding="utf-8")


def with_mark(context: Path, tag: str) -> Path:
    """A directory to build that lets the Python of an image say when it begins, too."""
    context.mkdir()
    (context / "000-bench.pth").write_text(f"import sys; {mark('python')}\n", encoding="utf-8")
    site = f"/opt/venv/lib/python{PYTHON}/site-packages/"
    dockerfile = f"FROM {tag}\nCOPY --chmod=644 000-bench.pth {site}\n"
    (context / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    return context


def start(tag: str, module: str, path: str) -> dict[str, float]:
    """Seconds of each phase of one start, of all, and of an import of the app alone in the same container."""
    with engine.serving(tag, path) as (_, seconds):
        answered = time.time()
        container = docker.container.list(filters=[("label", f"{engine.LABEL}={engine.RUN}")])[0]
        alone = str(docker.execute(container, ["python", "-c", ALONE, module]))
        log = str(docker.logs(container))
    marks: dict[str, float] = {}
    for name, at in MARKED.findall(log):
        marks.setdefault(name, float(at))
    begun = answered - seconds
    app = marks.get("app", marks["python"])
    # Gunicorn's worker loads the app before it answers, and uvicorn before it listens
    ends = [marks["launcher"], marks["exec"], marks["python"], app, marks.get("imported", app), answered]
    begins = [begun, *ends[:-1]]
    found = {phase: end - begin for phase, begin, end in zip(PHASES, begins, ends, strict=True)}
    return found | {"all": seconds, "alone": median(map(float, alone.split()))}


def imported(tag: str, path: str) -> Imports:
    """What a start imports, as `verify` says it."""
    with engine.serving(tag, path, {"PYTHONPROFILEIMPORTTIME": "1"}):
        container = docker.container.list(filters=[("label", f"{engine.LABEL}={engine.RUN}")])[0]
        return summed(parsed(str(docker.logs(container))))


def markdown(medians: dict[tuple[str, str], dict[str, float]], imports: dict[str, Imports], runs: int) -> str:
    """The page: where the time goes, against an import of the app alone, and the slowest imports."""
    about = (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {PYTHON}, {os.cpu_count()} CPUs, {engine.describe_engine()}; the newest "
        f"releases of all packages. Medians of {runs} starts, all services in turn; the ratios tell more than the "
        "milliseconds, which are one machine's."
    )
    parts = ["# Where the time to the first answer goes", about]
    for base in BASES:
        rows = [
            [name, *(f"{medians[name, base][phase] * 1000:.0f}" for phase in (*PHASES, "all"))]
            for name in APPS
        ]  # fmt: skip
        parts += [f"## {base}, in ms", table(["Service", *PHASES, "all"], rows)]
    parts += [
        EXPLAINED,
        "## Against `python -c 'import app'` in the same container",
        table(["Service", *(f"{base}: {what}" for base in BASES for what in WHATS)], against(medians)),
        "As a ratio, all from `docker run` on, and without the engine's part.",
        "## The slowest imports, on slim",
    ]
    rows = [
        [name, f"{found.milliseconds:.0f}", str(found.modules), listed(found)] for name, found in imports.items()
    ]  # fmt: skip
    parts += [table(["Service", "all, ms", "modules", "packages with the most time of their own, ms"], rows)]
    parts.append("By `-X importtime`, as `verify` names them: measuring makes each import a little slower.")
    return "\n\n".join(parts) + "\n"


WHATS = ("import, ms", "first answer", "without the engine")


def against(medians: dict[tuple[str, str], dict[str, float]]) -> list[list[str]]:
    """Each service's import alone in ms, and the first answer as multiples of it."""
    rows = []
    for name in APPS:
        cells = [name]
        for base in BASES:
            one = medians[name, base]
            whole, inside = one["all"] / one["alone"], (one["all"] - one["engine"]) / one["alone"]
            cells += [f"{one['alone'] * 1000:.0f}", f"{whole:.2f}", f"{inside:.2f}"]
        rows.append(cells)
    return rows


def listed(found: Imports) -> str:
    """The slowest, in a phrase."""
    return ", ".join(f"{row.name} {row.own:.0f}" for row in found.slowest)


if __name__ == "__main__":
    sys.exit(main())
