"""Small repositories, written and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from copier_slim.detect.dependencies import Dependencies, read
from copier_slim.detect.tree import Tree

Read = Callable[..., Dependencies]


def repository(root: Path, files: Mapping[str, str | bytes]) -> Tree:
    """A repository with these files."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Tree(root)


@pytest.fixture
def reading(tmp_path: Path) -> Read:
    """What is read from a repository with these files."""

    def reading(files: Mapping[str, str | bytes], python_version: str | None = None) -> Dependencies:
        return read(repository(tmp_path, files), python_version)

    return reading


def texts(found: Dependencies) -> list[str]:
    """The declared lines."""
    return [declared.text for declared in found.declared]
