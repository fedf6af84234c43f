"""Start scripts of a shell, followed as far as they can be: the commands that run in turn, and why not all is known."""

from __future__ import annotations

import contextlib
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim.detect.statements import script_text, script_values
from copier_slim.detect.statements.script_commands import Commands, EndError, ReturnError, Script
from copier_slim.detect.statements.script_text import STARTS, TESTS, short, wait
from copier_slim.detect.statements.script_values import Variables, unquoted
from copier_slim.detect.statements.shell import ASSIGNMENT, WAITS
from copier_slim.detect.statements.shell_syntax import Body, Case, Chain, Command, Group, If, Loop, Node, Pipe, parse
from copier_slim.detect.statements.shell_tokens import BrokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_COMMANDS = 2_000
FILTERS = {
    "awk",
    "cat",
    "cut",
    "grep",
    "head",
    "jq",
    "multilog",
    "rotatelogs",
    "sed",
    "sort",
    "tail",
    "tee",
    "tr",
    "ts",
}
# What is told apart by the first argument and stays when it is started
STAYS = re.compile(
    r"web|app|server|serve|api|worker|beat|scheduler|cron|clock|consumer|flower|queue|listener|bot|stream"
)


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
        found.unread.append(f"not understood at {short(str(error))!r}")
        return found
    run = _Run(found, Variables(dict(environment), list(arguments), is_file), source)
    with contextlib.suppress(EndError, ReturnError):
        run.body(body)
    if found.beside and not any(map(script_text.is_program, found.lines)):  # all of them, and then `wait`
        found.lines.append(script_text.take_server(found.beside))
    found.left = list(dict.fromkeys(found.left))
    found.unread = list(dict.fromkeys(found.unread))
    return found


