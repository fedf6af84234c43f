"""Every regular expression of the package and of the template, and texts on which each might go back."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from re import _constants as words  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import jinja2
from jinja2_ansible_filters.core_filters import regex_replace, regex_search

import copier_slim
from copier_slim import catalog
from tests.conftest import ROOT

COMPILING = {"compile", "search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn"}
REPEATS = {words.MAX_REPEAT, words.MIN_REPEAT, words.POSSESSIVE_REPEAT}
CATEGORIES = {
    words.CATEGORY_SPACE: " ",
    words.CATEGORY_DIGIT: "1",
    words.CATEGORY_WORD: "a",
    words.CATEGORY_NOT_SPACE: "a",
    words.CATEGORY_NOT_DIGIT: "a",
    words.CATEGORY_NOT_WORD: "-",
}
MOST_OF_A_KIND = 6  # characters tried of a class


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, where it stands, and the methods by which it is used."""

    place: str
    text: str | bytes
    flags: int = 0
    methods: frozenset[str] = frozenset({"search"})

    @property
    def compiled(self) -> re.Pattern[Any]:
        return re.compile(self.text, self.flags)


def all_patterns() -> list[Pattern]:
    """Those of the modules, of the catalog, of the questions and the template, each once."""
    found = [*in_modules(), *in_catalog(), *in_template()]
    return list({(one.text, one.flags): one for one in found}.values())


def modules() -> Iterator[ModuleType]:
    """All modules of the package that can be imported here; those that run inside an image have no patterns."""
    for info in pkgutil.walk_packages(copier_slim.__path__, "copier_slim."):
        if not info.name.endswith("__main__") and ".verify.container.scripts." not in info.name:
            yield importlib.import_module(info.name)


class _Names(dict[str, Any]):
    """A module's names, and a word for any that only a function has."""

    def __missing__(self, name: str) -> str:
        return "x"


def in_modules() -> Iterator[Pattern]:
    """What is compiled in a module, in a call or under a name."""
    known = {module: ast.parse(inspect.getsource(module)) for module in modules()}
    called: dict[int, set[str]] = {}  # by the identity of what a name stands for
    for module, tree in known.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in COMPILING:
                called.setdefault(id(vars(module).get(_name(node.value))), set()).add(node.attr)
    for module, tree in known.items():
        named = [
            Pattern(f"{module.__name__}.{name}", one.pattern, one.flags, frozenset(called.get(id(value), {"search"})))
            for name, value in vars(module).items()
            for one in (value.values() if isinstance(value, dict) else [value])
            if isinstance(one, re.Pattern)
        ]
        yield from named
        yield from _in_calls(module, tree, {pattern.text for pattern in named})


def _in_calls(module: ModuleType, tree: ast.Module, named: set[str | bytes]) -> Iterator[Pattern]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[first, *_]) if (
                method in COMPILING
            ):
                text = _value(first, module)
                if isinstance(text, str | bytes) and text and text not in named:
                    methods = frozenset({"search" if method == "compile" else method})
                    yield Pattern(f"{module.__name__}:{node.lineno}", text, _flags(node, module), methods)


def _name(node: ast.expr) -> str:
    """The name of a variable, or of the one whose item it is."""
    inner = node.value if isinstance(node, ast.Subscript) else node
    return inner.id if isinstance(inner, ast.Name) else inner.attr if isinstance(inner, ast.Attribute) else ""


def _value(node: ast.expr, module: ModuleType) -> object:
    code = compile(ast.fix_missing_locations(ast.Expression(node)), module.__name__, "eval")
    try:
        return eval(code, _Names(vars(module)))  # noqa: S307 the package's own expressions
    except Exception:  # noqa: BLE001 what only a function knows
        parts = node.values if isinstance(node, ast.JoinedStr) else []
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts)


def _flags(call: ast.Call, module: ModuleType) -> int:
    flags = 0
    for node in [*call.args[1:], *(keyword.value for keyword in call.keywords if keyword.arg == "flags")]:
        value = _value(node, module)
        flags |= int(value) if isinstance(value, re.RegexFlag) else 0
    return flags


def in_catalog() -> Iterator[Pattern]:
    """What paths of an image and names of variables are compared with."""
    traces = catalog.traces()
    for kind in ("compilers", "headers", "caches", "stray", "bases"):
        for text in getattr(traces, kind):
            yield Pattern(f"traces.yml: {kind}", text, re.DOTALL, methods=frozenset({"fullmatch"}))
    for name, shape in catalog.credentials().shapes.items():
        yield Pattern(f"credentials.yml: {name}", shape.pattern, methods=frozenset({"finditer"}))


