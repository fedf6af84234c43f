"""Compose files: of their services, those that are made from the repository's own image."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from copier_slim.detect.statements import processes, values
from copier_slim.detect.statements.fields import Field, walk
from copier_slim.detect.statements.processes import is_for_development
from copier_slim.detect.statements.shell import SERVES
from copier_slim.detect.statements.stated import DEFAULT_PROCESS, MOST_NAMES, SET_AT_RUN_TIME, Said

if TYPE_CHECKING:
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.statements.files import File
    from copier_slim.detect.statements.stated import Stated
    from copier_slim.detect.tree import Tree

WEB = {"web", "app", "api", "server", "site", "backend", "django", "flask", "fastapi"}
DEVELOPMENT_VALUE = re.compile(r"(?i)(?:dev|devel|development|local|debug|test|testing)")
# A module or class of settings for development: shop.settings.dev, config.DevelopmentConfig
OF_SETTINGS = re.compile(r"SETTINGS|CONFIG")
PARTS = re.compile(r"[._:]|(?<=[a-z])(?=[A-Z])")
# Commands that only keep a container there, into which a developer goes
IDLES = re.compile(r"tail -f /dev/null|sleep (?:infinity|inf|\d+)|(?:/bin/)?(?:ba)?sh|cat")
ELSEWHERE = "of where it runs"
IN_THE_IMAGE = "/app"  # where the repository is
CODE = "for development: the code is in the image"
JOB = re.compile(r"ofelia\.job-exec\.([\w-]{1,99})\.(schedule|command)")
# The first of six fields, which cron does not have
SECONDS = re.compile(r"^0 (?=(?:\S{1,99} ){4}\S{1,99}$)")
# Of a file with variables, whose names are told though it is not in the repository itself
EXAMPLES = (".example", ".sample", ".dist", ".template")
VARIABLE = re.compile(r"^[ \t]{0,9}(?:export[ \t]+)?([A-Za-z_]\w{0,99})[ \t]{0,9}=", re.MULTILINE | re.ASCII)
OWN_PORT = "of a process beside the default one"


def read(file: File, stated: Stated, tree: Tree, dockerfile: Dockerfile | None) -> None:
    """Takes what the services of the repository's own image state, that of the Dockerfile; the others are named."""
    document = _services(file)
    services = {name: _mapping(item) for name, item in _mapping(document.get("services")).items()}
    for name, service in services.items():
        services[name] = _extended(service, services)
    if document.get("services") and not services:
        stated.leave("services", "not understood")
    entrypoint = dockerfile.entrypoint[0] if dockerfile and dockerfile.entrypoint else ""
    reader = _Services(file, stated, tree, services, entrypoint)
    own = reader.own(dockerfile)
    for name in services:
        if name not in own:
            stated.leave(f"services.{name}", "of an image of its own")
    reader.take(own)
    rest = {name: item for name, item in document.items() if name != "services" and not str(name).startswith("x-")}
    stated.read(rest)


def is_web(name: str) -> bool:
    """Whether a service's name says that it is the one that is asked over HTTP."""
    return not WEB.isdisjoint(re.split(r"[-_.]", name.lower()))


def dockerfiles(file: File) -> list[str]:
    """The Dockerfiles that services name, as paths from the root; of those that are built from it."""
    found = []
    for service in _mapping(_services(file).get("services")).values():
        build = _mapping(_mapping(service).get("build"))
        context = _context(file.path, _mapping(service))
        if context is not None and isinstance(build.get("dockerfile"), str):
            found.append(posixpath.normpath(posixpath.join(context, build["dockerfile"])))
    return found


