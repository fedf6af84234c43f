"""The processes of an image: what a stated one becomes, and which are for development alone or none of this image's."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from copier_slim.detect.statements.shell import free_name, split, unwrap
from copier_slim.detect.statements.stated import Said, Stated

if TYPE_CHECKING:
    from copier_slim.detect.findings import Evidence

# What follows a change of the code, or a debugger
DEVELOPS = re.compile(
    r"(?:^|\s)(?:\S{0,99}manage\.py shell(?:_plus)?|flask shell|runserver(?:_plus)?|--reload|--debug|--watch|watch"
    r"|livereload|debugpy|pdb|jupyter|ptw|watchmedo|watchfiles"
    r"|flask(?: --?\S+){0,4} run|fastapi dev|pytest|tox|nox|ruff|mypy)(?=[\s:=]|$)"
)
DEVELOPMENT_WORDS = {
    "ci", "debug", "debugger", "dev", "devel", "development", "docs", "e2e", "lint", "linter", "shell", "test",
    "testing", "tests",
}  # fmt: skip
FOREIGN = {
    "bundle", "bun", "caddy", "deno", "gulp", "haproxy", "java", "memcached", "mongod", "mysqld", "nginx", "node",
    "npm", "npx", "pgbouncer", "php", "php-fpm", "pnpm", "postgres", "rabbitmq-server", "rails", "rake", "redis-server",
    "ruby", "sass", "supercronic", "tailwindcss", "traefik", "varnishd", "vite", "webpack", "yarn",
}  # fmt: skip
# Programs that prepare a database, and what they are told
MIGRATES = {
    "manage.py": {"migrate"}, "django-admin": {"migrate"}, "alembic": {"upgrade"}, "flask": {"upgrade"},
    "aerich": {"upgrade"}, "yoyo": {"apply"}, "piccolo": {"forwards"}, "dbmate": {"up", "migrate"}, "atlas": {"apply"},
}  # fmt: skip
SERVERS = {
    "celery",
    "daphne",
    "flower",
    "granian",
    "gunicorn",
    "hypercorn",
    "runserver",
    "uvicorn",
    "uwsgi",
    "waitress-serve",
}
# A queue's worker, of which what follows a change is left out and the rest runs
WORKS = re.compile(r"(?:^|[/ ])(?:arq|dramatiq|dramatiq-gevent|rundramatiq|taskiq worker)(?= )")
CRON = re.compile(
    r"((?:(?:@(?:yearly|annually|monthly|weekly|daily|midnight|hourly))|(?:[\d*/,-]+|[A-Za-z]{3})(?:\s+(?:[\d*/,-]+|[A-Za-z]{3}(?:-[A-Za-z]{3})?)){4}))\s+(\S.*)"
)
# Tools that install the project on a developer's machine, and start what comes after `run` in it
RUNNER = re.compile(
    r"(^|&&\s*|;\s*)(?:exec\s+)?(?:uv|poetry|pdm|pipenv|rye|hatch) run\s+"
    r"(?:--(?:no-\w+|frozen|locked|python \S+)\s+)*(?:--\s+)?"
)
PYTHON = re.compile(r"(^|&&\s*|;\s*)(?:exec\s+)?python3(?:\.\d+)?(?=\s)")
OF_ENVIRONMENT = re.compile(r"(^|&&\s*|;\s*)(?:[\w./-]{0,200}/)?\.?v?env/bin/")
SHELL = ("sh", "-c", "what it runs")
# A script that waits for a service of a developer's machine and starts what comes after it
WAITS = re.compile(r"^(?:\S{0,200}/)?wait[-_]for[\w.-]{0,20} [^;&|]{0,200}? -- ")
FOLDER = re.compile(r"[\w.-]+(?:/[\w.-]+)*+", re.ASCII)
LINE = re.compile(r"(?!-)[!-~](?:[ -~]*[!-~])?")
CLOSED = re.compile(r"(?:[^\"'\\]|\\.|\"(?:[^\"\\]|\\.)*+\"|'[^']*+')*+")
NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?")
TAKEN = {"app", "debug", "release", "web", "y", "n", "yes", "no", "on", "off", "true", "false", "null"}
LONGEST = 2000  # characters of a command


def simple_commands(line: str) -> list[list[str]]:
    """The words of each simple command of a line, without what stands in front and only starts it."""
    return [words for words in (unwrap(item.words, {}).words for item in split(line)) if words]


def develops(command: str) -> bool:
    """Whether a command is one for development: it reloads, watches, debugs or tests."""
    return bool(DEVELOPS.search(command))


def is_for_development(name: str) -> bool:
    """Whether a process, a service or a profile of that name is one for development."""
    return not DEVELOPMENT_WORDS.isdisjoint(re.split(r"[-_.]", name.lower()))


def runs_once(command: str) -> bool:
    """Whether a command prepares a release, such as migrations, and starts nothing that stays."""
    found = False
    for words in simple_commands(command):
        names = [word.rpartition("/")[2] for word in words]
        if not SERVERS.isdisjoint(names):
            return False
        started = names[1:2] if names and names[0].startswith("python") else names[:1]
        started = names[2:3] if started == ["-m"] else started
        told = next((MIGRATES[name] for name in started if name in MIGRATES), set[str]())
        found = found or not told.isdisjoint(names) or bool(started and started[0].startswith("migrat"))
    return found


def program(command: str) -> str:
    """The program that a command starts in the end, without its folder; "" where that is not told."""
    found = simple_commands(command)
    return found[-1][0].rpartition("/")[2] if found else ""


def role(command: str) -> tuple[str, ...]:
    """What a command is, so that two files' words for one process are known as one: a program, and what of it."""
    found = simple_commands(command)
    words = found[-1] if found else []
    name = words[0].rpartition("/")[2] if words else ""
    if name == "celery":
        return "celery", next((word for word in words if word in ("worker", "beat", "flower")), "")
    if re.fullmatch(r"python[\d.]*", name):
        return "python", *[word for word in words[1:] if not word.startswith("-") or word == "-m"][:3]
    return (name, *words[1:2])


