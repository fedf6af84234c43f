"""What settings classes of pydantic-settings want of the environment: read in the sources, never run."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BASES = {"BaseSettings"}
# Values that a variable of a type may have, whatever its name
HARMLESS = {
    "bool": "0", "int": "1", "positiveint": "1", "float": "1", "list": "[]", "set": "[]", "tuple": "[]", "dict": "{}",
    "anyurl": "http://127.0.0.1", "anyhttpurl": "http://127.0.0.1", "httpurl": "http://127.0.0.1",
    "postgresdsn": "postgresql://trial:trial@127.0.0.1:5432/trial", "redisdsn": "redis://127.0.0.1:6379/0",
    "amqpdsn": "amqp://127.0.0.1:5672/", "mongodsn": "mongodb://127.0.0.1:27017/trial",
    "mysqldsn": "mysql://trial:trial@127.0.0.1:3306/trial", "emailstr": "trial@example.org", "path": "/tmp",  # noqa: S108 a container's
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A variable that a class demands: its field, the variable's name, the type that it is read as."""

    owner: str
    field: str
    variable: str
    kind: str


def wanted(texts: Iterable[str]) -> list[Wanted]:
    """The variables of all fields without a default, of the classes that derive from BaseSettings."""
    classes: dict[str, ast.ClassDef] = {}
    for text in texts:
        if "class " in text:
            classes |= {node.name: node for node in _parsed(text) if isinstance(node, ast.ClassDef)}
    found: list[Wanted] = []
    for name in classes:
        line = list(_line(name, classes))
        if any(_last(base) in BASES for one in line for base in classes[one].bases):
            prefix, joint = (
                next((text for one in line for text in _configured(classes[one], key)), "")
                for key in ("env_prefix", "env_nested_delimiter")
            )
            for field in _fields(classes[name], prefix):
                found += _within(field, classes, joint)
    return found


def _within(outer: Wanted, classes: dict[str, ast.ClassDef], joint: str, depth: int = 3) -> Iterator[Wanted]:
    """A field itself, or those of the model that it is, where a delimiter joins their names."""
    model = next((name for name in classes if name.lower() == outer.kind), "") if joint and depth else ""
    if not model:
        yield outer
        return
    for field in _fields(classes[model], f"{outer.variable}{joint}"):
        yield from _within(replace(field, owner=outer.owner, field=outer.field), classes, joint, depth - 1)


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return []


def _line(name: str, classes: dict[str, ast.ClassDef]) -> Iterator[str]:
    """A class and those that it derives from, by name."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in classes and current not in seen:
            seen.add(current)
            yield current
            waiting += [_last(base) for base in classes[current].bases]


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _configured(definition: ast.ClassDef, key: str) -> list[str]:
    """What a class configures, as an argument, in its model_config or its Config."""
    keywords = list(definition.keywords)
    for node in ast.walk(definition):
        match node:
            case ast.Call(func=func, keywords=more) if _last(func) in {"SettingsConfigDict", "ConfigDict", "dict"}:
                keywords += more
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(own))) if name == key:
                return [own]
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                keywords += [ast.keyword(arg=_text(word), value=value) for word, value in pairs]
    return [text for item in keywords if item.arg == key and (text := _text(item.value)) is not None]


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _fields(definition: ast.ClassDef, prefix: str) -> Iterator[Wanted]:
    for node in definition.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=field), annotation=annotation, value=value):
                alias = _alias(value)
                if (value is None or alias is not None or _is_required(value)) and not field.startswith("model_"):
                    variable = alias or f"{prefix}{field}"
                    yield Wanted(definition.name, alias or field, variable.upper(), _kind(annotation))


def _is_required(value: ast.expr) -> bool:
    """Whether a field's value only says that there has to be one: ..., or Field without a default."""
    match value:
        case ast.Constant(value=given):
            return given is ...
        case ast.Call(func=func, args=args, keywords=keywords) if _last(func) == "Field":
            defaults = any(item.arg in {"default", "default_factory"} for item in keywords)
            return not defaults and (not args or _is_required(args[0]))
    return False


def _alias(value: ast.expr | None) -> str | None:
    """The name that a required field is read by in place of its own; None where it has none."""
    if not isinstance(value, ast.Call) or not _is_required(value):
        return None
    named = [item.value for item in value.keywords if item.arg in {"alias", "validation_alias", "env"}]
    return next(filter(None, map(_text, named)), None)


def _kind(annotation: ast.expr) -> str:
    """The type that an annotation begins with, without Optional and Annotated around it."""
    text = re.sub(r"^(?:typing\.|t\.)?(?:Optional|Annotated|Final)\[", "", ast.unparse(annotation))
    return re.split(r"[\[\], |]", text.rpartition("typing.")[2] if text.startswith("typing.") else text)[0].lower()
