"""A write of several files that is whole or undone, even where the process is killed in the middle of it.

What is to be there, what is there now and a record of both are put into a folder of the project that git ignores,
before the project is touched. Where that folder is still there and its run is over, the next run puts things back.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from copier_slim.errors import InputError
from copier_slim.process import interruption, runs
from copier_slim.worktree import git

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

PREFIX = ".copier-slim-"
NAME = re.compile(re.escape(PREFIX) + f"(?P<run>{runs.PATTERN})", re.ASCII)
SLOWEST = 60  # seconds that a write may take on a machine whose processes cannot be seen here
RECORD = "record.json"
IGNORE = ".gitignore"


@dataclass(slots=True)
class Record:
    """What a write does, and from where on.

    The files by path to the SHA-256 of their new content, those of them that were there, those it removes, the copies
    that it keeps of which, the folders that it makes; the commit before it, and whether it changes git's index.
    """

    files: dict[str, str] = field(default_factory=dict)
    replaced: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    commit: str = ""
    index: bool = False


class Write:
    """One write to a project's `root`, which is there; raises OSError, and `undo` takes back what is done by then."""

    def __init__(self, root: Path, place: Path, record: Record) -> None:
        self._root = root
        self._place = place
        self._record = record

    def prepare(self, files: Mapping[str, bytes]) -> None:
        """Puts all that is new, and all that it takes the place of, beside each other."""
        for name, content in files.items():
            _fill(self._place / "new" / name, content, self._root / name)
        for name in (*self._record.replaced, *self._record.removed):
            _fill(self._place / "old" / name, (self._root / name).read_bytes(), self._root / name)
        (self._place / RECORD).write_text(json.dumps(asdict(self._record)), encoding="utf-8")

    def do(self) -> None:
        """All of it; the answers file, which says what is there, last."""
        for folder in self._record.folders:
            (self._root / folder).mkdir()
        for name, copy in self._record.kept.items():
            with (self._root / copy).open("xb") as file:
                file.write((self._root / name).read_bytes())
        for name in sorted(self._record.files, key=lambda name: PurePosixPath(name).name == ".copier-answers.yml"):
            (self._place / "new" / name).replace(self._root / name)
        for name in self._record.removed:
            (self._root / name).unlink()
            for above in PurePosixPath(name).parents:
                if above == PurePosixPath() or any((self._root / above).iterdir()):
                    break
                (self._root / above).rmdir()

    def undo(self) -> list[str]:
        """Puts back what is as the write made it, and nobody has changed since; what that is."""
        back = [name for name in (*self._record.files, *self._record.removed) if self._put_back(name)]
        for name, copy in self._record.kept.items():
            with suppress(OSError):
                if _digest(self._root / copy) == _digest(self._root / name):
                    (self._root / copy).unlink()
        for folder in reversed(self._record.folders):
            with suppress(OSError):
                (self._root / folder).rmdir()
        return back

    def _put_back(self, name: str) -> bool:
        target, old = self._root / name, self._place / "old" / name
        with suppress(OSError):
            if _digest(target) != self._record.files.get(name):
                return False
            if name in self._record.replaced or name in self._record.removed:
                target.parent.mkdir(parents=True, exist_ok=True)
                old.replace(target)
            else:
                target.unlink()
            return True
        return False

    def close(self) -> None:
        """From here on it stays as it is."""
        (self._place / RECORD).unlink(missing_ok=True)


