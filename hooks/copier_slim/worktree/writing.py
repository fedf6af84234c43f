"""Writing so that nothing is lost: git holds what is replaced, or a copy is kept beside it, or it is not replaced."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim.errors import InputError, ToolError
from copier_slim.worktree import journal, view

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

KEPT = ".orig"


@dataclass(slots=True)
class Plan:
    """What is written where: paths relative to `root`, to their content; `kept` get a copy beside them first."""

    root: Path
    files: dict[str, bytes] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    kept_as: list[str] = field(default_factory=list)

    def write(self, last: Callable[[], None] | None = None) -> None:
        """Writes all, and does `last`, or nothing. Raises ToolError where the directory cannot be written."""
        kept = {name: _free(self.root, name) for name in self.kept}
        try:
            with journal.write(self.root, self.files, removed=self.removed, kept=kept, index=last is not None):
                if last:
                    last()
        except OSError as error:
            place = error.filename or self.root
            raise ToolError(f"{place} cannot be written: {error.strerror}; nothing was changed") from error
        self.kept_as += kept.values()


def _free(root: Path, name: str) -> str:
    """A name for a copy of a file that no other has."""
    names = (f"{name}{KEPT}{number or ''}" for number in range(1000))
    return next(copy for copy in names if not os.path.lexists(root / copy))


def plan(root: Path, files: Mapping[str, bytes], *, removed: Collection[str] = (), force: bool = False) -> Plan:
    """What writing `files` to `root`, and removing others, would do.

    Raises InputError where a file has changes that git does not hold, unless `force`; outside git a copy is kept.
    """
    made = Plan(root, removed=[name for name in removed if (root / name).is_file()])
    with view.opened(root) as seen:
        in_git = seen is not None
        safe = held(seen, root, [*files, *removed]) if seen else set()
        filters = seen.not_run([*files, *removed]) if seen else {}
    lost = [name for name in made.removed if in_git and not force and name not in safe]
    made.kept = [name for name in made.removed if name not in safe and name not in lost]
    for name, content in sorted(files.items()):
        target = root / name
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise InputError(f"{target} is not a regular file; move it away first")
        if not target.parent.resolve().is_relative_to(root.resolve()):
            raise InputError(f"{target.parent} leads out of {root}; move it away first")
        if not target.exists():
            made.new.append(name)
        elif target.read_bytes() == content:
            continue
        elif name in safe:
            made.replaced.append(name)
        elif in_git and not force:
            lost.append(name)
            continue
        else:
            made.replaced.append(name)
            made.kept.append(name)
        made.files[name] = content
    if filtered := sorted(filters.keys() & {*lost}):
        raise InputError(
            f"it cannot be told whether {', '.join(filtered)} is committed without running the filter"
            f" {filters[filtered[0]]} from this repository's own configuration; configure it with git config --global,"
            " or move the file away first"
        )
    if lost:
        raise InputError(
            f"{', '.join(lost)} would be overwritten, with changes that are not committed;"
            " commit them first, or add --force to keep a copy"
        )
    return made


def held(seen: view.View, root: Path, names: Collection[str]) -> set[str]:
    """The files below `root` that the last commit has as they are, whatever git was told to take for unchanged."""
    there = sorted(name for name in names if (root / name).is_file())
    if not there:
        return set()
    committed = _blobs(seen.entries("ls-tree", "-z", "HEAD", "--", *there))
    staged = _blobs(seen.entries("ls-files", "--stage", "-z", "--", *there))
    now = dict(zip(there, (seen.answer("hash-object", "--", *there) or "").splitlines(), strict=False))
    return {name for name, blob in now.items() if committed.get(name) == staged.get(name) == blob}


def _blobs(listing: Sequence[str]) -> dict[str, str]:
    """The hashes by path of `ls-tree` (mode, type, hash) or `ls-files` (mode, hash, stage)."""
    found = {}
    for entry in listing:
        about, _, name = entry.partition("\t")
        words = about.split()
        found[name] = words[2] if words[1] == "blob" else words[1]
    return found
