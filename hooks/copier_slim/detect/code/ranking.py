"""Which of several apps is the likeliest: by where its module lies and what it is called."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim.detect.code.scripts import ends_when_imported, run_in_guard

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import App, Code

MODULE_NAMES = (
    "wsgi",
    "asgi",
    "main",
    "app",
    "__init__",
    "application",
    "server",
    "api",
    "web",
    "run",
    "index",
    "service",
)
OBJECT_NAMES = ("application", "app", "server", "asgi_app", "wsgi_app", "api", "create_app", "make_app", "asgi", "wsgi")
DIRECTORY_NAMES = ("app", "src", "backend", "server", "api", "web", "project", "service")


def rank(app: App) -> tuple[object, ...]:
    """The sort key: how deep its module lies, in what directory, whether it is a job, then what both are called."""
    path = PurePosixPath(app.module.path)
    parents = path.parts[:-1]
    depth = len(parents) - (parents[:1] == ("src",)) - (path.name == "__init__.py")
    return (
        depth,
        min(
            (DIRECTORY_NAMES.index(part) for part in parents[:1] if part in DIRECTORY_NAMES),
            default=len(DIRECTORY_NAMES),
        )
        if depth
        else 0,
        ends_when_imported(app.module),
        app.factory,
        MODULE_NAMES.index(path.stem) if path.stem in MODULE_NAMES else len(MODULE_NAMES),
        OBJECT_NAMES.index(app.name) if app.name in OBJECT_NAMES else len(OBJECT_NAMES),
        app.framework in ("asgi", "wsgi"),
        app.line,
    )


def firsts(apps: list[App], code: Code) -> list[App]:
    """The first app; those beside it where the choice between their directories would be a guess."""
    ranked = sorted(apps, key=rank)
    first = ranked[0]
    run = run_in_guard(first.module)
    first = next((app for app in ranked if app.module is first.module and app.name == run), first)
    depth, directory = rank(first)[:2]
    near = {module.path for module in code.reachable(first.module)}
    rivals = [
        app
        for app in ranked
        if rank(app)[:2] == (depth, directory) and depth and _top(app) != _top(first) and app.module.path not in near
    ]
    unique = {_top(app): app for app in reversed(rivals)}
    return [first, *reversed(unique.values())]


def _top(app: App) -> str:
    return (
        app.module.path.partition("/")[0] if not app.module.path.startswith("src/") else app.module.path.split("/")[1]
    )
