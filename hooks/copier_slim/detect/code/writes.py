"""Where the app writes beside its code: SQLite files, log and upload directories."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.code.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Evidence

SQLITE = re.compile(r"sqlite(?:\+\w+)?:///")
MAKERS = {"makedirs", "mkdir", "mkdirs"}
SETTINGS = {
    "UPLOAD_FOLDER",
    "MEDIA_ROOT",
    "DATA_DIR",
    "LOG_DIR",
    "UPLOAD_DIR",
    "SESSION_FILE_DIR",
    "CACHE_DIR",
    "SQLALCHEMY_DATABASE_PATH",
}
PLACE = re.compile(r"[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*")


@dataclass(frozen=True, slots=True)
class Write:
    """A directory that the app writes to, relative to the root ("." for the root itself), and where that is read."""

    directory: str
    evidence: Evidence


def find(code: Code, modules: Iterable[Module]) -> list[Write]:
    """The directories, each once, without those inside another. What is written outside the root is not the code's."""
    found: dict[str, Write] = {}
    for module in modules:
        for directory, line in _of_module(code, module):
            plain = posixpath.normpath(directory) if directory else "."
            if plain not in found and (plain == "." or PLACE.fullmatch(plain)):
                found[plain] = Write(plain, code.evidence(module, line))
    return [write for name, write in found.items() if not any(name.startswith(f"{other}/") for other in found)]


def _of_module(code: Code, module: Module) -> Iterator[tuple[str, int]]:
    paths = Paths(code, module)
    instance = _uses(module, "flask_sqlalchemy")
    elsewhere = _elsewhere(module)
    for node in module.nodes:
        if isinstance(node, ast.Call) and any(node.lineno in lines for lines in elsewhere):
            continue
        match node:
            case ast.JoinedStr() | ast.BinOp() | ast.Constant(value=str()):
                url = _sqlite(paths, node)
                if url is not None:
                    if instance and not url.startswith("/"):
                        yield "instance", node.lineno  # Flask-SQLAlchemy 3 puts relative files there
                    yield posixpath.dirname(url), node.lineno
            case ast.Call():
                yield from _of_call(paths, module, node)
            case ast.Attribute(attr="instance_path"):
                yield "instance", node.lineno
            case ast.Assign(targets=[target], value=value) if _last_name(target) in SETTINGS:
                if (path := paths.of(value)) is not None and path:
                    yield path, node.lineno


def _elsewhere(module: Module) -> list[range]:
    """The lines of the functions that go to another directory, from which relative paths are none of the root's."""
    functions = [node for node in module.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    gone = {call.lineno for call in module.calls() if module.full_name(call.func) in ("os.chdir", "contextlib.chdir")}
    lines = [range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in functions] if gone else []
    return [item for item in lines if not gone.isdisjoint(item)]


def _sqlite(paths: Paths, node: ast.expr) -> str | None:
    """The file of a SQLite URL; "" for one whose place is not told, None for what is no such URL or in memory."""
    match node:
        case ast.Constant(value=str(text)) if match := SQLITE.match(text):
            rest = text[match.end() :]
            return None if ":memory:" in rest else rest.partition("?")[0]
        case ast.BinOp(op=ast.Add(), left=ast.Constant(value=str(text)), right=right) if SQLITE.fullmatch(text):
            return paths.of(right) or ""
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *rest]) if match := SQLITE.match(text):
            return paths.of(ast.JoinedStr(values=[ast.Constant(value=text[match.end() :]), *rest])) or ""
    return None


def _of_call(paths: Paths, module: Module, call: ast.Call) -> Iterator[tuple[str, int]]:
    name = module.full_name(call.func)
    attribute = call.func.attr if isinstance(call.func, ast.Attribute) else name
    first = (
        call.args[0]
        if call.args
        else next((keyword.value for keyword in call.keywords if keyword.arg in ("filename", "name", "path")), None)
    )
    writers = catalog.writers()
    if (directory := writers.get(name, writers.get(f".{attribute}"))) is not None:
        path = paths.of(first)
        if directory:
            yield from ((place, call.lineno) for place in _places(paths.code, directory))
        elif path and ":memory:" not in path:
            yield posixpath.dirname(path), call.lineno
    elif attribute in MAKERS:
        is_method = isinstance(call.func, ast.Attribute) and module.full_name(call.func.value) not in ("os", "pathlib")
        path = paths.of(call.func.value if is_method and isinstance(call.func, ast.Attribute) else first)
        if path:
            yield path, call.lineno
    elif (attribute == "open" or name == "io.open") and _writes(call):
        is_method = isinstance(call.func, ast.Attribute) and name not in ("io.open", "codecs.open", "gzip.open")
        path = paths.of(call.func.value if is_method and isinstance(call.func, ast.Attribute) else first)
        if path:
            yield posixpath.dirname(path), call.lineno
    elif attribute in ("write_text", "write_bytes") and isinstance(call.func, ast.Attribute):
        path = paths.of(call.func.value)
        if path:
            yield posixpath.dirname(path), call.lineno


def _places(code: Code, directory: str) -> list[str]:
    """A directory of a row: itself, or for */NAME each one of that name."""
    if not directory.startswith("*/"):
        return [directory]
    folders = {posixpath.dirname(path) for path in code.tree.files}
    return sorted(folder for folder in folders if posixpath.basename(folder) == directory[2:])


def _writes(call: ast.Call) -> bool:
    position = (
        0 if isinstance(call.func, ast.Attribute) and call.func.attr == "open" and not _opens_by_name(call) else 1
    )
    given = (
        call.args[position]
        if len(call.args) > position
        else next((keyword.value for keyword in call.keywords if keyword.arg == "mode"), None)
    )
    return (
        isinstance(given, ast.Constant)
        and isinstance(given.value, str)
        and bool(re.fullmatch(r"[rwaxbt+]{1,3}", given.value))
        and bool(set("wax+") & set(given.value))
    )


def _opens_by_name(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("io", "codecs", "gzip", "os")
    )


def _uses(module: Module, name: str) -> bool:
    return any(item == name or item.startswith(f"{name}.") for item in module.imported)


def _last_name(target: ast.expr) -> str:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""
