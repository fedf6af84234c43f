"""How answers change for a kind of failure: a function by the name that its row has. None where it knows no change."""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging.version import Version

from copier_slim import catalog
from copier_slim.credentials import secret_name
from copier_slim.detect import system_packages
from copier_slim.detect.entry_point import APP as APPS
from copier_slim.detect.statements.stated import may_be_written
from copier_slim.prove import packages, releases, serving, settings
from copier_slim.prove.changes import Change, Project
from copier_slim.prove.matching import matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from copier_slim.prove.matching import Found

APP = "/app"
COMMAND = APPS["argv"]
MAKES_DIRECTORY = re.compile(r"\bmkdir\(|\bmakedirs\(|os\.mkdir|\.mkdir\b")
NUMBER = re.compile(r"PORT|TIMEOUT|COUNT|LIMIT|SIZE|_ID$|^ID$|SECONDS|MINUTES|WORKERS|ADMIN", re.IGNORECASE)
SWITCH = re.compile(r"DEBUG|ENABLE|VERBOSE|USE_", re.IGNORECASE)
ADDRESS = re.compile(r"URL|URI|ENDPOINT|DSN", re.IGNORECASE)
BOT = re.compile(r"(?:BOT|TELEGRAM|TG)\w{0,60}TOKEN|^TOKEN$")
# Where the app itself listens, by the names that such variables have
OWN_SERVER = re.compile(
    r"(?:(?:SERVER|APP|WEB|WEBAPP|WEBHOOK|WEBSERVER|API|HTTP|UVICORN|GUNICORN|LISTEN|BIND|SERVICE)_){0,2}"
    r"(?:(?P<host>HOST|BIND|LISTEN|LISTEN_HOST|BIND_HOST)|PORT)"
)
EVERYWHERE = "0.0.0.0"  # noqa: S104 a container's
ELSEWHERE = re.compile(r"URL|URI|ENDPOINT|DSN|HOST|TOKEN|KEY", re.IGNORECASE)
PLACEHOLDER = re.compile(r"[<>{}\[\]$]|\.\.\.|\byour?\b|your[_-]|xxx|change|replace|insert|\bhere\b", re.IGNORECASE)
DATABASE = re.compile(r"DATABASE|\bDB_|SQLALCHEMY|DB_URL", re.IGNORECASE)


def writable(found: Found, project: Project) -> Change | None:
    """The directory of a denied path, where the questions let it be written to."""
    name = found.groups.get("path") or found.groups.get("absent", "")
    path = PurePosixPath(posixpath.normpath(posixpath.join(APP, name)) if ".." in name else name)
    if MAKES_DIRECTORY.search(found.observation.log) or (not path.suffix and "absent" not in found.groups):
        directory = path
    else:
        directory = path.parent
    if directory.is_relative_to(APP):
        directory = directory.relative_to(APP)
    text = directory.as_posix()
    if ".." in directory.parts or not may_be_written(text):
        # A hidden directory of the project's cannot be named; the one around it can
        visible = [part for part in directory.parts if not part.startswith(".")]
        if text.startswith("/") or ".." in directory.parts:
            return None
        text = "/".join(visible[: _first_hidden(directory.parts)]) or "."
    return project.with_lines("writable_paths", text)


def _first_hidden(parts: tuple[str, ...]) -> int:
    return next((index for index, part in enumerate(parts) if part.startswith(".")), len(parts))


def database_directory(found: Found, project: Project) -> Change | None:
    """The directories of the SQLite databases that the code names, else the project's own."""
    named = found.observation.log and project.sources.database_directories()
    good = []
    for text in named or ["."]:
        name = text if text.startswith("/") and not text.startswith(f"{APP}/") else text.removeprefix(f"{APP}/")
        if may_be_written(name):
            good.append(name)
    return project.with_lines("writable_paths", *(good or ["."])) or project.with_lines("writable_paths", ".")


def variable(found: Found, project: Project) -> Change | None:
    """The variable by which a library is told of another place."""
    return project.with_variable(found.used() or "")


def older_python(found: Found, project: Project) -> Change | None:
    """The newest Python that what is imported still knows."""
    wanted = found.used(found.evidence)
    if not wanted or Version(project.text("python_version")) <= Version(wanted):
        return None
    return Change({"python_version": wanted})


def library(found: Found, project: Project) -> Change | None:
    """The package of a shared library, by its name in the project's release of Debian."""
    return project.with_lines("system_packages", *_debian(found, project))


def program(found: Found, project: Project) -> Change | None:
    """The package of a program."""
    package = catalog.programs().get(found.row.uses.get(found.word, found.word), "")
    if system_packages.of_answers(project.answers) == catalog.ALPINE:
        return None
    return project.with_lines("system_packages", package)


def build_package(found: Found, project: Project) -> Change | None:
    """What a package needs to be compiled."""
    names = _debian(found, project)
    if not names:
        return None
    before = project.text("build_packages").split()
    wanted = [*names, catalog.compiler(system_packages.of_answers(project.answers))]
    more = [name for name in dict.fromkeys(wanted) if name not in before]
    return Change({"build_packages": "\n".join([*before, *more])}) if more else None


def _debian(found: Found, project: Project) -> list[str]:
    """The packages that the row names, as the project's release of Debian does; none of Alpine's are known."""
    where = system_packages.of_answers(project.answers)
    names = [] if where == catalog.ALPINE else (found.used() or "").split()
    return [catalog.debian().name(name, where) for name in names]


