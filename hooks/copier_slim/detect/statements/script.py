"""Start scripts of a shell, followed as far as they can be: the commands that run in turn, and why not all is known."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim.detect.statements import script_values
from copier_slim.detect.statements.script_values import Variables, unquoted
from copier_slim.detect.statements.shell import ASSIGNMENT, NOISE, QUIET, WAITS
from copier_slim.detect.statements.shell_syntax import Body, Case, Chain, Command, Group, If, Loop, Node, Pipe, parse
from copier_slim.detect.statements.shell_tokens import BrokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

DEEPEST = 12  # functions that call others, and files that take others in
MOST_COMMANDS = 2_000
ACTIVATES = re.compile(r"(?:^|/)activate$|/nvm\.sh$|/\.(?:bashrc|profile|cargo/env)$")
SETS_VARIABLES = re.compile(r"(?:^|/)[\w.-]*\.?env(?:\.[\w.-]+)?$")
WAITS_ITSELF = re.compile(r"connect|create_engine|socket|getaddrinfo|ensure_connection", re.IGNORECASE)
TESTS = {"[", "[[", "test"}
STEERS = {
    ":", "bg", "break", "builtin", "continue", "disown", "false", "fg", "hash", "jobs", "kill", "let", "return", "shopt",
    "true", "type", "umask", "unset", "wait",
}  # fmt: skip
DECLARES = {"declare", "export", "local", "readonly", "typeset"}
# What is told apart by the first argument and stays when it is started
STAYS = re.compile(
    r"web|app|server|serve|api|worker|beat|scheduler|cron|clock|consumer|flower|queue|listener|bot|stream"
)
STARTS = re.compile(
    r"\b(?:celery|gunicorn|uvicorn|hypercorn|granian|daphne|waitress-serve|uwsgi|rqworker|rqscheduler|rq worker|qcluster"
    r"|process_tasks|run_huey|huey_consumer(?:\.py)?|dramatiq|rundramatiq|arq|taskiq|runworker|flower)\b"
)
SERVES = re.compile(r"\b(?:gunicorn|uvicorn|hypercorn|granian|daphne|waitress-serve|uwsgi|runserver|streamlit|flask|fastapi)\b")
# What also looks for another service, by what it is told
ASKS = {
    "bash": re.compile(r"/dev/tcp/|\bnc |pg_isready"), "sh": re.compile(r"\bnc |pg_isready"),
    "mysql": re.compile(r"(?i)select 1|\bstatus\b|show databases"), "psql": re.compile(r"(?i)\\q|select 1|\s-l\b"),
}  # fmt: skip
SHOWN = 60  # characters of a command in a note


class _EndError(Exception):
    """The script ends: by exec, or by exit."""


class _ReturnError(Exception):
    """A function ends."""


@dataclass(slots=True)
class Script:
    """What a script does.

    `lines` are its commands in turn, as shell lines; `beside` what it starts in the background or for another first
    argument, by a name; `left` what it has beside, with why that is left out; `unread` why all of it is not known.
    """

    lines: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read(
    text: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    source: Callable[[str], str | None] = lambda _: None,
    is_file: Callable[[str], bool] = lambda _: False,
) -> Script:
    """Follows a script with its arguments.

    `source` gives the text of a file that it takes in, `is_file` tells whether the image has a file.
    """
    found = Script()
    try:
        body = parse(text)
    except BrokenError as error:
        found.unread.append(f"not understood at {_short(str(error))!r}")
        return found
    run = _Run(found, Variables(dict(environment), list(arguments), is_file), source)
    try:
        run.body(body)
    except (_EndError, _ReturnError):
        pass
    if not any(_word(line) not in NOISE | WAITS for line in found.lines) and found.beside:  # all of them, and then `wait`
        name = next((name for name, line in found.beside.items() if SERVES.search(line)), next(iter(found.beside)))
        found.lines.append(found.beside.pop(name))
    found.left = list(dict.fromkeys(found.left))
    found.unread = list(dict.fromkeys(found.unread))
    return found


@dataclass(slots=True)
class _Run:
    found: Script
    values: Variables
    source: Callable[[str], str | None]
    functions: dict[str, Body] = field(default_factory=dict)
    depth: int = 0
    commands: int = 0

    def body(self, body: Body) -> None:
        for node in body:
            self.node(node)

    def node(self, node: Node) -> None:
        self.commands += 1
        if self.commands > MOST_COMMANDS:
            self.found.unread.append("it is too long")
            raise _EndError
        match node:
            case Command():
                self._command(node)
            case Group() if node.name:
                self.functions[node.name] = node.body
            case Group():
                self.body(node.body)
            case Chain():
                self._background(node) if node.background else self._chain(node)
            case Pipe():
                self._pipe(node)
            case If():
                self._if(node)
            case Loop():
                self._loop(node)
            case Case():
                self._case(node)

    def _unread(self, why: str) -> None:
        self.found.unread.append(why)

    # Commands

    def _command(self, node: Command) -> None:
        words = list(node.words)
        if node.text is not None and not self._fed(node):
            return
        if not words:
            return
        if all(ASSIGNMENT.match(word) for word in words):
            for word in words:
                self._assign(word)
            return
        name = unquoted(words[0]).rpartition("/")[2]
        if name == "exec" and len(words) > 1:
            self._emit(words[1:], node)
            raise _EndError
        if name in ("exit", "return"):
            raise _EndError if name == "exit" else _ReturnError
        if name in DECLARES:
            self._declare(name, words[1:])
        elif name in ("source", ".") and len(words) > 1:
            self._take_in(words[1:])
        elif name == "set" and "--" in words:
            self.values.arguments = shlex.split(self._expanded(words[words.index("--") + 1 :]) or "")
        elif name == "shift":
            self.values.arguments = self.values.arguments[int(words[1]) if words[1:2] and words[1].isdigit() else 1 :]
        elif name in self.functions:
            self._call(name, words[1:])
        elif name == "eval":
            self._unread(f"{_short(' '.join(words))} is made at start")
        elif name not in TESTS | STEERS | {"exec"} and not words[0].startswith("(("):
            self._emit(words, node)

    def _fed(self, node: Command) -> bool:
        """Whether a command that is fed a text is looked at any further."""
        name = node.words[0].rpartition("/")[2] if node.words else ""
        if name and name not in NOISE | STEERS:
            if WAITS_ITSELF.search(node.text or "") and "sleep" in (node.text or ""):
                self.found.left.append(_wait(f"{' '.join(node.words)} <<"))
            else:
                self._unread(f"{_short(' '.join(node.words))} is fed a text")
            return False
        return True

    def _call(self, name: str, words: Sequence[str]) -> None:
        if self.depth >= DEEPEST:
            self._unread(f"{name} calls itself")
            return
        before = self.values.arguments
        expanded = self._expanded(words)
        try:
            self.values.arguments = shlex.split(expanded or "")
        except ValueError:
            self.values.arguments = []
        self.depth += 1
        try:
            self.body(self.functions[name])
        except _ReturnError:
            pass
        finally:
            self.depth -= 1
            self.values.arguments = before

    def _take_in(self, words: Sequence[str]) -> None:
        path = self.values.value(words[0]) or words[0]
        text = self.source(path)
        if ACTIVATES.search(path):
            return
        if SETS_VARIABLES.search(path):
            self.found.left.append(f". {path} is left out: set the variables of its file at run time")
        elif text is None or self.depth >= DEEPEST:
            self._unread(f"{path} is taken in, which is not in the repository")
        else:
            try:
                body = parse(text)
            except BrokenError as error:
                self._unread(f"{path} is not understood at {_short(str(error))!r}")
                return
            self.depth += 1
            self.body(body)
            self.depth -= 1

    def _emit(self, words: Sequence[str], node: Command) -> None:
        """Adds a command that runs, with its variables filled in."""
        name = words[0].rpartition("/")[2]
        target = next((item for item in node.redirected if re.match(r"\d*>", item) and "/dev/" not in item), "")
        if target and not re.search(r">&\d|>&-", target) and (name in QUIET or node.text is not None):
            self._unread(f"{_short(' '.join(words))} {target} writes a file")
            return
        line = self._expanded(words)
        if line is None:
            if name not in NOISE | WAITS:
                self._unread(f"{_short(' '.join(words))} is made at start")
            return
        if line.strip():
            again = " ".join(item for item in node.redirected if not item.startswith("<"))
            self.found.lines.append(f"{line} {again}".strip())

    def _expanded(self, words: Sequence[str]) -> str | None:
        expanded = [self.values.expanded(word) for word in words]
        known = [word for word in expanded if word is not None]
        return " ".join(filter(None, known)) if len(known) == len(expanded) else None

    # Variables

    def _assign(self, word: str) -> None:
        name, _, text = word.partition("=")
        self.values.assign(name, text)

    def _declare(self, how: str, words: Sequence[str]) -> None:
        for word in words:
            if ASSIGNMENT.match(word):
                self._assign(word)
            name = word.partition("=")[0]
            if how != "export" or name.startswith("-") or not script_values.NAME.fullmatch(name):
                continue
            text = self.values.own.get(name, "")
            value = self.values.value(f'"${name}"') if name in self.values.own else None
            if name in self.values.own and (text is None or value is None or self.values.depends(text, name)):
                if name not in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH"):
                    self._unread(f"{name} is made at start")
                elif name == "PYTHONPATH" and text is not None:
                    self.found.lines.append(f"export {name}={text}")
            elif value is not None:
                self.found.lines.append(f"export {name}={shlex.quote(value)}")

    # What depends on something

    def _chain(self, node: Chain) -> None:
        succeeded: bool | None = True
        for index, (joined, item) in enumerate(node.items):
            if not joined:
                succeeded = self._succeeds((item,))
            elif succeeded is None:
                if self.does((item,)):
                    self._undecided(_text(node.items[index - 1][1]), [(item,)])
                else:
                    self._forget((item,))
            elif (joined == "&&") is succeeded:
                succeeded = self._succeeds((item,))
            elif joined == "||" and _is_real(node.items[index - 1][1]) and self.does((item,)):
                self._unread(f"{_short(_text(item))} runs where {_short(_text(node.items[index - 1][1]))} fails")

    def _succeeds(self, body: Body) -> bool | None:
        """Runs a condition, and whether it holds; None where that is known at start only."""
        result: bool | None = True
        for node in body:
            match node:
                case Command() if node.words and unquoted(node.words[0]) in TESTS:
                    result = self.values.test(node.words)
                case Command() if node.words[:1] in (("command",), ("which",), ("type",), ("hash",)):
                    result = None
                case Command() if node.words[:1] == ("false",):
                    result = False
                case Pipe() if node.is_not:
                    inner = self._succeeds(node.commands[:1])
                    result = None if inner is None else not inner
                case _:
                    self._wait_or_run(node)
                    result = True
        return result

    def _wait_or_run(self, node: Node) -> None:
        """Runs a command whose success is asked for; one that only looks for another service succeeds."""
        name = node.words[0].rpartition("/")[2] if isinstance(node, Command) and node.words else ""
        if name in WAITS or (name in self.functions and not self.does((node,))):
            self.found.left.append(_wait(_text(node)))
        else:
            self.node(node)

    def _undecided(self, condition: str, bodies: Sequence[Body]) -> None:
        """Follows all of what a condition decides on that is known at start only."""
        self._unread(f"{_short(condition)} is asked at start")
        for body in bodies:
            try:
                self.body(body)
            except (_EndError, _ReturnError):
                continue

    def _if(self, node: If) -> None:
        for condition, body in node.branches:
            holds = self._succeeds(condition) if condition else True
            if holds:
                self.body(body)
            if holds is None:
                rest = [other for _, other in node.branches[node.branches.index((condition, body)) :]]
                if any(self.does(other) for other in rest):
                    self._undecided(" ".join(map(_text, condition)), rest)
                elif not (len(rest) == 1 and self._defaults(condition, rest[0])):
                    for other in rest:
                        self._forget(other)
            if holds is not False:
                return

    def _defaults(self, condition: Body, body: Body) -> bool:
        """Takes `if [ -z "$NAME" ]; then NAME=value` as a default."""
        asked = re.fullmatch(r"\[\[? -z \"?\$\{?(\w+)(?:\+x|:-)?\}?\"? \]\]?", " ".join(map(_text, condition)))
        for node in body if asked else ():
            words = node.words if isinstance(node, Command) else ()
            exported = words[:1] == ("export",)
            for word in words[exported:]:
                name, _, text = word.partition("=")
                value = self.values.value(text)
                if asked and name == asked[1] and value is not None:
                    self.values.own[name] = f"${{{name}:-{value}}}"
                    if exported:
                        self.found.lines.append(f"export {name}={shlex.quote(value)}")
                elif ASSIGNMENT.match(word):
                    self._assign(word)
        return bool(asked)

    def _forget(self, body: Body) -> None:
        """Counts the variables that a body sets as not known, where it is not known whether it runs."""
        for command in _commands(body, self.functions):
            exported = command.words[:1] == ("export",)
            for word in command.words[exported:]:
                if ASSIGNMENT.match(word):
                    name = word.partition("=")[0]
                    self.values.own[name] = None
                    if exported and name != "PATH":
                        self._unread(f"{name} is made at start")
                else:
                    break

    def _loop(self, node: Loop) -> None:
        said = f"{node.kind} {_short(' '.join(map(_text, node.condition)) or ' '.join(node.words))}"
        steps = self.does((*node.condition, *node.body))
        if not steps:
            names = {word.rpartition("/")[2] for command in _commands((*node.condition, *node.body), self.functions)
                     for word in command.words}  # fmt: skip
            if names & (WAITS | {"sleep"}):
                self.found.left.append(_wait(said))
            elif any(command.words[:1] == ("export",) for command in _commands(node.body, self.functions)):
                self._unread(f"{said} sets variables at start")
            else:
                self._forget(node.body)
        elif node.kind == "for":
            self._unread(f"{said} is a loop")
            self._undecided(said, [node.body])
        else:
            self.found.left.append(f"{said}: its commands run once, and what starts the container tries again")
            for part in (node.condition, node.body):
                for item in part:
                    if self.does((item,)):
                        self.node(item if not (isinstance(item, Pipe) and item.is_not) else item.commands[0])

    def _case(self, node: Case) -> None:
        value = self.values.value(node.word)
        by_argument = bool(re.search(r"\$\{?1\b", node.word))
        taken: Body | None = None
        for patterns, body in node.branches:
            if value is not None and any(script_values.matches(value, unquoted(pattern)) for pattern in patterns):
                taken = body
                break
        if by_argument:
            self._other_cases(node, taken)
        if taken is not None:
            self.body(taken)
        elif value is None:
            bodies = [body for _, body in node.branches]
            if any(map(self.does, bodies)):
                self._undecided(f"case {node.word}", bodies)
            else:
                for body in bodies:
                    self._forget(body)

    def _other_cases(self, node: Case, taken: Body | None) -> None:
        """Takes what a script starts for another first argument as a process, where that stays."""
        left = []
        for patterns, body in node.branches:
            name = unquoted(patterns[0]) if patterns else ""
            if body is taken or not re.fullmatch(r"[a-z][\w-]*", name, re.ASCII | re.IGNORECASE):
                continue
            other = _Run(Script(), Variables(dict(self.values.environment), [name], self.values.is_file), self.source)
            other.values.own, other.functions = dict(self.values.own), dict(self.functions)
            try:
                other.body(body)
            except (_EndError, _ReturnError):
                pass
            started = [line for line in other.found.lines if _word(line) not in NOISE | WAITS]
            if started and not other.found.unread and (STARTS.search(started[-1]) or STAYS.search(name)):
                self.found.beside.setdefault(name, started[-1])
                self.found.beside |= {
                    key: line for key, line in other.found.beside.items() if key not in self.found.beside
                }
            elif self.does(body):
                left.append(name)
        if left:
            self.found.left.append(f"what it does when it is given {', '.join(left)} is left out")

    def _background(self, node: Chain) -> None:
        """Takes what runs in the background as a process."""
        inner = _Run(Script(), self.values, self.source, self.functions, self.depth)
        try:
            inner._chain(Chain(node.items))  # noqa: SLF001 of the same class
        except (_EndError, _ReturnError):
            pass
        self.found.left += inner.found.left
        self.found.unread += inner.found.unread
        for line in inner.found.lines:
            if _word(line) not in NOISE | WAITS:
                self.found.beside[named(line, self.found.beside)] = line

    def _pipe(self, node: Pipe) -> None:
        first, *rest = node.commands
        if node.is_not or not rest:
            self.node(first)
            return
        if self.does(tuple(rest)):
            self._unread(f"{_short(_text(node))} is a pipe")
            return
        if self.does((first,)):
            self.found.left.append(
                f"| {_short(' | '.join(map(_text, rest)))} is left out: a container logs to its standard streams"
            )
            self.node(first)

    def does(self, body: Body) -> list[str]:
        """The commands of a body that do more than to look, to wait, to say or to prepare a machine."""
        return [
            " ".join(command.words)
            for command in _commands(body, self.functions)
            if (name := _program(command)) and name not in NOISE | WAITS | TESTS | STEERS | DECLARES | {"exit"}
            and name not in self.functions
            and not (command.text is not None and WAITS_ITSELF.search(command.text))
            and not (name in ("python", "python3") and command.words[1:2] == ("-c",))
        ]  # fmt: skip


def _word(line: str) -> str:
    return line.split(" ", 1)[0].rpartition("/")[2]


def named(line: str, taken: Mapping[str, object]) -> str:
    """A name for a process that has none, by its program: celery worker is worker."""
    words = [word for word in re.split(r"\s+", line) if not word.startswith("-")]
    known = next((word for word in words if word in ("worker", "beat", "flower", "rqworker", "qcluster")), "")
    program = words[0].rpartition("/")[2] if words else ""
    second = next(iter(words[1:]), "")
    script = re.sub(r"\.py$", "", second.rpartition("/")[2]) if program.startswith("python") else ""
    name = known or (words[2] if script == "manage" and len(words) > 2 else script) or program  # noqa: PLR2004 and its command
    number, found = 2, name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def _program(command: Command) -> str:
    words = [word for word in command.words if not ASSIGNMENT.match(word)]
    words = words[1:] if words[:1] in (["exec"], ["command"]) and len(words) > 1 else words
    if not words or words[0].startswith("(("):
        return ""
    if words[0] == "timeout":
        words = [word for word in words[1:] if not re.match(r"-|[\d.]+[smhd]?$", word)] or words
    line, name = " ".join(words), unquoted(words[0]).rpartition("/")[2]
    return "nc" if name in ASKS and ASKS[name].search(line) and not STARTS.search(line) else name


def _commands(body: Body, functions: Mapping[str, Body], depth: int = 6) -> Iterator[Command]:
    """All simple commands of a body, and of the functions that it calls."""
    for node in body:
        match node:
            case Command():
                yield node
                if depth and node.words and node.words[0] in functions:
                    yield from _commands(functions[node.words[0]], functions, depth - 1)
            case Pipe():
                yield from _commands(node.commands, functions, depth)
            case Chain():
                yield from _commands(tuple(item for _, item in node.items), functions, depth)
            case If():
                for condition, inner in node.branches:
                    yield from _commands((*condition, *inner), functions, depth)
            case Loop():
                yield from _commands((*node.condition, *node.body), functions, depth)
            case Case():
                for _, inner in node.branches:
                    yield from _commands(inner, functions, depth)
            case Group() if not node.name:
                yield from _commands(node.body, functions, depth)


def _is_real(node: Node) -> bool:
    return isinstance(node, Command) and _program(node) not in TESTS | NOISE | WAITS | STEERS


def _text(node: Node) -> str:
    return " ".join(word for command in _commands((node,), {}) for word in command.words)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _wait(what: str) -> str:
    return f"{_short(what)} is left out: whoever starts the container knows when it may start"
