"""Workspaces of JavaScript: the package.json by whose lock a member is installed, and the members it is built from."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copier_slim.reading import formats

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.frontend.manifest import Manifest
    from copier_slim.detect.tree import Tree

# What a version begins with that is a folder of the repository
BY_PATH = re.compile(r"(?:file|link|portal):(?:\./)?(?P<path>[^:]+)")
BY_NAME = "workspace:"
PNPM = "pnpm-workspace.yaml"


@dataclass(frozen=True, slots=True)
class Workspace:
    """How a front end is installed, where its lock is elsewhere or it needs more folders.

    `root` has the lock; `members` are the others whose package.json an installation reads; `needed` those that the
    front end is built from, each after what it needs itself; `lacking` the names of packages that are nowhere.
    """

    root: Manifest
    members: tuple[Manifest, ...]
    needed: tuple[Manifest, ...]
    lacking: tuple[str, ...] = ()


def of(tree: Tree, found: Manifest, manifests: list[Manifest]) -> Workspace:
    """The workspace of a front end; alone with itself where it is in none."""
    by_folder = {item.folder: item for item in manifests}
    root = next((item for item in manifests if found in _members(tree, item, manifests)), found)
    members = [item for item in _members(tree, root, manifests) if item != root]
    by_name = {str(item.document.get("name")): item for item in members}
    needed: dict[str, Manifest] = {}
    lacking: list[str] = []

    def need(item: Manifest) -> None:
        for name, version in item.packages.items():
            path = BY_PATH.match(version)
            if path:
                other = by_folder.get(posixpath.normpath(posixpath.join(item.folder, path["path"])).lstrip("./"))
            elif name in by_name:
                other = by_name[name]
            elif version.startswith(BY_NAME):
                other = None
            else:
                continue
            if other is None:
                lacking.append(name)
            elif other.folder not in needed and other not in (found, root):
                need(other)
                needed[other.folder] = other

    need(found)
    read = {item.folder: item for item in (*members, *needed.values()) if item != root}
    return Workspace(root, tuple(read.values()), tuple(needed.values()), tuple(lacking))


def _members(tree: Tree, root: Manifest, manifests: Iterable[Manifest]) -> list[Manifest]:
    """The members that package.json or pnpm-workspace.yaml names."""
    stated = root.document.get("workspaces")
    patterns = _texts(stated.get("packages") if isinstance(stated, dict) else stated)
    path = root.beside(PNPM)
    if not patterns and tree.has(path):
        try:
            document = formats.yaml(tree.text(path) or "")
        except formats.BrokenError as error:
            tree.note(f"{path} is not read: {error}")
            return []
        patterns = _texts(document.get("packages") if isinstance(document, dict) else None)
    if not patterns:
        return []
    wanted = [_pattern(text) for text in patterns if not text.startswith("!")]
    unwanted = [_pattern(text[1:]) for text in patterns if text.startswith("!")]
    prefix = root.beside("")
    return [
        item
        for item in manifests
        if item.folder.startswith(prefix)
        and any(pattern.fullmatch(item.folder[len(prefix) :]) for pattern in wanted)
        and not any(pattern.fullmatch(item.folder[len(prefix) :]) for pattern in unwanted)
    ]


def _texts(value: Any) -> list[str]:  # noqa: ANN401 whatever a file says
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of folders, with * and **, as a regular expression."""
    parts = re.split(r"(\*\*|\*)", text.removeprefix("./").rstrip("/"))
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))
