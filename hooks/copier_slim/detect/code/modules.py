"""A Python source as detection sees it: its imports, its top level, its functions. Parsed, never imported."""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim.detect.code.versions import by_version
from copier_slim.reading import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 250  # levels of nodes; Python's own limit of 1,000 calls counts for what follows them
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Block:
    """The statements of one scope, those in `if`, `try` and `with` included, and what its names are bound to."""

    assigned: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    statements: list[ast.stmt] = field(default_factory=list)

    def add(self, statement: ast.stmt) -> None:
        """Takes the next statement."""
        self.statements.append(statement)
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.functions[statement.name] = statement
            case ast.ClassDef():
                self.classes[statement.name] = statement
            case ast.Assign(value=value):
                for target in statement.targets:
                    self._bind(target, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self.assigned[name] = value
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    if isinstance(item.optional_vars, ast.Name):
                        self.assigned.setdefault(item.optional_vars.id, item.context_expr)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                if name in self.assigned and _wraps(value, name):  # app = Middleware(app)
                    return
                self.assigned[name] = value
            case ast.Tuple(elts=[ast.Name(id=name), *_]):  # app, route = fast_app()
                self.assigned.setdefault(name, value)


class Module:
    """One parsed source.

    `name` is its dotted name seen from the directory `source_root` ("" is the repository's root).
    """

    def __init__(self, path: str, tree: ast.Module, source_root: str = "") -> None:
        self.path = path
        self.tree = tree
        self.source_root = source_root
        self.name = dotted_name(path, source_root)
        self.is_package = PurePosixPath(path).name == "__init__.py"
        self.main: ast.If | None = None

    @cached_property
    def levels(self) -> tuple[tuple[ast.AST, ...], ...]:
        """All nodes by their depth."""
        found: list[tuple[ast.AST, ...]] = [(self.tree,)]
        while level := tuple(child for node in found[-1] for child in ast.iter_child_nodes(node)):
            found.append(level)
        return tuple(found)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes, walked once, the shallow ones first."""
        return tuple(chain.from_iterable(self.levels))

    def seen_from(self, source_root: str) -> Module:
        """The module with its name as seen from another directory."""
        module = Module(self.path, self.tree, source_root)
        module.levels = self.levels
        return module

    @cached_property
    def top(self) -> Block:
        """What importing the module does."""
        return self._block(self.tree.body, top=True)

    def _block(self, body: list[ast.stmt], *, top: bool = False) -> Block:
        block = Block()
        for statement in flat(body):
            if top and is_main_guard(statement):
                self.main = self.main or statement  # type: ignore[assignment] # is_main_guard says that it is an If
            else:
                block.add(statement)
        return block

    @cached_property
    def guarded(self) -> list[ast.stmt]:
        """The statements under `if __name__ == "__main__"`."""
        _ = self.top
        return list(flat(self.main.body)) if self.main else []

    def local(self, function: Function) -> Block:
        """A function's own names."""
        return self._block(function.body)

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Imported names, wherever in the source, to the full name that they stand for."""
        found: dict[str, str] = {}
        for node in self.nodes:
            match node:
                case ast.Import(names=names):
                    for alias in names:
                        found[alias.asname or alias.name.partition(".")[0]] = (
                            alias.name if alias.asname else alias.name.partition(".")[0]
                        )
                case ast.ImportFrom(names=names):
                    base = self._absolute(node)
                    for alias in names:
                        found[alias.asname or alias.name] = f"{base}.{alias.name}".lstrip(".")
        return found

    @cached_property
    def imported(self) -> dict[str, int]:
        """The full names that are imported, modules and their members alike, with the line."""
        found: dict[str, int] = {}
        for node in self.nodes:
            match node:
                case ast.Import(names=names):
                    for alias in names:
                        found.setdefault(alias.name, node.lineno)
                case ast.ImportFrom(names=names):
                    base = self._absolute(node)
                    found.setdefault(base, node.lineno)
                    for alias in names:
                        found.setdefault(f"{base}.{alias.name}".lstrip("."), node.lineno)
        return found

    @cached_property
    def stars(self) -> list[str]:
        """The modules of which all names are imported."""
        return [full_name.removesuffix(".*") for full_name in self.imported if full_name.endswith(".*")]

    @cached_property
    def optional(self) -> frozenset[str]:
        """What is imported only under a condition: for type checkers, on one platform, in one Python, or if there."""
        found: set[str] = set()
        for node in self.nodes:
            match node:
                case ast.If(test=test, body=body, orelse=orelse) if (runs := by_version(test)) is not None:
                    found |= self._imports_of([*(() if True in runs else body), *(() if False in runs else orelse)])
                    found |= self._imports_of([*body, *orelse]) if len(runs) > 1 else set()
                case ast.If(test=test, body=body) if re.search(r"TYPE_CHECKING|platform|os\.name", written(test)):
                    found |= self._imports_of(body)
                case ast.Try(body=body, handlers=handlers) if any(
                    "Import" in written(item.type) or "Module" in written(item.type) for item in handlers if item.type
                ):
                    found |= self._imports_of([*body, *(statement for item in handlers for statement in item.body)])
        return frozenset(found)

    def _imports_of(self, body: list[ast.stmt]) -> set[str]:
        part = Module(self.path, ast.Module(body=body, type_ignores=[]), self.source_root)
        return set(part.imported)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".") if self.name else []
        keep = len(parts) - node.level + (1 if self.is_package else 0)
        return ".".join([*parts[: max(keep, 0)], *([node.module] if node.module else [])])

    def full_name(self, node: ast.expr) -> str:
        """The dotted name of an expression with its imports resolved; "" where it is no dotted name."""
        match node:
            case ast.Name(id=name):
                if name in self.aliases or not self.stars or name in self.top.assigned or name in self.top.functions:
                    return self.aliases.get(name, name)
                return name if name in dir(builtins) or name in self.top.classes else f"{self.stars[0]}.{name}"
            case ast.Attribute(value=value, attr=attribute):
                base = self.full_name(value)
                return f"{base}.{attribute}" if base else ""
            case ast.Call(func=func):  # Configurator().make_wsgi_app()
                return self.full_name(func)
        return ""

    @cached_property
    def _calls(self) -> tuple[ast.Call, ...]:
        calls = [node for node in self.nodes if isinstance(node, ast.Call)]
        return tuple(sorted(calls, key=lambda node: (node.lineno, node.col_offset)))

    def calls(self, body: list[ast.stmt] | None = None) -> Iterator[ast.Call]:
        """All calls in the module, or in `body`."""
        if body is None:
            yield from self._calls
            return
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Call):
                    yield node

    @cached_property
    def constructed(self) -> dict[str, str]:
        """Names that are bound to calls anywhere in the module, to the full name of what is called.

        A class of the module's own goes by what it derives from.
        """
        found: dict[str, str] = {}
        for node in self.nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func)):
                    found.setdefault(name, self._made_of(func))
                case ast.withitem(context_expr=ast.Call(func=func), optional_vars=ast.Name(id=name)):
                    found.setdefault(name, self._made_of(func))
        return found

    def _made_of(self, called: ast.expr) -> str:
        name = self.full_name(called)
        own = self.top.classes.get(name)
        base = self.full_name(own.bases[0]) if own and own.bases else ""
        return base if "." in base else name

    def line(self, node: ast.AST) -> int:
        """The line of a node, from 1."""
        return getattr(node, "lineno", 0)


def _wraps(value: ast.expr, name: str) -> bool:
    """Whether a call is given what `name` stands for."""
    return isinstance(value, ast.Call) and any(
        isinstance(given, ast.Name) and given.id == name
        for given in (*value.args, *(keyword.value for keyword in value.keywords))
    )


def parse(path: str, text: str, source_root: str = "") -> Module | None:
    """The module in `text`; None where this Python cannot parse it.

    Raises RecursionError where it can, and what follows the nesting of the code could not.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in other people's strings
            module = Module(path, formats.python(text), source_root)
    except (SyntaxError, ValueError, MemoryError):  # null bytes; hostile nesting
        return None
    if len(module.levels) > DEEPEST:
        raise RecursionError("nested too deeply")
    return module


def written(node: ast.AST) -> str:
    """The code of a node, "" where it is nested too deeply to be written."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return ""


def dotted_name(path: str, source_root: str = "") -> str:
    """The name under which a file is imported from `source_root`; "" for the root's own __init__.py."""
    relative = PurePosixPath(path).relative_to(source_root) if source_root else PurePosixPath(path)
    parts = list(relative.with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of one scope in their order, with those nested in compound statements but not in definitions."""
    for statement in body:
        yield statement
        if is_main_guard(statement):
            continue
        match statement:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                yield from flat(statement.body)
                yield from flat(statement.orelse)
            case ast.Try():
                yield from flat(statement.body)
                for handler in statement.handlers:
                    yield from flat(handler.body)
                yield from flat(statement.orelse)
                yield from flat(statement.finalbody)
            case ast.With() | ast.AsyncWith():
                yield from flat(statement.body)


def is_main_guard(statement: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__"`."""
    match statement:
        case ast.If(test=ast.Compare(left=left, comparators=[right])):
            sides = {
                getattr(left, "id", getattr(left, "value", None)),
                getattr(right, "id", getattr(right, "value", None)),
            }
            return {"__name__", "__main__"} <= sides
    return False


def called(call: ast.Call) -> str:
    """The last name of what is called; "" where it has none."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def constant(node: ast.expr | None) -> object:
    """The value of a literal, or the default of an environment variable's reading; None where neither is there.

    `os.environ.get("PORT", 8000)`, `env.int("PORT", 8000)` of environs, `config("PORT", 8000)` of decouple,
    `os.getenv("PORT") or 8000` and `int(…)` around them give their default.
    """
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Call(func=ast.Name(id="int" | "str"), args=[inner, *_]):
            return constant(inner)
        case ast.Call(
            func=ast.Attribute(attr="get" | "getenv" | "int" | "str") | ast.Name(id="getenv" | "config"),
            args=[_, default],
        ):
            return constant(default)
        case ast.Call(keywords=keywords):
            return next((constant(keyword.value) for keyword in keywords if keyword.arg == "default"), None)
        case ast.BoolOp(op=ast.Or(), values=values):
            return constant(values[-1])
    return None
