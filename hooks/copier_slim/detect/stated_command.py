"""The words of a stated start command, for the answers `app` and `command`, and what of them becomes another answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.statements import mending
from copier_slim.detect.statements.options import joined, parse, quoted
from copier_slim.detect.statements.start import Start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copier_slim.catalog import Program
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.entry import Entry
    from copier_slim.detect.findings import Evidence

DEFAULT_PORT = 8000
# A word of the answer `app` of a command, in short: no variable but those that the launcher sets
WORD = re.compile(
    r"(?!(?:[^ ]*[/=])?\.(?:\.|git)(?:[/ ]|\Z))(?:[\w.,:=@%+/-]|=[*]|\$(?:PORT|WEB_CONCURRENCY)(?!\w))+", re.ASCII
)
WORKERS = re.compile(r"\$\{WEB_CONCURRENCY:?-(\d{1,3})\}")
PORT = re.compile(r"\$(?:PORT(?!\w)|\{PORT(?::?-([^{}]*))?\})")
EXECS = re.compile(r"(?:^|[;&|]|then|else)[ \t]{0,99}exec\b|\bos\.exec", re.MULTILINE)
# Places of programs that an image built in another way has
ELSEWHERE = re.compile(
    r"(?:/usr/local/bin/(?!python)|/root/\.local/bin/|/[\w./-]{0,60}venv/bin/(?!activate))[\w-]+", re.ASCII
)
OF_A_SHELL = re.compile(r"\$\(|`")
# Variables that the image sets itself
RESERVED = {"HOME", "PATH", "PWD", "SHLVL", "USER"}


@dataclass(frozen=True, slots=True)
class Stated:
    """What a statement adds to an entry point: answers, notes, and distributions by the words that need them."""

    app: str
    command: str = ""
    port: int | None = None
    port_at: Evidence | None = None
    speaks_tls: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    python_path: str = ""
    notes: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


def read(start: Start, entry: Entry, code: Code) -> Stated:
    """What the words of `start` say beyond the entry point that they lead to."""
    if start.kept:
        return _script(start, entry, code)
    notes = [*start.left, *(f"{line} is left out: it is neither a step nor the server" for line in start.unused)]
    environment, python_path, port = _variables(start, code, notes)
    of_kind = _argv if entry.framework == "command" else _server
    stated = of_kind(start, entry, code, notes)
    place = start.evidence.place
    return replace(
        stated,
        port=stated.port or port or (None if _names(start.argv) else start.port),
        environment=environment,
        python_path=python_path,
        notes=tuple(f"{place}: {note}" for note in dict.fromkeys(notes)),
        packages=(*start.packages, *stated.packages),
    )


def _script(start: Start, entry: Entry, code: Code) -> Stated:
    """Of a script that is run as it is."""
    line = " ".join(start.argv)
    place = start.evidence.place
    notes = [f"{place}: {line} is run as it is: {'; '.join(start.kept)}"]
    port = start.port or entry.port
    path, text = start.argv[1], code.tree.text(start.argv[1]) or ""
    if not EXECS.search(text):
        how = "call os.execvp for its last program" if path.endswith(".py") else "say exec before its last command"
        notes.append(f"{path}: {how}, so that this hears when the container stops")
    if port and "PORT" not in text:
        notes.append(f"{path} is to listen on 0.0.0.0 and port {port}, whatever PORT says")
    if elsewhere := sorted(set(ELSEWHERE.findall(text))):
        notes.append(f"{path} names {', '.join(elsewhere)}: in the image programs are in /opt/venv/bin, which PATH has")
    server = () if entry.framework == "command" else (entry.server or _default_server(entry),)
    app = line if entry.framework == "command" else entry.app
    return Stated(app, "" if app == line else line, port, notes=tuple(notes), packages=server)


def of_configuration(entry: Entry, code: Code, server: str) -> Entry:
    """The entry point with what a configuration file says that its server reads by itself, where there is one."""
    program = catalog.commands().programs.get(server)
    path = program.configuration if program else ""
    if program is None or not path or not code.tree.has(path):
        return entry
    notes: list[str] = []
    evidence = code.tree.evidence(path)
    start = Start(evidence, (server, entry.app), environment=dict(entry.environment))
    found = _mended(server, program, start, entry, code, notes, whole=True)
    notes += [] if found.is_default else _added(found)
    return replace(
        entry,
        command="" if found.is_default else joined((server, *found.words)),
        stated_at=evidence,
        port=found.port or entry.port,
        port_at=found.port_at,
        speaks_tls=found.speaks_tls,
        notes=(*entry.notes, *(f"{path}: {note}" for note in notes)),
        packages=tuple(found.classes),
    )


def _variables(start: Start, code: Code, notes: list[str]) -> tuple[dict[str, str], str, int | None]:
    """The variables that the command sets, for `environment`, `python_path` and `port`."""
    environment, python_path, port = dict[str, str](), "", None
    for name, text in start.set_here.items():
        value = mending.filled(text, {other: known for other, known in start.environment.items() if other != name})
        if OF_A_SHELL.search(text):
            notes.append(f"{name}={text} is left out: it needs a shell")
        elif name == "PORT":
            port = mending.port_in(value, {})
        elif name == "PYTHONPATH":
            folders = [folder.removeprefix("./").strip("/") for folder in value.split(":")]
            inside = [folder for folder in folders if folder not in ("", ".", "app")]
            if len(inside) == 1 and any(path.startswith(f"{inside[0]}/") for path in code.tree.files):
                python_path = inside[0]
            elif inside:
                notes.append(f"PYTHONPATH={value} is left out: say one directory as python_path")
        elif name in RESERVED:
            notes.append(f"{name}={value} is left out: the image sets it")
        else:
            environment[name] = value
    # The launcher sets it to the number of CPUs unless something else says it
    if workers := next(filter(None, map(WORKERS.search, start.argv)), None):
        environment.setdefault("WEB_CONCURRENCY", workers[1])
    return environment, python_path, port


def _server(start: Start, entry: Entry, code: Code, notes: list[str]) -> Stated:
    """Of an app behind a server."""
    program_name, start = _program(start, entry, notes)
    program = catalog.commands().programs.get(program_name)
    if program is None:
        configured = of_configuration(replace(entry, notes=(), port=None), code, entry.server or _default_server(entry))
        notes += configured.notes
        said = configured.command, configured.port, configured.port_at, configured.speaks_tls
        return Stated(entry.app, *said, packages=configured.packages)
    found = _mended(program_name, program, start, entry, code, notes, whole=False)
    if found.elsewhere:
        notes.append(f"{found.elsewhere}: {_default_server(entry)} takes its place")
        return Stated(entry.app, "", found.port, found.port_at)
    first = (*start.front, start.argv[0])
    known = program_name.split(" ")[0] == (entry.server or _default_server(entry))
    if found.is_default and not start.front and not start.given and known:
        return Stated(entry.app, "", found.port, found.port_at, found.speaks_tls, packages=tuple(found.classes))
    notes += _added(found)
    packages = (*(() if known else (program.package or program_name,)), *found.classes)
    command = joined((*first, *found.words))
    return Stated(entry.app, command, found.port, found.port_at, found.speaks_tls, packages=packages)


def _default_server(entry: Entry) -> str:
    return catalog.frameworks()[entry.framework].default_server


def _program(start: Start, entry: Entry, notes: list[str]) -> tuple[str, Start]:
    """The catalog's name of a program, and its words; those of what an app's own program starts for it."""
    words = start.argv
    name = words[0].rpartition("/")[2] if words else ""
    if start.django or name == "flask":
        server = entry.server or _default_server(entry)
        rest = " ".join(word for word in words if word not in ("python", "manage.py"))
        notes.append(f"{rest} starts a server for development: {server} takes its place")
        return "", start
    if name == "fastapi":
        notes.append(f"{' '.join(words[:2])} becomes uvicorn, which it starts")
        program = catalog.commands().programs["fastapi run"]
        items = [item for item in parse(words[2:], program) if item.name and program.role_of.get(item.name) != "app"]
        app = entry.app.removesuffix("()")
        factory = ("--factory",) if app != entry.app else ()
        return "uvicorn", replace(
            start, argv=("uvicorn", app, *factory, *(word for item in items for word in item.words))
        )
    return next(iter(_names(words)), ""), start


def is_known(words: Sequence[str]) -> bool:
    """Whether the catalog has a row of the program that words start, for what is no app of the repository's."""
    names = _names(words)
    return bool(names) and names[0] not in catalog.servers()


