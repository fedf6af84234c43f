"""Shell lines in words: their simple commands, the programs in front that only start those, and their options."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from copier_slim.catalog import Wrapper

# Programs that start nothing of the project's: those that leave nothing behind, others, which are named as left out,
# and those that look for another service
QUIET = {
    "[", "[[", "break", "cat", "cd", "clear", "date", "echo", "exit", "export", "id", "ls", "printf", "pwd", "read",
    "seq", "set", "test", "trap", "true", "wait", "whoami",
}  # fmt: skip
NOISE = QUIET | {
    ".", "adduser", "apt-get", "chmod", "chown", "cp", "find", "groupmod", "ln", "mkdir", "mv", "pip", "pip3", "pytest",
    "rm", "sleep", "source", "touch", "ulimit", "umask", "useradd", "usermod",
}  # fmt: skip
# What answers requests
SERVES = re.compile(
    r"\b(?:gunicorn|uvicorn|hypercorn|granian|daphne|waitress-serve|uwsgi|runserver|streamlit|flask|fastapi|gradio)\b"
)
WAITS = {
    "curl", "dockerize", "getent", "host", "mongosh", "mysqladmin", "nc", "netcat", "nslookup", "pg_isready", "ping",
    "redis-cli", "wget",
}  # fmt: skip
# What a note says of a wait, behind its words
LEFT_TO_WHO_STARTS = "is left out: whoever starts the container knows when it may start"
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?[-=]([^{}]*))?\}|(\w+))")

# Quotes, which stay, or where a command's output goes
REDIRECTION = re.compile(r"""('[^']*'|"(?:[^"\\]|\\.)*"|\\.)|(?<!\S)(\d?(?:&>>?|>>?|<)(?:&\d|[ \t]*[^\s;&|<>]+))""")
REDIRECTED = "\0redirected"
# What a quoted operator is while a line is split, so that it is none
HIDDEN = {ord(operator): 0xE000 + number for number, operator in enumerate(";&|\n<>")}
SHOWN = {stand_in: operator for operator, stand_in in HIDDEN.items()}
PORT_OPTIONS = {
    "--port",
    "-p",
    "--server.port",
    "--bind",
    "-b",
    "--listen",
    "--http",
    "--http-socket",
    "--http_port",
    "--server-port",
}
# Options of servers that take no value
FLAGS = {
    "-D",
    "--access-log",
    "--capture-output",
    "--daemon",
    "--debug",
    "--die-on-term",
    "--enable-threads",
    "--factory",
    "--http2",
    "--log-access",
    "--master",
    "--no-access-log",
    "--no-proxy-headers",
    "--no-server-header",
    "--no-use-colors",
    "--preload",
    "--proxy-headers",
    "--reload",
    "--use-colors",
    "--vacuum",
    "--ws",
    "--call",
}


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple command of a shell line: its words, what joins it to the one before, what its output goes to."""

    words: list[str]
    joined_by: str = ""
    redirected: tuple[str, ...] = ()


@dataclass(slots=True)
class Unwrapped:
    """A command without what stands in front of it.

    `kept` are the words of programs in front that stay, with their `packages`; `left` says what does not, and why.
    """

    words: list[str]
    kept: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)


def split(command: str) -> Iterator[Simple]:
    """The simple commands of a shell line; what cannot be read as shell gives none."""
    redirected: list[str] = []

    def take(found: re.Match[str]) -> str:
        if found[1]:
            return found[1].translate(HIDDEN)
        redirected.append(found[2])
        return f" {REDIRECTED} "

    try:
        lexer = shlex.shlex(
            REDIRECTION.sub(take, command.replace("\\\n", " ")), posix=True, punctuation_chars=";&|\n<>"
        )
        lexer.whitespace = " \t\r"
        lexer.whitespace_split = True
        lexer.commenters = ""
        words: list[str] = []
        goes_to: list[str] = []
        joined_by, skip = "", False
        for token in lexer:
            if token and set(token) <= set(";&|\n"):
                yield Simple(words, joined_by, tuple(goes_to))
                words, goes_to, joined_by = [], [], token
            elif token == REDIRECTED:
                goes_to.append(redirected.pop(0))
            elif token and set(token) <= set("<>&"):
                skip = True
            elif skip:
                skip = False
                goes_to.append(f"> {token}")
            else:
                words.append(token.translate(SHOWN))
        yield Simple(words, joined_by, tuple(goes_to))
    except ValueError:  # quotes left open
        return


def unwrap(words: list[str], environment: dict[str, str]) -> Unwrapped:
    """The command without the programs in front that only start it; variables set on the way go to `environment`."""
    found = Unwrapped(list(words))
    wrappers = catalog.commands().wrappers
    while found.words:
        rest = found.words
        first = rest[0]
        name = first.rpartition("/")[2]
        if ASSIGNMENT.match(first):
            key, _, value = first.partition("=")
            environment[key] = value
            found.words = rest[1:]
        elif (
            name in wrappers
            and first.startswith((name, "/", ".venv/", "venv/"))
            and (not wrappers[name].run or wrappers[name].run in rest)
        ):
            _unwrap_one(found, name, wrappers[name])
        elif re.fullmatch(r"wait[-_]for[-_]?\w*(?:\.sh)?", name) and "--" in rest:
            end = rest.index("--") + 1
            found.left.append(f"{' '.join(rest[:end])} {LEFT_TO_WHO_STARTS}")
            found.words = rest[end:]
        else:
            is_program = first.startswith(("/", ".venv/", "venv/")) and not name.endswith((".py", ".sh"))
            found.words = [name if is_program else first, *rest[1:]]
            return found
    return found


def _unwrap_one(found: Unwrapped, name: str, row: Wrapper) -> None:
    words = found.words
    end = words.index(row.run) + 1 if row.run else 1
    python = False
    while end < len(words) and words[end].startswith("-") and not python:
        if python := words[end] == "-m" and bool(row.run):  # a runner's -m is Python's
            break
        end += 2 if words[end] in row.values else 1
        if words[end - 1] == "--":
            break
    end += row.words
    end += words[end : end + 1] == ["--"]
    own = [name, *words[1:end]]
    found.words = ["python", *words[end:]] if python else words[end:]
    if row.why:
        found.left.append(f"{' '.join(own)} is left out: {row.why}")
    else:
        found.kept += own
        found.packages += [row.package] if row.package else []


def arguments(words: list[str]) -> list[str]:
    """The words that are no options and most likely no option's value."""
    found = []
    for before, word in pairwise(words):
        is_value = before.startswith("-") and "=" not in before and before not in FLAGS
        if not word.startswith("-") and not is_value:
            found.append(word)
    return found


