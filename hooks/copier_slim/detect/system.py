"""Debian packages: what dependencies need, what an existing Dockerfile names, and the programs that the code runs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copier_slim.detect.code import Code
    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.modules import Module

COMPILER = "build-essential"
# Libraries under a number that the next release of Debian has no more
GONE = re.compile(r"libpython\d|python3\.\d|libssl\d|libicu\d|libgdal\d|libwebp\d|libffi\d|libboost")
# Of an existing Dockerfile: what compiles, and what the image has no use for
COMPILES = re.compile(
    r"build-essential|gcc(?:-\d+)?|g\+\+|make|cmake|pkg-config|pkgconf|cargo|rustc|swig|gfortran|autoconf|automake|libtool|python3?-dev|.*-dev"
)


@dataclass(slots=True)
class Needs:
    """Debian names to why they are needed, for the image and for compiling; what is named to the user only."""

    system: dict[str, str] = field(default_factory=dict)
    build: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def of_packages(
    names: Iterable[str], extras: Mapping[str, set[str]], compiled: Mapping[str, str], suite: str = "trixie"
) -> Needs:
    """What distributions need.

    `names` are canonical; `extras` those asked for, by name; `compiled` those without a wheel, with the reason.
    """
    needs = Needs()
    installed = set(names) | {f"{name}-{extra}" for name, asked in extras.items() for extra in asked}
    for name in sorted(installed):
        row = catalog.packages().get(name)
        if row is None:
            if name in compiled:
                needs.build.setdefault(COMPILER, compiled[name])
            continue
        if installed & set(row.unless) or (row.extras and not extras.get(name, set()) & set(row.extras)):
            continue
        compiles = not row.wheel or name in compiled
        why = f"{name}: {row.why}"
        if row.ask:
            wanted = " ".join(_names(row.runtime, suite))
            needs.notes.append(f"{name} may need {wanted} ({row.mb:g} MB), which is not installed by itself: {row.why}")
            continue
        for package in _names([*row.runtime, *(row.linked if compiles else [])], suite):
            needs.system.setdefault(package, why)
        if compiles:
            needs.build.setdefault(COMPILER, compiled.get(name, why))
            for package in _names(row.build, suite):
                needs.build.setdefault(package, why)
    return needs


def _names(packages: Iterable[str | Mapping[str, str | None]], suite: str) -> list[str]:
    found = [package if isinstance(package, str) else package.get(suite) for package in packages]
    return [package for package in found if package]


def of_dockerfile(system: Mapping[str, Evidence], build: Mapping[str, Evidence]) -> Needs:
    """What an existing Dockerfile installs, for the image and for compiling, without what only its own way needs."""
    needs = Needs()
    for package, evidence in {**build, **system}.items():
        name = catalog.debian().renamed.get(package, package)
        if name in catalog.debian().needless or GONE.match(name):
            continue
        if COMPILES.fullmatch(name):
            needs.build[name] = str(evidence.place)
        elif package in system:
            needs.system[name] = str(evidence.place)
    return needs


def of_programs(code: Code, modules: Iterable[Module]) -> dict[str, Evidence]:
    """The Debian packages of programs that the code starts or looks for."""
    found: dict[str, Evidence] = {}
    for module in modules:
        for call in module.calls():
            name = module.full_name(call.func)
            if not (
                name.startswith(("subprocess.", "asyncio.create_subprocess"))
                or name in ("shutil.which", "os.system", "os.popen")
            ):
                continue
            first = call.args[0] if call.args else None
            words = first.elts if isinstance(first, ast.List | ast.Tuple) else [first]
            if words and isinstance(words[0], ast.Constant) and isinstance(words[0].value, str):
                program = words[0].value.split()[0] if words[0].value.split() else ""
                if package := catalog.programs().get(program):
                    found.setdefault(package, code.evidence(module, call.lineno))
    return found