def _names(words: Sequence[str]) -> list[str]:
    """The catalog's rows that words may start: by the first two, or the first alone."""
    name = words[0].rpartition("/")[2] if words else ""
    programs = catalog.commands().programs
    return [f"{name} {word}" for word in words[1:] if f"{name} {word}" in programs] + [name] * (name in programs)


def _mended(
    name: str, program: Program, start: Start, entry: Entry, code: Code, notes: list[str], *, whole: bool
) -> mending.Mended:
    words = list(start.argv[1:])
    directories = program.roles.get("directory", [])
    configuration = f"{start.workdir}/{program.configuration}"
    configured = any(program.role_of.get(item.name) == "config" for item in parse(words, program))
    if start.workdir and program.configuration and not configured and code.tree.has(configuration):
        words += ["--config", configuration]
    if start.workdir and "--chdir" in directories and not any(word.startswith("--chdir") for word in words):
        words += ["--chdir", start.workdir]
    elif start.workdir:
        notes.append(f"relative paths start from /app, and not from {start.workdir}")
    found = mending.mend(program, words, _defaults(name, program, entry), code, start.environment, whole=whole)
    notes += found.notes
    return found


def _added(found: mending.Mended) -> list[str]:
    return [f"added, as a container needs it: {', '.join(map(str, found.added))}"] if found.added else []


