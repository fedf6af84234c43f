"""The command: `python -m bench.front_end`, what a change takes to build with a front end by Vite and without one."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import uuid4

from copier import run_copy
from python_on_whales import docker

from bench import command, engine
from bench.command import say
from bench.projects import HERE, PYTHON, copy_template

RESULTS = HERE / "front_end.md"
ANSWERS = {"project_name": "bench", "framework": "fastapi", "python_version": PYTHON, "package_tool": "uv"}
ASSETS = {"assets": "npm", "assets_path": "ui", "assets_output": "ui/dist"}
VITE = {"vite": "7.3.0"}
PACKAGE = {"private": True, "scripts": {"build": "vite build"}, "devDependencies": VITE}
FILES = {
    "ui/package.json": json.dumps(PACKAGE),
    "ui/index.html": '<script type="module" src="/main.js"></script>\n',
    "ui/main.js": 'document.title = "bench";\n',
}
# What changes, and what an engineer changes most often comes first
CHANGES = {"one Python file": ("main.py", "#"), "one file of the front end": ("ui/main.js", "//")}


def main() -> int:
    """Measures, prints and writes the table. 4 where no engine answers, 1 where a measurement fails."""
    return command.table("bench.front_end", __doc__, "changes of each kind", RESULTS, measure)


def measure(workspace: Path, runs: int) -> str:
    """The table, of both projects in turn."""
    template = copy_template(workspace / "template")
    projects = {}
    for name, more in {"without": {}, "with": ASSETS}.items():
        say(f"image: {name} a front end")
        project = workspace / name
        run_copy(str(template), project, data=ANSWERS | more, defaults=True, quiet=True)
        engine.make_lock(project, "requirements.txt")
        if more:
            add_front_end(project)
        engine.build(project, tag(name))
        projects[name] = project
    taken: dict[tuple[str, str], list[float]] = {}
    for number in range(runs + 1):  # the first does not count
        say(f"round {number} of {runs}" if number else "a round to warm up")
        for change, (file, comment) in CHANGES.items():
            for name in sorted(projects, reverse=bool(number % 2)):
                path = projects[name] / file
                if not path.exists():
                    continue
                with path.open("a", encoding="utf-8") as text:
                    text.write(f"{comment} {uuid4()}\n")
                seconds = engine.build(projects[name], tag(name))
                if number:
                    taken.setdefault((name, change), []).append(seconds)
    sizes = {name: engine.image_bytes(tag(name)) / 1e6 for name in projects}
    return markdown(taken, sizes, runs)


def tag(name: str) -> str:
    """The image's tag."""
    return f"{engine.LABEL}:{engine.RUN}-front-end-{name}"


def add_front_end(project: Path) -> None:
    """A page by Vite, and its lock."""
    for path, text in FILES.items():
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")
    docker.run(
        "node:24-slim", ["npm", "install", "--package-lock-only", "--ignore-scripts"], remove=True, workdir="/src",
        volumes=[(project / "ui", "/src")], labels={engine.LABEL: engine.RUN},
    )  # fmt: skip


def markdown(taken: dict[tuple[str, str], list[float]], sizes: dict[str, float], runs: int) -> str:
    """The table: seconds by what changed, and the images' sizes."""
    rows = [
        (f"Built after a change of {change}, s", *(cell(taken.get((name, change))) for name in ("without", "with")))
        for change in CHANGES
    ]
    rows.append(("Image, MB", *(f"{sizes[name]:.1f}" for name in ("without", "with"))))
    about = (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {PYTHON}, {os.cpu_count()} CPUs, {engine.describe_engine()}. The FastAPI"
        f" starter, with a page by Vite and without one, in turn. Medians of {runs} builds."
    )
    lines = [
        "# What a front end costs",
        "",
        about,
        "",
        "| | Without a front end | With one |",
        "| --- | ---: | ---: |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def cell(seconds: list[float] | None) -> str:
    """A median, "" where nothing was measured."""
    return f"{median(seconds):.2f}" if seconds else ""


if __name__ == "__main__":
    sys.exit(main())
