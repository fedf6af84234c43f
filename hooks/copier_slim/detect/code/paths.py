"""The paths that code computes, as far as they follow from its text: relative to the repository's root."""

from __future__ import annotations

import ast
import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from copier_slim.detect.code.modules import called

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Function, Module

DEEPEST = 12
SAME = {
    "abspath",
    "realpath",
    "normpath",
    "expanduser",
    "fspath",
    "str",
    "Path",
    "PurePath",
    "resolve",
    "absolute",
    "as_posix",
}


class Paths:
    """Evaluates the path expressions of one module.

    "" is the root, where the app is started; what starts with "/" is outside of it.
    """

    def __init__(self, code: Code, module: Module) -> None:
        self.code = code
        self.module = module

    def of(self, node: ast.expr | None) -> str | None:
        """The path that an expression gives; None where that cannot be told."""
        found = self._of(node, DEEPEST)
        if found is None or "\0" in found:
            return None
        plain = posixpath.normpath(found) if found else ""
        return "" if plain == "." else plain

    def _of(self, node: ast.expr | None, depth: int) -> str | None:
        if depth <= 0 or node is None:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name():
                return self._of_name(node, depth)
            case ast.BinOp() | ast.JoinedStr():
                return self._of_parts(node, depth)
            case ast.BoolOp(op=ast.Or(), values=[*_, last]) | ast.IfExp(orelse=last):
                return self._of(last, depth - 1)
            case ast.Attribute(value=value, attr=attribute):
                return self._of_attribute(value, attribute, depth)
            case ast.Subscript(value=value, slice=index):
                return self._of_item(value, index, depth)
            case ast.Call():
                return self._of_call(node, depth)
        return None

    def _of_name(self, node: ast.Name, depth: int) -> str | None:
        name = node.id
        if name == "__file__":
            return self.module.path
        if (beside := self._bound_beside(name, node.lineno)) is not None:
            return self._of(beside, depth - 1)
        if name in self.bound:
            return self._of(self.bound[name], depth - 1)
        full_name = self.module.aliases.get(name, "")
        package, _, member = full_name.rpartition(".")
        path = self.code.find(package, self.module.source_root) if package else None
        other = self.code.module(path) if path else None
        if other is None or other is self.module:
            return None
        there = Paths(self.code, other)
        return there._of(there.bound.get(member), depth - 1)

    def _bound_beside(self, name: str, line: int) -> ast.expr | None:
        """What the function around a line binds a name to first; None where it does not."""
        for function, names in self._functions:
            if function.lineno <= line <= (function.end_lineno or 0) and name in names and names[name].lineno < line:
                return names[name]
        return None

    @cached_property
    def _functions(self) -> list[tuple[Function, dict[str, ast.expr]]]:
        """The module's functions, those inside of others first, with what they bind names to first."""
        found = []
        for function in self.module.nodes:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                names: dict[str, ast.expr] = {}
                for node in ast.walk(function):
                    match node:
                        case ast.Assign(targets=[ast.Name(id=name)], value=value):
                            names.setdefault(name, value)
                found.append((function, names))
        return sorted(found, key=lambda item: -item[0].lineno)

    @cached_property
    def bound(self) -> dict[str, ast.expr]:
        """What names, attributes and keys are first bound to, anywhere in the module, by their last part."""
        found: dict[str, ast.expr] = {}
        for node in self.module.nodes:
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        if key := _key(target):
                            found.setdefault(key, value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    found.setdefault(name, value)
                case ast.Call(func=ast.Attribute(attr="from_mapping" | "update" | "setdefault"), keywords=keywords):
                    for keyword in keywords:
                        if keyword.arg:
                            found.setdefault(keyword.arg, keyword.value)
        return found

    def _of_parts(self, node: ast.BinOp | ast.JoinedStr, depth: int) -> str | None:
        match node:
            case ast.BinOp(op=ast.Div() | ast.Add() as operator, left=left, right=right):
                return self._joined([left, right], depth, "/" if isinstance(operator, ast.Div) else "")
            case ast.JoinedStr(values=values):
                parts = [value.value if isinstance(value, ast.FormattedValue) else value for value in values]
                return self._joined(parts, depth, "")
        return None

    def _joined(self, parts: list[ast.expr], depth: int, separator: str) -> str | None:
        texts = [self._of(part, depth - 1) for part in parts]
        if any(text is None for text in texts):
            return None
        found = [text for text in texts if text is not None]
        return posixpath.join(*found) if separator else "".join(found)

    def _of_attribute(self, value: ast.expr, attribute: str, depth: int) -> str | None:
        if attribute == "parent":
            return _parent(self._of(value, depth - 1))
        if attribute in ("instance_path", "static_folder", "root_path"):
            if attribute == "root_path" and isinstance(value, ast.Name) and value.id == "current_app":
                return None  # that of the module which makes the app
            package = posixpath.dirname(self.module.path)
            return {"instance_path": "instance", "static_folder": f"{package}/static", "root_path": package}[
                attribute
            ].lstrip("/")
        if attribute == "name" or not isinstance(value, ast.Name):
            return None
        return self._of(self.bound.get(attribute), depth - 1)

    def _of_item(self, value: ast.expr, index: ast.expr, depth: int) -> str | None:
        if (
            isinstance(value, ast.Attribute)
            and value.attr == "parents"
            and isinstance(index, ast.Constant)
            and isinstance(index.value, int)
        ):
            found = self._of(value.value, depth - 1)
            for _ in range(min(index.value + 1, DEEPEST)):
                found = _parent(found)
            return found
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            return self._of(self.bound.get(index.value), depth - 1)
        return None

    def _of_call(self, node: ast.Call, depth: int) -> str | None:
        name = called(node)
        first = node.args[0] if node.args else None
        if _is_variable(node):  # env.str("MEDIA_ROOT", "/media"), as environs and django-environ have it
            given = next((item.value for item in node.keywords if item.arg == "default"), None)
            return self._of(node.args[1] if len(node.args) > 1 else given, depth - 1)
        if name in ("getenv", "get", "setdefault"):
            default = node.args[1] if len(node.args) > 1 else None
            known = (
                self.bound.get(first.value)
                if isinstance(first, ast.Constant) and isinstance(first.value, str)
                else None
            )
            return self._of(default if default is not None else known, depth - 1)
        if name == "join" and "path" in ast.dump(node.func):
            return self._joined(node.args, depth, "/")
        if name == "joinpath" and isinstance(node.func, ast.Attribute):
            return self._joined([node.func.value, *node.args], depth, "/")
        if name in ("dirname", "parent"):
            return _parent(self._of(first, depth - 1))
        if name in ("getcwd", "cwd"):
            return ""
        if name in SAME:
            inner = first if first is not None else (node.func.value if isinstance(node.func, ast.Attribute) else None)
            return "" if first is None and isinstance(node.func, ast.Name) else self._of(inner, depth - 1)
        return None


def _is_variable(node: ast.Call) -> bool:
    match node:
        case ast.Call(
            func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)), args=[ast.Constant(value=str()), *_]
        ):
            return name in ("env", "config", "environ") and called(node) in (
                "env",
                "config",
                "str",
                "path",
                "url",
                "get_value",
            )
    return False


def _key(target: ast.expr) -> str:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _parent(path: str | None) -> str | None:
    return None if path is None else posixpath.dirname(path.rstrip("/"))
