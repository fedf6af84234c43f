"""Task queues: what is changed in their processes' commands, what these lack, and apps whose worker is not stated."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.detect import undeclared
from copier_slim.detect.code import ranking
from copier_slim.detect.code.apps import is_aside
from copier_slim.detect.entry import Entry
from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import processes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from copier_slim.catalog import Process, Queue
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.findings import Findings
    from copier_slim.detect.statements.settled import Statements
    from copier_slim.detect.statements.stated import Said

FLAG = re.compile(r"-[A-Za-z]+")
PYTHON = re.compile(r"python[\d.]*")
# A module whose name is not its program's, which it is by `python -m` alone
BY_MODULE = re.compile(r"(rq|arq|taskiq)\.cli")
GIVEN = "the answer processes"


def row_of(name: str, command: str) -> tuple[list[str], Process] | None:
    """The words of a process from its program on, and what the catalog knows of it; None where that is nothing."""
    for words in processes.simple_commands(command):
        plain = _without_python(words)
        names = [word.rpartition("/")[2] for word in _without_app(plain)]
        for row in catalog.processes().values():
            if row.words and names[:1] == list(row.words[:1]) and set(row.words) <= set(names):
                return plain, row
    return next((([], row) for row in catalog.processes().values() if name in row.name), None)


def _without_python(words: list[str]) -> list[str]:
    rest = list(words)
    if rest and PYTHON.fullmatch(rest[0].rpartition("/")[2]):
        rest = rest[1:]
        while rest and FLAG.fullmatch(rest[0]):
            rest = rest[1:]
    return [BY_MODULE.sub(r"\1", word) for word in rest[:1]] + rest[1:]


def _without_app(words: list[str]) -> list[str]:
    """The words without the name of an app, which may be that of anything."""
    return [
        word
        for before, word in zip(["", *words], words, strict=False)
        if before not in ("-A", "--app") and not word.startswith("--app=")
    ]


def changes(name: str, command: str, *, at_port: bool = True) -> Iterator[str]:
    """What becomes of a process's command in a container, in words; `at_port` where the image has a PORT."""
    words, row = row_of(name, command) or ([], None)
    if row is None or not words:
        return
    if row.program and words[0].endswith(row.words[0]):
        yield f"{words[0]} becomes {row.program}, its name in all releases"
    why = {option: catalog.commands().left_out[role] for role, options in row.drops.items() for option in options}
    for word, following in pairwise([*words[1:], ""]):
        option, _, value = word.partition("=")
        shown = word if value or option in row.flags else f"{word} {following}"
        if option in why:
            yield f"{shown} is left out: {why[option]}"
        elif option in row.writes and not (value or following).startswith(("/tmp/", "/dev/")):  # noqa: S108 a container's
            yield f"{shown} is left out unless writable_paths has it: the rest of the container is read-only"
    adds = [addition for addition in row.adds if at_port or "$PORT" not in addition.words]
    there = [addition for addition in adds if any(_is_one_of(word, addition.options) for word in words[1:])]
    if added := [addition.words for addition in adds if addition.always or addition not in there]:
        yield f"added, as a container needs it: {', '.join(added)}"


def _is_one_of(word: str, options: Collection[str]) -> bool:
    return word.partition("=")[0] in options or (not word.startswith("--") and word[:2] in options)


def answer(
    findings: Findings,
    statements: Statements,
    beside: Mapping[str, Said],
    given: str,
    code: Code,
    declared: Dependencies,
) -> None:
    """Notes what is changed in the processes `beside` or those `given`, and what their queues lack or could have.

    What the project's own list has of it, which the template does not see there, is added to `provided`.
    """
    lines = {name: (said.value, said.evidence.place) for name, said in beside.items()}
    if given:
        lines = {name: (command, GIVEN) for name, command in _lines(given)}
    names = names_of(declared)
    queues: set[str] = set()
    framework = catalog.frameworks()[str(findings.value("framework"))]
    at_port = bool(findings.value("port", 0)) or framework.health_path is not None
    for name, (command, place) in lines.items():
        _, row = row_of(name, command) or ([], None)
        for change in changes(name, command, at_port=at_port):
            findings.note(f"{place}: {name}: {change}")
        if row and row.queue:
            queues.add(row.queue)
            for note in lacking(row.queue, catalog.queues()[row.queue], names):
                findings.note(f"{place}: {name}: {note}")
    if lines and declared.answer != "requirements.in":
        _provide(findings, names)
    stated = [said.value for item in statements.stated for said in (*item.commands, *item.processes.values())]
    queues |= {found[1].queue for command in stated if (found := row_of("", command))}
    for name, queue in catalog.queues().items():
        if name not in queues and queue.worker and names & set(queue.packages):
            _offer(findings, name, queue, code)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, command = line.partition(":")
        if colon:
            yield name.strip(), command.strip()


