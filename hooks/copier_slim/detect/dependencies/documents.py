"""Structured files of a tree: parsed, or an InputError that says where they are broken."""

from __future__ import annotations

import configparser
import re
from posixpath import join
from typing import TYPE_CHECKING, Any

from copier_slim.detect.findings import Evidence
from copier_slim.errors import InputError
from copier_slim.reading import formats
from copier_slim.reading.text_files import LARGEST_FILE, LARGEST_LOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from copier_slim.detect.tree import Tree

MOST_PLACES = 5_000
CONFLICT = re.compile(r"^<{7} .*$", re.MULTILINE)  # git's mark of where one begins
# The time of configparser grows with their square
MANY_SPACES = re.compile(r"[^\S\n]{33,}")


def content(tree: Tree, path: str, largest: int = LARGEST_FILE) -> str:
    """The text of a file that is there; InputError where it cannot be read."""
    text = tree.text(path, largest)
    if text is None:
        raise InputError(
            f"{path}: cannot be read, leads outside the repository or is over {largest} bytes; put a regular file there"
        )
    return text


def toml(tree: Tree, path: str) -> dict[str, Any]:
    """A TOML file's content, {} where there is no such file; InputError where it is broken."""
    if not tree.has(path):
        return {}
    text = content(tree, path, LARGEST_LOCK if path.endswith(".lock") else LARGEST_FILE)
    return _parsed(tree, path, text, formats.toml)


def json_object(tree: Tree, path: str) -> dict[str, Any]:
    """A JSON file's object; InputError where it is broken."""
    text = content(tree, path, LARGEST_LOCK)
    return _parsed(tree, path, text, formats.json)


def yaml_mapping(tree: Tree, path: str) -> dict[str, Any]:
    """A YAML file's mapping, every scalar a string, so that 3.10 is no number; InputError where it is broken."""
    text = content(tree, path)
    return _parsed(tree, path, text, lambda content: formats.yaml(content, as_written=True))


def _parsed(tree: Tree, path: str, text: str, parse: Callable[[str], object]) -> dict[str, Any]:
    try:
        return table(parse(text))
    except formats.BrokenError as error:
        for note in tree.notes:  # a line that was left out is what breaks it
            if note.startswith(f"{path}:"):
                raise InputError(f"{note}; shorten it") from None
        if conflict := CONFLICT.search(text):
            line = text.count("\n", 0, conflict.start()) + 1
            raise InputError(f"{path}:{line}: a conflict of a merge is left; resolve it and run again") from None
        place = f"{path}:{error.line}" if error.line else path
        raise InputError(f"{place}: {error}; correct it and run again") from None


def ini(tree: Tree, path: str) -> configparser.ConfigParser:
    """An INI file, empty where there is none; InputError where it is broken."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # the documented way to keep the case of commands
    if tree.has(path):
        parse_ini(parser, content(tree, path), path)
    return parser


def parse_ini(parser: configparser.ConfigParser, text: str, path: str) -> None:
    """Reads INI text; InputError where it is broken."""
    try:
        parser.read_string(MANY_SPACES.sub(" ", text))
    except configparser.MissingSectionHeaderError as error:
        raise _broken(path, error.lineno, "INI", "a line before the first [section]") from None
    except configparser.ParsingError as error:
        raise _broken(path, error.errors[0][0] if error.errors else 0, "INI", "a line without = or :") from None
    except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as error:
        raise _broken(path, error.lineno or 0, "INI", f"[{error.section}] says the same twice") from None
    except (configparser.Error, ValueError, AttributeError) as error:  # a continued line before any value
        raise _broken(path, 0, "INI", str(error)) from None


def _broken(path: str, line: int, kind: str, problem: str) -> InputError:
    place = f"{path}:{line}" if line else path
    return InputError(f"{place}: not valid {kind}, {' '.join(problem.split())}; correct it and run again")


def table(value: object, *keys: str) -> dict[str, Any]:
    """The table under `keys` of a parsed document, {} where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def tables(value: object) -> list[dict[str, Any]]:
    """The tables of a list, [] where it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The strings of a list, or the one string, [] where it is neither."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text(value: object) -> str:
    """The string, "" where it is none."""
    return value if isinstance(value, str) else ""


def place(tree: Tree, path: str, needles: Iterable[str], section: str = "") -> Evidence:
    """The first line below `section` that has the first needle found; the file as a whole where none is.

    So it is after MOST_PLACES of them, since each reads the file from its beginning.
    """
    tree.places += 1
    if tree.places > MOST_PLACES:
        return Evidence(path)
    whole = tree.text(path) or ""
    start = max(whole.find(section), 0) if section else 0
    for needle in needles:
        at = whole.find(needle, start) if needle else -1
        if at >= 0:
            at += needle.startswith("\n")
            begin = whole.rfind("\n", 0, at) + 1
            end = whole.find("\n", at)
            line = whole[begin : end if end >= 0 else len(whole)].strip()
            return Evidence(path, whole.count("\n", 0, at) + 1, line)
    return Evidence(path)


def quoted(requirement: str) -> list[str]:
    """How a string may stand in a TOML, JSON or Python file, the least ambiguous first."""
    escaped = requirement.replace('"', '\\"')
    return [f'"{requirement}"', f"'{requirement}'", f'"{escaped}"', requirement]


def beside(directory: str, name: str) -> str:
    """The path of a file in a directory, "" being the root."""
    return join(directory, name)
