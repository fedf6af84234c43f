"""Files that a program of the project's reads itself: gunicorn.conf.py, uwsgi.ini, and the targets of make and just."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from copier_slim.detect.statements import processes
from copier_slim.detect.statements.fields import walk
from copier_slim.detect.statements.shell import SERVES
from copier_slim.detect.statements.stated import START, Said
from copier_slim.reading import formats

if TYPE_CHECKING:
    from copier_slim.detect.statements.files import File
    from copier_slim.detect.statements.stated import Stated

STREAMLIT_HEALTH = "/_stcore/health"
TARGET = re.compile(r"@?([A-Za-z0-9_.-]{1,99}+)")
RUNS = re.compile(
    r"\b(?:celery|manage\.py|docker (?:container )?run|docker[- ]compose up|python3? -m \w|dramatiq|huey|rq worker)\b"
)


def gunicorn(file: File, stated: Stated) -> None:
    """Takes the port of gunicorn's settings; gunicorn reads the others itself."""
    try:
        tree = formats.python(file.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        stated.leave("all of it", "not valid Python")
        return
    document: dict[str, Any] = {}
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and not target.id.startswith("_"):
                value = getattr(node, "value", None)
                document[target.id] = value.value if isinstance(value, ast.Constant) else ""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            document[node.name] = ""
    for item in walk(document, file.kind):
        is_short = item.answer == "start" and isinstance(item.value, int) and item.value <= START
        if is_short or (item.answer and not (item.value and isinstance(item.value, str | int))):
            stated.leave(item.name, "gunicorn reads it itself")
        elif item.answer == "grace":  # of the requests in flight, after which the container has to end
            stated.take(replace(item, value=item.value + 2 if isinstance(item.value, int) else item.value))
        else:
            stated.take(item)


def uwsgi(file: File, stated: Stated) -> None:
    """Takes uWSGI's settings: the app that they name is the default process."""
    document = {
        section: {key: found if len(found) > 1 else found[0] for key, found in settings.items()}
        for section, settings in file.document.items()
    }
    settings = document.get("uwsgi", {})
    if any(key in settings for key in ("module", "wsgi", "wsgi-file", "file")):
        stated.commands.append(Said(f"uwsgi --ini {file.path}", stated.place(("uwsgi",))))
    for item in walk(document, file.kind):
        if item.answer == "environment":
            found = item.value if isinstance(item.value, list) else [item.value]
            pairs = [(name.strip(), value) for name, _, value in (text.partition("=") for text in found)]
            stated.variables(pairs, stated.place(item.path), item.name)
        elif item.answer == "port" and not re.search(r"\d", str(item.value)):
            stated.leave(item.name, "of where it runs")
        elif item.answer != "command":
            stated.take(item)


def streamlit(file: File, stated: Stated) -> None:
    """Takes Streamlit's settings: the port, and the folder that its addresses begin with."""
    for item in walk(file.document, file.kind):
        if item.answer == "health_path" and isinstance(item.value, str) and item.value.strip("/"):
            path = f"/{item.value.strip('/')}{STREAMLIT_HEALTH}"
            stated.take_as("health_path", item.name, path, stated.place(item.path, item.value))
        else:
            stated.take(item)


def targets(file: File, stated: Stated) -> None:
    """Names the targets that run the app: they are a developer's, and state nothing of production."""
    current = ""
    for text in file.text.split("\n"):
        if text[:1] not in (" ", "\t"):
            match = TARGET.match(text)
            current = match[1] if match and ":" in text and ":=" not in text else ""
        elif current and (SERVES.search(text) or RUNS.search(text)) and not processes.runs_once(text):
            stated.leave(f"{current} ({text.strip().lstrip('@-')})", "for development")
