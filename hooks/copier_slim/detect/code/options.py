"""What a name stands for that code reads its port from: the default of an option, a parameter or a settings field."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from copier_slim.detect.code.modules import called

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from copier_slim.detect.code.modules import Module

# Whose first argument is the default: typer.Option(8000), pydantic.Field(8000)
DEFAULT_FIRST = {"Option", "Argument", "Field"}


def defaults(name: str, modules: Sequence[Module]) -> Iterator[ast.expr]:
    """The defaults of what is called so, the nearest module's first, as expressions."""
    for module in modules:
        for node in module.nodes:
            match node:
                case ast.Call() if name in _names(node) and (default := _default(node)):
                    yield default
                case ast.FunctionDef(args=arguments) | ast.AsyncFunctionDef(args=arguments):
                    yield from (default for parameter, default in parameters(arguments) if parameter.arg == name)
                case ast.ClassDef(body=body):
                    yield from (_inner(item.value) for item in body if _is_field(item, name))  # type: ignore[attr-defined]


def _names(call: ast.Call) -> set[str]:
    """The names by which code reads an option that a call defines."""
    name = called(call)
    words = [item.value for item in call.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    if name == "define":  # tornado.options
        return set(words[:1])
    if name not in {"add_argument", "option", "argument", "add_option"}:
        return set()
    explicit = next((item.value.value for item in call.keywords if item.arg == "dest" and _is_text(item.value)), None)  # type: ignore[attr-defined]
    named = [explicit] if explicit else [word for word in words if not word.startswith("-")]
    return {str(word).lstrip("-").replace("-", "_") for word in named or words if len(word.lstrip("-")) > 1}


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _default(call: ast.Call) -> ast.expr | None:
    """The default that a call which defines an option gives it: by its keyword, or tornado's second argument."""
    return _by_keyword(call) or (call.args[1] if called(call) == "define" and len(call.args) > 1 else None)


def _by_keyword(call: ast.Call) -> ast.expr | None:
    return next((item.value for item in call.keywords if item.arg == "default"), None)


def parameters(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    """A function's parameters that have a default, with it."""
    plain = [*arguments.posonlyargs, *arguments.args]
    with_default = plain[len(plain) - len(arguments.defaults) :]
    yield from ((item, _inner(default)) for item, default in zip(with_default, arguments.defaults, strict=True))
    for item, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default:
            yield item, _inner(default)


def _inner(node: ast.expr) -> ast.expr:
    """What a field or a parameter of typer's has by default: inside of Field(…) and Option(…)."""
    match node:
        case ast.Call(args=arguments) if called(node) in DEFAULT_FIRST:
            return _by_keyword(node) or next(iter(arguments), node)
    return node


def _is_field(item: ast.stmt, name: str) -> bool:
    match item:
        case (
            ast.AnnAssign(target=ast.Name(id=found), value=ast.expr())
            | ast.Assign(targets=[ast.Name(id=found)], value=ast.expr())
        ):
            return found == name
    return False