def migrate(_: Found, project: Project) -> Change | None:
    """The project's migrations before each start, as nothing else runs them in a container that is started alone."""
    release = project.text("release")
    plain = COMMAND.fullmatch(release)  # as the question wants it; a release may need a shell
    return project.with_lines(
        "prestart",
        release if plain else project.sources.migrations(project.text("app"), project.text("framework")),
    )


def app_by_variable(_: Found, project: Project) -> Change | None:
    """Steps of flask's program, which are given the app by a variable in place of an option."""
    steps = project.text("prestart").split("\n")
    by_variable = [re.sub(r"^flask --app (\S+) ", r"env FLASK_APP=\1 python -m flask ", step) for step in steps]
    return Change({"prestart": "\n".join(by_variable)}) if by_variable != steps else None


def collect_static(_: Found, project: Project) -> Change | None:
    """Django's static files, made in the build."""
    manage = project.sources.manage
    return project.with_lines("build_commands", f"python {manage} collectstatic --noinput") if manage else None


def leave_static(_: Found, project: Project) -> Change | None:
    """The build without the step that collects static files, which have no directory to go to."""
    before = project.text("build_commands").split("\n")
    kept = [line for line in before if "collectstatic" not in line]
    return Change({"build_commands": "\n".join(kept)}) if kept != before else None


def trial_variable(found: Found, project: Project) -> Change | None:
    """Harmless values for the variables that are missing, for the trial only; with those demanded with them."""
    words = [other.word for other in matches(found.observation) if other.name == found.name]
    wanted = project.sources.settings
    fields = {item.field.lower() for item in wanted}.intersection(word.lower() for word in words)
    kinds = {item.variable: item.kind for item in wanted} if fields else {}
    names = [name.upper() for name in words if re.fullmatch(r"[A-Za-z_]\w*", name) and name.lower() not in fields]
    all_names = dict.fromkeys([*kinds, *names, *project.sources.demanded_with(set(names))])
    values = {name: _for_trial(name, kinds.get(name, ""), project) for name in all_names}
    return Change(variables=values) if values else None


def _for_trial(name: str, kind: str, project: Project) -> str:
    """A value for a variable: one that its type allows, or that the project's example has, else one by its name."""
    shown = project.sources.examples.get(name, "")
    if own := OWN_SERVER.fullmatch(name):
        return EVERYWHERE if own["host"] else project.text("port") or harmless(name)
    if kind in settings.HARMLESS:
        return harmless(name) if kind == "int" and "PORT" in name else settings.HARMLESS[kind]
    if shown and not secret_name(name) and not ELSEWHERE.search(name) and not PLACEHOLDER.search(shown):
        return shown
    return harmless(name)


def known_variable(found: Found, _: Project) -> Change | None:
    """Values for the variables that are known to be meant where a message names none, for the trial."""
    pairs = (word.partition("=") for word in (found.used(found.evidence) or "").split())
    values = {name: value or harmless(name) for name, _, value in pairs}
    return Change(variables=values) if values else None


def trial_credentials(_: Found, project: Project) -> Change | None:
    """Made-up values for the variables of credentials that the code reads and that have no default, for the trial."""
    values = {name: harmless(name) for name in project.sources.variables() if secret_name(name)}
    return Change(variables=values) if values else None


def without_data(_: Found, project: Project) -> Change | None:
    """No data in the image, where the build cannot reach the host that has them."""
    return Change({"data": ""}) if project.text("data") else None


def harmless(name: str) -> str:
    """A value that a variable of this name may have."""
    if SWITCH.search(name):
        return "0"
    if NUMBER.search(name):
        return "8000" if "PORT" in name else "1"
    if DATABASE.search(name) and ADDRESS.search(name):
        return "sqlite:////tmp/trial.db"
    if ADDRESS.search(name):
        return "http://127.0.0.1"
    if BOT.search(name):
        return f"1234567890:{'x' * 35}"  # which libraries of Telegram check before they ask anybody
    return "127.0.0.1" if "HOST" in name else f"trial-{'x' * 43}"


MENDS: dict[str, Callable[[Found, Project], Change | None]] = {
    "app_by_variable": app_by_variable,
    "build_package": build_package,
    "collect_static": collect_static,
    "database_directory": database_directory,
    "factory": serving.factory,
    "health_path": serving.health_path,
    "host": serving.host,
    "known_variable": known_variable,
    "leave_static": leave_static,
    "library": library,
    "migrate": migrate,
    "missing_module": packages.missing_module,
    "named_package": packages.named_package,
    "newer_release": packages.newer_release,
    "older_python": older_python,
    "older_release": packages.older_release,
    "other_app": serving.other_app,
    "own_module": packages.own_module,
    "port": serving.port,
    "production_server": serving.production_server,
    "program": program,
    "python_with_wheel": packages.python_with_wheel,
    "release_of_its_time": releases.release_of_its_time,
    "removed_module": packages.removed_module,
    "trial_credentials": trial_credentials,
    "trial_variable": trial_variable,
    "variable": variable,
    "without_data": without_data,
    "writable": writable,
}


def change(found: Found, project: Project) -> Change | None:
    """The change that a row's mend knows; None where the row has none, or it knows none here."""
    mend = MENDS.get(found.row.mend)
    return mend(found, project) if mend else None


__all__ = ["MENDS", "change"]
