"""The start command that the repository states outright, for this platform or another."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements.commands import HERE, Image, Start, flask_app, read_command
from copier_slim.detect.statements.dockerfile import unquoted
from copier_slim.reading import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.tree import Tree

COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml", "docker-compose.prod.yml")
READERS: dict[str, Callable[[str], Any]] = {"toml": formats.toml, "replit": formats.toml, "json": formats.json}
DOTENV = (".flaskenv", ".env", ".env.example", ".env.sample")


def stated(code: Code, dockerfile: Dockerfile | None) -> Iterator[Start]:
    """What is stated, the most binding first; only what can be told, and what is in the repository."""
    for command, evidence, image in _commands(code.tree, dockerfile):
        start = read_command(command, code, evidence, image)
        if start:
            yield replace(start, evidence=start.evidence if start.evidence.line else evidence)
    if (flask := _flask_env(code)) is not None:
        yield flask


def _commands(tree: Tree, dockerfile: Dockerfile | None) -> Iterator[tuple[str, Evidence, Image]]:
    image = dockerfile.image if dockerfile else HERE
    for command, evidence in _procfile(tree):
        yield command, evidence, HERE
    if dockerfile and dockerfile.command:
        yield *dockerfile.command, image
    for command, evidence in _compose(tree):
        yield command, evidence, image
    for command, evidence in _platforms(tree):
        yield command, evidence, HERE


def _procfile(tree: Tree) -> Iterator[tuple[str, Evidence]]:
    processes: dict[str, tuple[str, Evidence]] = {}
    for number, line in enumerate((tree.text("Procfile") or "").split("\n"), 1):
        if match := re.match(r"([A-Za-z0-9_-]+):\s*(.+)$", line):
            processes.setdefault(match[1], (match[2].strip(), Evidence("Procfile", number, line)))
    if "web" in processes:
        yield processes["web"]
    elif others := {name: process for name, process in processes.items() if name != "release"}:
        yield next(iter(others.values()))


def _compose(tree: Tree) -> Iterator[tuple[str, Evidence]]:
    for path in COMPOSE:
        services = _mapping(_document(tree, path).get("services"))
        for service in map(_mapping, services.values()):
            build = service.get("build")
            context = build if isinstance(build, str) else _mapping(build).get("context", "." if build else None)
            command = service.get("command")
            if context in (".", "./") and command:
                line = unquoted(shlex.join(map(str, command))) if isinstance(command, list) else str(command)
                yield line, tree.evidence(path, "command:")


def _platforms(tree: Tree) -> Iterator[tuple[str, Evidence]]:
    for path, keys in (
        ("railway.toml", ("deploy", "startCommand")),
        ("railway.json", ("deploy", "startCommand")),
        ("nixpacks.toml", ("start", "cmd")),
        ("railpack.json", ("deploy", "startCommand")),
        ("fly.toml", ("processes", "app")),
        ("render.yaml", ("services", "startCommand")),
        ("app.yaml", ("entrypoint",)),
        ("heroku.yml", ("run", "web")),
        (".replit", ("run",)),
        ("zerops.yml", ("run", "start")),
    ):
        value: Any = _document(tree, path)
        for key in keys:
            value = (
                next(iter(value), None) if isinstance(value, list) and value and isinstance(value[0], dict) else value
            )
            value = _mapping(value).get(key)
        if isinstance(value, list):
            value = " ".join(map(str, value))
        if isinstance(value, str) and value.strip():
            yield value, tree.evidence(path, keys[-1])


def _flask_env(code: Code) -> Start | None:
    for path in DOTENV:
        for number, line in enumerate((code.tree.text(path) or "").split("\n"), 1):
            if match := re.match(r"\s*(?:export\s+)?FLASK_APP\s*=\s*[\"']?([^\"'\s#]+)", line):
                app = flask_app(match[1], code)
                if app:
                    return Start(Evidence(path, number, line), ("flask", "run"), app=app, interface="wsgi")
    return None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _document(tree: Tree, path: str) -> dict[str, Any]:
    """A platform's file, parsed by its kind; {} where there is none, or, with a note, where it cannot be read."""
    text = tree.text(path)
    if text is None:
        return {}
    kind = path.rpartition(".")[2]
    try:
        return _mapping(READERS.get(kind, formats.yaml)(text))
    except formats.BrokenError as error:
        tree.note(f"{path}:{error.line} is not read: {error}" if error.line else f"{path} is not read: {error}")
        return {}
