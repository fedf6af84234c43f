"""The apps of a repository that has none but examples, as a library or a collection of first steps does."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim.detect import entry_point, own_servers, queues
from copier_slim.detect.code import ranking, scripts

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import App, Code
    from copier_slim.detect.entry import Entry
    from copier_slim.detect.findings import Findings

EXAMPLES = re.compile(r"(?:^|/)(?:examples?|samples?|demos?|tutorials?|sandbox)/")
NO_EXAMPLES = re.compile(r"(?:^|/)(?:\.[^/]*|tests?|docs?|fixtures?|vendor|templates)/")
SCRIPT = re.compile(r"(?:\w*[_-])?(?:examples?|samples?|demos?|tutorials?)(?:[_-]?\w*)?\.py")
MOST_NAMED = 5


def first(findings: Findings, code: Code) -> Entry | None:
    """The app nearest to the top, with a note that names the others, else a script; None where there is no example."""
    apps = [app for app in code.apps if _is_example(app)]
    apps.sort(key=lambda app: (app.module.path.count("/"), ranking.rank(app)))
    if not apps:
        return _script(findings, code)
    others = list(dict.fromkeys(app.module.path for app in apps[1:]))[:MOST_NAMED]
    more = f"; others are {', '.join(others)}" if others else ""
    findings.note(f"{apps[0].module.path} is an example, and started as there is nothing else{more}")
    return _in_its_folder(apps[0], code)


def _script(findings: Findings, code: Code) -> Entry | None:
    """What a script at the top says by its name to be an example of: served by a library, a queue's worker, itself."""
    paths = [path for path in code.tree.python_files if SCRIPT.fullmatch(path)]
    modules = {path: module for path in paths if (module := code.module(path))}
    for path in sorted(modules):
        entry = own_servers.of_script(modules[path], code) or next(queues.workers(code, [modules[path]]), None)
        if entry is None and scripts.is_program(path, code):
            entry = entry_point.script_entry(path, code)
        if entry:
            findings.note(f"{path} is an example, and started as there is nothing else")
            return entry
    return None


def _is_example(app: App) -> bool:
    path = app.module.path
    return bool(
        app.required == 0
        and not entry_point.blocks(app)
        and app.framework not in entry_point.NO_WEB
        and EXAMPLES.search(path)
        and not NO_EXAMPLES.search(path)
    )


def _in_its_folder(app: App, code: Code) -> Entry:
    """As it is run: from beside its script, whose imports start there, unless that is a package's."""
    entry = entry_point.app_entry(app, code)
    path = PurePosixPath(app.module.path)
    folder = path.parent.as_posix()
    if code.tree.has(f"{folder}/__init__.py"):
        return entry
    return replace(entry, app=f"{path.stem}:{entry.app.partition(':')[2]}", python_path=folder)
