"""What a front end's build reads: the folders and files that are copied into its stage, and no Python beside."""

from __future__ import annotations

import posixpath
import re
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
# Files at the root that have such a suffix, and that no builder reads
OTHERS = re.compile(
    r"(?:docker-)?compose[\w.-]*\.ya?ml|mkdocs\.yml|\.?(?:codecov|readthedocs|travis|gitlab-ci|pre-commit-config)\.ya?ml|(?:render|heroku|app|fly|cloudbuild|Taskfile|dependabot)\.(?:json|ya?ml)|renovate\.json5?|pyrightconfig\.json|vercel\.json|runtime\.json|[\w-]*(?:compose|docker)[\w.-]*\.ya?ml"
)


def of(tree: Tree, chosen: Chosen) -> list[str]:
    """What a front end's build reads outside the folder of the answer `assets_path`."""
    root, found = chosen.workspace.root, chosen.found
    outputs = tuple(chosen.outputs)
    if root == found and chosen.stated and chosen.stated.sources is not None:
        read = [path for path in chosen.stated.sources if not _is_below(path, (found.folder,) if found.folder else ())]
        # A folder that it copies back whole, with files of the repository's own
        read += [
            path for path in outputs if any(file.startswith(f"{path}/") for file in tree.files) and path not in read
        ]
    else:
        read = [
            path for path in read_by(tree, found, outputs) if not _is_below(path, (root.folder,) if root.folder else ())
        ]
    if root == found and not chosen.workspace.needed:
        return read
    # Members are read whole, and beside them what configures all
    own = [item.folder for item in (found, *chosen.workspace.needed) if item != root]
    own = [folder for folder in own if not root.folder or not _is_below(folder, (root.folder,))]
    locks = [row.lock for row in catalog.frontends().managers.values()]
    beside = [
        path
        for path in tree.files
        if not root.folder and "/" not in path and path.endswith(".json") and path not in ("package.json", *locks)
    ]
    return list(dict.fromkeys([*own, *beside, *(path for path in read if not _is_below(path, own))]))


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
        is_configuration = (
            at_root
            and not OTHERS.fullmatch(path)
            and (path.endswith(CONFIGURATION) or path.startswith((".babelrc", ".postcssrc")))
        )
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
    return [str(parent) for parent in PurePosixPath(path).parents][:-1]