def in_template() -> Iterator[Pattern]:
    """What validators and the template search answers for."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROOT))  # noqa: S701 no HTML
    environment.filters |= {"regex_replace": regex_replace, "regex_search": regex_search}
    # Jinja exports names in no order
    for name, value in sorted(vars(environment.get_template("questions/patterns.jinja").module).items()):
        # Those without an anchor are pieces of others, but for two
        if isinstance(value, str) and (value.startswith("\\A") or name in {"password_in_url", "secret"}):
            yield Pattern(f"questions/patterns.jinja: {name}", value)
    literal = re.compile(
        r"'regex_(?:search|replace)', '((?:[^'\\]|\\.)*)'|regex_(?:search|replace)\('((?:[^'\\]|\\.)*)'"
    )
    for folder in ("questions", "template", "partials"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".yml", ".jinja"}:
                for match in literal.finditer(path.read_text(encoding="utf-8")):
                    text = (match[1] or match[2] or "").replace("\\\\", "\\")
                    if text:
                        yield Pattern(str(path.relative_to(ROOT)), text)


def texts(pattern: Pattern, length: int) -> Iterator[str]:
    """Texts of that length which the pattern might read again and again, derived from its parts."""
    text = pattern.text.decode() if isinstance(pattern.text, bytes) else pattern.text
    parsed = parser.parse(text, pattern.flags & ~re.DEBUG)
    alphabet = _alphabet(parsed)
    seen = set[str]()
    for prefix, repeated in itertools.chain((("", one) for one in alphabet), _repeated(list(parsed), "", alphabet)):
        if not repeated:
            continue
        many = repeated * (length // len(repeated))
        for whole in (prefix + many, prefix + many + "\0", prefix + many + "\n."):
            if whole not in seen:
                seen.add(whole)
                yield whole


def _alphabet(parsed: Any) -> list[str]:
    found: dict[str, None] = dict.fromkeys(" a\n")
    for operator, argument in _nodes(parsed):
        if operator in {words.LITERAL, words.NOT_LITERAL}:
            found[chr(argument)] = None
        elif operator is words.RANGE:
            found[chr(argument[0])] = None
        elif operator is words.CATEGORY:
            found[CATEGORIES[argument]] = None
    return list(found)


def _nodes(parsed: Any) -> Iterator[tuple[Any, Any]]:
    for operator, argument in parsed:
        yield operator, argument
        for child in _children(operator, argument):
            yield from _nodes(child)


def _children(operator: Any, argument: Any) -> list[Any]:
    if operator in REPEATS:
        return [argument[2]]
    if operator is words.SUBPATTERN:
        return [argument[3]]
    if operator is words.BRANCH:
        return list(argument[1])
    if operator in {words.ASSERT, words.ASSERT_NOT}:
        return [argument[1]]
    if operator is words.ATOMIC_GROUP:
        return [argument]
    if operator is words.IN:
        return [argument]
    if operator is words.GROUPREF_EXISTS:
        return [one for one in argument[1:] if one]
    return []


def _repeated(items: list[Any], before: str, alphabet: list[str]) -> Iterator[tuple[str, str]]:
    """What comes before a part of the pattern, and that part or the beginning up to it, to be written many times."""
    prefix = before
    for operator, argument in items:
        if operator in REPEATS:
            body = list(argument[2])
            if argument[1] > MOST_OF_A_KIND:
                admitted = _admitted(body, alphabet)
                yield from ((prefix, one) for one in admitted)
                yield from ((prefix, one + other) for one, other in itertools.pairwise(admitted))
                yield prefix, _sample(body, most=True)
            yield from _repeated(body, prefix, alphabet)
        elif operator is not words.IN:
            for child in _children(operator, argument):
                yield from _repeated(list(child), prefix, alphabet)
        prefix += _sample([(operator, argument)], most=True)
        yield before, prefix
    yield before, prefix.removeprefix(before)


def _admitted(body: list[Any], alphabet: list[str]) -> list[str]:
    """The characters that a repeated class admits."""
    if len(body) != 1 or body[0][0] not in {words.IN, words.ANY, words.LITERAL, words.NOT_LITERAL}:
        return []
    state = parser.State()
    state.str = ""
    operator, argument = body[0]
    found = []
    for one in alphabet:
        code = ord(one)
        fits = (
            operator is words.ANY
            or (operator is words.LITERAL and code == argument)
            or (operator is words.NOT_LITERAL and code != argument)
            or (operator is words.IN and _in(argument, one))
        )
        if fits:
            found.append(one)
    return found[:MOST_OF_A_KIND]


def _in(items: Any, one: str) -> bool:
    negated = bool(items) and items[0][0] is words.NEGATE
    for operator, argument in items[negated:]:
        if (
            (operator is words.LITERAL and ord(one) == argument)
            or (operator is words.RANGE and argument[0] <= ord(one) <= argument[1])
            or (operator is words.CATEGORY and _of(argument, one))
        ):
            return not negated
    return negated


def _of(category: Any, one: str) -> bool:
    name = str(category).removeprefix("CATEGORY_").removeprefix("NOT_")
    is_one = {"SPACE": one.isspace(), "DIGIT": one.isdigit(), "WORD": one.isalnum() or one == "_"}[name]
    return is_one != str(category).startswith("CATEGORY_NOT_")


def _sample(items: Any, *, most: bool) -> str:
    """A text that the parts match, more or less; each repetition once, where `most`."""
    found = ""
    for operator, argument in items:
        if operator is words.LITERAL:
            found += chr(argument)
        elif operator is words.NOT_LITERAL:
            found += "a" if argument != ord("a") else "b"
        elif operator is words.ANY:
            found += "a"
        elif operator is words.IN:
            found += next((one for one in "a1-_ .=/:\"'[({<#@A\n\t,;x" if _in(argument, one)), "")
        elif operator in REPEATS:
            low, high, body = argument
            found += _sample(body, most=most) * max(low, 1 if most and high else 0)
        elif operator in {words.SUBPATTERN, words.BRANCH, words.ATOMIC_GROUP}:
            children = _children(operator, argument)
            found += next(filter(None, (_sample(child, most=most) for child in children)), "")
    return found