class _Services:
    """The services of one file."""

    def __init__(
        self, file: File, stated: Stated, tree: Tree, services: dict[str, dict[str, Any]], entrypoint: str
    ) -> None:
        self.file, self.stated, self.tree, self.services, self.entrypoint = file, stated, tree, services, entrypoint

    def own(self, dockerfile: Dockerfile | None) -> dict[str, dict[str, Any]]:
        """The services that are made from the image of the root, by name, the default process's first."""
        built = {
            name: item for name, item in self.services.items()
            if _context(self.file.path, item) == (dockerfile.context if dockerfile else "")
            and self._is_same(item, dockerfile)
        }  # fmt: skip
        images = {str(item["image"]) for item in built.values() if item.get("image")}
        own = {
            name: item
            for name, item in self.services.items()
            if name in built or (not item.get("build") and str(item.get("image")) in images)
        }
        if not built:  # others of what is published may give its own program words that only its Dockerfile explains
            published = {name: item for name, item in self.services.items() if self._is_published(item)}
            own = dict(sorted(published.items(), key=lambda item: self._rank(*item))[:1])
        if not built and OVERRIDES.search(self.file.path):  # of the base's services, the build is there
            own = {
                name: item for name, item in self.services.items() if not item.get("image") and not item.get("build")
            }
        order = sorted(own, key=lambda name: self._rank(name, own[name]))
        return {name: own[name] for name in order}

    def _is_same(self, service: dict[str, Any], dockerfile: Dockerfile | None) -> bool:
        """Whether a service has the Dockerfile that was read, or names one that is not there, as others do."""
        named = self._named(service)
        if not named or not self.tree.has(named):
            return True
        if dockerfile:
            return named == dockerfile.path
        return all(self.tree.has(self._named(item)) for item in self.services.values() if item.get("build"))

    def _named(self, service: dict[str, Any]) -> str:
        """The path of the Dockerfile that a service names, "" where it names none and is built from the usual one."""
        named = _mapping(service.get("build")).get("dockerfile")
        context = _context(self.file.path, service)
        return posixpath.normpath(posixpath.join(context or "", named)) if isinstance(named, str) else ""

    def _is_published(self, service: dict[str, Any]) -> bool:
        """Whether a service's image is called as the repository's package or folder is: it was published of it."""
        name = str(service.get("image") or "").rpartition("/")[2].partition("@")[0].partition(":")[0]
        plain = re.sub(r"[^a-z0-9]", "", name.lower())
        packages = {path.partition("/")[0] for path in self.tree.python_files if path.endswith("/__init__.py")}
        owns = "/" in str(service.get("image") or "")  # else it is Docker's own library's, as python or redis
        return owns and plain in {re.sub(r"[^a-z0-9]", "", item.lower()) for item in {*packages, self.tree.root.name}}

    def _rank(self, name: str, service: dict[str, Any]) -> tuple[bool, bool, bool, bool]:
        command = self._command(service)
        return (
            bool(service.get("profiles")) or is_for_development(name),
            bool(command) and not SERVES.search(command),
            not service.get("ports"),
            not is_web(name),
        )

    def _command(self, service: dict[str, Any]) -> str:
        entrypoint, command = values.line(service.get("entrypoint")), values.line(service.get("command"))
        if command and is_for_development(entrypoint.partition(" ")[0].rpartition("/")[2]):
            entrypoint = ""  # entrypoint.dev.sh: what it does before is not the image's
        return " ".join(filter(None, [entrypoint or (self.entrypoint if command else ""), command]))

    def take(self, own: dict[str, dict[str, Any]]) -> None:
        """Takes each service's fields: the first is the default process, the others run beside it."""
        once = {
            str(name) for item in self.services.values() for name, how in _mapping(item.get("depends_on")).items()
            if _mapping(how).get("condition") == "service_completed_successfully"
        }  # fmt: skip
        default = next(iter(own), "")
        for name, service in own.items():
            profiles = service.get("profiles")
            names = [name, *(map(str, profiles) if isinstance(profiles, list) else [])]
            if any(map(is_for_development, names)):
                self.stated.leave(f"services.{name}", "for development")
                continue
            command = self._command(service)
            evidence = self.stated.place(("services", name, "command"), service.get("command"))
            is_once = name in once or (
                name != default and bool(command) and processes.runs_once(processes.plain(command))
            )
            self.stated.owner = ""
            if name == default and not is_once:
                self.stated.owner = DEFAULT_PROCESS
                if command:
                    self.stated.commands.append(Said(command, evidence))
            elif is_once and command:
                self.stated.owner = "release"
                self.stated.take_release(self._inside(service, processes.plain(command)), evidence)
            elif command:
                line = self._inside(service, processes.plain(command))
                self.stated.owner = processes.take(self.stated, name, line, evidence, f"services.{name}")
            self._fields(name, service, is_default=name == default)
        self.stated.owner = DEFAULT_PROCESS

    def _inside(self, service: dict[str, Any], command: str) -> str:
        return processes.inside(self.stated, command, str(service.get("working_dir") or ""))

    def _fields(self, name: str, service: dict[str, Any], *, is_default: bool) -> None:
        """Takes a service's fields but for its command, which its place among the services decides on."""
        volumes = service.get("volumes")
        self._volumes(("services", name, "volumes"), volumes if isinstance(volumes, list) else [])
        for item in walk(service, "compose", ("services", "*")):
            shown = ("services", name, *item.path[2:])
            if shown[2].startswith("x-") or shown[2:] in (("volumes",), ("command",), ("entrypoint",)):
                if shown[2] != "volumes" and item.value and not values.line(item.value):
                    self.stated.leave(".".join(shown), "not understood")
            elif shown[2] == "labels":
                self._labels(shown, service)
            elif shown[2] == "env_file":
                self._env_file(shown, item.value)
            elif item.answer == "environment":
                self._environment(shown, item.value, is_weak=self._develops(service))
            elif item.answer in ("port", "health_path") and not is_default:
                self.stated.leave(".".join(shown), OWN_PORT)
            elif item.answer == "health_path" and not values.probed(item.value):
                self.stated.leave(".".join(shown), ELSEWHERE)
            else:
                self.stated.take(Field(shown, item.value, item.answer, item.why))

    def _labels(self, shown: tuple[str, ...], service: dict[str, Any]) -> None:
        """Takes the jobs that ofelia runs in a service: https://github.com/mcuadros/ofelia#docker."""
        jobs: dict[str, dict[str, str]] = {}
        others = False
        for label, value in values.variables(service.get("labels")):
            found = JOB.fullmatch(label)
            if found:
                jobs.setdefault(found[1], {})[found[2]] = value or ""
            others = others or not (found or label == "ofelia.enabled")
        for name, job in jobs.items():
            cron, command = SECONDS.sub("", job.get("schedule", "")), processes.plain(job.get("command", ""))
            place = self.stated.place((*shown, f"ofelia.job-exec.{name}.schedule"), job.get("schedule"))
            processes.schedule(self.stated, name, cron, self._inside(service, command), place)
        if others:
            self.stated.leave(".".join(shown), ELSEWHERE)

    def _develops(self, service: dict[str, Any]) -> bool:
        """Whether a service is for development, by its command or the stage that it is built from."""
        command, target = processes.plain(self._command(service)), str(_mapping(service.get("build")).get("target", ""))
        of_stage = is_for_development(target) or DEVELOPMENT_VALUE.fullmatch(target) is not None
        return of_stage or processes.develops(command) or IDLES.fullmatch(command) is not None

    def _environment(self, shown: tuple[str, ...], value: Any, *, is_weak: bool) -> None:  # noqa: ANN401 whatever it holds
        place = self.stated.place(shown)
        mounted = self._mounted(self.services[shown[1]].get("volumes"))
        carried = []
        others = {name for name, item in self.services.items() if item.get("image")}
        for name, given in values.variables(value):
            text = values.with_defaults(given or "")
            if ("DEBUG" in name.upper().split("_") and text.lower() not in ("", "0", "false", "no", "off")) or (
                DEVELOPMENT_VALUE.fullmatch(text)
            ):
                self.stated.leave(f"{'.'.join(shown)}.{name}", "for development")
            elif any(re.search(rf"(?:^|//|@){re.escape(other)}(?=$|[:/])", text) for other in others):
                self.stated.leave(f"{'.'.join(shown)}.{name}", "names another service; set it where the image runs")
            elif text in mounted and not mounted[text]:
                self.stated.leave(f"{'.'.join(shown)}.{name}", "names a file that is mounted where it runs")
            else:
                carried.append((name, f"{IN_THE_IMAGE}/{mounted[text]}" if text in mounted else given))
                if name not in self.stated.environment and (is_weak or _is_development(name, text)):
                    self.stated.weak.add(name)
        self.stated.variables(carried, place, ".".join(shown))

    def _env_file(self, shown: tuple[str, ...], value: Any) -> None:  # noqa: ANN401 whatever the file holds
        """Names the variables of files that a container gets when it starts; their values stay where they are."""
        for item in value if isinstance(value, list) else [value]:
            path = values.with_defaults(str(item.get("path", "")) if isinstance(item, dict) else str(item))
            place = posixpath.normpath(posixpath.join(posixpath.dirname(self.file.path), path))
            there = next((name for name in (place, *(f"{place}{end}" for end in EXAMPLES)) if self.tree.has(name)), "")
            names = list(dict.fromkeys(VARIABLE.findall(self.tree.text(there) or ""))) if there else []
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            named = f" ({', '.join(names[:MOST_NAMES])}{more} in {there})" if names else ""
            self.stated.leave(f"{'.'.join(shown)} {path}{named}", SET_AT_RUN_TIME)

    def _mounted(self, found: object) -> dict[str, str]:
        """The files that a service has mounted to be read, by their paths there: where they are in the repository."""
        mounted = {}
        for source, target, mode in map(_volume, found if isinstance(found, list) else []):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(self.file.path), source))
            if target and source.startswith(".") and _is_read(target, mode):
                mounted[target] = path if self.tree.has(path) else ""
        return mounted

    def _volumes(self, shown: tuple[str, ...], found: list[Any]) -> None:
        for item in found:
            source, target, mode = _volume(item)
            name = f"{'.'.join(shown)} {values.line(item) or target}".strip()
            path = posixpath.normpath(posixpath.join(posixpath.dirname(self.file.path), source))
            inside = "" if path == "." else path
            place = self.stated.place((*shown, target), target)
            is_kept = target.endswith(".sock") or _is_read(target, mode)
            if source.startswith(".") and any(
                path.startswith(f"{inside}/" if inside else "") for path in self.tree.python_files
            ):
                self.stated.leave(name, CODE)
            elif not target.startswith("/") or is_kept or not self.stated.writable(target, place):
                self.stated.leave(name, ELSEWHERE)


