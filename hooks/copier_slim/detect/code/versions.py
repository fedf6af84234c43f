"""Conditions on Python's version, as code that also runs elsewhere has them."""

from __future__ import annotations

import ast
import operator
import re
from typing import TYPE_CHECKING, Any

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

COMPARES: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
# What libraries for both Pythons call them: six.PY2, IS_PYTHON3, py3k
NAMED = re.compile(r"(?:.*\.)?_?(?:is_)?py(?:thon)?_?([23])k?", re.IGNORECASE)


def by_version(test: ast.expr) -> frozenset[bool] | None:
    """What a condition on Python's version is for the versions that are supported; None for any other condition."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found = by_version(operand)
            return None if found is None else frozenset(not item for item in found)
        case ast.Name() | ast.Attribute() if named := NAMED.fullmatch(ast.unparse(test)):
            return frozenset({named[1] == "3"})
        case ast.Compare(left=left, ops=[compares], comparators=[right]) if type(compares) in COMPARES:
            place = _place(left)
            bound = _literal(right)
            if place is None or not isinstance(bound, tuple if isinstance(place, slice) else int):
                return None
            holds = COMPARES[type(compares)]
            versions = [tuple(map(int, f"{version}.0".split("."))) for version in catalog.pythons()]
            return frozenset(holds(version[place], bound) for version in versions)
    return None


def _place(node: ast.expr) -> slice | int | None:
    """Which part of the version an expression is: all of it, a slice, or one number; None for anything else."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=int(index))) if _is_version(value) and 0 <= index < 3:  # noqa: PLR2004 major, minor, micro
            return index
        case ast.Subscript(value=value, slice=ast.Slice(lower=None, upper=ast.Constant(value=int(end)))) if _is_version(
            value
        ):
            return slice(end)
        case ast.Attribute(value=value, attr="major" | "minor" as name) if _is_version(value):
            return ("major", "minor").index(name)
    return slice(None) if _is_version(node) else None


def _is_version(node: ast.expr) -> bool:
    return ast.unparse(node) in ("sys.version_info", "version_info")


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
