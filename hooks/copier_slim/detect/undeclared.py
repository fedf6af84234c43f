"""What goes into requirements.in beside what is declared: companions of old pins, imports that nothing declares."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from copier_slim import catalog
from copier_slim.credentials import masked
from copier_slim.detect import spaces
from copier_slim.detect.code.apps import Code, is_aside
from copier_slim.detect.dependencies.documents import table, texts, toml
from copier_slim.detect.dependencies.emitted import OWN
from copier_slim.detect.dependencies.groups import NOT_DEPLOYED
from copier_slim.package_index import index, wheels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.dependencies import Declared, Dependencies
    from copier_slim.detect.entry import Entry
    from copier_slim.detect.findings import Evidence, Findings

MOST_MODULES = 200
MOST_MAJORS = 4
SOCKETS = {"websockets", "wsproto"}
STANDARD = {"httptools", "uvloop", "watchfiles", "websockets"}  # that uvicorn[standard] brings


def lines(dependencies: Dependencies, path: str, text: str | None) -> list[str]:
    """The requirements as lines; those of the file at `path`, with its `text`, as written, with its comments."""
    declared = [item.text for item in dependencies.declared]
    if text is None:
        return declared
    if heading := OWN.search(text):
        text = OWN.sub("", text[heading.end() :])
        return [
            masked(line.strip()) if line.strip().startswith("#") else line.strip()
            for line in text.split("\n")
            if line.strip()
        ]
    by_line = {item.evidence.line: item.text for item in dependencies.declared if item.evidence.path == path}
    kept = []
    for number, line in enumerate(text.split("\n"), 1):
        plain = line.strip()
        if plain.startswith("#"):
            kept.append(_plain_comment(plain))
        elif number in by_line:
            kept.append(masked(plain) if _says(plain, by_line[number]) else by_line[number])
    others = [item.text for item in dependencies.declared if item.evidence.path != path]
    return [*kept, *others] if len(by_line) + len(others) == len(declared) else declared


def _says(line: str, text: str) -> bool:
    """Whether a line as it is written says what the requirement does, in a form that the questions accept."""
    try:
        requirement = Requirement(re.sub(r"\s#.*", "", line, flags=re.DOTALL).strip())
        return not requirement.url and "(" not in line and line.isascii() and str(requirement) == str(Requirement(text))
    except InvalidRequirement:
        return False


def _plain_comment(line: str) -> str:
    return "".join(character if " " <= character <= "~" and character != "\\" else "?" for character in masked(line))


def parsed(declared: Iterable[Declared]) -> list[Requirement]:
    """The requirements that are no URL."""
    return requirements_of(item.text for item in declared)


def requirements_of(lines: Iterable[str]) -> list[Requirement]:
    """The requirements among lines that are no URL."""
    found = []
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if not requirement.url:
            found.append(requirement)
    return found


def pin(requirement: Requirement) -> str:
    """The version that a requirement is pinned to; "" where it leaves a choice."""
    for clause in requirement.specifier:
        if clause.operator in ("==", "===") and not clause.version.endswith("*"):
            return clause.version
    return ""


def without_pin(requirement: Requirement, python: str = "") -> str:
    """The requirement as a line that later releases of the same major version satisfy; "" where it is not pinned.

    Where `python` is given, those of a later major version where none of the same has a wheel for that.
    """
    version = pin(requirement)
    if not version:
        return ""
    major = Version(version).major
    files = index.files([requirement.name], {}).get(requirement.name, []) if python else []
    for later in range(major, major + MOST_MAJORS if files else major):
        release = wheels.release(requirement.name, files, "", f">={version},<{later + 1}")
        if release and release.has_wheel(python):
            major = later
            break
    requirement.specifier = SpecifierSet(f">={version},<{major + 1}")
    return as_line(requirement)


def as_line(requirement: Requirement) -> str:
    """A requirement as it is written in requirements.in."""
    return str(requirement).replace("; ", " ; ", 1)


def is_below(requirement: Requirement, limit: str) -> bool:
    """Whether only releases older than `limit` satisfy the requirement."""
    try:
        top = Version(limit)
        if version := pin(requirement):
            return Version(version) < top
        return any(
            (clause.operator in ("<", "<=") and Version(clause.version) <= top)
            or (
                clause.operator == "~="
                and Version(clause.version).release[:-1] < top.release[: len(Version(clause.version).release) - 1]
            )
            for clause in requirement.specifier
        )
    except ValueError:
        return False


def relax(
    findings: Findings, dependencies: Dependencies, names: Collection[str], allowed: Iterable[str], *, online: bool
) -> None:
    """Lets pins of packages that cannot be had give way to later releases, and tells so.

    Old ones are made for the oldest Python that is `allowed`.
    """
    python = min(allowed, key=Version) if online else ""
    for name in names:
        dependencies.locked.pop(name, None)
    for number, item in enumerate(dependencies.declared):
        if item.name not in names:
            continue
        if later := without_pin(Requirement(item.text), python):
            dependencies.declared[number] = replace(item, text=later)
            findings.note(f"{item.text} does not compile for this Python: {later} takes its place")


def companions(requirements: list[Requirement], locked: dict[str, str]) -> list[tuple[str, str]]:
    """Lines that old releases need without saying so, those that these need in turn too, with the reason."""
    stated: dict[str, Requirement] = {canonicalize_name(item.name): item for item in requirements}
    wanted: dict[str, tuple[SpecifierSet, str]] = {}
    known = -1
    while known != (known := sum(len(specifier) for specifier, _ in wanted.values())):
        added = {name: Requirement(f"{name}{specifier}") for name, (specifier, _) in wanted.items()}
        for companion, why in _companions({**stated, **added}):
            key = canonicalize_name(companion.name)
            if key in locked or (key in stated and stated[key].specifier):
                continue
            specifier, first = wanted.get(key, (SpecifierSet(), why))
            wanted[key] = (specifier & companion.specifier, first)
    new_first = sorted(wanted.items(), key=lambda item: item[0] in stated)
    return [(f"{name}{_tightest(specifier)}", why) for name, (specifier, why) in new_first]


def _companions(stated: Mapping[str, Requirement]) -> Iterator[tuple[Requirement, str]]:
    """What rows of the catalog require beside requirements, with the reason."""
    for name, rows in catalog.companions().items():
        requirement = stated.get(canonicalize_name(name))
        for row in [row for row in rows if requirement and is_below(requirement, row.below)][:1]:
            yield from ((Requirement(line), f"{requirement} {row.why}") for line in row.requires)


def _tightest(specifier: SpecifierSet) -> SpecifierSet:
    """Of several limits that are all below a version the lowest, which says it all."""
    limits = sorted((Version(item.version), str(item)) for item in specifier if item.operator == "<")
    return SpecifierSet(limits[0][1]) if len(limits) == len(specifier) else specifier


def undeclared(
    code: Code, modules: list[Module], dependencies: Dependencies, framework: str, server: str
) -> list[tuple[str, Evidence]]:
    """What modules import and nothing provides: all of it without declarations, else what is known to be missed.

    `server` is what starts the app, "" for the framework's default.
    """
    found: dict[str, Evidence] = {}
    names = dependencies.names
    for module in modules:
        for imported, line in module.imported.items():
            top = imported.partition(".")[0]
            if imported in module.optional:
                continue
            if top == "pkg_resources" and "setuptools" not in names:
                found.setdefault("setuptools<81", code.evidence(module, line))
            if dependencies.source or top in sys.stdlib_module_names or not top or _is_local(top, code, module):
                continue
            distribution = _distribution(imported)
            if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:\[\w+\])?", distribution):
                continue
            found.setdefault(distribution, code.evidence(module, line))
    if framework in ("fastapi", "starlette", "litestar", "asgi") and dependencies.source and not names & SOCKETS:
        extras = {extra for item in parsed(dependencies.declared) for extra in item.extras}
        if not extras & {"standard", "all"} and (place := _websocket(code, modules)):
            found["websockets"] = place
    channels = next((item.evidence for item in dependencies.declared if item.name == "channels"), None)
    if framework == "django" and server == "uvicorn" and channels and not names & SOCKETS:
        found["websockets"] = channels
    return list(found.items())


def of_extras(code: Code, modules: list[Module], dependencies: Dependencies) -> dict[str, Evidence]:
    """What pyproject.toml has in an extra that the modules import from, where a file counts that has none of that."""
    if not dependencies.source.endswith((".txt", ".in")):
        return {}
    found: dict[str, Evidence] = {}
    known = set(dependencies.names)
    for name, listed in table(toml(code.tree, "pyproject.toml"), "project", "optional-dependencies").items():
        extra: dict[str, str] = {canonicalize_name(item.name): as_line(item) for item in requirements_of(texts(listed))}
        missed = set[str]() if NOT_DEPLOYED.search(name) else extra.keys() - known
        imported = (
            (module, line)
            for module in modules
            for item, line in module.imported.items()
            if item not in module.optional and canonicalize_name(_distribution(item)) in missed
        )
        for module, line in list(imported)[:1]:
            found |= {extra[key]: code.evidence(module, line) for key in sorted(missed)}
            known |= missed
    return found


def removed_modules(code: Code, modules: list[Module]) -> dict[str, Evidence]:
    """The imports of what later Pythons no longer have, unless the code is prepared for that."""
    found: dict[str, Evidence] = {}
    for module in modules:
        for imported, line in module.imported.items():
            name = imported.partition(".")[0]
            row = catalog.removed().get(name)
            if row is None or imported in module.optional or code.is_installed(row.brought_by):
                continue
            if code.find(name, module.source_root) is None:
                found.setdefault(name, code.evidence(module, line))
    return found


def by_name(installed: Mapping[str, Evidence], dependencies: Dependencies) -> dict[str, Evidence]:
    """What an existing Dockerfile installs by name beside what is declared; a server alone is the template's."""
    declared, servers = dependencies.direct, catalog.servers().keys()
    own = canonicalize_name(dependencies.package.name) if dependencies.package else ""
    names = {line: canonicalize_name(re.split(r"[^\w.-]", line)[0]) for line in installed}
    return {
        line: place
        for line, place in installed.items()
        if names[line] not in {*declared, own} and not (names[line] == line and line in servers)
    }