def _defaults(name: str, program: Program, entry: Entry) -> Sequence[str]:
    """What a command of the catalog has behind its app."""
    row = catalog.servers().get(name.partition(" ")[0])
    if row is None:
        return program.needs
    interface = catalog.frameworks()[entry.framework].servers.get(name.partition(" ")[0])
    command = getattr(row, interface, None) if interface else None
    command = command or row.asgi or row.wsgi
    return [line for line in command.command[1:] if "{app}" not in line] if command else program.needs


def _argv(start: Start, entry: Entry, code: Code, notes: list[str]) -> Stated:
    """Of a program that starts itself."""
    words, port, packages = entry.words or tuple(entry.app.split(" ")), entry.port, list[str]()
    for name in _names(words)[:1]:
        program = catalog.commands().programs[name]
        found = mending.mend(program, words[1:], _defaults(name, program, entry), code, start.environment)
        words = words[0], *found.words
        port = found.port or port or (DEFAULT_PORT if mending.LISTENING & program.roles.keys() else None)
        packages.append(program.package or words[0])
        notes += [*found.notes, *_added(found)]
    if start.workdir:
        notes.append(f"relative paths start from /app, and not from {start.workdir}")
    words = (*start.front, *words)
    if asked := next(filter(None, map(PORT.search, words)), None):
        known = asked[1] or start.environment.get("PORT") or ""
        port = port or mending.port_in(known, start.environment) or DEFAULT_PORT
        words = tuple(PORT.sub("$PORT", word) for word in words)
    for word in words:
        if quoted(word) is None:
            notes.append(f"{word} is left out: it needs a shell, or leaves the project")
    plain = [word for word in words if WORD.fullmatch(word)]
    if len(plain) == len(words):
        return Stated(" ".join(words), port=port, packages=tuple(packages))
    first = next(at for at, word in enumerate((*words, "")) if not WORD.fullmatch(word))
    return Stated(" ".join(words[: max(first, 1)]), joined(words), port, packages=tuple(packages))