@dataclass(slots=True)
class _Run(Commands):
    """Follows commands that depend on others."""

    def body(self, body: Body) -> None:
        for node in body:
            self.node(node)

    def node(self, node: Node) -> None:
        self.commands += 1
        if self.commands > MOST_COMMANDS:
            self.found.unread.append("it is too long")
            raise EndError
        match node:
            case Command():
                self.command(node)
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

    def _chain(self, node: Chain) -> None:
        succeeded: bool | None = True
        for index, (joined, item) in enumerate(node.items):
            if not joined:
                succeeded = self._succeeds((item,))
            elif succeeded is None:
                if self.does((item,)):
                    self._undecided(script_text.text(node.items[index - 1][1]), [(item,)])
                else:
                    self._forget((item,))
            elif (joined == "&&") is succeeded:
                succeeded = self._succeeds((item,))
            elif joined == "||" and script_text.is_real(node.items[index - 1][1]) and self.does((item,)):
                before = script_text.text(node.items[index - 1][1])
                self._unread(f"{short(script_text.text(item))} runs where {short(before)} fails")

    def _succeeds(self, body: Body) -> bool | None:
        """Runs a condition, and whether it holds; None where that is known at start only."""
        result: bool | None = True
        for node in body:
            match node:
                case Command() if node.words and unquoted(node.words[0]) in TESTS:
                    result = self._test(node)
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

    def _test(self, node: Command) -> bool | None:
        self.values.assumed.clear()
        result = self.values.test(node.words)
        if result is not None and self.values.assumed:
            said = ", ".join(f"{name}={value}" for name, value in self.values.assumed.items())
            self.found.left.append(f"{short(' '.join(node.words))} is decided by the default {said}")
        return result

    def _wait_or_run(self, node: Node) -> None:
        """Runs a command whose success is asked for; one that only looks for another service succeeds."""
        name = node.words[0].rpartition("/")[2] if isinstance(node, Command) and node.words else ""
        if name in WAITS or (name in self.functions and not self.does((node,))):
            self.found.left.append(wait(script_text.text(node)))
        else:
            self.node(node)

    def _undecided(self, condition: str, bodies: Sequence[Body]) -> None:
        """Follows all of what a condition decides on that is known at start only."""
        self._unread(f"{short(condition)} is asked at start")
        for body in bodies:
            try:
                self.body(body)
            except (EndError, ReturnError):
                continue

    def _holds_unset(self, condition: Body) -> bool:
        """Whether a test holds where the variables that nothing sets are empty, or at their defaults."""

        def filled(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            is_set = (
                name in self.values.own or name in self.values.environment or not script_values.NAME.fullmatch(name)
            )
            return found[0] if is_set else (found[5] or "") if found[4] in (":-", "-") else ""

        node = condition[0] if len(condition) == 1 else None
        if not isinstance(node, Command) or not node.words or unquoted(node.words[0]) not in TESTS:
            return False
        return self.values.test(tuple(script_values.VARIABLE.sub(filled, word) for word in node.words)) is True

    def _only_beside(self, condition: Body, body: Body) -> bool:
        """Takes what starts in the background alone, whatever is asked at start: its process may be left out."""
        inner = _Run(Script(), self.values, self.source, self.functions, self.depth)
        with contextlib.suppress(EndError, ReturnError):
            inner.body(body)
        if inner.found.unread or inner.found.lines or not inner.found.beside:
            return False
        said = short(" ".join(map(script_text.text, condition)))
        self.found.left += [*inner.found.left, f"{said} is not asked: {', '.join(inner.found.beside)} runs apart"]
        self.found.beside |= {name: line for name, line in inner.found.beside.items() if name not in self.found.beside}
        return True

    def _as_case(self, node: If) -> Case | None:
        """The same as a `case`, where all conditions compare the first argument."""
        branches = []
        for condition, body in node.branches:
            words = condition[0].words if len(condition) == 1 and isinstance(condition[0], Command) else ()
            match words:
                case ["[" | "[[" | "test", left, "=" | "==", right, *_] if self.values.is_first(left):
                    branches.append(((right,), body))
                case [] if not condition:
                    branches.append((("*",), body))
                case _:
                    return None
        (first, *_) = node.branches[0][0]
        return Case(first.words[1], tuple(branches)) if isinstance(first, Command) else None

    def _if(self, node: If) -> None:
        if case := self._as_case(node):
            self._case(case)
            return
        for condition, body in node.branches:
            holds = self._succeeds(condition) if condition else True
            if holds:
                self.body(body)
            if holds is None:
                rest = [other for _, other in node.branches[node.branches.index((condition, body)) :]]
                if len(rest) == 1 and self._holds_unset(condition) and self._only_beside(condition, body):
                    return
                if any(self.does(other) for other in rest):
                    self._undecided(" ".join(map(script_text.text, condition)), rest)
                elif not (len(rest) == 1 and self._defaults(condition, rest[0])):
                    for other in rest:
                        self._forget(other)
            if holds is not False:
                return

    def _defaults(self, condition: Body, body: Body) -> bool:
        """Takes `if [ -z "$NAME" ]; then NAME=value` as a default."""
        asked = re.fullmatch(
            r"\[\[? -z \"?\$\{?(\w+)(?:\+x|:-)?\}?\"? \]\]?", " ".join(map(script_text.text, condition))
        )
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
        for command in script_text.commands(body, self.functions):
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
        said = f"{node.kind} {short(' '.join(map(script_text.text, node.condition)) or ' '.join(node.words))}"
        steps = self.does((*node.condition, *node.body))
        if not steps:
            inner = script_text.commands((*node.condition, *node.body), self.functions)
            names = {word.rpartition("/")[2] for command in inner for word in command.words}
            if names & (WAITS | {"sleep"}):
                self.found.left.append(wait(said))
                if "return" in names:  # of the function, once what it waits for is there
                    raise ReturnError
            elif any(command.words[:1] == ("export",) for command in script_text.commands(node.body, self.functions)):
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
        by_argument = self.values.is_first(node.word)
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
            with contextlib.suppress(EndError, ReturnError):
                other.body(body)
            started = list(filter(script_text.is_program, other.found.lines))
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
        with contextlib.suppress(EndError, ReturnError):
            inner._chain(Chain(node.items))
        self.found.left += inner.found.left
        self.found.unread += inner.found.unread
        for line in filter(script_text.is_program, inner.found.lines):
            self.found.beside[script_text.named(line, self.found.beside)] = line

    def _pipe(self, node: Pipe) -> None:
        first, *rest = node.commands
        if node.is_not or not rest:
            self.node(first)
            return
        if any(script_text.program(item) not in FILTERS for item in script_text.commands(tuple(rest), {})):
            self._unread(f"{short(script_text.text(node))} is a pipe")
            return
        if self.does((first,)):
            said = short(" | ".join(map(script_text.text, rest)))
            self.found.left.append(f"| {said} is left out: a container logs to its standard streams")
            self.node(first)

    def does(self, body: Body) -> bool:
        """Whether a body does more than to look, to wait, to say or to prepare a machine."""
        return script_text.does(body, self.functions)
