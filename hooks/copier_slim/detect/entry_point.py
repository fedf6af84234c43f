"""The entry point: what the container starts, by what is stated, what the code shows or a convention, in that order."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect import own_servers, paste, spaces, stated_command
from copier_slim.detect.code import django, grpc, hosts, mcp, ranking, routes, scripts, served
from copier_slim.detect.code.apps import App, Code, is_aside
from copier_slim.detect.entry import Entry
from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements.start import Start
from copier_slim.errors import InputError

if TYPE_CHECKING:
    from copier_slim.detect.code.modules import Module

# Frameworks whose objects no server of the web takes
NO_WEB = {"celery", mcp.FRAMEWORK}
# Statements that only Python 2 has
PYTHON_2 = re.compile(r"\s*(?:print\s+[\"'\w%]|exec\s+[\"'\w]|except\s+[\w.]+\s*,\s*\w+\s*:|raise\s+\w+\s*,\s*[\"'])")
# What the questions accept, in short
WORD = r"(?!(?:[^ ]*[/=])?\.(?:\.|git)(?:[/ ]|$))(?:[\w.,:=@%+/-]|=[*]|\$[A-Za-z_])+"
APP = {
    "object": re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*:[A-Za-z_][\w.]*(?:\(\))?", re.ASCII),
    "module": re.compile(r"[A-Za-z_][\w.]*(?::[A-Za-z_][\w.]*)?", re.ASCII),
    "script": re.compile(r"(?:\w[\w.-]*/)*\w[\w.-]*\.py", re.ASCII),
    "argv": re.compile(rf"(?!-){WORD}(?: {WORD})*", re.ASCII),
}


def can_be_said(entry: Entry) -> bool:
    """Whether the answer `app` can hold what is started."""
    return bool(APP[catalog.frameworks()[entry.framework].app_kind].fullmatch(entry.app))


def from_answers(app: str, framework: str, code: Code) -> Entry:
    """The entry point that the user names; the framework follows from the code where it is not given."""
    evidence = Evidence("--data", 0, f"app={app}")
    path = code.find(app.partition(":")[0]) or next((word for word in app.split() if code.tree.has(word)), None)
    module = code.module(path) if path else None
    name = app.rpartition(":")[2].removesuffix("()")
    same = next((item for item in code.apps_of(module) if item.name == name), None) if module else None
    if not framework:
        others = [] if same or " " in app or app.endswith(".py") else candidates(code)
        framework = same.framework if same else others[0].framework if others else "command"
    return Entry(framework, app, (evidence,), module, python_path=module.source_root if module and same else "")


def from_statement(start: Start, code: Code, console_scripts: dict[str, str]) -> Entry | None:
    """The entry point that a start command names; None where it is not in the repository."""
    entry = _stated(start, code, console_scripts)
    if entry is None:
        return None
    # A script's own evidence says more than the command that names it
    evidence = (start.evidence, *(item for item in entry.evidence if item != start.evidence))
    entry = replace(
        entry, server=entry.server or _server(start, entry.framework), before=start.before, build=start.build
    )
    if start.kept and entry.framework == "command":
        entry = replace(entry, words=start.argv)
    stated = stated_command.read(start, entry, code)
    return replace(
        entry,
        app=stated.app,
        command=stated.command,
        stated_at=start.evidence,
        evidence=evidence,
        port=stated.port or entry.port,
        port_at=stated.port_at or (start.evidence if stated.port else None),
        speaks_tls=stated.speaks_tls,
        environment={**entry.environment, **stated.environment},
        told=frozenset(start.set_here),
        python_path=entry.python_path or stated.python_path,
        notes=(*entry.notes, *stated.notes),
        packages=stated.packages,
    )


def _server(start: Start, framework: str) -> str:
    """The stated server where it can drive the framework's apps, another one for the same interface where it cannot."""
    servers = catalog.frameworks()[framework].servers
    if start.interface == "asgi" and servers.get(start.server) != "asgi":
        return next((name for name, interface in servers.items() if interface == "asgi"), "")
    return start.server if start.server in servers else ""


def _stated(start: Start, code: Code, console_scripts: dict[str, str]) -> Entry | None:
    if start.django:
        return django_entry(code)
    if start.streamlit and code.tree.has(start.script):
        return Entry("streamlit", start.script, (start.evidence,), code.module(start.script))
    if start.celery:
        worker = celery_entry(start.celery, code, start.evidence)
        return worker if worker is None or "worker" in start.argv else replace(_as_it_is(start), module=worker.module)
    if start.app:
        return _stated_app(start, code)
    if start.script and code.tree.has(start.script):
        return script_entry(start.script, code, words=start.argv)
    if start.module:
        return _module_entry(start, code)
    if by_name := own_servers.run_by_name(start, code):
        return by_name
    return _of_a_dependency(start, code, console_scripts)


