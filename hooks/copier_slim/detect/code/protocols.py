"""What speaks WSGI or ASGI itself: functions, and the objects of classes, by the parameters of their calls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copier_slim.detect.code.modules import Function

# PEP 3333, https://asgi.readthedocs.io/en/latest/specs/main.html
PROTOCOLS = {
    ("environ", "start_response"): "wsgi",
    ("env", "start_response"): "wsgi",
    ("scope", "receive", "send"): "asgi",
}


def of_function(function: Function, skipped: int = 0) -> str | None:
    """The protocol of a function's parameters, the first `skipped` of them aside; None for any other."""
    return PROTOCOLS.get(tuple(argument.arg for argument in function.args.args[skipped:]))


def of_class(definition: ast.ClassDef) -> str | None:
    """The protocol that objects of a class speak when they are called; None where they cannot be, or speak another."""
    for item in definition.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name == "__call__":
            return of_function(item, skipped=1)
    return None
