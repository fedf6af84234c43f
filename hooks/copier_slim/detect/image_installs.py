"""What an existing Dockerfile installs with pip that the project's dependencies do not have: other files, addresses."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.tree import Tree


def notes(existing: Dockerfile | None, dependencies: Dependencies, tree: Tree) -> Iterator[str]:
    """A note on each, with where it is to go."""
    if existing is None:
        return
    read = {dependencies.source, dependencies.lock_file, *dependencies.files}
    read |= {item.evidence.path for item in dependencies.declared}
    stated = " ".join(item.text for item in dependencies.declared)
    for text, evidence in existing.files_of_pip.items():
        word = text.removeprefix("-r ")
        mapped = existing.image.folder(posixpath.normpath(posixpath.join(existing.workdir, word)))
        path = next((path for path in (mapped, word.removeprefix("./")) if tree.has(path)), "")
        is_file = text != word
        if (is_file and not path) or (path and path in read) or (not is_file and word.partition("@")[0] in stated):
            continue
        where = dependencies.source or "requirements.in"
        yield f"not carried over from {evidence.place}: pip install {text}: what the app needs belongs into {where}"
