"""What the container needs around its entry point: port, variables, steps before it, places to write, installation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from copier_slim import catalog, credentials
from copier_slim.detect import limits, messages, own_package, undeclared
from copier_slim.detect import variables as variable_files
from copier_slim.detect.code import django, health, writes
from copier_slim.detect.statements import build_steps, copied_files, own_steps, processes, settings_files
from copier_slim.detect.statements.settled import SETTINGS
from copier_slim.detect.statements.stated import Said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.entry import Entry
    from copier_slim.detect.findings import Evidence, Findings
    from copier_slim.detect.statements.settled import Statements

NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
STEP = re.compile(r"(?!-)[A-Za-z0-9_.,:=@%+/-]+(?: [A-Za-z0-9_.,:=@%+/-]+)*")


def _has_old_flask(declared: Dependencies) -> bool:
    """Whether it is pinned to a Flask before 2.2, whose program has no --app, nor looks where it is started."""
    stated = [item for item in undeclared.parsed(declared.declared) if canonicalize_name(item.name) == "flask"]
    locked = [Requirement(f"flask=={version}") for name, version in declared.locked.items() if name == "flask"]
    return any(undeclared.is_below(item, "2.2") for item in (*locked, *stated))


def answer(
    findings: Findings,
    code: Code,
    found: Entry,
    modules: list[Module],
    declared: Dependencies,
    statements: Statements,
    release: str = "",
) -> Mapping[str, Said]:
    """Adds the answers on how the entry point runs; what runs beside it, by name. `release` is that answer if given."""
    existing = statements.dockerfile
    _port(findings, found, statements)
    variables = variable_files.settle(findings, found, statements, code)
    own_package.answer(findings, code, found, modules, declared)
    written = _written(found, code, modules, statements)
    required = _required(findings, code, modules)
    steps = _Steps(list(found.before), list(found.build))
    _stated_steps(code, statements, steps, declared.names)
    any_host = True
    if found.framework == "django":
        named = variables[variable_files.SETTINGS][0] if variable_files.SETTINGS in variables else ""
        released = _is_released(statements, release)
        any_host = _django(findings, code, found, steps, written, required, named=named, released=released)
    elif _uses_flask_migrate(code, modules) and written and not steps.before and not _is_released(statements, release):
        app = found.app.removesuffix("()")
        by_variable = ("env", f"FLASK_APP={app}", "python", "-m", "flask")
        flask = by_variable if _has_old_flask(declared) else ("flask", "--app", app)
        steps.before.append((*flask, "db", "upgrade"))
    if (
        steps.build
        and "FLASK_APP" not in variables
        and any(step[0] == "flask" for step in (*steps.build, *steps.before))
        and "FLASK_APP" not in (code.tree.text(".flaskenv") or "")
    ):
        variables["FLASK_APP"] = (found.app.removesuffix("()"), found.evidence[0])
    _release_once(findings, found, statements, steps, declared, code)
    given = processes.simple_commands(release)
    steps.before = [step for step in steps.before if list(step) not in given]
    _health(findings, found, statements, any_host=any_host)
    _lines(findings, "prestart", steps.before, steps.places)
    _lines(findings, "build_commands", steps.build, steps.places)
    if variables:
        text = "\n".join(f"{name}={value}" for name, (value, _) in variables.items())
        findings.add("environment", text, *dict.fromkeys(evidence for _, evidence in variables.values()))
    outer = {path: place for path, place in written.items() if not _is_inside(path, written)}
    if outer:
        findings.add("writable_paths", "\n".join(sorted(outer)), *outer.values(), guess=True)
    beside = _processes(findings, found, statements)
    if existing:
        imported = {name.partition(".")[0] for module in modules for name in module.imported}
        copied_files.answer(findings, existing, code.tree, imported)
    for left in existing.left if existing else ():
        findings.note(f"not carried over from {left}")
    _https(findings, found)
    return beside


def _https(findings: Findings, found: Entry) -> None:
    if found.speaks_tls and found.stated_at:
        findings.add("health_path", "", found.stated_at)
        findings.note(f"the health check only opens a connection, because HTTPS is spoken: {found.stated_at}")


@dataclass(slots=True)
class _Steps:
    before: list[tuple[str, ...]]
    build: list[tuple[str, ...]]
    places: dict[tuple[str, ...], Evidence] = field(default_factory=dict)


def _written(found: Entry, code: Code, modules: list[Module], statements: Statements) -> dict[str, Evidence]:
    """The places that it writes to: by its code, by what serves it, and as files state them."""
    written = {write.directory: write.evidence for write in writes.find(code, modules)}
    for path in found.served.writable if found.served else ():
        written.setdefault(path, found.evidence[0])
    for path, evidence in statements.places("writable_paths").items():
        written.setdefault(path, evidence)
    for path, evidence in own_steps.owned(statements.dockerfile).items():
        written.setdefault(path, evidence)
    return written


def _is_inside(path: str, others: Iterable[str]) -> bool:
    return any(path.startswith(f"{other}/") for other in others)


def _port(findings: Findings, found: Entry, statements: Statements) -> None:
    if catalog.frameworks()[found.framework].health_path is None and found.framework != "command":
        return
    if found.server == "stdio":
        return
    configured = found.port_at not in (None, found.stated_at)  # by a file, which may not ask PORT
    port = statements.first("port", SETTINGS)
    if found.port and (configured or not port):
        port = Said(str(found.port), found.port_at or found.evidence[-1])
    if not port and found.framework != "command" and (not found.stated_at or found.framework == "streamlit"):
        port = statements.first("port")
    if port:
        findings.add("port", int(port.value), port.evidence)
    statements.settle("port", port or (Said("", found.stated_at) if found.stated_at else None))


def _health(findings: Findings, found: Entry, statements: Statements, *, any_host: bool) -> None:
    """Takes the path that a file states, unless the app is known to refuse the probe there."""
    stated = statements.one("health_path")
    if found.framework == "streamlit":
        _streamlit_health(findings, found, stated)
        return
    if not stated or catalog.frameworks()[found.framework].health_path is None:
        return
    by_code = findings.found.get("health_path")
    if not any_host or (by_code and by_code.value == "" and not by_code.guess):
        why = "the app refuses it" if any_host else "ALLOWED_HOSTS does not have the probe's 127.0.0.1"
        findings.note(f"the health check does not ask for {stated.value} ({stated.evidence.place}): {why}")
    else:
        findings.add("health_path", stated.value, stated.evidence)


def _streamlit_health(findings: Findings, found: Entry, stated: Said | None) -> None:
    """Takes the folder of Streamlit's addresses, which its own health path is below, from its command or settings."""
    by_command = re.search(r"--server\.baseUrlPath[= ]/?([\w.~/-]*\w)", found.command)
    if by_command and found.stated_at:
        findings.add("health_path", f"/{by_command[1]}{settings_files.STREAMLIT_HEALTH}", found.stated_at)
    elif stated and stated.value.endswith(settings_files.STREAMLIT_HEALTH):
        findings.add("health_path", stated.value, stated.evidence)