def plain(command: str) -> str:
    """The command as it runs in the image: without a shell, a wait, or a tool that starts it in its own environment."""
    try:
        words = shlex.split(command) if command.startswith(("sh ", "bash ", "/bin/sh ", "/bin/bash ")) else []
    except ValueError:
        words = []
    if len(words) == len(SHELL) and words[1] in ("-c", "-lc", "-ec"):
        command = words[2].strip()
    return PYTHON.sub(r"\1python", OF_ENVIRONMENT.sub(r"\1", RUNNER.sub(r"\1", WAITS.sub("", command)))).strip()


def inside(stated: Stated, command: str, directory: str = "") -> str:
    """The command as it runs from the repository's root: in the image's working directory, or another one of its."""
    folder = stated.image.folder(directory.rstrip("/")) if directory else stated.image.directory
    folder = folder.removeprefix("./").strip(".")
    return (
        f"cd {folder} && {command}" if folder and not folder.startswith("/") and FOLDER.fullmatch(folder) else command
    )


def take(stated: Stated, name: str, command: str, evidence: Evidence, shown: str = "") -> str:
    """Takes a process beside the default one; one that is none of the image's in production is left out.

    Returns the name by which it is taken, "" for none.
    """
    shown = shown or name
    command = plain(" ".join(command.split("\n")))
    scheduled = CRON.fullmatch(command)
    is_queue = WORKS.search(command) is not None
    if (develops(command) and not is_queue) or is_for_development(name):
        stated.leave(shown, "for development")
    elif (started := program(scheduled[2] if scheduled else command)) in FOREIGN:
        stated.leave(shown, f"{started} is not in the image")
    elif not command or len(command) > LONGEST or not LINE.fullmatch(command) or not CLOSED.fullmatch(command):
        stated.leave(shown, "not understood")
    elif scheduled:
        return schedule(stated, name, scheduled[1], scheduled[2], evidence)
    else:
        taken = free(stated, name)
        stated.processes[taken] = Said(command, evidence)
        return taken
    return ""


def schedule(stated: Stated, name: str, cron: str, command: str, evidence: Evidence) -> str:
    """Takes a job that runs by the clock; the name by which it is taken, "" for none."""
    cron, command = " ".join(cron.split()), plain(command)
    if CRON.fullmatch(f"{cron} {command}") and LINE.fullmatch(command) and CLOSED.fullmatch(command):
        taken = free(stated, name)
        stated.schedules[taken] = Said(f"{cron} {command}", evidence)
        return taken
    stated.leave(name, "not understood")
    return ""


def free(stated: Stated, name: str) -> str:
    """A name that an answer can hold, and none that is taken."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:26].strip("-")
    slug = slug if NAME.fullmatch(slug) else f"p-{slug}".strip("-")
    return free_name(slug, {*stated.processes, *stated.schedules, *TAKEN})
