"""The verb `update`: a plain `copier update`, then a new lock where requirements.in has changed. It names conflicts."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from copier_slim import lock as locks
from copier_slim import rendering, report
from copier_slim.errors import CheckFailedError, InputError, UsageError
from copier_slim.files import git
from copier_slim.lock.project import answers_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console

MARKER = re.compile(rb"^(?:<{7}|>{7}|={7}|\|{7})(?: |$)", re.MULTILINE)


def update(
    destination: Path, given: Mapping[str, Any], out: Console, *, ask: bool, lock: bool, ref: str | None = None
) -> None:
    """Brings the project to the template's newest version, or to `ref`.

    Raises InputError where it is not the template's or git does not hold it, CheckFailedError where conflicts are left.
    """
    if not (destination / rendering.ANSWERS_FILE).is_file():
        raise InputError(f"{destination} has no {rendering.ANSWERS_FILE}; run copier-slim copy first")
    if git(destination, "rev-parse", "--is-inside-work-tree") is None:
        raise InputError(
            f"{destination} is in no git repository, so what you changed cannot be told from what was emitted;"
            " commit it first"
        )
    if "_src_path" not in answers_of(destination):
        raise InputError(f"{destination / rendering.ANSWERS_FILE} is not as the template wrote it; restore it from git")
    if ask and not sys.stdin.isatty():
        raise UsageError("no terminal to ask on; add --defaults")
    asked = _bytes(destination / "requirements.in")
    from copier import run_update  # noqa: PLC0415 a quarter of a second

    with rendering.one_line_errors():
        run_update(
            destination,
            data=dict(given),
            defaults=not ask,
            overwrite=True,
            quiet=True,
            vcs_ref=ref,
            skip_answered=False,
        )
    left = conflicts(destination)
    if left:
        raise CheckFailedError(f"conflicts are left in {', '.join(left)}; edit them, then run copier-slim lock")
    if lock and (_bytes(destination / "requirements.in") != asked or not (destination / "requirements.txt").is_file()):
        with report.progress(out, "locking the dependencies") as tell:
            locks.lock(destination, progress=tell)
        out.print("locked anew, since requirements.in has changed")
    out.print("up to date; look at the changes with git diff")


def conflicts(destination: Path) -> list[str]:
    """The files with conflict markers, as path:line, and rejected hunks."""
    changed = git(destination, "diff", "--name-only", "--relative", "-z", "HEAD") or ""
    new = git(destination, "ls-files", "--others", "--exclude-standard", "-z") or ""
    found = []
    for name in sorted({*changed.split("\0"), *new.split("\0")} - {""}):
        content = _bytes(destination / name)
        if name.endswith(".rej"):
            found.append(name)
        elif match := MARKER.search(content):
            found.append(f"{name}:{content[: match.start()].count(10) + 1}")
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
