"""Whether a project's lock is of a format that is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from copier_slim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Format(NamedTuple):
    """Where a lock states its format, the newest major version that is known, and what writes the lock anew."""

    keys: tuple[str, ...]
    newest: int
    command: str


# Each tool raises the first number where an older reader would misread the lock, and none of the others: uv's
# `revision` (https://docs.astral.sh/uv/concepts/resolution/#lockfile-versioning), the minor version of pylock.toml
# (https://packaging.python.org/en/latest/specifications/pylock-toml/) and those of Poetry and PDM may be newer.
FORMATS: Mapping[str, _Format] = {
    "uv.lock": _Format(("version",), 1, "uv lock"),
    "poetry.lock": _Format(("metadata", "lock-version"), 2, "poetry lock"),
    "pdm.lock": _Format(("metadata", "lock_version"), 4, "pdm lock"),
    "Pipfile.lock": _Format(("_meta", "pipfile-spec"), 6, "pipenv lock"),
    "pylock.toml": _Format(("lock-version",), 1, "the tool that made it"),
}


def can_be_exported(path: str, document: dict[str, Any]) -> bool:
    """Whether its tool can print a lock of the known format as requirements; PDM's old ones lack what that needs.

    https://pdm-project.org/en/latest/usage/lockfile/#inherit-the-metadata-from-parents
    """
    metadata = document.get("metadata")
    strategy = metadata.get("strategy") if isinstance(metadata, dict) else None
    return path != "pdm.lock" or (isinstance(strategy, list) and "inherit_metadata" in strategy)


def check_format(path: str, document: dict[str, Any]) -> None:
    """Raises InputError for a lock of a newer format than is known; one that states none is taken as it is."""
    known = FORMATS[path.rpartition("/")[2]]
    stated: object = document
    for key in known.keys:
        stated = stated.get(key) if isinstance(stated, dict) else None
    major = re.match(r"\d{1,9}(?!\d)", str(stated))
    if major and int(major[0]) > known.newest:
        raise InputError(
            f"{path}: its format, {str(stated)[:20]}, is newer than the newest that is known, {known.newest};"
            f" write it with an older version of its tool ({known.command}), or use a newer copier-slim"
        )