def _is_development(name: str, value: str) -> bool:
    return bool(OF_SETTINGS.search(name)) and any(map(DEVELOPMENT_VALUE.fullmatch, PARTS.split(value)))


def _is_read(target: str, mode: str) -> bool:
    """Whether what is mounted there is a file, or may not be written to."""
    return mode.lower() in ("ro", "true") or "." in target.rpartition("/")[2]


OVERRIDES = re.compile(r"compose\.[\w-]+\.ya?ml$")


def _volume(item: Any) -> tuple[str, str, str]:  # noqa: ANN401 whatever the file holds
    """Where a mount comes from, where it is, and how."""
    if isinstance(item, dict):
        kind = str(item.get("type", "volume"))
        target = str(item.get("target", "")) if kind in ("volume", "bind") else ""
        return str(item.get("source", "")), target, str(item.get("read_only", ""))
    parts = values.with_defaults(str(item)).split(":")
    if len(parts) == 1:
        return "", parts[0], ""
    return parts[0], parts[1], "ro" if len(parts) > 2 and "ro" in parts[2].split(",") else ""  # noqa: PLR2004 and a mode


def _services(file: File) -> dict[str, Any]:
    """The document; that of Compose's first format, which has the services at its top, in the present one."""
    document = _mapping(file.document)
    if "services" not in document and any(
        "image" in item or "build" in item for item in map(_mapping, document.values())
    ):
        return {"services": document}
    return document


def _extended(service: dict[str, Any], services: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A service with what it takes from another one of the same file."""
    extends = service.get("extends")
    name = extends if isinstance(extends, str) else _mapping(extends).get("service")
    same_file = not _mapping(extends).get("file")
    other = services.get(str(name)) if name and same_file else None
    if not other or other is service:
        return service
    return {**{key: item for key, item in other.items() if key not in ("extends", "ports")}, **service}


def _context(path: str, service: dict[str, Any]) -> str | None:
    """The folder that a service's image is built from, "" for the root; None where it is none of the repository's."""
    build = service.get("build")
    context = build if isinstance(build, str) else _mapping(build).get("context", "." if build else None)
    if not isinstance(context, str) or "://" in context:
        return None
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), values.with_defaults(context)))
    return "" if found == "." else found


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
