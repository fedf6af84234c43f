"""The command of a builder that no script of package.json starts, as a Makefile or a Procfile states it."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.frontend import builds

if TYPE_CHECKING:
    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.frontend.manifest import Manifest
    from copier_slim.detect.tree import Tree

WORD = r"[A-Za-z0-9_.,:=@%+/-]+"
STARTS = r"(?:npx |bunx |pnpm exec |(?:\./)?node_modules/\.bin/)(?:--no-install |--yes |-y )?"
DIRECTORY = re.compile(r"\bcd (?P<folder>[\w./-]+) *(?:&&|;)")


def stated(tree: Tree, found: Manifest) -> tuple[str, Evidence] | None:
    """The command, run where package.json is, and its place; None where no file states one that builds."""
    rows = catalog.frontends()
    names = [words for name, row in rows.builders.items() if name in found.packages for words in row.words or (name,)]
    if not names:
        return None
    starts = re.compile(rf"{STARTS}(?P<command>(?:{'|'.join(map(re.escape, names))})(?: {WORD})*)(?![\w./-])")
    for path in (path for path in rows.stating if tree.has(path)):
        for line in (tree.text(path) or "").split("\n"):
            there = DIRECTORY.search(line)
            folder = posixpath.normpath(there["folder"]) if there else ""
            command = starts.search(line)
            if command and folder == found.folder and not builds.NO_BUILD.search(command["command"]):
                return f"npx {command['command']}", tree.evidence(path, command["command"])
    return None
