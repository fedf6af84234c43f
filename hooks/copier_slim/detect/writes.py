"""Where the app writes beside its code: SQLite files, log and upload directories."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.code import Code
    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.modules import Module

SQLITE_URL = re.compile(r"sqlite(?:\+\w+)?:///(?!/|:memory:)(?:\./)?([\w./-]*)")
MAKERS = {"os.makedirs", "os.mkdir", "pathlib.Path.mkdir"}
WRITERS = {
    "sqlite3.connect", "aiosqlite.connect", "logging.FileHandler", "logging.handlers.RotatingFileHandler", "shelve.open", "dbm.open",
    "logging.handlers.TimedRotatingFileHandler", "tinydb.TinyDB", "peewee.SqliteDatabase", "loguru.logger.add", "duckdb.connect",
}  # fmt: skip
PLACE = re.compile(r"[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*")
DOCUMENT = re.compile(r"[\w-]+\.(?:db|sqlite3?|log|json|csv|txt|xlsx?|pickle|pkl|dat)")


@dataclass(frozen=True, slots=True)
class Write:
    """A directory that the app writes to, relative to the root ("." for the root itself), and where that is read."""

    directory: str
    evidence: Evidence


def find(code: Code, modules: Iterable[Module]) -> list[Write]:
    """The directories, each once. What is written below /tmp or at an absolute path is not the code's."""
    found: dict[str, Write] = {}
    for module in modules:
        for directory, line in _of_module(module):
            if directory not in found and _is_own(directory):
                found[directory] = Write(directory, code.evidence(module, line))
    return list(found.values())


def _is_own(directory: str) -> bool:
    return directory == "." or (
        bool(PLACE.fullmatch(directory)) and not directory.startswith(("tmp/", "dev/", "proc/", "etc/"))
    )


def _of_module(module: Module) -> Iterable[tuple[str, int]]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=str(text)) if match := SQLITE_URL.search(text):
                tail = match[1]
                if module_uses(module, "flask_sqlalchemy"):
                    yield "instance", node.lineno  # Flask-SQLAlchemy 3 puts relative files there
                yield _parent(tail), node.lineno
            case ast.Constant(value=str(text)) if text.startswith("sqlite:///"):
                yield ".", node.lineno
            case ast.Call(func=func, args=args):
                yield from _of_call(module, func, args, node)
            case ast.Attribute(attr="instance_path"):
                yield "instance", node.lineno
            case ast.Assign(
                targets=[ast.Name(id="UPLOAD_FOLDER" | "MEDIA_ROOT" | "DATA_DIR" | "LOG_DIR" | "UPLOAD_DIR")],
                value=value,
            ):
                if (path := literal_path(value)) is not None:
                    yield path, node.lineno


def module_uses(module: Module, name: str) -> bool:
    """Whether a package is imported there."""
    return any(item == name or item.startswith(f"{name}.") for item in module.imported)


def _of_call(module: Module, func: ast.expr, args: list[ast.expr], node: ast.Call) -> Iterable[tuple[str, int]]:
    name = module.full_name(func)
    attribute = func.attr if isinstance(func, ast.Attribute) else ""
    if name in WRITERS and args:
        path = literal_path(args[0])
        if path is not None and ":memory:" not in path:
            yield _parent(path), node.lineno
    elif name in MAKERS and args:
        path = literal_path(args[0])
        if path is not None:
            yield path, node.lineno
    elif attribute == "mkdir" and isinstance(func, ast.Attribute):
        path = literal_path(func.value)
        if path is not None:
            yield path, node.lineno
    elif (name == "open" or attribute == "open") and _writes(node):
        path = literal_path(args[0]) if args else None
        if path is not None and not path.startswith("/"):
            yield _parent(path), node.lineno


def _writes(call: ast.Call) -> bool:
    mode = (
        call.args[1]
        if len(call.args) > 1
        else next((keyword.value for keyword in call.keywords if keyword.arg == "mode"), None)
    )
    return (
        isinstance(mode, ast.Constant)
        and isinstance(mode.value, str)
        and any(letter in mode.value for letter in "wax+")
    )


def literal_path(node: ast.expr) -> str | None:
    """A path's own words, its unknown front left out: os.path.join(here, "a", "b") and here / "a" / "b" give a/b.

    None where it is absolute, or nothing of it is written out.
    """
    match node:
        case ast.Constant(value=str(text)):
            plain = text.removeprefix("./").rstrip("/")
            return plain if plain and not plain.startswith(("/", "~")) and ".." not in plain else None
        case ast.Call(func=ast.Attribute(attr="join"), args=args):
            words = [
                argument.value
                for argument in args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            ]
            return "/".join(words).removeprefix("./") if words and not words[0].startswith("/") else None
        case ast.Call(func=ast.Name(id="Path" | "str") | ast.Attribute(attr="Path" | "abspath"), args=[inner, *_]):
            return literal_path(inner)
        case ast.BinOp(op=ast.Div(), left=left, right=ast.Constant(value=str(text))):
            front = literal_path(left)
            return f"{front}/{text}" if front else text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return literal_path(ast.Constant(value=text.rpartition("/")[0] or text)) if "/" in text else None
    return None


def _parent(path: str) -> str:
    parent = str(PurePosixPath(path).parent) if path else "."
    return parent or "."