@contextmanager
def write(
    root: Path, files: Mapping[str, bytes], *, removed: Collection[str], kept: Mapping[str, str], index: bool
) -> Iterator[None]:
    """Writes and removes files below `root`, which may not be there yet; where the block fails, it is undone.

    `kept` are copies to be made first, `index` says whether the block changes git's index of all these files.
    """
    record = Record({name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
    record.replaced = [name for name in files if (root / name).exists()]
    record.removed, record.kept, record.index = [*removed], dict(kept), index
    with interruption.held(), _made(root), folder(root) as place:
        record.commit = _commit(root)
        names = {str(path) for name in files for path in PurePosixPath(name).parents}
        record.folders = sorted(name for name in names if not (root / name).exists())
        done = Write(root, place, record)
        try:
            done.prepare(files)
            done.do()
            yield
        except BaseException:
            done.undo()
            raise
        finally:
            done.close()


@contextmanager
def folder(root: Path) -> Iterator[Path]:
    """A new folder in `root` that git ignores, gone in the end."""
    place = root / f"{PREFIX}{runs.own()}"
    place.mkdir()
    try:
        (place / IGNORE).write_text("*\n", encoding="utf-8")
        yield place
    finally:
        _drop(place)


def write_text(path: Path, text: str, mend: str = "name another file") -> None:
    """Writes one file as `write_one`; raises InputError where it cannot be written, which says how to `mend` that."""
    try:
        write_one(path, text.encode())
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}; {mend}") from error


def write_one(path: Path, content: bytes) -> None:
    """Writes one file whole or not at all, with the mode that it had; raises OSError.

    A symbolic link stays one, and what is no plain file, as a pipe, gets the content as it comes.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    for place in _left(path.parent):
        if not (place / RECORD).exists():  # else it is to be taken back first
            _drop(place)
    with interruption.held(), folder(path.parent) as beside:
        _fill(beside / path.name, content, path)
        (beside / path.name).replace(path)


def recover(root: Path, reset: Callable[[list[str]], object]) -> list[str]:
    """Undoes what runs that are over have begun to write to `root`, removes their folders; the files put back.

    `reset` lets git's index forget what was done to files. Where something was committed since, or a file was changed,
    that stays as it is.
    """
    found: list[str] = []
    for place in _left(root):
        with interruption.held():
            found += _recover(root, place, reset)
    return found


def _left(root: Path) -> list[Path]:
    """The folders of runs that are over."""
    there = [(path, NAME.fullmatch(path.name)) for path in root.glob(f"{PREFIX}*")]
    found = [(path, name["run"]) for path, name in there if name and path.is_dir() and not path.is_symlink()]
    return [path for path, run in found if runs.is_over(run, SLOWEST, path.stat().st_mtime)]


def _recover(root: Path, place: Path, reset: Callable[[list[str]], object]) -> list[str]:
    back: list[str] = []
    record = _read(root, place)
    if record and record.commit == _commit(root):
        begun = Write(root, place, record)
        back = begun.undo()
        if back and record.index:
            reset([*record.files, *record.removed])
        begun.close()
    _drop(place)
    return back


def _drop(place: Path) -> None:
    """Removes a folder; what makes git ignore it comes last."""
    with suppress(OSError):
        for path in place.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != IGNORE:
                path.unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)


def _read(root: Path, place: Path) -> Record | None:
    """The record of a write; None where it had not begun, or where it is one that no run has made."""
    try:
        record = Record(**json.loads((place / RECORD).read_text(encoding="utf-8")))
        names = [*record.files, *record.removed, *record.kept, *record.kept.values(), *record.folders]
        inside = all(_leads_to(root, name) and _leads_to(place, f"old/{name}") for name in names)
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return record if inside else None


def _leads_to(root: Path, name: str) -> bool:
    """Whether a name stays below a directory and out of git's: a repository may have brought the record with it."""
    path = PurePosixPath(name)
    plain = not path.is_absolute() and not {"..", ".git"} & {part.lower() for part in path.parts}
    return plain and (root / path).parent.resolve() == root.resolve() / path.parent and not (root / path).is_symlink()


def _commit(root: Path) -> str:
    return git.answer(root, "rev-parse", "--verify", "--quiet", "HEAD") or ""


@contextmanager
def _made(root: Path) -> Iterator[None]:
    """Makes a directory, which is taken back where the block fails."""
    missing = [path for path in (root, *root.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir()
        yield
    except BaseException:
        for path in missing:
            with suppress(OSError):
                path.rmdir()
        raise


def _fill(path: Path, content: bytes, like: Path) -> None:
    """A file with the mode of another, should that be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if like.exists():
        shutil.copymode(like, path)


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
