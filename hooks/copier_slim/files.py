"""Writing so that nothing is lost: git holds what is replaced, or a copy is kept beside it, or it is not replaced."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from copier_slim import view
from copier_slim.errors import InputError, ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

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

    def write(self, last: Callable[[], None] = lambda: None) -> None:
        """Writes all, and does `last`, or nothing. Raises ToolError where the directory cannot be written."""
        done = _Undo()
        try:
            done.make(self.root)
            parts = []
            for name, content in self.files.items():
                done.make((self.root / name).parent)
                parts.append((done.part(self.root / name, content), self.root / name))
            for name in self.kept:
                self.kept_as.append(str(done.keep(self.root / name).relative_to(self.root)))
            for part, target in parts:
                done.replace(part, target)
            for name in self.removed:
                done.remove(self.root / name, self.root)
            last()
        except OSError as error:
            done.all()
            place = error.filename or self.root
            raise ToolError(f"{place} cannot be written: {error.strerror}; nothing is changed") from error
        except BaseException:
            done.all()
            raise


class _Undo:
    """Steps of writing, each with its way back."""

    def __init__(self) -> None:
        self._back: list[Callable[[], object]] = []

    def make(self, directory: Path) -> None:
        missing = [path for path in (directory, *directory.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir()
            self._back.append(path.rmdir)

    def part(self, target: Path, content: bytes) -> Path:
        """The content in a new file beside the target, with the target's mode."""
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        part = Path(name)
        self._back.append(lambda: part.unlink(missing_ok=True))
        with os.fdopen(number, "wb") as file:
            file.write(content)
        part.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        return part

    def keep(self, path: Path) -> Path:
        """A copy under a name that is free; that name."""
        names = (f"{path.name}{KEPT}{number or ''}" for number in range(1000))
        copy = next(path.with_name(name) for name in names if not os.path.lexists(path.with_name(name)))
        with copy.open("xb") as file:
            self._back.append(copy.unlink)
            file.write(path.read_bytes())
        return copy

    def replace(self, part: Path, target: Path) -> None:
        before = target.read_bytes() if target.exists() else None
        part.replace(target)
        self._back.append(target.unlink if before is None else lambda: target.write_bytes(before))

    def remove(self, path: Path, root: Path) -> None:
        """Without the folders that are empty then."""
        before, mode = path.read_bytes(), path.stat().st_mode
        path.unlink()
        self._back += [lambda: path.chmod(mode), lambda: path.write_bytes(before)]
        for folder in path.relative_to(root).parents:
            if folder == Path() or any((root / folder).iterdir()):
                break
            (root / folder).rmdir()
            self._back.append((root / folder).mkdir)

    def all(self) -> None:
        for step in reversed(self._back):
            with suppress(OSError):
                step()


def _umask() -> int:
    value = os.umask(0o022)
    os.umask(value)
    return value


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
    for name, content in sorted(files.items()):
        target = root / name
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise InputError(f"{target} is no plain file; move it away first")
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
            f"whether git holds {', '.join(filtered)} cannot be told without running the filter"
            f" {filters[filtered[0]]} of this repository's own configuration; set it with git config --global,"
            " or move the file away first"
        )
    if lost:
        raise InputError(
            f"{', '.join(lost)} would be overwritten with changes that git does not hold;"
            " commit first, or add --force to keep a copy beside"
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
