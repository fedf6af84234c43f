"""What a front end's build reads: the folders and files that are copied into its stage, and no Python beside."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.frontend.manifest import Manifest
    from copier_slim.detect.tree import Tree

# What no build for production reads, and .dockerignore keeps out in part
ASIDE = re.compile(r"(?:^|/)(?:tests?|__tests__|e2e|cypress|docs|examples)/")
CONFIGURATION = (".json", ".html", ".yml", ".yaml")


def read_by(tree: Tree, found: Manifest, made: Iterable[str]) -> list[str]:
    """The folders and files outside the manifest's own that its build reads, without what it makes.

    Where package.json is at the root, all of its own: its configuration and the folders with sources.
    """
    rows = catalog.frontends()
    outputs = tuple(made)
    looked_through = tuple(suffix for name, reads in rows.reads.items() if name in found.packages for suffix in reads)
    own = tuple(rows.sources) if not found.folder else ()
    shared = {parent for path in tree.files if not _is_front_end(path) for parent in _parents(path)}
    paths: dict[str, None] = {}
    for path in tree.files:
        if _is_below(path, (found.folder,) if found.folder else ()) or _is_below(path, outputs) or ASIDE.search(path):
            continue
        at_root = not found.folder and "/" not in path
        if at_root and path in ("package.json", *(row.lock for row in rows.managers.values())):
            continue
        is_configuration = at_root and (path.endswith(CONFIGURATION) or path.startswith((".babelrc", ".postcssrc")))
        if path.endswith(own + looked_through) or is_configuration or (own and path.startswith("public/")):
            folders = [folder for folder in reversed(_parents(path)) if folder not in shared]
            free = [folder for folder in folders if not any(_is_below(output, (folder,)) for output in outputs)]
            paths[free[0] if free else path] = None
    return [
        path
        for path in paths
        if not path.startswith(".") or posixpath.basename(path).startswith((".babelrc", ".postcssrc"))
    ]


def _is_front_end(path: str) -> bool:
    return not path.endswith((".py", ".pyi", ".toml", ".cfg", ".ini", ".sql", ".md", ".rst", ".sh", ".mo", ".po"))


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _parents(path: str) -> list[str]:
    """The folders that a path is in, the nearest first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