def _of_a_dependency(start: Start, code: Code, console_scripts: dict[str, str]) -> Entry | None:
    """A program that is installed: one of a dependency's, the project's own, or a server for what a dependency has."""
    names = [word.partition(":")[0].partition(".")[0] for word in start.argv[1:] if ":" in word]
    if start.interface and not any(map(code.is_installed, names)):
        return None
    if start.argv and (code.is_installed(start.argv[0]) or stated_command.is_known(start.argv)):
        return _as_it_is(start)
    if start.argv and start.argv[0] in console_scripts:
        target = console_scripts[start.argv[0]].partition(":")[0].strip()
        path = code.find(target)
        return _command(start.argv, code, (start.evidence,), code.module(path) if path else None)
    return None


def _stated_app(start: Start, code: Code) -> Entry | None:
    name, _, attribute = start.app.partition(":")
    path = code.find(name, start.directory) or code.find(
        ".".join(filter(None, [start.directory.replace("/", "."), name]))
    )
    module = code.module(path) if path else None
    if module is None:
        return None
    apps = [app for app in code.apps_of(module) if app.required == 0 or start.given]
    if not attribute:
        app = min(apps, key=ranking.rank, default=None)
        return app_entry(app, code, start.evidence) if app else None
    same = next((app for app in apps if app.name == attribute.removesuffix("()")), None)
    framework = same.framework if same else "asgi" if start.interface == "asgi" else "wsgi"
    entry = app_entry(
        same or App(framework, module, attribute.removesuffix("()"), 1, attribute.endswith("()")), code, start.evidence
    )
    if same and same.factory and entry.app.endswith("()") and not attribute.endswith("()"):
        attribute += "()"  # flask --app calls a factory by itself
    if start.directory and code.find(name, start.directory) == path and path and path.startswith(f"{start.directory}/"):
        directory = start.directory
    else:
        name, directory = module.name, module.source_root
    return replace(entry, app=f"{name}:{attribute}", python_path=directory, framework=framework)


def _module_entry(start: Start, code: Code) -> Entry | None:
    path = code.find(f"{start.module}.__main__") or code.find(start.module)
    if path:
        return script_entry(path, code, words=start.argv)
    if code.is_installed(start.module.partition(".")[0]):
        return _as_it_is(start)
    return None


def _as_it_is(start: Start) -> Entry:
    """A program that comes with Python or a dependency, in the words of the statement."""
    return Entry("command", " ".join(start.argv), (start.evidence,), port=start.port or 0, words=start.argv)


def django_entry(code: Code) -> Entry | None:
    """A Django project's entry point, by its manage.py."""
    found = django.find(code)
    if found is None:
        return None
    return Entry(
        "django", found.app, found.evidence, code.module(found.settings_path) if found.settings_path else None,
        server=found.server, python_path=found.root, environment=found.environment,
    )  # fmt: skip


def celery_entry(target: str, code: Code, *evidence: Evidence) -> Entry | None:
    """A Celery worker for the app that `celery --app` is given."""
    path = code.find(target.partition(":")[0]) or code.find(f"{target}.celery")
    module = code.module(path) if path else None
    return Entry("celery", target, evidence, module) if module else None


def app_entry(app: App, code: Code, *evidence: Evidence) -> Entry:
    """An app behind a production server."""
    framework = catalog.frameworks()[app.framework]
    if framework.app_kind == "module":
        return Entry(app.framework, app.target, (*evidence, code.evidence(app.module, app.line)), app.module)
    target = app.target
    function = app.module.top.functions.get(app.name)
    if app.framework == "aiohttp" and isinstance(function, ast.AsyncFunctionDef):
        target = target.removesuffix("()")  # aiohttp's worker awaits it itself
    environment = {}
    refuses = mcp.refuses_other_hosts(code, app.module)
    notes = (f"{refuses.place} answers requests for localhost alone: say host='0.0.0.0' there",) if refuses else ()
    if scripts.runs_when_imported(app.module):
        environment["FLASK_RUN_FROM_CLI"] = "true"  # makes app.run() do nothing, flask.Flask.run says
    return Entry(
        app.framework, target, (*evidence, code.evidence(app.module, app.line)), app.module,
        python_path=app.module.source_root, port=scripts.port_of_run(app.module) or _port_of_runner(app.module, code),
        environment=environment, notes=notes, server="granian" if "." in app.name else "",  # Gunicorn takes no a.b
    )  # fmt: skip


