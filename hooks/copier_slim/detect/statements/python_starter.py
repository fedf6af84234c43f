"""Programs in Python that only start others, by subprocess or os.exec: what they start, as shell lines."""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim.detect.statements.script_text import STARTS
from copier_slim.detect.statements.shell import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copier_slim.detect.code.modules import Module

RUNS = re.compile(r"subprocess\.(?:run|call|check_call|check_output|Popen)|os\.(?:system|popen|(?:exec|spawn)[lv]p?e?)")
ASKS = ("os.environ.get", "os.getenv")
SAYS = re.compile(r"print|time\.sleep|sys\.exit|logging\..*|\w{0,40}log\w{0,40}\.\w+|sys\.stdout\..*|os\.chdir")
MOST = 50  # programs that are started


@dataclass(slots=True)
class Started:
    """The shell lines of what a program starts, in turn, and why not all that it does is known."""

    lines: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read(module: Module) -> Started | None:
    """What a program starts; None where that is no server or worker, so that it is a program of its own."""
    reader = _Reader(module)
    for node in module.tree.body:
        reader.statement(node)
    found = reader.found
    return found if any(map(STARTS.search, found.lines)) and len(found.lines) <= MOST else None


@dataclass(slots=True)
class _Reader:
    module: Module
    found: Started = field(default_factory=Started)
    names: dict[str, str] = field(default_factory=dict)

    def statement(self, node: ast.stmt) -> None:
        """Reads a statement."""
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Return(value=None) | ast.Expr(value=ast.Constant()):
                return
            case ast.FunctionDef(body=body):
                self._all(body)
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), body=body):
                self._all([item for item in body if not self._calls_own(item)])
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if self._sets(name, value):
                return
            case ast.Expr(value=value) | ast.Assign(value=value) | ast.Return(value=value) if isinstance(
                value, ast.Call
            ):
                self._call(value)
            case _:
                self._unread(node)
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Call) and RUNS.fullmatch(self.module.full_name(inner.func)):
                        self._call(inner)

    def _sets(self, name: str, value: ast.expr) -> bool:
        """Keeps what a name is set to, where that is known."""
        if isinstance(value, ast.List | ast.Tuple):
            self.names[name] = shlex.join(self._words(value) or [])
            return bool(self.names[name])
        text = self._word(value)
        if text is not None:
            self.names[name] = text
        return text is not None

    def _all(self, body: Sequence[ast.stmt]) -> None:
        for item in body:
            self.statement(item)

    def _calls_own(self, node: ast.stmt) -> bool:
        """Whether a statement calls a function of the file, which has been read where it is."""
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and self.module.full_name(call.func) == "sys.exit" and call.args:
            call = call.args[0]
        return (
            isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in self.module.top.functions
        )

    def _unread(self, node: ast.AST) -> None:
        line = getattr(node, "lineno", 0)
        self.found.unread.append(f"it is not known what line {line} does")

    def _call(self, call: ast.Call) -> None:
        name = self.module.full_name(call.func)
        if self._calls_own(ast.Expr(value=call)) or SAYS.fullmatch(name):
            return
        line = self._line(name, call) if RUNS.fullmatch(name) and call.args else None
        if line is None:
            self._unread(call)
        else:
            self.found.lines.append(line + (" &" if name.endswith("Popen") else ""))

    def _line(self, name: str, call: ast.Call) -> str | None:
        first, *rest = call.args
        if ".execl" in name or ".spawnl" in name:
            words = self._words(ast.List(elts=rest))
        elif ".exec" in name or ".spawn" in name:
            words = self._words(rest[0]) if rest else None
        elif isinstance(first, ast.List | ast.Tuple):
            words = self._words(first)
        elif isinstance(first, ast.Name):
            return self.names.get(first.id) or None
        else:
            return self._word(first)
        return joined(words) if words else None

    def _words(self, node: ast.expr) -> list[str] | None:
        if isinstance(node, ast.Name):
            return shlex.split(self.names.get(node.id, "")) or None
        found = [self._word(item) for item in node.elts] if isinstance(node, ast.List | ast.Tuple) else [None]
        known = [word for word in found if word is not None]
        return known if len(known) == len(found) else None

    def _word(self, node: ast.expr) -> str | None:
        """A text as the shell has it; None where it is made when the program runs."""
        match node:
            case ast.Constant(value=str() | int() as value):
                return str(value)
            case ast.Name(id=name):
                return self.names.get(name)
            case ast.Attribute() if self.module.full_name(node) == "sys.executable":
                return "python"
            case ast.Call(func=ast.Name(id="str" | "int"), args=[inner]):
                return self._word(inner)
            case ast.Call(args=[ast.Constant(value=str() as name), *rest]) if self.module.full_name(node.func) in ASKS:
                default = self._word(rest[0]) if rest else ""
                return None if default is None else f"${{{name}:-{default}}}" if default else f"${name}"
            case ast.JoinedStr(values=values):
                parts = [self._word(item.value if isinstance(item, ast.FormattedValue) else item) for item in values]
                known = [part for part in parts if part is not None]
                return "".join(known) if len(known) == len(parts) else None
            case _:
                return None
