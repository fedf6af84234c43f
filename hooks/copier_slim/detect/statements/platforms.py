"""The files of platforms that run containers or build them: fly.toml, render.yaml, heroku.yml, app.json and others."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from copier_slim.detect.statements import processes, values
from copier_slim.detect.statements.fields import Field, walk
from copier_slim.detect.statements.stated import DEFAULT_PROCESS, EACH_PROCESS, NOT_UNDERSTOOD, Said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.statements.files import File
    from copier_slim.detect.statements.stated import Stated

OTHER_IMAGE = "of an image of its own"
DEFAULTS = ("app", "web")  # what platforms call the default process
# What Render runs that is no program of the repository's
OTHER_TYPES = {"redis", "keyvalue", "static", "postgres"}
PYTHON_RUNTIMES = {"", "python", "python3", "docker", "image"}


def read(file: File, stated: Stated) -> None:
    """Takes every field as the catalog's table says."""
    stated.read(file.document)


def fly(file: File, stated: Stated) -> None:
    """Takes the process groups: the one that serves HTTP is the default process."""
    document = _mapping(file.document)
    groups = _mapping(document.get("processes"))
    serving = _mapping(document.get("http_service")).get("processes")
    names = [*(serving if isinstance(serving, list) else []), *DEFAULTS, *groups]
    _groups(stated, groups, names, ("processes",))
    for item in walk(document, file.kind):
        if item.answer == "memory" and len(_list(document.get("vm"))) > 1:
            stated.leave(item.name, "of single process groups")
        elif item.answer != "processes" or not groups:
            # A machine's memory and the time that it gets to stop are those of each group
            stated.owner = EACH_PROCESS if item.answer in ("memory", "grace") else DEFAULT_PROCESS
            stated.take(item)


def heroku(file: File, stated: Stated) -> None:
    """Takes the processes of `run`: `web` is the default one."""
    document = _mapping(file.document)
    run, built = _mapping(document.get("run")), _mapping(_mapping(document.get("build")).get("docker"))
    same = {name: item for name, item in run.items() if _is_of_web(name, item, built)}
    for name in run.keys() - same.keys():
        stated.leave(f"run.{name}", OTHER_IMAGE)
    # What `run` does not say of a built image is its own command
    names = [name for name in built if name not in run] or [*DEFAULTS[::-1], *run]
    _groups(stated, same, names, ("run",))
    for item in walk(file.document, file.kind):
        if item.path[:1] != ("run",) or not run:
            stated.take(item)


def _is_of_web(name: str, process: object, built: dict[str, Any]) -> bool:
    """Whether a process is of the image of `web`, or of the only one there is."""
    image = str(_mapping(process).get("image", name if name in built else "web"))
    return image not in built or image == "web" or len(built) == 1 or built[image] == built.get("web")


def _groups(stated: Stated, groups: dict[str, Any], names: list[Any], below: tuple[str, ...]) -> None:
    default = next((name for name in names if isinstance(name, str) and name in groups), "")
    for name, value in groups.items():
        command = values.chain(_mapping(value).get("command") if isinstance(value, dict) else value)
        evidence = stated.place((*below, name), command)
        shown = ".".join((*below, name))
        if not command:
            if value:
                stated.leave(shown, NOT_UNDERSTOOD)
        elif name == default:
            stated.commands.append(Said(command, evidence))
        else:
            processes.take(stated, name, command, evidence, shown)


def render(file: File, stated: Stated) -> None:
    """Takes the services of the repository: the first web service is the default process."""
    document = _mapping(file.document)
    found = list(_services(document))
    own = [service for _, service in found if _is_own(service)]
    default = next((item for item in own if str(item.get("type")) in ("web", "pserv")), None)
    dockerfile = _dockerfile(default or {}) or "Dockerfile"
    own = [service for service in own if _dockerfile(service) in ("", dockerfile)]
    for path, service in found:
        name = str(service.get("name", service.get("type", "service")))
        shown = (*path, name)
        if not any(service is item for item in own):
            stated.leave(".".join(shown), OTHER_IMAGE)
            continue
        _render_service(stated, shown, service, is_default=service is default)
    rest = {name: item for name, item in document.items() if name != "services"}
    for item in walk(rest, file.kind):
        if item.path[0] not in ("projects", "ungrouped") or not found:
            stated.take(item)


def _services(document: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    groups = [(("services",), document), (("ungrouped", "services"), _mapping(document.get("ungrouped")))]
    for project in _list(document.get("projects")):
        groups += [
            (("projects", "environments", "services"), _mapping(item))
            for item in _list(_mapping(project).get("environments"))
        ]
    for path, group in groups:
        yield from ((path, item) for item in _list(group.get("services")) if isinstance(item, dict))


def _is_own(service: dict[str, Any]) -> bool:
    runtime = str(service.get("runtime", service.get("env", "")))
    folder = str(service.get("rootDir", "")).strip("./")
    return str(service.get("type")) not in OTHER_TYPES and runtime in PYTHON_RUNTIMES and not folder


def _dockerfile(service: dict[str, Any]) -> str:
    """The Dockerfile that a service is built by, "" for none."""
    is_built = str(service.get("runtime", service.get("env", ""))) == "docker"
    return posixpath.normpath(str(service.get("dockerfilePath") or "Dockerfile")) if is_built else ""


def _render_service(stated: Stated, shown: tuple[str, ...], service: dict[str, Any], *, is_default: bool) -> None:
    command = values.line(service.get("startCommand") or service.get("dockerCommand"))
    evidence = stated.place(shown, command)
    name = shown[-1]
    if service.get("type") == "cron":
        cron = str(service.get("schedule", ""))
        stated.owner = processes.schedule(stated, name, cron, command, evidence) if command else ""
    elif is_default:
        stated.owner = DEFAULT_PROCESS
        stated.commands += [Said(command, evidence)] if command else []
    else:
        stated.owner = processes.take(stated, name, command, evidence, ".".join(shown)) if command else ""
    for item in walk(service, stated.kind, ("services",)):
        if item.answer in ("command", "schedules"):
            continue
        if item.answer in ("port", "health_path") and not is_default:
            stated.leave(".".join((*shown, *item.path[1:])), "of a process beside the default one")
            continue
        stated.take(Field((*shown, *item.path[1:]), item.value, item.answer, item.why))


def railway(file: File, stated: Stated) -> None:
    """Takes the service; one that has a clock starts its command by that."""
    deploy = _mapping(_mapping(file.document).get("deploy"))
    cron, command = str(deploy.get("cronSchedule") or ""), values.line(deploy.get("startCommand"))
    for item in walk(file.document, file.kind):
        if item.answer == "schedules":
            if cron and command:
                processes.schedule(stated, "job", cron, command, stated.place(item.path, cron))
        elif not (item.answer == "command" and cron):
            stated.take(item)


def app_json(file: File, stated: Stated) -> None:
    """Takes Heroku's and Dokku's description of an app, and Dokku's jobs."""
    for item in walk(file.document, file.kind):
        if item.answer != "schedules":
            stated.take(item)
            continue
        for number, job in enumerate(_list(item.value), 1):
            command, cron = (str(_mapping(job).get(key, "")) for key in ("command", "schedule"))
            name = re.sub(r"\W+", "-", " ".join(command.split()[-1:])) or f"job-{number}"
            processes.schedule(stated, name, cron, command, stated.place(("cron", *command.split()[:1]), command))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
