"""Calls that a newer release of a framework no longer takes, by which its older line is asked for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from copier_slim.detect.code.modules import constant

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from packaging.requirements import Requirement

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Evidence

# Starlette 1.0 takes the request first; before, the name of the template came first and the request in its context
WITHOUT_NAME_FIRST = "1"


def of_starlette(
    code: Code, modules: Iterable[Module], stated: Iterable[Requirement], locked: Container[str]
) -> dict[str, Evidence]:
    """The requirement that keeps Starlette at the line whose TemplateResponse is called, where nothing else does."""
    own = next((item for item in stated if canonicalize_name(item.name) == "starlette"), None)
    if "starlette" in locked or (own and not own.url and not own.specifier.contains(WITHOUT_NAME_FIRST)):
        return {}
    for module in modules:
        if not any(name.partition(".")[0] in {"fastapi", "starlette"} for name in module.imported):
            continue
        for call in module.calls():
            if isinstance(call.func, ast.Attribute) and call.func.attr == "TemplateResponse" and _names_first(call):
                return {f"starlette<{WITHOUT_NAME_FIRST}": code.evidence(module, call.lineno)}
    return {}


def _names_first(call: ast.Call) -> bool:
    """Whether a call gives a template's name in the place of the request."""
    if call.args:
        return isinstance(constant(call.args[0]), str)
    given = {keyword.arg for keyword in call.keywords}
    return "name" in given and not {"request", None} & given