def _processes(findings: Findings, found: Entry, statements: Statements) -> Mapping[str, Said]:
    """Adds what runs beside the default process, which it returns, before a release, and by the clock."""
    running, jobs = statements.beside()
    for answer, lines in (("processes", running), ("schedules", jobs)):
        if lines:
            text = "\n".join(f"{name}: {said.value}" for name, said in lines.items())
            findings.add(answer, text, *(said.evidence for said in lines.values()))
    if release := statements.one("release"):
        if processes.LINE.fullmatch(release.value) and processes.CLOSED.fullmatch(release.value):
            findings.add("release", release.value, release.evidence)
        else:
            findings.note(f"not understood as a command: {release.evidence}")
    released = ["release"] if findings.value("release", "") else []
    limits.answer(findings, found, statements, (*running, *released, *jobs))
    return running


def _stated_steps(code: Code, statements: Statements, steps: _Steps, names: Collection[str]) -> None:
    """Takes what files state of the build and of each start, without what the template does in its own way."""
    for said in (said for item in statements.stated for said in item.build_commands):
        for step, place in build_steps.read(said, code, statements):
            steps.places.setdefault(step, place)
            steps.build += [step] if step not in steps.build else []
    # What runs once before a release need not run again in each container
    released = [
        step for item in statements.stated if item.release for step in processes.simple_commands(item.release.value)
    ]
    steps.before = [step for step in steps.before if list(step) not in released]
    for said in (said for item in statements.stated for said in item.prestart):
        for step in map(tuple, processes.simple_commands(said.value)):
            steps.places[step] = said.evidence
            steps.before.append(step)
    for step in own_steps.carried(statements.dockerfile, code, names) if statements.dockerfile else ():
        if not any(set(step) >= set(known) or set(step) <= set(known) for known in steps.build):
            steps.build.append(step)
    for step, place in messages.steps(code, names, steps.build).items():
        steps.build.append(step)
        steps.places[step] = place


def _is_released(statements: Statements, release: str) -> bool:
    lines = [release, *(item.release.value for item in statements.stated if item.release)]
    return any(map(processes.runs_once, lines))


def _release_once(
    findings: Findings,
    found: Entry,
    statements: Statements,
    steps: _Steps,
    declared: Dependencies,
    code: Code,
) -> None:
    """Makes the migrations of a start command the release, where all containers have one database.

    With a file for a database, be it by default, each container has its own, and migrates it when it starts.
    """
    names = declared.names
    shared = [row for row in catalog.services().values() if "DATABASE_URL" in row.secrets]
    once = [step for step in steps.before if processes.runs_once(" ".join(step))]
    if not once or not found.stated_at or not any(names & set(row.packages) for row in shared):
        return
    if any("sqlite" in (code.tree.text(path) or "") for path in code.tree.python_files):
        return
    place = steps.places.get(once[0], found.stated_at)
    stated = next((item for item in statements.stated if item.release), None) or statements.of(place.path)
    for step in once:
        steps.before.remove(step)
        stated.take_release(" ".join(step), place)
        findings.note(f"{place.place}: {' '.join(step)} runs once for each deployment, as the release")