def _port_of_runner(module: Module, code: Code) -> int | None:
    """The port that a program beside the app runs it on."""
    directory = module.path.rpartition("/")[0]
    for path in code.tree.python_files:
        if path.rpartition("/")[0] in ("", directory) and path != module.path and not is_aside(path):
            runner = code.module(path)
            imports_it = runner and any(code.find(name, runner.source_root) == module.path for name in runner.imported)
            if runner and imports_it and (port := scripts.port_of_run(runner)):
                return port
    return None


def candidates(code: Code) -> list[Entry]:
    """What could be started, the likeliest first; more than one where none is clearly first."""
    if entry := django_entry(code) or paste.entry(code):
        return [entry]
    apps = [app for app in code.apps if app.required == 0 and not blocks(app)]
    web = [app for app in apps if app.framework not in NO_WEB and not is_aside(app.module.path)]
    if pointed := _pointed_at(code):
        return [pointed]
    if web:
        firsts = ranking.firsts(routes.preferred(web, code), code)
        if path := routes.runner(firsts[0], code):
            return [script_entry(path, code)]
        return [app_entry(routes.registered(app, code), code) for app in firsts]
    objects = [app for app in apps if app.framework == mcp.FRAMEWORK and not is_aside(app.module.path)]
    entries = (own_servers.of_mcp(app, code) for app in sorted(objects, key=ranking.rank))
    # What talks over stdio may be a program that is installed
    return [entry for entry in entries if entry and entry.server != "stdio"][:1]


def blocks(app: App) -> bool:
    """Whether importing it would start it, and no variable keeps it from that."""
    return scripts.runs_when_imported(app.module) and app.framework != "flask"


def _pointed_at(code: Code) -> Entry | None:
    """The app that a script at the top runs by its import path, as in uvicorn.run("pkg.main:app")."""
    for path in code.tree.python_files:
        if "/" in path or is_aside(path):
            continue
        module = code.module(path)
        for call in module.calls() if module else ():
            if module and module.full_name(call.func) in ("uvicorn.run", "uvicorn.Config") and call.args:
                target = call.args[0]
                if isinstance(target, ast.Constant) and isinstance(target.value, str) and ":" in target.value:
                    name, _, attribute = target.value.partition(":")
                    if (found := code.find(name)) and found != path:
                        factory = any(keyword.arg == "factory" for keyword in call.keywords)
                        start = Start(
                            code.evidence(module, call.lineno), (), interface="asgi",
                            app=f"{name}:{attribute}{'()' if factory else ''}", port=scripts.port_of_call(call),
                        )  # fmt: skip
                        if entry := _stated_app(start, code):
                            return replace(entry, port=start.port)
    return None


def script_candidates(code: Code, console_scripts: dict[str, str], evidence: Evidence, project: str) -> list[Entry]:
    """What could be started where there is no app object: a library's own launcher, a console script, a script."""
    if by_library := _of_a_library(code):
        return [by_library]
    top = [path for path in scripts.at_the_top(code) if not is_aside(path)]
    if console_scripts:
        by_name = {re.sub(r"[-_.]+", "-", name): name for name in console_scripts}
        name = by_name.get(re.sub(r"[-_.]+", "-", project.lower())) or next(iter(console_scripts))
        main = [path for path in top if PurePosixPath(path).stem in ("main", "app", "bot")]
        if not main:
            path = code.find(console_scripts[name].partition(":")[0].strip())
            return [_command((name,), code, (evidence,), code.module(path) if path else None)]
    if path := scripts.best(top, code):
        return [script_entry(path, code)]
    celery = [app for app in code.apps if app.framework == "celery" and not is_aside(app.module.path)]
    if celery:
        return [app_entry(min(celery, key=ranking.rank), code)]
    if files := next(served.by_files(code), None):
        return [own_servers.of_row(files)]
    return [script_entry(path, code) for path in scripts.packages(code)] or own_servers.left(code)


def _of_a_library(code: Code) -> Entry | None:
    """What a library's own program serves: a script that imports it, or where its configuration lies at the top."""
    space = spaces.read(code.tree)
    if space and space.script:
        module = code.module(space.script)
        if catalog.frameworks()[space.library].imports:
            return Entry(space.library, space.script, (space.evidence,), module)
        return script_entry(space.script, code)
    for framework, row in catalog.frameworks().items():
        for name in row.imports:
            if path := scripts.best(scripts.importing(code, name), code):
                module = code.module(path)
                line = module.imported.get(name, 1) if module else 1
                return Entry(framework, path, (code.evidence(module, line),) if module else (Evidence(path),), module)
    if found := next(served.by_files(code, certain=True), None):
        return own_servers.of_row(found)
    for launcher in catalog.launchers().values():
        names = () if launcher.files or not served.may_run(launcher, code) else launcher.imports
        if names and (path := scripts.best(served.scripts_of(launcher, code), code)):
            return script_entry(path, code)
    return None


