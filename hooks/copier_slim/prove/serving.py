"""Mends of how an app is served: its port and host, its object, its server, the path of its health check."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code.modules import dotted_name
from copier_slim.prove.changes import Change, Project
from copier_slim.prove.observation import BAD

if TYPE_CHECKING:
    from copier_slim.prove.matching import Found

MADE = re.compile(
    r"^(?P<name>\w++)(?:[ \t]{0,99}:[^=\n]++)?"
    r"[ \t]{0,99}=[ \t]{0,99}(?:\w++\.)?+(?:Flask|FastAPI|Starlette|Quart|Litestar|Sanic)\(",
    re.MULTILINE,
)
FALLBACKS = ("/healthz", "/health", "/api/health", "/", "/login", "/docs", "/admin/login/")
# The configuration that Flask's application factories are given where nothing else is said
CONFIGURATIONS = ("production", "prod", "default")


def port(found: Found, _: Project) -> Change | None:
    """The port that it listens at; a connection is all that is known to work there."""
    ports = found.observation.open_ports
    return Change({"port": ports[0], "health_path": ""}) if ports else None


def host(found: Found, project: Project) -> Change | None:
    """The variable or option that names the host, with 0.0.0.0; the port too, where it is another than the image's."""
    there = found.observation.ports
    moved: dict[str, object] = {}
    if found.observation.port not in there and there:
        moved = {"port": min(there), "health_path": ""}
    if (name := project.sources.host_variable()) and (change := project.with_variable(f"{name}=0.0.0.0")):
        return Change({**change.answers, **moved})
    app = project.text("app")
    argv = catalog.frameworks()[project.text("framework")].app_kind == "argv"
    if argv and (option := project.sources.host_option(app)) and option not in app:
        return Change({"app": f"{app} {option} 0.0.0.0", **moved})
    change = project.with_variable(found.used(f"{found.observation.log} {app}") or "")
    return Change({**change.answers, **moved}) if change else None


def production_server(_: Found, project: Project) -> Change | None:
    """Dash's own Flask app behind a WSGI server, for a script that serves only where it is run."""
    words = project.text("app").split()
    script = next((word for word in words if word.endswith(".py")), "")
    name = project.sources.dash_app(script) if project.text("framework") == "command" else ""
    if not name:
        return None
    path = PurePosixPath(script)
    directory = {} if str(path.parent) == "." else {"python_path": path.parent.as_posix()}
    # Gunicorn takes no attribute of an attribute
    served = {"framework": "wsgi", "app": f"{path.stem}:{name}.server", "server": "granian"}
    return Change({**served, "health_path": "/", "command": "", **directory})


def factory(found: Found, project: Project) -> Change | None:
    """No answer holds an argument; the variable that such a factory is often told by is not known either."""
    names = project.sources.configurations()
    fitting = next((name for name in CONFIGURATIONS if name in names), "")
    command = project.text("command")
    app = project.text("app")
    called = f"{found.groups['factory']}()"
    if not fitting or called not in app or project.text("server") not in {"gunicorn", ""}:
        return None
    given = f"{app.removesuffix('()')}('{fitting}')"
    if command:
        return Change({"command": command.replace(app, given)}) if app in command else None
    return Change({"command": f'gunicorn "{given}" --bind 0.0.0.0:$PORT'})


def other_app(found: Found, project: Project) -> Change | None:
    """The object of the same name in a module that registers routes on it, or the one that the module has."""
    module, _, name = project.text("app").partition(":")
    if not name or " " in module or module.endswith(".py"):
        return None
    plain = name.removesuffix("()")
    wanted = rf"^@{re.escape(plain)}\.(?:route|get|post|put|delete|api_route|websocket|errorhandler)\b"
    for path in project.sources:
        text = project.sources.text(path)
        root = project.text("python_path")
        other = dotted_name(path, root if PurePosixPath(path).is_relative_to(root) else "")
        if other == module:
            made = MADE.search(text)
            if found.observation.state == "ended" and made and made["name"] != plain:
                return Change({"app": f"{module}:{made['name']}"})
        elif re.search(wanted, text, re.MULTILINE) and re.search(rf"import\b.*\b{re.escape(plain)}\b", text):
            return Change({"app": f"{other}:{plain}"})
    return None


def health_path(found: Found, project: Project) -> Change | None:
    """A path that answers well, or else a connection only."""
    seen = found.observation
    good = [path for path in FALLBACKS if 0 < seen.answers.get(path, BAD) < BAD]
    if not project.text("health_path") or seen.answers.get(seen.path, 0) < BAD:
        return None
    return Change({"health_path": good[0] if good else ""})