def _required(findings: Findings, code: Code, modules: list[Module]) -> dict[str, Evidence]:
    required: dict[str, Evidence] = {}
    for module in modules:
        for name, line in django.required_environment(module, code):
            if NAME.fullmatch(name):
                required.setdefault(name, code.evidence(module, line))
    findings.required = dict(required)
    if required:
        places = ", ".join(f"{name} ({evidence.place})" for name, evidence in required.items())
        findings.note(f"needed at start, set with docker run --env: {places}")
    return required


def _django(
    findings: Findings,
    code: Code,
    found: Entry,
    steps: _Steps,
    written: dict[str, Evidence],
    required: dict[str, Evidence],
    *,
    named: str,
    released: bool,
) -> bool:
    """Adds what follows from Django's settings, those `named` by the environment; whether they allow any host.

    `released` is whether a file migrates.
    """
    project = django.find(code)
    if project is None:
        return _django_without_manage(findings, code, found)
    project = django.under(code, project, named)
    facts = django.read_settings(code, project)
    manage = ("python", project.manage)

    for module in filter(None, map(code.module, project.settings_files)):
        for name, line in django.required_environment(module, code):
            required.setdefault(name, code.evidence(module, line))
    if facts.static_root and not any("collectstatic" in step for step in steps.build):
        stand_ins = [f"{name}={stand_in(name)}" for name in required]
        if named:
            stand_ins.append(f"DJANGO_SETTINGS_MODULE={named}")
        steps.build.append((*(("env", *stand_ins) if stand_ins else ()), *manage, "collectstatic", "--noinput"))
        findings.note(f"static files are collected when the image is built: {facts.static_root}")
        if not facts.serves_static:
            findings.note("nothing serves the static files when DEBUG is off: add WhiteNoise, or a server in front")
    if facts.sqlite:
        written.setdefault(facts.sqlite_directory, facts.sqlite)
        migrates = released or any("migrate" in step for step in steps.before)
        if facts.migrations and facts.always_sqlite and not migrates:
            steps.before.append((*manage, "migrate", "--noinput"))
    _django_health(findings, code, project, facts)
    return facts.any_host


def _django_without_manage(findings: Findings, code: Code, found: Entry) -> bool:
    """Adds the health path of a project without a manage.py; whether its settings allow any host, if they are seen."""
    if found.module is None:
        return True
    project = django.of_entry(code, found.app, found.module)
    facts = django.read_settings(code, project)
    _django_health(findings, code, project, facts)
    return facts.any_host or not project.settings_files


def _django_health(findings: Findings, code: Code, project: django.DjangoProject, facts: django.Settings) -> None:
    """Adds a health route, where the probe's own Host header, 127.0.0.1, is allowed; else only a connection is safe."""
    urls = django.urls_module(code, project) if facts.any_host else None
    healthy = health.find(code, urls, "django") if urls else None
    findings.add("health_path", healthy[0] if healthy else "", *(healthy[1:] if healthy else ()), guess=healthy is None)


def stand_in(name: str) -> str:
    """A value for a variable that a build step needs only to be there: nothing is connected to."""
    if re.search(r"DATABASE_URL|DB_URL|SQLALCHEMY", name):
        return "sqlite:////tmp/build.sqlite3"
    if re.search(r"REDIS|BROKER|CACHE_URL|CELERY", name):
        return "redis://localhost:6379/0"
    if re.search(r"(?:_URL|_URI|_DSN)$", name):
        return "http://localhost"
    if name.endswith("HOSTS"):
        return "localhost"
    return "1"


def _stood_in(word: str) -> str:
    """NAME=value of a build step, with a value that only stands in where it is a credential."""
    name, equals, value = word.partition("=")
    return f"{name}={stand_in(name)}" if equals and credentials.secret_variable(name, value) else word


def _uses_flask_migrate(code: Code, modules: list[Module]) -> bool:
    return code.tree.has("migrations/env.py") and any(
        any(name.startswith("flask_migrate") for name in module.imported) for module in modules
    )


def _lines(
    findings: Findings, answer_name: str, steps: list[tuple[str, ...]], places: Mapping[tuple[str, ...], Evidence]
) -> None:
    lines = []
    for step in steps:
        line = " ".join(map(_stood_in, step) if answer_name == "build_commands" else step)
        if STEP.fullmatch(line):
            lines.append(line)
        else:
            findings.note(f"not carried over, because it needs a shell: {line}")
    if lines:
        stated = dict.fromkeys(places[step] for step in steps if step in places)
        findings.add(answer_name, "\n".join(dict.fromkeys(lines)), *stated)
