"""Shell lines in words: their simple commands, the programs in front that only start those, and their options."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?[-=]([^{}]*))?\}|(\w+))")

# Programs that start the one after them, with the options of theirs that take a value
WRAPPERS: dict[str, set[str]] = {
    "exec": set(), "env": {"-u"}, "nohup": set(), "time": set(), "tini": set(), "dumb-init": set(), "command": set(),
    "ddtrace-run": set(), "opentelemetry-instrument": {"--service_name", "--traces_exporter", "--metrics_exporter"},
    "newrelic-admin": set(), "run-program": set(), "xvfb-run": set(), "gosu": set(), "su-exec": set(),
    "dotenv": {"-f"}, "aws-lambda-rie": set(), "catatonit": set(), "start": set(),
}  # fmt: skip
RUNNERS = {"uv", "poetry", "pipenv", "pdm", "hatch", "rye", "pixi", "honcho", "doppler"}  # each with the word `run`
RUN_OPTIONS = {"--with", "--group", "--extra", "-p", "--python", "--env-file"}  # those of theirs that take a value
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


def split(command: str) -> Iterator[list[str]]:
    """The simple commands of a shell line, in words; what cannot be read as shell gives none."""
    try:
        lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=";&|\n<>")
        lexer.whitespace = " \t\r"
        lexer.whitespace_split = True
        lexer.commenters = ""
        words: list[str] = []
        skip = False
        for token in lexer:
            if token and set(token) <= set(";&|\n"):
                yield words
                words = []
            elif token and set(token) <= set("<>"):
                skip = True
            elif skip:
                skip = False
            else:
                words.append(token)
        yield words
    except ValueError:  # quotes left open
        return


def unwrap(words: list[str], environment: dict[str, str]) -> list[str]:
    """The command without the programs in front that only start it; variables set on the way go to `environment`."""
    rest = list(words)
    while rest:
        first = rest[0]
        name = first.rpartition("/")[2]
        if ASSIGNMENT.match(first):
            key, _, value = first.partition("=")
            environment[key] = value
            rest = rest[1:]
        elif name in WRAPPERS:
            rest = _after_options(rest[1:], WRAPPERS[name])
        elif name in RUNNERS and "run" in rest:
            rest = _run(rest[rest.index("run") + 1 :])
        elif re.fullmatch(r"wait[-_]for[-_]?\w*(?:\.sh)?", name) and "--" in rest:
            rest = rest[rest.index("--") + 1 :]
        else:
            is_program = first.startswith(("/", ".venv/", "venv/")) and not name.endswith((".py", ".sh"))
            return [name if is_program else first, *rest[1:]]
    return rest


def _after_options(words: list[str], with_value: set[str]) -> list[str]:
    rest = list(words)
    while rest and rest[0].startswith("-"):
        if rest.pop(0) in with_value and rest:
            rest.pop(0)
    return rest


def _run(words: list[str]) -> list[str]:
    """What a runner starts, by the words after `run`; its -m is Python's."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        flag = rest.pop(0)
        if flag == "-m" and rest:
            return ["python", "-m", *rest]
        if flag in RUN_OPTIONS and rest:
            rest.pop(0)
    return rest


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
