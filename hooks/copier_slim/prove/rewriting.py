"""Rendering again with other answers: what that changes is merged into the project, all of it or nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier_slim import lock as locks
from copier_slim.errors import InputError, ToolError
from copier_slim.lock.project import ASKED, LOCKED, answers_of
from copier_slim.process import interruption
from copier_slim.rendering import copier
from copier_slim.worktree import git, journal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from copier_slim.rendering.source import Source

Files = dict[str, bytes | None]  # by path, None for one that is not there


def rewrite(
    project: Path, source: Source, changes: Mapping[str, Any], progress: Callable[[str], None] = lambda _: None
) -> Files:
    """Writes what other answers change, a new lock too where they ask for other packages; the files as they were.

    Raises InputError where an answer is refused, where a file was changed by hand at the same place, or where the
    packages cannot be locked: then nothing is written.
    """
    before = copier.asked(answers_of(project))
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as directory:
        place = Path(directory)
        old, new = (place / side / (project.resolve().name or "app") for side in ("old", "new"))
        copier.render(source, old, before, {}, ask=False)
        copier.render(source, new, before | dict(changes), {}, ask=False)
        made = _merged(project, copier.files(old), copier.files(new), place)
        made[copier.ANSWERS_FILE] = _answered(project, answers_of(old), answers_of(new), place)
        if ASKED in made or ("python_version" in changes and not locks.own(new)):
            made |= _locked(project, new, made, progress)
    return put(project, made)


def put(project: Path, files: Files) -> Files:
    """Writes and removes files, all or none; the files as they were. Raises ToolError where that cannot be done."""
    before = {name: _read(project / name) for name in files}
    written = {name: content for name, content in files.items() if content is not None}
    removed = [name for name, content in files.items() if content is None and before[name] is not None]
    try:
        with interruption.held(), journal.write(project, written, removed=removed, kept={}, index=False):
            pass
    except OSError as error:
        where = error.filename or project
        raise ToolError(f"{where} cannot be written: {error.strerror}; nothing was changed") from error
    return before


def _merged(project: Path, old: dict[str, bytes], new: dict[str, bytes], place: Path) -> Files:
    """What differs between two renderings, in the project's files."""
    made: Files = {}
    for name in sorted({*old, *new}):
        base, wanted = old.get(name), new.get(name)
        if base == wanted or name == copier.ANSWERS_FILE:
            continue
        now = _read(project / name)
        if now is None or now == base or wanted is None:
            made[name] = wanted
        else:
            made[name] = _merge(project / name, now, base or b"", wanted, place)
    return made


def _answered(project: Path, old: Mapping[str, Any], new: Mapping[str, Any], place: Path) -> bytes:
    """The answers file with what differs between two renderings; what it has of its own stays."""
    path = place / copier.ANSWERS_FILE
    path.write_bytes(_read(project / copier.ANSWERS_FILE) or b"")
    for name, value in new.items():
        if name not in old or old[name] != value:
            copier.add_answer(path, name, value)
    return path.read_bytes()


def _merge(path: Path, now: bytes, base: bytes, wanted: bytes, place: Path) -> bytes:
    files = []
    for name, content in (("now", now), ("base", base), ("wanted", wanted)):
        (place / name).write_bytes(content)
        files.append(str(place / name))
    done = git.call(place, "merge-file", "--stdout", *files)
    if done.returncode:
        raise InputError(f"{path} was changed at the place where an answer changes it; edit it by hand")
    return done.stdout


def _locked(project: Path, new: Path, made: Files, progress: Callable[[str], None]) -> Files:
    """The lock of a new rendering, which keeps the versions of the one that is there but of what is asked for anew."""
    asked = made.get(ASKED) or _read(project / ASKED)
    if asked is not None:
        (new / ASKED).write_bytes(asked)
    before, after = ((content or b"").decode().split("\n") for content in (_read(project / ASKED), asked))
    anew = {locks.normalized(line) for line in {*before} ^ {*after}}
    kept = locks.pins((_read(project / LOCKED) or b"").decode())
    seed = "".join(
        f"{name}=={version}\n" for name, version in kept.items() if name not in anew and "://" not in version
    )
    if seed:
        (new / LOCKED).write_text(seed, encoding="utf-8")
    try:
        lock = locks.compile_lock(new, known_as=project, progress=progress)
    except InputError:
        if not seed:
            raise
        (new / LOCKED).unlink(missing_ok=True)  # another release of what was locked may fit
        lock = locks.compile_lock(new, known_as=project, progress=progress)
    return {LOCKED: lock.text.encode()}


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