def by_words(modules: Iterable[str], place: Evidence, dependencies: Dependencies) -> dict[str, Evidence]:
    """The distributions of modules and programs that a start command names and nothing brings."""
    extras = {extra for item in parsed(dependencies.declared) for extra in item.extras}
    known = dependencies.names | extras
    known |= STANDARD if "standard" in extras else set()
    instead = catalog.commands().instead
    names = map(_distribution, modules)
    return {name: place for name in names if known.isdisjoint([canonicalize_name(name), *instead.get(name, ())])}


def of_library(found: Entry, code: Code, dependencies: Dependencies) -> dict[str, Evidence]:
    """The library whose own program serves a script, where what is declared has it not, as on Hugging Face's Spaces."""
    imports = found.served.imports if found.served else catalog.frameworks()[found.framework].imports
    line = next((found.module.imported[name] for name in imports if found.module and name in found.module.imported), 0)
    top = imports[0].partition(".")[0] if imports else ""
    there = code.is_installed(top) or any(name.startswith(f"{top}-") for name in dependencies.names)
    if not found.module or not line or there:
        return {}
    space = spaces.read(code.tree)
    if space and space.library == top:
        return {space.requirement: space.evidence}
    return {} if not dependencies.source else {_distribution(imports[0]): code.evidence(found.module, line)}


