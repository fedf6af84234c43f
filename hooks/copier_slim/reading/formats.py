"""Structured texts, parsed within limits: how deep, how many nodes, how much they grow to where they name themselves.

The parsers have none of their own: libyaml ends the process on deep nesting, and a few lines of aliases are gigabytes.
"""

from __future__ import annotations

import ast
import json as json_module
import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_YAML = 1 << 18  # characters; PyYAML without its C part reads some 100 kB in a second
DEEPEST = 64
MOST_GROWN = 1 << 20  # characters, and one for each node, with all aliases written out
LONGEST_KEY = 32  # parts; tomllib's time grows with their square
# int() and str() refuse numbers of over 4300 digits, and ast.parse those that are written in tens alone:
# https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
LONGEST_NUMBER = 3500  # digits of a hexadecimal one, so that it is shorter in tens
HUGE_NUMBER = re.compile(rf"0[xXoObB][0-9a-fA-F_]{{{LONGEST_NUMBER}}}")
# Every text is a row of these, so that each character is looked at once
JSON_TEXT = r'"(?:[^"\\\n]++|\\.)*+"?'
JSONC_PART = re.compile(rf"(?P<kept>{JSON_TEXT}|[^\"/]++)|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?|(?P<slash>/)")
JSONC_COMMA = re.compile(rf"(?P<kept>{JSON_TEXT}|[^\",]++)|,(?=\s*+[}}\]])|(?P<comma>,)")
TOML_PLACE = re.compile(r"\(at line (\d+), column \d+\)")
TOML_PART = r"(?:[\w-]{1,64}+|\"[^\"\n]{0,64}\"|'[^'\n]{0,64}')[ \t]{0,8}\.[ \t]{0,8}"
TOML_KEY = re.compile(rf"(?:{TOML_PART}){{{LONGEST_KEY}}}")


class BrokenError(ValueError):
    """Says what is wrong, and in which line, 0 where that is not told."""

    def __init__(self, kind: str, problem: str, line: int = 0) -> None:
        super().__init__(f"not valid {kind}, {' '.join(problem.split())}")
        self.line = line


def python(text: str) -> ast.Module:
    """The tree of a Python source, in which every number can be written out; what ast.parse raises where it is none."""
    if found := HUGE_NUMBER.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise SyntaxError(f"a number of over {LONGEST_NUMBER} digits", ("", line, None, None))
    return ast.parse(text)


def toml(text: str) -> dict[str, Any]:
    """A TOML document; BrokenError where it is none."""
    if found := TOML_KEY.search(text):
        raise BrokenError("TOML", f"a key of over {LONGEST_KEY} parts", text.count("\n", 0, found.start()) + 1)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BrokenError("TOML", "nested too deeply") from None
    except ValueError as error:
        place = TOML_PLACE.search(str(error))
        raise BrokenError("TOML", TOML_PLACE.sub("", str(error)), int(place[1]) if place else 0) from None


def json(text: str) -> Any:  # noqa: ANN401 whatever it holds
    """A JSON document; BrokenError where it is none."""
    try:
        return json_module.loads(text)
    except RecursionError:
        raise BrokenError("JSON", "nested too deeply") from None
    except json_module.JSONDecodeError as error:
        raise BrokenError("JSON", error.msg, error.lineno) from None
    except ValueError as error:  # a number of thousands of digits
        raise BrokenError("JSON", str(error)) from None


def ini(text: str) -> dict[str, dict[str, list[str]]]:
    """An INI file's sections, each with the values of its keys in order; a deeper line goes on with the one above."""
    sections: dict[str, dict[str, list[str]]] = {}
    current: dict[str, list[str]] | None = None
    values: list[str] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        plain = line.partition(" ;")[0].rstrip()
        if not plain.strip() or plain.lstrip().startswith((";", "#")):
            continue
        if plain.startswith("[") and plain.endswith("]"):
            current, values = sections.setdefault(plain[1:-1].strip(), {}), None
        elif plain[0].isspace() and values:
            values[-1] += f"\n{plain.strip()}"
        elif current is None:
            raise BrokenError("INI", "a line before the first section", number)
        else:
            name, _, value = plain.partition("=")
            values = current.setdefault(name.strip(), [])
            values.append(value.strip())
    return sections


def jsonc(text: str) -> Any:  # noqa: ANN401 whatever it holds
    """A JSON document with comments and commas before closing brackets; BrokenError where it is none."""
    without = JSONC_PART.sub(lambda part: part["kept"] or part["slash"] or "\n" * part[0].count("\n"), text)
    return json(JSONC_COMMA.sub(lambda part: part["kept"] or part["comma"] or "", without))


def merged(value: Any) -> Any:  # noqa: ANN401 likewise
    """A YAML document read as it is written, with what its merge keys (<<) stand for: https://yaml.org/type/merge.html."""
    if isinstance(value, list):
        return [merged(item) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[Any, Any] = {}
    inherited = value.get("<<")
    for item in reversed(inherited if isinstance(inherited, list) else [inherited]):
        found |= merged(item) if isinstance(item, dict) else {}
    return found | {name: merged(item) for name, item in value.items() if name != "<<"}


def yaml(text: str, *, as_written: bool = False) -> Any:  # noqa: ANN401 likewise
    """A YAML document of plain values, every scalar a string where `as_written`; BrokenError where it is none."""
    import yaml as pyyaml  # noqa: PLC0415 it costs start-up time, and is rarely needed

    if len(text) > LARGEST_YAML:
        raise BrokenError("YAML", f"over {LARGEST_YAML} characters")
    prefix = "C" if pyyaml.__with_libyaml__ else ""
    loader = getattr(pyyaml, f"{prefix}{'Base' if as_written else 'Safe'}Loader")
    try:
        _measure(pyyaml.parse(text, Loader=loader))
        return pyyaml.load(text, Loader=loader)  # noqa: S506 it makes plain values
    except RecursionError:
        raise BrokenError("YAML", "nested too deeply") from None
    except pyyaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise BrokenError("YAML", error.problem or "not understood", mark.line + 1 if mark else 0) from None
    except BrokenError:
        raise
    except (pyyaml.YAMLError, ValueError, OverflowError, AttributeError, TypeError) as error:  # a date, a number, a tag
        raise BrokenError("YAML", str(error)) from None


def _measure(events: Iterator[Any]) -> None:
    """Reads a document's events; BrokenError where it is too deep, or grows too much where its aliases are followed."""
    grown: dict[str, int] = {}  # by anchor
    open_nodes: list[tuple[str | None, int]] = [(None, 0)]  # an anchor, and what its node has grown to
    for event in events:
        kind = type(event).__name__
        line = event.start_mark.line + 1
        if kind in {"SequenceStartEvent", "MappingStartEvent"}:
            open_nodes.append((event.anchor, 1))
            if len(open_nodes) > DEEPEST:
                raise BrokenError("YAML", "nested too deeply", line)
            continue
        if kind in {"SequenceEndEvent", "MappingEndEvent"}:
            anchor, size = open_nodes.pop()
        elif kind == "ScalarEvent":
            anchor, size = event.anchor, len(event.value) + 1
        elif kind == "AliasEvent":
            anchor, size = None, grown.get(event.anchor, MOST_GROWN + 1)  # one that holds itself has no end
        else:
            continue
        if anchor:
            grown[anchor] = size
        outer, before = open_nodes[-1]
        open_nodes[-1] = outer, before + size
        if before + size > MOST_GROWN:
            raise BrokenError("YAML", "its aliases make it too large", line)
