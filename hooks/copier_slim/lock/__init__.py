"""The lock: requirements.txt made from requirements.in, in the target image or by the same Python on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim.console import a_few
from copier_slim.errors import CheckFailedError
from copier_slim.lock import freshness
from copier_slim.lock.compiling import PIP_COMPILE_OPTIONS, UV_OPTIONS, Lock, build_failure, compile_lock
from copier_slim.lock.lockfile import Change, normalized, pins, requirements, summary
from copier_slim.lock.own_lock import OwnLock, own_lock
from copier_slim.lock.project import ASKED, LOCKED, answers_of, dockerfile_of, lock_command, read_text, write_text
from copier_slim.process import interruption
from copier_slim.rendering.copier import DETECTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "PIP_COMPILE_OPTIONS",
    "UV_OPTIONS",
    "Change",
    "Lock",
    "OwnLock",
    "build_failure",
    "check",
    "compile_lock",
    "lock",
    "normalized",
    "own",
    "pins",
]


def own(project: Path) -> OwnLock | None:
    """The project's own lock, which its own tool makes; None where `lock` makes requirements.txt."""
    return own_lock(project, answers_of(project))


def lock(project: Path, *, upgrade: bool = False, progress: Callable[[str], None] = lambda _: None) -> Lock:
    """Makes the lock as `compile_lock` does and writes requirements.txt at once, or not at all where it is equal."""
    made = compile_lock(project, upgrade=upgrade, progress=progress)
    if made.text != read_text(project / LOCKED):
        with interruption.held():
            write_text(project / LOCKED, made.text)
            interruption.wrote(f"{LOCKED} is written")
    return made


def check(project: Path, *, progress: Callable[[str], None] = lambda _: None) -> None:
    """Raises CheckFailedError where requirements.txt is not what requirements.in gives while its versions are kept.

    Comments and order do not count. Writes nothing; raises what `compile_lock` raises.
    """
    dockerfile_of(project)
    before = read_text(project / LOCKED)
    if before is None:
        raise CheckFailedError(f"{LOCKED} is missing; run: {lock_command(project)}")
    made = compile_lock(project, progress=progress)
    differing = requirements(before) ^ requirements(made.text)
    if differing:
        named = a_few(sorted(pins("\n".join(differing)))) or "its options"
        what = summary(made.changes) or f"other hashes or markers for {named}"
        raise CheckFailedError(f"{LOCKED} is not current: {what}; run: {lock_command(project)}")
    answers = answers_of(project)
    known = answers.get(DETECTED)
    if not isinstance(known, dict):
        return
    for item in freshness.unlisted(project, read_text(project / ASKED) or "", answers):
        if item.requirement not in (known.get("unlisted") or ()):
            raise CheckFailedError(
                f"{ASKED} lacks {item.requirement}, which {item.evidence.place} asks for; run: {item.mend}"
            )
