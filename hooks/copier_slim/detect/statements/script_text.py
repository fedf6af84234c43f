"""What the commands of a start script are to a container: programs, waits, what only steers the script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.detect.statements.script_values import unquoted
from copier_slim.detect.statements.shell import ASSIGNMENT, LEFT_TO_WHO_STARTS, NOISE, SERVES, WAITS, free_name
from copier_slim.detect.statements.shell_syntax import Body, Case, Chain, Command, Group, If, Loop, Node, Pipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WAITS_ITSELF = re.compile(r"connect|create_engine|socket|getaddrinfo|ensure_connection", re.IGNORECASE)
TESTS = {"[", "[[", "test"}
STEERS = {
    ":", "bg", "break", "builtin", "continue", "disown", "false", "fg", "hash", "jobs", "kill", "let", "return",
    "shopt", "true", "type", "umask", "unset", "wait",
}  # fmt: skip
DECLARES = {"declare", "export", "local", "readonly", "typeset"}
# What does nothing that a container's start would need
IDLE = NOISE | WAITS | STEERS
PREPARES = IDLE | DECLARES
STARTS = re.compile(
    r"\b(?:celery|gunicorn|uvicorn|hypercorn|granian|daphne|waitress-serve|uwsgi|rqworker|rqscheduler|rq worker"
    r"|qcluster|process_tasks|run_huey|huey_consumer(?:\.py)?|dramatiq|rundramatiq|arq|taskiq|runworker|flower)\b"
)
# What also looks for another service, by what it is told
ASKS = {
    "bash": re.compile(r"/dev/tcp/|\bnc |pg_isready"), "sh": re.compile(r"\bnc |pg_isready"),
    "mysql": re.compile(r"(?i)select 1|\bstatus\b|show databases"), "psql": re.compile(r"(?i)\\q|select 1|\s-l\b"),
}  # fmt: skip
SHOWN = 60  # characters of a command in a note


def does(body: Body, functions: Mapping[str, Body]) -> bool:
    """Whether a body does more than to look, to wait, to say or to prepare a machine."""
    return any(
        (name := program(command))
        and name not in PREPARES
        and name not in functions
        and not (command.text is not None and WAITS_ITSELF.search(command.text))
        and not (name in ("python", "python3") and command.words[1:2] == ("-c",))
        for command in commands(body, functions)
    )


def is_program(line: str) -> bool:
    """Whether what a shell line starts neither prepares a machine nor waits."""
    return line.split(" ", 1)[0].rpartition("/")[2] not in NOISE | WAITS


def take_server(lines: dict[str, str]) -> str:
    """Takes the server out of the lines by their names, or else the first; "" for none."""
    name = next((name for name, line in lines.items() if SERVES.search(line)), next(iter(lines), ""))
    return lines.pop(name, "")


def named(line: str, taken: Mapping[str, object]) -> str:
    """A name for a process that has none, by its program: celery worker is worker."""
    words = [word for word in re.split(r"\s+", line) if not word.startswith("-")]
    known = next((word for word in words if word in ("worker", "beat", "flower", "rqworker", "qcluster")), "")
    program = words[0].rpartition("/")[2] if words else ""
    second = next(iter(words[1:]), "")
    script = re.sub(r"\.py$", "", second.rpartition("/")[2]) if program.startswith("python") else ""
    name = known or (words[2] if script == "manage" and len(words) > 2 else script) or program  # noqa: PLR2004 and its command
    return free_name(name, taken)


def program(command: Command) -> str:
    """The program of a simple command; nc for what only looks for another service, "" for none."""
    words = [word for word in command.words if not ASSIGNMENT.match(word)]
    words = words[1:] if words[:1] in (["exec"], ["command"]) and len(words) > 1 else words
    if not words or words[0].startswith("(("):
        return ""
    if words[0] == "timeout":
        words = [word for word in words[1:] if not re.match(r"-|[\d.]+[smhd]?$", word)] or words
    line, name = " ".join(words), unquoted(words[0]).rpartition("/")[2]
    return "nc" if name in ASKS and ASKS[name].search(line) and not STARTS.search(line) else name


def commands(body: Body, functions: Mapping[str, Body], called: set[str] | None = None) -> Iterator[Command]:
    """All simple commands of a body, and once those of each function that it calls, but of the `called` ones."""
    called = set() if called is None else called
    for node in body:
        if isinstance(node, Command):
            yield node
            name = node.words[0] if node.words else ""
            if name in functions and name not in called:
                called.add(name)
                yield from commands(functions[name], functions, called)
        else:
            yield from commands(tuple(_inside(node)), functions, called)


def _inside(node: Node) -> Iterator[Node]:
    """What a compound command is made of, in its order; nothing for a function, which runs when it is called."""
    match node:
        case Pipe():
            yield from node.commands
        case Chain():
            yield from (item for _, item in node.items)
        case If():
            for condition, inner in node.branches:
                yield from (*condition, *inner)
        case Loop():
            yield from (*node.condition, *node.body)
        case Case():
            for _, inner in node.branches:
                yield from inner
        case Group() if not node.name:
            yield from node.body


def is_real(node: Node) -> bool:
    """Whether a command is a program's that does something."""
    return isinstance(node, Command) and program(node) not in IDLE


def text(node: Node) -> str:
    """The words of all its simple commands."""
    return " ".join(word for command in commands((node,), {}) for word in command.words)


def short(said: str) -> str:
    """A text as a note shows it."""
    said = " ".join(said.split())
    return said if len(said) <= SHOWN else f"{said[: SHOWN - 1]}…"


def wait(what: str) -> str:
    """What a note says of a wait."""
    return f"{short(what)} {LEFT_TO_WHO_STARTS}"