def by_rows(requirements: Iterable[str], place: Evidence, dependencies: Dependencies) -> dict[str, Evidence]:
    """What the program that is started requires, where what is declared has it not, with its extra."""
    found: dict[str, Evidence] = {}
    declared = parsed(dependencies.declared)
    for requirement in requirements:
        wanted = Requirement(requirement)
        there = [item for item in declared if canonicalize_name(item.name) == canonicalize_name(wanted.name)]
        if not any(wanted.extras <= item.extras for item in there):
            found[requirement] = place
    return found


def names_of(lines: Iterable[str]) -> set[str]:
    """The canonical names of requirements."""
    return {canonicalize_name(item.name) for item in requirements_of(lines)}


def _distribution(imported: str) -> str:
    """The distribution of an imported name: that of the longest part of it that the catalog knows."""
    parts = imported.split(".")
    known = catalog.distributions()
    names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((known[name] for name in names if name in known), parts[0].replace("_", "-"))


def _is_local(name: str, code: Code, module: Module) -> bool:
    return code.find(name, module.source_root) is not None or any(
        path.startswith(f"{name}/") or f"/{name}/" in path or path.endswith((f"/{name}.py", f"{name}.py"))
        for path in code.tree.python_files
    )


def _websocket(code: Code, modules: list[Module]) -> Evidence | None:
    for module in modules:
        for name, line in module.imported.items():
            if name.rpartition(".")[2] in ("WebSocket", "WebSocketRoute", "WebsocketListener"):
                return code.evidence(module, line)
    return None


def all_modules(code: Code) -> list[Module]:
    """The repository's own modules, shallow first, without tests and examples."""
    paths = [path for path in code.tree.python_files if not is_aside(path)][:MOST_MODULES]
    return [module for path in paths if (module := code.module(path))]


def guessed(findings: Findings, items: list[tuple[str, Evidence]]) -> list[str]:
    """The lines, each told to the user as a guess."""
    for name, evidence in items:
        findings.note(f"{name} is a guess from an import: {evidence}")
    return [name for name, _ in items]
