"""Servers that would cut off the requests in flight are started by a few lines of the image's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from tests.conftest import ROOT, Render

WAITRESS, DAPHNE = '"python", "-P", "/opt/waitress.py"', '"python", "-P", "/opt/daphne.py"'
# By a sentence: answers, what CMD starts, and the programs that are in the image
STARTED: dict[str, tuple[dict[str, Any], str, set[str]]] = {
    "a stated command": (
        {"framework": "flask", "command": "waitress-serve --listen=0.0.0.0:$PORT main:app"},
        f"{WAITRESS}",
        {"waitress.py"},
    ),
    "behind an agent": (
        {"framework": "fastapi", "command": "ddtrace-run daphne main:app -b 0.0.0.0 -p $PORT"},
        f'"ddtrace-run", {DAPHNE}'.replace('"python", "-P"', '"python", \\\n     "-P"'),
        {"daphne.py"},
    ),
    "as a module": (
        {"framework": "flask", "command": "python -m waitress --listen=0.0.0.0:$PORT main:app"},
        f"{WAITRESS}",
        {"waitress.py"},
    ),
    "an app that is no object": (
        {"framework": "command", "app": "daphne main:app -b 0.0.0.0 -p $PORT", "port": 8000},
        f'{DAPHNE}, "main:app"',
        {"daphne.py"},
    ),
    "a name among the arguments": (
        {"framework": "flask", "command": "gunicorn main:app --name daphne --bind 0.0.0.0:$PORT"},
        '"gunicorn"',
        set(),
    ),
}


def flat(text: str) -> str:
    return re.sub(r" \\\n\s*", " ", text)


@pytest.mark.parametrize("builder", ["current", "older"])
@pytest.mark.parametrize("name", STARTED)
def test_what_starts_it(render: Render, tmp_path: Path, name: str, builder: str) -> None:
    answers, started, programs = STARTED[name]
    project = render(tmp_path / "shop", builder=builder, **answers)
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    assert flat(started) in flat(text.rpartition("\nCMD ")[2])
    assert set(re.findall(r"/opt/((?:waitress|daphne)\.py)$", text, re.MULTILINE)) == programs
    kept = {path.name for path in (project / "container").iterdir()} & {"waitress.py", "daphne.py"}
    assert kept == (programs if builder == "older" else set())


def test_a_process_beside_it_is_started_so_too(render: Render, tmp_path: Path) -> None:
    lines = "live: daphne -v 2 live:app\nold: env STAGE=x waitress-serve old:app"
    project = render(tmp_path / "shop", framework="flask", processes=lines)
    text = (project / "container/launch.py").read_text(encoding="utf-8")
    found = {name: json.loads(words) for name, words in re.findall(r'^    "(\w+)": (\[.*\]),$', text, re.MULTILINE)}
    live = ["python", "-P", "/opt/daphne.py", "-v", "2", "live:app", "-b", "0.0.0.0", "-p", "$PORT"]  # noqa: S104
    assert found["live"] == live
    assert found["old"] == ["env", "STAGE=x", "python", "-P", "/opt/waitress.py", "old:app"]


def test_they_get_what_the_container_gets_to_stop(render: Render, tmp_path: Path) -> None:
    answers = {"framework": "flask", "command": "waitress-serve --port=$PORT main:app", "limits": "app: grace=60"}
    text = (render(tmp_path / "shop", **answers) / "Dockerfile").read_text(encoding="utf-8")
    assert "gives the requests in flight 58 seconds" in text
    assert "time.monotonic() + 58" in text


@pytest.mark.parametrize("name", catalog.finishing())
def test_each_is_written_and_known_as_a_program(name: str) -> None:
    assert (ROOT / f"partials/servers/{catalog.finishing()[name].program}.jinja").exists()
    assert name in catalog.commands().programs
