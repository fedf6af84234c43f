"""The simple commands of a start script, followed in turn: what is set, taken in, called and started."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from copier_slim.detect.statements import script_text, script_values, supervised
from copier_slim.detect.statements.script_text import DECLARES, STEERS, TESTS, WAITS_ITSELF, short, wait
from copier_slim.detect.statements.script_values import Variables, unquoted
from copier_slim.detect.statements.shell import ASSIGNMENT, NOISE, QUIET, WAITS
from copier_slim.detect.statements.shell_syntax import Body, Command, parse
from copier_slim.detect.statements.shell_tokens import BrokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEEPEST = 12  # functions that call others, and files that take others in
ACTIVATES = re.compile(r"(?:^|/)activate$|/nvm\.sh$|/\.(?:bashrc|profile|cargo/env)$")
MAKES = {"cp", "ln", "mv", "touch"}
IN_MEMORY = re.compile(r" /(?:tmp|dev/shm|run|var/run)/\S+$")
SETS_VARIABLES = re.compile(r"(?:^|/)[\w.-]*\.?env(?:\.[\w.-]+)?$")


class EndError(Exception):
    """The script ends: by exec, or by exit."""


class ReturnError(Exception):
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


@dataclass(slots=True)
class Commands:
    """Follows simple commands.

    `values` are the variables so far, `source` gives the text of a file that is taken in.
    """

    found: Script
    values: Variables
    source: Callable[[str], str | None]
    functions: dict[str, Body] = field(default_factory=dict)
    depth: int = 0
    commands: int = 0

    def body(self, body: Body) -> None:
        """Follows commands in turn."""
        raise NotImplementedError

    def _unread(self, why: str) -> None:
        self.found.unread.append(why)

    def command(self, node: Command) -> None:
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
            if not self._supervised(unquoted(words[1]).rpartition("/")[2], words[1:]):
                self._emit(words[1:], node)
            raise EndError
        if name in ("exit", "return"):
            raise EndError if name == "exit" else ReturnError
        if name in self.functions:
            self._call(name, words[1:])
        elif not self._built_in(name, words) and not words[0].startswith("((") and not self._supervised(name, words):
            self._emit(words, node)

    def _built_in(self, name: str, words: Sequence[str]) -> bool:
        """Follows a command of the shell's own; False where it is none."""
        if name in DECLARES:
            self._declare(name, words[1:])
        elif name in ("source", ".") and len(words) > 1:
            self._take_in(words[1:])
        elif name == "set" and "--" in words:
            self.values.arguments = shlex.split(self._expanded(words[words.index("--") + 1 :]) or "")
        elif name == "shift":
            self.values.arguments = self.values.arguments[int(words[1]) if words[1:2] and words[1].isdigit() else 1 :]
        elif name == "eval":
            self._unread(f"{short(' '.join(words))} is made at start")
        else:
            return name in TESTS | STEERS | {"exec"}
        return True

    def _supervised(self, name: str, words: Sequence[str]) -> bool:
        """Takes what supervisord starts, each as a process; False where it is another program, or has no file."""
        if name != "supervisord":
            return False
        given = (self._expanded(words[1:]) or "").replace("=", " ").split()
        named = [path for option, path in pairwise(given) if option in ("-c", "--configuration")]
        text = next(filter(None, map(self.source, named or supervised.DEFAULTS)), "")
        programs = supervised.started(text)
        self.found.beside |= {name: line for name, line in programs.items() if name not in self.found.beside}
        return bool(programs)

    def _fed(self, node: Command) -> bool:
        """Whether a command that is fed a text is looked at any further."""
        name = node.words[0].rpartition("/")[2] if node.words else ""
        if name and name not in NOISE | STEERS:
            if WAITS_ITSELF.search(node.text or "") and "sleep" in (node.text or ""):
                self.found.left.append(wait(f"{' '.join(node.words)} <<"))
            else:
                self._unread(f"{short(' '.join(node.words))} is fed a text")
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
        except ReturnError:
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
                self._unread(f"{path} is not understood at {short(str(error))!r}")
                return
            self.depth += 1
            self.body(body)
            self.depth -= 1

    def _emit(self, words: Sequence[str], node: Command) -> None:
        """Adds a command that runs, with its variables filled in."""
        name = words[0].rpartition("/")[2]
        target = next((item for item in node.redirected if re.match(r"\d*>", item) and "/dev/" not in item), "")
        if target and not re.search(r">&\d|>&-", target) and (name in QUIET or node.text is not None):
            self._unread(f"{short(' '.join(words))} {target} writes a file")
            return
        if script_text.program(node) in WAITS and name not in WAITS:  # as in timeout 30 sh -c "until nc …"
            self.found.left.append(wait(" ".join(words)))
            return
        line = self._expanded(words)
        if name in MAKES and line and IN_MEMORY.search(line):
            self._unread(f"{short(line)} makes a file that the app may read")
            return
        if line is None:
            if name not in NOISE | WAITS:
                self._unread(f"{short(' '.join(words))} is made at start")
            return
        if line.strip():
            again = " ".join(item for item in node.redirected if not item.startswith("<"))
            self.found.lines.append(f"{line} {again}".strip())

    def _expanded(self, words: Sequence[str]) -> str | None:
        expanded = [self.values.expanded(word) for word in words]
        known = [word for word in expanded if word is not None]
        return " ".join(filter(None, known)) if len(known) == len(expanded) else None

    def _assign(self, word: str) -> None:
        name, _, text = word.partition("=")
        self.values.assign(name, text)

    def _declare(self, how: str, words: Sequence[str]) -> None:
        for word in words:
            if ASSIGNMENT.match(word):
                self._assign(word)
            name = word.partition("=")[0]
            if how == "export" and "=" in word and not script_values.NAME.fullmatch(name):
                self._unread(f"export {short(word)} is made at start")
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
