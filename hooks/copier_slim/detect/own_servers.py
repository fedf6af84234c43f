"""Entry points that bring their own server: an MCP object, a gRPC script, what a library's own program serves."""

from __future__ import annotations

import argparse
import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from copier_slim.detect import queues, undeclared
from copier_slim.detect.code import mcp, ranking, scripts, served
from copier_slim.detect.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.code.apps import App, Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.statements.start import Start

CALLED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


def run_by_name(start: Start, code: Code) -> Entry | None:
    """An MCP server that `fastmcp run` or `mcp run` is given; None for any other command, or where it says more."""
    if start.argv[:2] not in (("fastmcp", "run"), ("mcp", "run")):
        return None
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("spec")
    parser.add_argument("--transport", "-t", default="stdio", choices=sorted(mcp.SERVERS))
    parser.add_argument("--host")
    parser.add_argument("--port", "-p", default="")
    parser.add_argument("--no-banner", action="store_true")
    try:
        given, more = parser.parse_known_args(start.argv[2:])
    except (argparse.ArgumentError, SystemExit):
        return None
    path, _, name = given.spec.partition(":")
    module = code.module(path) if code.tree.has(path) and not more else None
    apps = [app for app in code.apps_of(module) if app.framework == mcp.FRAMEWORK] if module else []
    if not module or not (app := next((app for app in apps if name in ("", app.name) and not app.required), None)):
        return None
    return Entry(
        mcp.FRAMEWORK, app.target, (start.evidence, code.evidence(module, app.line)), module,
        server=mcp.SERVERS[given.transport], port=scripts.as_port(given.port), python_path=module.source_root,
    )  # fmt: skip


def of_mcp(app: App, code: Code) -> Entry | None:
    """An MCP server, where a program runs its object and does nothing else."""
    run = mcp.run_of(code, app)
    if run is None:
        return None
    return Entry(
        mcp.FRAMEWORK, app.target, (code.evidence(app.module, app.line), run.evidence), app.module,
        server=run.server, port=run.port, python_path=app.module.source_root,
    )  # fmt: skip


def of_script(module: Module, code: Code) -> Entry | None:
    """A script that a library's own program serves; a Dash app, where an import does not start it, by its WSGI app.

    Granian takes an attribute of an attribute, which Gunicorn does not.
    """
    if worker := _as_worker(module, code):
        return worker
    found = served.by_script(module, code)
    if found is None:
        return None
    app = next((name for name, made in module.constructed.items() if made == "dash.Dash"), "")
    if not app or not module.top or not module.main or scripts.guard_does_more(module):
        return of_row(found)
    place = code.evidence(module, module.main.lineno)
    return Entry(
        "wsgi", f"{module.name}:{app}.server", (found.evidence, place), module,
        server="granian", port=found.port, python_path=module.source_root,
    )  # fmt: skip


def _as_worker(module: Module, code: Code) -> Entry | None:
    """A script that hands the start over to Celery's own program, which then wants to be told that it is a worker."""
    for app in code.apps_of(module):
        starts = any(
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "start"
            and module.full_name(call.func.value) == app.name
            for call in module.calls(module.guarded)
            if not call.args and not call.keywords
        )
        if app.framework == "celery" and starts:
            return Entry(app.framework, app.target, (code.evidence(module, app.line),), module)
    return None


def of_row(found: served.Served) -> Entry:
    """A library's own program that serves, or the library as an app; imports start in src/ where packages lie there."""
    return Entry(
        found.row.framework, " ".join(found.words), (found.evidence,), found.module,
        port=found.port or None, environment=found.environment,
        notes=tuple(f"{found.words[0]}: {note}" for note in (found.row.note, found.note) if note), served=found.row,
        requires=(found.row.requires,) if found.row.requires else (), python_path=found.source_root,
    )  # fmt: skip


def left(code: Code) -> list[Entry]:
    """What is started where nothing else can be: an MCP object that none runs, a queue's worker, or a dependency."""
    if objects := [app for app in code.apps if app.framework == mcp.FRAMEWORK and app.required == 0]:
        app = min(objects, key=ranking.rank)
        # As `mcp run` and `fastmcp run` do, which are given the object alone
        return [Entry(app.framework, app.target, (code.evidence(app.module, app.line),), app.module, server="stdio")]
    if worker := next(queues.workers(code, undeclared.all_modules(code)), None):
        return [worker]
    return [of_row(found)] if (found := served.alone(code)) else []


def of_scripts(targets: dict[str, str], code: Code) -> Iterator[Entry]:
    """What console scripts of a project that is not installed run: a module that runs itself, else the function."""
    for target in targets.values():
        name, _, called = target.partition("[")[0].replace(" ", "").partition(":")
        path = code.find(name)
        module = code.module(path) if path else None
        if not module or not module.top:
            continue
        port, where = scripts.listening(code, module)
        place = code.evidence(module, module.main.lineno if module.main else 1)
        entry = Entry(
            "command", f"python -m {module.name}", (place, *where), module, port=port or None,
            words=("python", "-m", module.name), python_path=module.source_root,
        )  # fmt: skip
        first = called.partition(".")[0]
        if module.main:
            yield entry
        elif first in {*module.top.functions, *module.top.assigned, *module.aliases} and CALLED.fullmatch(called):
            # As `poetry run` does, which needs no package either
            run = f"import sys; from {module.name} import {first}; sys.exit({called}())"
            yield replace(entry, command=f'python -c "{run}"', stated_at=place)
