"""Which of a project's groups and extras a deployment needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from copier_slim.detect.dependencies.documents import table, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

EXTRAS = frozenset({"deploy", "deployment", "prod", "production", "server", "web"})
GROUPS = EXTRAS | {"default", "main"}
NOT_DEPLOYED = re.compile(
    r"(?i)(?:^|[-_.])(?:ci|dev\w*|docs?|lint\w*|local|tests?|testing|tools|typing|mypy)(?:[-_.]|$)"
)


def groups_and_extras(answer: object) -> tuple[list[str], list[str]]:
    """What the answer dependency_groups names, as in "prod [postgres]": the groups, and the extras without brackets."""
    words = str(answer or "").split()
    return [word for word in words if word[0] != "["], [word.strip("[]") for word in words if word[0] == "["]


def deployed_groups(document: dict[str, Any], named: Collection[str] = ()) -> list[str]:
    """The groups of pyproject.toml for a deployment: by their names, uv's defaults, and those `named` elsewhere.

    `named` are canonical names of groups and extras, as [NAME].
    """
    groups = [*table(document, "dependency-groups"), *table(document, "tool", "poetry", "group")]
    defaults = {canonicalize_name(name) for name in texts(table(document, "tool", "uv").get("default-groups"))}
    return [
        name
        for name in dict.fromkeys(groups)
        if canonicalize_name(name) in GROUPS | set(named)
        or (canonicalize_name(name) in defaults and not NOT_DEPLOYED.search(name))
    ]


def deployed_extras(available: Iterable[str], named: Collection[str] = ()) -> list[str]:
    """The extras among those `available` for a deployment: by their names, and those `named` elsewhere, as [NAME]."""
    every = "[*]" in named
    return [name for name in available if every or _is_wanted(canonicalize_name(name), named)]


def _is_wanted(name: str, named: Collection[str]) -> bool:
    return name in EXTRAS or f"[{name}]" in named


def group_lines(document: dict[str, Any], name: str) -> list[str]:
    """The requirements of a group of [dependency-groups], those of the groups that it includes among them (PEP 735)."""
    stated = {canonicalize_name(key): value for key, value in table(document, "dependency-groups").items()}
    lines: list[str] = []
    done: set[str] = set()
    left = [canonicalize_name(name)]
    while left:
        group = left.pop(0)
        if group in done:
            continue
        done.add(group)
        for item in stated[group] if isinstance(stated.get(group), list) else ():
            if isinstance(item, str):
                lines.append(item)
            elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
                left.append(canonicalize_name(item["include-group"]))
    return lines