def option(words: list[str], *names: str) -> str:
    """The value of an option, as `--name value` or `--name=value`; "" where it is not there."""
    for index, word in enumerate(words):
        if word in names and index + 1 < len(words):
            return words[index + 1]
        for name in names:
            if word.startswith(f"{name}="):
                return word[len(name) + 1 :]
    return ""


def port_of(words: list[str]) -> int | None:
    """The port that a command's options name, or the default of a variable there."""
    for index, word in enumerate(words):
        name, separator, value = word.partition("=")
        if name in PORT_OPTIONS:
            value = value if separator else "".join(words[index + 1 : index + 2])
            if match := re.search(r"(?:^|[:\]])(\d{2,5})$", VARIABLE.sub(lambda found: found[2] or "", value)):
                return int(match[1])
    last = re.fullmatch(r"(?:[\d.]+:)?(\d{4,5})", words[-1]) if words else None  # manage.py runserver 0.0.0.0:8000
    return int(last[1]) if last and "runserver" in words else None


def joined(words: Iterable[str]) -> str:
    """Words as a line, quoted but for those with a variable, which is filled in when the line is run."""
    return " ".join(word if "$" in word else shlex.quote(word) for word in words)


def free_name(name: str, taken: Container[str]) -> str:
    """A name, or the first of name-2, name-3 … that is not taken."""
    number, found = 2, name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found
