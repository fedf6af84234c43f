"""All that a repository's files state of how it is built and run, settled where several state the same thing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim import credentials
from copier_slim.detect.statements import (
    compose,
    crontab,
    dockerfile,
    files,
    kubernetes,
    platforms,
    processes,
    procfile,
    services,
    settings_files,
    supervisord,
    system_data,
    values,
)
from copier_slim.detect.statements.fields import walk
from copier_slim.detect.statements.script_text import short
from copier_slim.detect.statements.start import Image
from copier_slim.detect.statements.stated import (
    COOLDOWN_VARIABLES,
    EACH_PROCESS,
    INDEX_VARIABLES,
    OWN_VARIABLES,
    Said,
    Stated,
    is_plain_variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.statements.files import File
    from copier_slim.detect.tree import Tree

READERS: dict[str, Callable[[File, Stated], None]] = {
    "procfile": procfile.read, "render": platforms.render, "fly": platforms.fly, "heroku": platforms.heroku,
    "railway": platforms.railway, "railway_json": platforms.railway, "app_json": platforms.app_json,
    "kubernetes": kubernetes.read, "helm": kubernetes.helm, "supervisord": supervisord.read,
    "gunicorn": settings_files.gunicorn, "uwsgi": settings_files.uwsgi, "make": settings_files.targets,
    "streamlit": settings_files.streamlit, "crontab": crontab.read,
    "run_script": services.run_script,
}  # fmt: skip
# The folders that images of others have for the repository's root
ROOTS = ("/app", "/code", "/src", "/workspace", "/usr/src/app", "/opt/app", "/srv/app", "/opt/render/project/src")
# What a server reads when a command starts it: what the command says comes first
SETTINGS = ("gunicorn", "uwsgi", "streamlit")
EXAMPLE = re.compile(r"(?:^|/)(?:contrib|docs?|examples?|samples?)/")
# The fields that name a Dockerfile
NAMED = re.compile(r"(?:^|\.)(?:dockerfile|dockerfilePath|dockerFile)$|^build\.docker\.")


@dataclass(slots=True)
class Statements:
    """What each file states, the most binding first, and the facts of the Dockerfile; answers with what gave way."""

    stated: list[Stated] = field(default_factory=list)
    dockerfile: Dockerfile | None = None
    chosen: Said | None = None  # what starts the default process
    notes: list[str] = field(default_factory=list)

    @property
    def commands(self) -> list[tuple[str, Evidence, Image]]:
        """What starts the default process, the most binding first; what reloads or debugs comes later."""
        found = [
            ((item.kind in SETTINGS, processes.develops(said.value)), (said.value, said.evidence, item.image))
            for item in self.stated
            for said in item.commands
        ]
        return [command for _, command in sorted(found, key=lambda ranked: ranked[0])]

    def of(self, path: str) -> Stated:
        """What a file states; of a script, which states nothing by itself, what is taken from it."""
        found = next((item for item in self.stated if item.path == path), None)
        if found is None:
            found = Stated(path, "procfile")
            self.stated.append(found)
        return found

    def one(self, answer: str) -> Said | None:
        """The value of an answer of one line; those that differ from it are named."""
        return self.settle(answer, self.first(answer))

    def first(self, answer: str, without: Container[str] = ()) -> Said | None:
        """The most binding value of an answer of one line, but of some kinds of files."""
        found = (getattr(item, answer) for item in self.stated if item.kind not in without)
        return next((said for said in found if said is not None), None)

    def settle(self, answer: str, said: Said | None) -> Said | None:
        """The value that is taken for an answer of one line; those that differ from it are named."""
        found = [other for item in self.stated if (other := getattr(item, answer)) is not None]
        if said:
            self._give_way(answer.replace("_", " "), [said, *found])
        return said

    def lines(self, answer: str) -> dict[str, Said]:
        """The lines of an answer by the name before them, of all files; variables of development come last."""
        found: dict[str, list[Said]] = {}
        for weak in (False, True):
            for item in self.stated:
                for name, said in getattr(item, answer).items():
                    if (answer == "environment" and name in item.weak) is weak:
                        found.setdefault(name, []).append(said)
        for name, several in found.items():
            self._give_way(name, several)
        return {name: several[0] for name, several in found.items()}

    def is_weak(self, name: str, said: Said) -> bool:
        """Whether a variable is one that only a service for development sets."""
        return any(name in item.weak and item.environment.get(name) == said for item in self.stated)

    def give_way(self, name: str, taken: Said, others: Iterable[Said]) -> None:
        """Names the values of a variable that differ from the one that is taken."""
        self._give_way(name, [taken, *others])

    def places(self, answer: str) -> dict[str, Evidence]:
        """The names of an answer, each with where it is first stated."""
        found: dict[str, Evidence] = {}
        for item in self.stated:
            for name, evidence in getattr(item, answer).items():
                found.setdefault(name, evidence)
        return found

    def limits(self, names: Iterable[str]) -> dict[str, dict[str, Said]]:
        """What each of some processes may take, by the words of the answer; of others it is named, and not taken."""
        found: dict[str, dict[str, list[Said]]] = {name: {} for name in names}
        for item in self.stated:
            for owner, words in item.limits.items():
                for name in found if owner == EACH_PROCESS else [owner]:
                    for word, said in words.items():
                        if name in found:
                            found[name].setdefault(word, []).append(said)
                        else:
                            self.notes.append(f"{said.evidence.place}: {word} of {name} is left out: no such process")
        for name, of in found.items():
            for word, several in of.items():
                self._give_way(f"{word} of {name}", several)
        return {name: {word: several[0] for word, several in of.items()} for name, of in found.items() if of}

    def beside(self) -> tuple[dict[str, Said], dict[str, Said]]:
        """The processes and the jobs beside the default one.

        A process that a more binding file states in other words is not taken again.
        """
        taken: dict[str, dict[str, Said]] = {"processes": {}, "schedules": {}}
        roles = {processes.role(self.chosen.value): (self.chosen, "")} if self.chosen else {}
        for item in self.stated:
            for answer, lines in taken.items():
                for name, said in getattr(item, answer).items():
                    job = processes.CRON.fullmatch(said.value)
                    first, path = roles.setdefault(processes.role(job[2] if job else said.value), (said, item.path))
                    if path != item.path or name in lines:
                        self._give_way(name, [lines.get(name, first), said])
                    else:
                        lines[name] = said
        jobs = {name: said for name, said in taken["schedules"].items() if name not in taken["processes"]}
        return taken["processes"], jobs

    def settle_command(self, chosen: Evidence) -> Said | None:
        """The command that is at a place; the others are named. None where it is none of these."""
        found = [Said(text, evidence) for text, evidence, _ in self.commands]
        said = next((item for item in found if item.evidence == chosen), None)
        if said:
            self._give_way("start command", [said, *found])
        return said

    def _give_way(self, what: str, found: list[Said]) -> None:
        """Names the values that differ from the first one."""
        rest = {said.evidence.place: said for said in found[1:] if _differ(found[0].value, said.value)}
        if rest:
            first = found[0]
            shown = ", ".join(f"{place} ({short(said.value)})" for place, said in rest.items())
            self.notes.append(f"{what}: {first.evidence.place} is taken, not {shown}")


def read(tree: Tree) -> Statements:
    """Reads all files that state something; what is left out of each is noted in the tree."""
    found = files.find(tree)
    named = [path for file in found if not file.development for path in _named(file)]
    paths = [file.path for file in found if file.kind == "dockerfile" and not file.development]
    docker = dockerfile.read(tree, named, paths)
    image = docker.image if docker else Image(tuple((root, "") for root in ROOTS))
    statements = Statements(dockerfile=docker)
    for file in found:
        if file.kind == "dockerfile":
            if docker and file.path == docker.path:
                statements.stated.append(_of_dockerfile(docker))
            elif file.development:
                tree.note(f"{file.path} is left out: it is for development")
            continue
        if file.kind in SETTINGS and EXAMPLE.search(file.path):
            tree.note(f"{file.path} is left out: it is an example")
            continue
        stated = Stated(file.path, file.kind, file.text, image)
        if file.development and file.kind != "make":
            _name_all(file, stated)
        elif file.kind == "compose":
            compose.read(file, stated, tree, docker)
        else:
            READERS.get(file.kind, platforms.read)(file, stated)
        stated.port = stated.port or stated.port_variable
        statements.stated.append(stated)
    services.apart(statements.stated)
    if docker and not any(item.kind == "dockerfile" for item in statements.stated):
        statements.stated.append(_of_dockerfile(docker))
    for item in statements.stated:
        item.tell(tree)
    return statements


def _named(file: File) -> Iterator[str]:
    if file.kind == "compose":
        yield from compose.dockerfiles(file)
        return
    if not isinstance(file.document, dict):
        return
    for item in walk(file.document, file.kind):
        values = item.value if isinstance(item.value, dict) else {"": item.value}
        for name, value in values.items():
            path = f"{item.name}.{name}".rstrip(".")
            if isinstance(value, str) and NAMED.search(path):
                yield value.removeprefix("./")


def _name_all(file: File, stated: Stated) -> None:
    """Names what a file for development states, by its two outer names."""
    if file.kind == "procfile":
        for match in re.finditer(r"^([\w-]+):", file.text, re.MULTILINE):
            stated.leave(match[1], "for development")
        return
    document = file.document if isinstance(file.document, dict) else {}
    for name, value in document.items():
        inner = value if isinstance(value, dict) and file.kind != "devcontainer" else {"": None}
        for below in inner:
            stated.leave(f"{name}.{below}".rstrip("."), "for development")


def _of_dockerfile(docker: Dockerfile) -> Stated:
    stated = Stated(docker.path, "dockerfile", image=docker.image)
    if docker.command:
        stated.commands.append(Said(*docker.command))
    if docker.port:
        stated.port = Said(str(docker.port[0]), docker.port[1])
    if docker.health and "NONE" not in docker.health[0].split():
        line, evidence = docker.health
        if values.probed(line):
            stated.take_as("health_path", "HEALTHCHECK", line, evidence)
        else:
            stated.leave("HEALTHCHECK", "it asks for no path")
        for option in re.findall(r"--(?:interval|timeout|start-period|start-interval|retries)=\S+", line):
            name, _, value = option.removeprefix("--").partition("=")
            if name != "start-period" or not stated.limit("start", value, evidence):
                stated.leave(f"HEALTHCHECK {option}", "the template's image has its own")
    for path, evidence in docker.volumes.items():
        if not stated.writable(path, evidence):
            stated.leave(f"VOLUME {path}", "no place that the app may write to")
    _environment(docker, stated)
    for text, why in docker.left_fields.items():
        stated.leave(text, why)
    return stated


def _environment(docker: Dockerfile, stated: Stated) -> None:
    chosen = system_data.named(docker.environment, docker.locales)
    for name, (value, evidence) in docker.environment.items():
        if name == "PORT" and values.port(value):
            stated.port = stated.port or Said(value, evidence)
        elif name in {*INDEX_VARIABLES, *COOLDOWN_VARIABLES}:
            continue
        elif OWN_VARIABLES.fullmatch(name) and name not in chosen:
            stated.leave(f"ENV {name}", "the image sets it")
        elif value and is_plain_variable(name, value) and not credentials.secret_variable(name, value):
            stated.environment[name] = Said(value, evidence)


def _differ(one: str, other: str) -> bool:
    return processes.plain(one).split() != processes.plain(other).split()