def names_of(declared: Dependencies) -> set[str]:
    """The canonical names of what a project declares and has locked, an extra's as celery-redis for celery[redis]."""
    names = declared.names
    for item in declared.declared:
        try:
            extras = Requirement(item.text).extras
        except InvalidRequirement:
            continue
        names |= {canonicalize_name(f"{item.name}-{extra}") for extra in extras}
    return names


def lacking(name: str, queue: Queue, names: set[str]) -> Iterator[str]:
    """What a process of a queue has not got among the dependencies."""
    add = " ".join(queue.requires)
    if not names & set(queue.packages):
        yield f"{name} is not among the dependencies, so it cannot start; add {add}"
    elif queue.brokers and not names & set(queue.brokers):
        yield f"no broker's package is among the dependencies; add {add}, or that of another broker"


def _provide(findings: Findings, names: set[str]) -> None:
    """Says which queues and services the project's own list has."""
    known = {package for queue in catalog.queues().values() for package in queue.packages}
    known |= {package for service in catalog.services().values() for package in service.packages}
    before = findings.found.get("provided")
    words = dict.fromkeys([*(str(before.value).split() if before else ()), *sorted(known & names)])
    if words:
        findings.add("provided", " ".join(words), *(before.evidence if before else (Evidence("processes"),)))


def _offer(findings: Findings, name: str, queue: Queue, code: Code) -> None:
    """Names the app of a queue for which no worker is stated."""
    found = next(_apps(name, queue, undeclared.all_modules(code), code), None)
    if found:
        module, variable, line = found
        command = _worker(queue, module, variable)
        place = code.evidence(module, line)
        findings.note(f"{place}: its worker is not stated; add --data 'processes=worker: {command}'")
        findings.offered.append(f"worker: {command}")


def workers(code: Code, modules: Iterable[Module]) -> Iterator[Entry]:
    """The workers of the queues whose apps or tasks are made in modules; Celery's is a framework of its own."""
    found = [*modules]
    for name, queue in catalog.queues().items():
        if not queue.worker or name in catalog.frameworks():
            continue
        for module, variable, line in _apps(name, queue, found, code):
            words = tuple(_worker(queue, module, variable).split())
            yield Entry(
                "command", " ".join(words), (code.evidence(module, line),), module, words=words,
                python_path=module.source_root,
                requires=() if any(map(code.is_installed, queue.packages)) else queue.requires,
            )  # fmt: skip


def _worker(queue: Queue, module: Module, variable: str) -> str:
    return queue.worker.replace("{module}", module.name).replace("{object}", variable)


def _apps(
    name: str, queue: Queue, modules: Iterable[Module], code: Code
) -> Iterator[tuple[Module, str, int]]:  # fmt: skip
    """The modules in which a queue's app is made, the likeliest first, with its name there and the line."""
    made = [app for app in code.apps if app.framework == name and not is_aside(app.module.path)]
    for app in sorted(made, key=ranking.rank):
        yield app.module, app.target.partition(":")[2], app.line
    for module in modules:
        for variable, value in module.top.assigned.items():
            if isinstance(value, ast.Call) and module.full_name(value.func) in queue.constructors:
                yield module, variable, value.lineno
        settings = module.top.classes.get(queue.object)
        if name == "arq" and settings:
            yield module, queue.object, settings.lineno
        for function in module.top.functions.values():
            if any(module.full_name(item) in queue.tasks for item in function.decorator_list):
                yield module, queue.object, function.lineno
