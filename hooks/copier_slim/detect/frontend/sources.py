"""What a front end's build reads: the folders and files that are copied into its stage, and no Python beside."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.detect.frontend.choice import Chosen
    from copier_slim.detect.frontend.manifest import Manifest
    from copier_slim.detect.tree import Tree

# What no build for production reads, and .dockerignore keeps out in part
ASIDE = re.compile(r"(?:^|/)(?:tests?|__tests__|e2e|cypress|docs|examples)/")
CONFIGURATION = (".json", ".html", ".yml", ".yaml")
# Python that names CSS classes, which Tailwind looks for there too
CLASSES = re.compile(r"""["']class["']\s*[:,]|\bclass=\\?["']""")


def of(tree: Tree, chosen: Chosen) -> list[str]:
    """What a front end's build reads outside the folder of the answer `assets_path`."""
    root, found = chosen.workspace.root, chosen.found
    within = (root.folder,) if root.folder else ()
    read = _read(tree, chosen)
    if root == found and not chosen.workspace.needed:
        return [path for path in read if not _is_below(path, within)]
    # Members are read whole, and beside them what configures all
    members = [item.folder for item in (found, *chosen.workspace.needed) if item != root]
    beside = [path for path in tree.files if not root.folder and path.endswith(".json") and _configures(path)]
    paths = [*members, *beside, *(path for path in read if not _is_below(path, members))]
    return [path for path in dict.fromkeys(paths) if not _is_below(path, within)]


def _read(tree: Tree, chosen: Chosen) -> list[str]:
    """What a Dockerfile copies for the build, without Python's folders; else what it is likely to read."""
    stated = chosen.stated.sources if chosen.stated else None
    likely = read_by(tree, chosen.found, chosen.outputs)
    # A folder that is copied back whole, with files of the repository's own
    shared = [path for path in chosen.outputs if tree.has_folder(path)]
    if stated is None or chosen.workspace.root != chosen.found:
        return list(dict.fromkeys([*likely, *shared]))
    read: list[str] = []
    for path in stated:
        finer = [item for item in likely if _is_below(item, (path,))] if _has_python(tree, path) else []
        read += finer or [path]
    return list(dict.fromkeys([*read, *shared]))


def _has_python(tree: Tree, folder: str) -> bool:
    return any(path.startswith(f"{folder}/") for path in tree.python_files)


def _configures(path: str) -> bool:
    """Whether a file at the root may be of a builder's configuration; the installation has its own files already."""
    rows = catalog.frontends()
    installed = ("package.json", *(row.lock for row in rows.managers.values()))
    return "/" not in path and path not in installed and not any(fnmatch(path, other) for other in rows.unread)


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
        if at_root and not _configures(path):
            continue
        is_configuration = at_root and (path.endswith(CONFIGURATION) or path.startswith((".babelrc", ".postcssrc")))
        if path.endswith(own + looked_through) or is_configuration or (own and path.startswith("public/")):
            folders = [folder for folder in reversed(_parents(path)) if folder not in shared]
            free = [folder for folder in folders if not any(_is_below(output, (folder,)) for output in outputs)]
            paths[free[0] if free else path] = None
        elif looked_through and path.endswith(".py") and CLASSES.search(tree.text(path) or ""):
            paths[path] = None
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
    return [str(parent) for parent in PurePosixPath(path).parents][:-1]
