"""What libraries fetch at their first use: models, corpora and browsers that the code or an old Dockerfile names."""

from __future__ import annotations

import ast
import re
import shlex
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code.modules import parse
from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from copier_slim.catalog import Data
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Findings
    from copier_slim.detect.statements.dockerfile import Dockerfile

MOST_NAMES = 50
ASIDE = re.compile(r"[./~]|.*\s")


def answer(
    findings: Findings, code: Code, modules: Iterable[Module], names: Collection[str], existing: Dockerfile | None
) -> None:
    """Adds the answer `data`, each name with its place; notes calls whose argument cannot be read."""
    found: dict[str, dict[str, Evidence]] = {}
    unread: dict[str, Evidence] = {}
    rows = {kind: row for kind, row in catalog.data().items() if set(row.packages) & set(names)}
    for kind, row in rows.items():
        known = found.setdefault(row.same or kind, {})
        for name, place in _of(row, code, modules, existing):
            if name:
                _take(known, row, catalog.data()[row.same or kind], name, place, code)
            else:
                unread[row.same or kind] = place
    lines = [f"{kind} {' '.join(list(known)[:MOST_NAMES])}" for kind, known in found.items() if known]
    if lines:
        places = (place for known in found.values() for place in known.values())
        findings.add("data", "\n".join(lines), *dict.fromkeys(places))
        _say(findings, found)
    for kind, place in unread.items():
        findings.note(
            f"{place}: what {catalog.data()[kind].about} it fetches is not told; if it does: --data data='{kind} NAME'"
        )
        if found.get(kind) and "HF_HUB_OFFLINE=1" in catalog.data()[kind].set:
            before = str(findings.value("environment", "") or "")
            findings.add("environment", "\n".join(filter(None, [before, "HF_HUB_OFFLINE=0"])), place)


def _say(findings: Findings, found: dict[str, dict[str, Evidence]]) -> None:
    for kind, known in found.items():
        mb = sum(catalog.data()[kind].weight(name) for name in known)
        if known and mb:
            first = next(iter(known.values()))
            findings.note(
                f"{catalog.data()[kind].about} are fetched when the image is built, about {mb:,.0f} MB:"
                f" {', '.join(list(known)[:MOST_NAMES])} ({first.place})"
            )


def _take(known: dict[str, Evidence], row: Data, fetched: Data, name: str, place: Evidence, code: Code) -> None:
    name = row.names.get(name, name)
    if code.tree.has(name) or code.tree.has_folder(name):
        return
    if row.prefix and "/" not in name:
        name = f"{row.prefix}{name}"
    if re.fullmatch(fetched.pattern, name):
        for one in (name, *row.beside.get(name, ())):
            known.setdefault(one, place)


def _of(
    row: Data, code: Code, modules: Iterable[Module], existing: Dockerfile | None
) -> Iterator[tuple[str, Evidence]]:
    """The names with their places; "" for a call of which it cannot be told."""
    for module in modules:
        yield from ((name, code.evidence(module, line)) for name, line in _called(row, module))
        for full_name, line in _used(row, module):
            for name in row.uses[full_name]:
                yield name, code.evidence(module, line)
    for path in row.files:
        for number, said in enumerate((code.tree.text(path) or "").split("\n"), 1):
            if name := said.partition("#")[0].strip():
                yield name, Evidence(path, number, name)
    for step in existing.steps if existing else ():
        yield from ((name, step.evidence) for name in _told(row, step.text))
        if script := _inline(step.text):
            for name, _ in _called(row, script):
                yield name, step.evidence


def fetches(text: str, names: Collection[str]) -> bool:
    """Whether a step of a Dockerfile fetches what a row does for the packages of these names."""
    rows = [row for row in catalog.data().values() if set(row.packages) & set(names)]
    return any(list(_told(row, text)) for row in rows) or any(
        script and re.search(rf"\b{re.escape(call.rpartition('.')[2])}\(", text)
        for script in [_inline(text)]
        for row in rows
        for call in row.calls
    )


def _told(row: Data, text: str) -> Iterator[str]:
    for pattern in row.commands:
        if match := re.search(rf"(?:^|[\s/]){pattern}", text) or re.search(pattern, text):
            words = text[match.end() :].split()
            yield from (word for word in words if re.fullmatch(row.pattern, word))
            if not words:
                yield from row.bare


def _inline(text: str) -> Module | None:
    """The code of `python -c`."""
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if len(words) < 3 or "python" not in words[0] or "-c" not in words[:-1]:  # noqa: PLR2004 python -c CODE
        return None
    return parse("Dockerfile.py", words[words.index("-c") + 1])


def _called(row: Data, module: Module) -> Iterator[tuple[str, int]]:
    """The names that calls give, "" where that cannot be told, with the line."""
    methods = tuple(call for call in row.calls if call.startswith("."))
    for call in module.calls():
        full_name = module.full_name(call.func)
        method = isinstance(call.func, ast.Attribute) and f".{call.func.attr}" in methods
        if full_name not in row.calls and not method:
            continue
        node = next((item.value for item in call.keywords if item.arg in row.argument), None)
        node = node or (call.args[0] if call.args and row.first else None)
        revision = next((item.value for item in call.keywords if item.arg == "revision"), None)
        stated = revision.value if isinstance(revision, ast.Constant) else ""
        suffix = f"@{stated}" if isinstance(stated, str) and stated else ""
        texts = list(_texts(node, module)) if node is not None else []
        if node is not None and not texts:
            yield "", call.lineno
        for text in texts:
            if text and not ASIDE.match(text):
                yield f"{text}{suffix}", call.lineno


def _texts(node: ast.expr, module: Module, depth: int = 3) -> Iterator[str]:
    """The texts that an expression may be: a literal, a name of the module's, a variable's default, a list's items."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items) if depth:
            for item in items:
                yield from _texts(item, module, depth - 1)
        case ast.Call(args=[_, default]) if module.full_name(node.func) in ("os.getenv", "os.environ.get") and depth:
            yield from _texts(default, module, depth - 1)
        case ast.BoolOp(op=ast.Or(), values=values) if depth:
            yield from _texts(values[-1], module, depth - 1)
        case ast.Name(id=name) if depth:
            for value in _bound(name, module):
                yield from _texts(value, module, depth - 1)


def _bound(name: str, module: Module) -> Iterator[ast.expr]:
    """What a name is set to anywhere in the module, the items of a loop and defaults of parameters included."""
    for node in module.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
                yield value
            case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value) if bound == name:
                yield value
            case ast.For(target=ast.Name(id=bound), iter=value) if bound == name:
                yield value
            case ast.arguments(args=args, defaults=defaults) if defaults:
                for argument, default in zip(args[-len(defaults) :], defaults, strict=True):
                    if argument.arg == name:
                        yield default


def _used(row: Data, module: Module) -> Iterator[tuple[str, int]]:
    """What of `uses` the code names, with the line."""
    if not row.uses:
        return
    for name, full_name in module.aliases.items():
        if full_name in row.uses:
            yield full_name, module.imported.get(full_name, module.imported.get(name, 1))
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and (full_name := module.full_name(node)) in row.uses:
            yield full_name, node.lineno