def _refuse_python_2(path: str, code: Code) -> None:
    """Raises InputError where a source that no Python 3 parses is written for Python 2."""
    for number, line in enumerate((code.tree.text(path) or "").split("\n"), 1):
        if PYTHON_2.match(line):
            raise InputError(
                f"{path}:{number} is Python 2 code, which is not supported since 2020; port it first: {line.strip()}"
            )


def script_entry(path: str, code: Code, words: tuple[str, ...] = ()) -> Entry:
    """A script: behind a server where its app can be imported, else by a library's launcher, else as a command."""
    module = code.module(path)
    if module is None:
        _refuse_python_2(path, code)
        return _command(words or ("python", path), code, (Evidence(path),), None)
    apps = [
        app for app in code.apps_of(module) if app.required == 0 and app.framework not in NO_WEB and not blocks(app)
    ]
    run = scripts.run_in_guard(module)
    if app := next((app for app in apps if app.name == run), None) or min(apps, key=ranking.rank, default=None):
        return app_entry(app, code)
    own = [app for app in code.apps_of(module) if app.framework == mcp.FRAMEWORK and not blocks(app)]
    served_mcp = next(filter(None, (own_servers.of_mcp(app, code) for app in own)), None)
    if served_mcp and words in ((), ("python", path)):
        return served_mcp
    if (elsewhere := _imported_app(module, code)) is not None:
        return elsewhere
    if launched := own_servers.of_script(module, code):
        return launched
    if not words or words[1:2] == (path,):
        words = (*_python_words(module, code), *words[2:])
    evidence = code.evidence(module, module.main.lineno) if (module.top and module.main) else Evidence(path, 1)
    entry = _command(words, code, (evidence,), module)
    if words == ("python", path) and entry.app == f"python {path}" and grpc.serves(module):
        untold = () if entry.port else (f"{path}: its port is not told by the code: give --data port=…",)
        return replace(entry, framework="grpc", app=path, words=(), notes=(*entry.notes, *untold))
    return replace(entry, python_path=module.source_root) if words[1] == "-m" else entry


def _python_words(module: Module, code: Code) -> tuple[str, ...]:
    """How Python runs a source so that its imports resolve: from beside it by its path, from the root by its name."""
    directory = module.path.rpartition("/")[0]
    is_main = module.name.endswith(".__main__")
    from_root = directory != module.source_root and any(
        code.find(name, module.source_root) and not code.tree.has(f"{directory}/{name.replace('.', '/')}.py")
        for name in module.imported
    )
    if directory and (is_main or from_root) and all(part.isidentifier() for part in module.name.split(".")):
        return "python", "-m", module.name.removesuffix(".__main__")
    return "python", module.path


def _imported_app(module: Module, code: Code) -> Entry | None:
    """The app of another module that a script imports and runs."""
    run = scripts.run_in_guard(module)
    full_name = module.aliases.get(run, "")
    package, _, member = full_name.rpartition(".")
    path = code.find(package, module.source_root) if package else None
    other = code.module(path) if path else None
    app = next((app for app in code.apps_of(other) if app.name == member), None) if other else None
    return app_entry(app, code, code.evidence(module, module.imported.get(full_name, 1))) if app else None


def _command(words: tuple[str, ...], code: Code, evidence: tuple[Evidence, ...], module: Module | None) -> Entry:
    port = 0
    options: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if module:
        port, where = scripts.listening(code, module)
        evidence = (*evidence, *where)
        if port:
            options = hosts.options(code, module, words)
        local = hosts.on_loopback(code, module) or grpc.on_loopback(code, module) if port and not options else None
        if local:
            place, variable = local
            if environment := mcp.opened(module) or ({variable: "0.0.0.0"} if variable else {}):  # noqa: S104
                return Entry(
                    "command", " ".join(words), evidence, module, port=port, words=words, environment=environment
                )
            notes = (
                f"{place.place} listens on loopback, where nothing outside the container reaches it: say host there",
            )
    if words[0].startswith("python3"):
        words = ("python", *words[1:])
    words = (*words, *options)
    return Entry("command", " ".join(words), evidence, module, port=port, words=words, notes=notes)
