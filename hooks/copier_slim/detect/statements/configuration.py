"""What a server's configuration file sets, read without running it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copier_slim.detect.findings import Evidence
from copier_slim.reading import formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from copier_slim.detect.code.apps import Code

NAME = re.compile(r"[\w-]+")
DEEPEST = 20  # expressions in one another


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting with its place; the value is None where only running the file would tell it.

    Variables of the environment are written as a shell has them, as in 0.0.0.0:${PORT:-8000}.
    """

    value: str | None
    evidence: Evidence


def read(given: str, code: Code) -> dict[str, Setting]:
    """The settings of the file or module that a server is given, by name; {} where it is not in the repository.

    `given` is as servers take it: a path, file:path or python:module.
    """
    kind, colon, rest = given.partition(":")
    path = (code.find(rest) if kind == "python" and colon else rest if kind == "file" and colon else given) or ""
    text = code.tree.text(path.removeprefix("./")) if path else None
    if text is None:
        return {}
    path = path.removeprefix("./")
    try:
        if path.endswith(".toml"):
            found = {name: _text(value) for name, value in formats.toml(text).items()}
            return {name: Setting(value, code.tree.evidence(path, name)) for name, value in found.items()}
        if path.endswith(".ini"):
            return dict(_ini(path, text))
        return dict(_python(path, text))
    except (formats.BrokenError, SyntaxError, ValueError, RecursionError, MemoryError):
        code.tree.note(f"{path} is not read: it cannot be parsed")
        return {}


def _text(value: Any) -> str | None:  # noqa: ANN401 whatever a document holds
    if isinstance(value, list):
        return ",".join(map(str, value))
    return None if isinstance(value, dict) else str(value)


def _ini(path: str, text: str) -> Iterator[tuple[str, Setting]]:
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, value = map(str.strip, line.partition("="))
        if equals and NAME.fullmatch(name):
            yield name, Setting(re.sub(r"\$\((\w+)\)", r"$\1", value), Evidence(path, number, line))


def _python(path: str, text: str) -> Iterator[tuple[str, Setting]]:
    """The names that are assigned at the top, in branches too; the last of several counts."""
    known: dict[str, str | None] = {}
    lines = text.split("\n")
    for statement in _statements(formats.python(text).body):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            if isinstance(target, ast.Name) and statement.value is not None:
                known[target.id] = _value(statement.value, known)
                evidence = Evidence(path, statement.lineno, lines[statement.lineno - 1].strip())
                yield target.id, Setting(known[target.id], evidence)


def _statements(body: list[ast.stmt]) -> Iterator[ast.Assign | ast.AnnAssign]:
    for statement in body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield statement
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            for name in ("body", "handlers", "orelse", "finalbody"):
                yield from _statements([item for item in getattr(statement, name, []) if isinstance(item, ast.stmt)])


def _value(node: ast.expr, known: Mapping[str, str | None], deep: int = DEEPEST) -> str | None:  # noqa: C901, PLR0911 a case each
    """An expression as text, with ${NAME:-default} for what the environment says; None where it cannot be told."""
    if deep == 0:
        return None
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.Name(id=name):
            return known.get(name)
        case ast.JoinedStr(values=values):
            return _together([_value(value, known, deep - 1) for value in values])
        case ast.FormattedValue(value=value, format_spec=None):
            return _value(value, known, deep - 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _together([_value(left, known, deep - 1), _value(right, known, deep - 1)])
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return _together([_value(item, known, deep - 1) for item in items], ",")
        case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))):
            return f"${{{name}}}"
        case ast.Call(func=ast.Name(id="str" | "int"), args=[argument]):
            return _value(argument, known, deep - 1)
        case ast.Call(args=[ast.Constant(value=str(name)), *default]) if _asks_environment(node):
            other = _value(default[0], known, deep - 1) if default else ""
            return None if other is None else f"${{{name}:-{other}}}" if other not in ("", "None") else f"${{{name}}}"
        case ast.BoolOp(op=ast.Or(), values=[first, second]):
            asked, other = _value(first, known, deep - 1), _value(second, known, deep - 1)
            bare = re.fullmatch(r"\$\{(\w+)\}", asked or "")
            return f"${{{bare[1]}:-{other}}}" if bare and other is not None else None
    return None


def _asks_environment(call: ast.Call) -> bool:
    """Whether it is os.environ.get or os.getenv, however they were imported."""
    match call.func:
        case ast.Name(id="getenv") | ast.Attribute(attr="getenv"):
            return True
        case ast.Attribute(value=ast.Attribute(attr="environ") | ast.Name(id="environ"), attr="get"):
            return True
    return False


def _together(parts: list[str | None], between: str = "") -> str | None:
    return None if None in parts else between.join(part or "" for part in parts)
