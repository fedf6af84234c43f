"""What the container needs around its entry point: port, variables, steps before it, places to write, installation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim import catalog, credentials
from copier_slim.detect.code import django, health, writes
from copier_slim.detect.findings import Evidence, Findings
from copier_slim.worktree import view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.entry_point import Entry
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.tree import Tree

# Variables of an existing Dockerfile that belong to its way of building, or that the template sets
OWN_VARIABLES = re.compile(
    r"(?:PATH|HOME|PORT|LANG|LC_ALL|LANGUAGE|VIRTUAL_ENV|DEBIAN_FRONTEND|TZ_DEFAULT|SHELL|USER|GPG_KEY|NODE_\w+|PYTHON(?:UNBUFFERED|DONTWRITEBYTECODE"
    r"|FAULTHANDLER|HASHSEED|PATH|IOENCODING|_VERSION|_PIP_VERSION)|(?:PIP|POETRY|UV|PDM|PIPENV|PIPX|CONDA|NIXPACKS|APT|VENV)_\w+|WORKDIR|APP_HOME|APP_DIR)"
)
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
VALUE = re.compile(r"[A-Za-z0-9 _.,:;=@%+/?&~*()\[\]-]*")
STEP = re.compile(r"(?!-)[A-Za-z0-9_.,:=@%+/-]+(?: [A-Za-z0-9_.,:=@%+/-]+)*")
GUNICORN_SETTINGS = ("gunicorn.conf.py", "gunicorn_config.py", "gunicorn_conf.py")
VERSION = re.compile(r"v?(\d+(?:\.\d+)*)")
DATA = re.compile(r"src/[^/]+/.*\.(?!py$|pyi$|pyc$|typed$)\w+$")


def answer(
    findings: Findings,
    code: Code,
    found: Entry,
    modules: list[Module],
    declared: Dependencies,
    existing: Dockerfile | None,
) -> None:
    """Adds the answers on how the entry point runs."""
    _port(findings, found, existing, code)
    variables = _variables(findings, found, existing)
    _installation(findings, code, found, modules, declared)
    written = {write.directory: write.evidence for write in writes.find(code, modules)}
    required = _required(findings, code, modules)
    steps = _Steps(list(found.before), list(found.build))
    for step in existing.build_steps if existing else ():
        if not any(set(step) >= set(known) or set(step) <= set(known) for known in steps.build):
            steps.build.append(step)
    if found.framework == "django":
        _django(findings, code, found, steps, written, required)
    elif _uses_flask_migrate(code, modules) and written and not steps.before:
        steps.before.append(("flask", "--app", found.app.removesuffix("()"), "db", "upgrade"))
    if (
        steps.build
        and "FLASK_APP" not in variables
        and any(step[0] == "flask" for step in (*steps.build, *steps.before))
        and "FLASK_APP" not in (code.tree.text(".flaskenv") or "")
    ):
        variables["FLASK_APP"] = (found.app.removesuffix("()"), found.evidence[0])
    _lines(findings, "prestart", steps.before)
    _lines(findings, "build_commands", steps.build)
    if variables:
        text = "\n".join(f"{name}={value}" for name, (value, _) in variables.items())
        findings.add("environment", text, *dict.fromkeys(evidence for _, evidence in variables.values()))
    if written:
        findings.add("writable_paths", "\n".join(sorted(written)), *written.values(), guess=True)
    for left in existing.left if existing else ():
        findings.note(f"not carried over from {left}")
    if found.speaks_tls and found.stated_at:
        findings.add("health_path", "", found.stated_at)
        findings.note(f"the health check only opens a connection, because HTTPS is spoken: {found.stated_at}")


@dataclass(slots=True)
class _Steps:
    before: list[tuple[str, ...]]
    build: list[tuple[str, ...]]


def _port(findings: Findings, found: Entry, existing: Dockerfile | None, code: Code) -> None:
    if catalog.frameworks()[found.framework].health_path is None and found.framework != "command":
        return
    configured = found.port_at not in (None, found.stated_at)  # by a file, which may not ask PORT
    if existing and existing.port and not (found.port and configured):
        findings.add("port", existing.port[0], existing.port[1])
    elif found.port:
        findings.add("port", found.port, found.port_at or found.evidence[-1])
    else:
        for path in GUNICORN_SETTINGS:
            if match := re.search(r"^bind\s*=\s*[\"'][^\"']*:(\d+)[\"']", code.tree.text(path) or "", re.MULTILINE):
                findings.add("port", int(match[1]), code.tree.evidence(path, match[0]))
                break


def _variables(findings: Findings, found: Entry, existing: Dockerfile | None) -> dict[str, tuple[str, Evidence]]:
    variables = dict[str, tuple[str, Evidence]]()
    for name, value in found.environment.items():
        if credentials.secret_variable(name, value):
            findings.note(
                f"not carried over from {found.evidence[0].place}: {name} may be a secret; set it at run time"
            )
        elif VALUE.fullmatch(value) and value == value.strip() and NAME.fullmatch(name):
            variables[name] = value, found.evidence[0]
        else:
            findings.note(
                f"not carried over from {found.evidence[0].place}: {name}, whose value has special characters"
            )
    for name, (value, evidence) in (existing.environment if existing else {}).items():
        if OWN_VARIABLES.fullmatch(name) or not value:
            continue
        if credentials.secret_variable(name, value):
            findings.note(f"not carried over from {evidence.place}: {name} may be a secret; set it at run time")
        elif VALUE.fullmatch(value) and value == value.strip() and NAME.fullmatch(name):
            variables.setdefault(name, (value, evidence))
        else:
            findings.note(
                f"not carried over from {evidence.place}: {name},"
                " whose value depends on others or has special characters"
            )
    return variables


def _installation(findings: Findings, code: Code, found: Entry, modules: list[Module], declared: Dependencies) -> None:
    package = declared.package
    python_path = found.python_path
    if package and package.installable:
        reason = None
        words = found.words or found.app.split()
        if found.framework == "command" and words and words[0] in package.scripts:
            reason = package.scripts_evidence
        elif python_path == "src":
            reason = Evidence("src", 0, "a src layout")
        else:
            reason = _reads_own_metadata(code, modules, package.name)
        if reason:
            findings.add("install_project", True, reason)  # noqa: FBT003 an answer's value
            if package.scm_version:
                version = _scm_version(code.tree)
                findings.add("scm_version", version, Evidence("pyproject.toml", 0, "the version comes from git"))
            # A wheel leaves out data that its definition does not name; in the tree it is there
            has_data = (
                (not package.backend or package.backend.startswith("setuptools"))
                and not package.scm_version
                and any(map(DATA.match, code.tree.files))
            )
            if not (python_path == "src" and has_data):
                python_path = "" if python_path == "src" else python_path
    if python_path:
        findings.add("python_path", python_path, *found.evidence[-1:])
    if declared.local_packages:
        findings.add("local_packages", "\n".join(declared.local_packages), Evidence(declared.source))


def _reads_own_metadata(code: Code, modules: Iterable[Module], name: str) -> Evidence | None:
    for module in modules:
        for call in module.calls():
            full_name = module.full_name(call.func)
            if full_name in (
                "importlib.metadata.version",
                "importlib_metadata.version",
                "importlib.metadata.metadata",
                "pkg_resources.get_distribution",
            ):
                text = next((getattr(argument, "value", None) for argument in call.args), None)
                if text is None or re.sub(r"[-_.]+", "-", str(text)).lower() == re.sub(r"[-_.]+", "-", name).lower():
                    return code.evidence(module, call.lineno)
    return None


def _scm_version(tree: Tree) -> str:
    """The version by the nearest tag; 0.0.0 where there is no repository or tag."""
    with view.opened(tree.root, refs="refs/tags") as seen:
        described = (seen.answer("describe", "--tags", "--abbrev=0") if seen else None) or ""
    match = VERSION.search(described)
    return match[1] if match else "0.0.0"


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
) -> None:
    project = django.find(code)
    if project is None:
        return
    facts = django.read_settings(code, project)
    manage = ("python", project.manage)
    settings = found.environment.get("DJANGO_SETTINGS_MODULE", "")
    for module in filter(None, map(code.module, project.settings_files)):
        for name, line in django.required_environment(module, code):
            required.setdefault(name, code.evidence(module, line))
    if facts.static_root and not any("collectstatic" in step for step in steps.build):
        stand_ins = [f"{name}={stand_in(name)}" for name in required]
        if settings:
            stand_ins.append(f"DJANGO_SETTINGS_MODULE={settings}")
        steps.build.append((*(("env", *stand_ins) if stand_ins else ()), *manage, "collectstatic", "--noinput"))
        findings.note(f"static files are collected when the image is built: {facts.static_root}")
        if not facts.serves_static:
            findings.note("nothing serves the static files when DEBUG is off: add WhiteNoise, or a server in front")
    if facts.sqlite:
        written.setdefault(facts.sqlite_directory, facts.sqlite)
        if facts.migrations and facts.always_sqlite and not any("migrate" in step for step in steps.before):
            steps.before.append((*manage, "migrate", "--noinput"))
    healthy = _django_health(code, project, facts)
    findings.add("health_path", healthy[0] if healthy else "", *(healthy[1:] if healthy else ()), guess=healthy is None)


def _django_health(code: Code, project: django.DjangoProject, facts: django.Settings) -> tuple[str, Evidence] | None:
    """A health route, where the probe's own Host header, 127.0.0.1, is allowed."""
    settings = django.settings_module(code, project)
    urls = code.find(f"{project.settings.partition('.settings')[0]}.urls", project.directory)
    module = code.module(urls) if urls else None
    return health.find(code, module, "django") if facts.any_host and settings and module else None


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


def _lines(findings: Findings, answer_name: str, steps: list[tuple[str, ...]]) -> None:
    lines = []
    for step in steps:
        line = " ".join(map(_stood_in, step) if answer_name == "build_commands" else step)
        if STEP.fullmatch(line):
            lines.append(line)
        else:
            findings.note(f"not carried over, because it needs a shell: {line}")
    if lines:
        findings.add(answer_name, "\n".join(dict.fromkeys(lines)))
