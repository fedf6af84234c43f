"""Git, asked for what it knows, or told what to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from copier_slim.errors import ToolError

PATIENCE = 60  # seconds for an answer


def answer(root: Path, *arguments: str) -> str | None:
    """What git prints, asked in `root` or the directory above that is there; None where it fails or is not there."""
    directory = next((path for path in (root, *root.absolute().parents) if path.is_dir()), Path())
    try:
        done = _call(directory, arguments, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.removesuffix("\n") if done.returncode == 0 else None


def entries(root: Path, *arguments: str) -> list[str]:
    """What git lists with `-z`, which is among the arguments; nothing where it fails or is not there."""
    return apart(answer(root, *arguments) or "")


def apart(listing: str) -> list[str]:
    """The entries of what git printed with `-z`."""
    return [entry for entry in listing.split("\0") if entry]


def run(directory: Path, *arguments: str, options: tuple[str, ...] = (), given: str = "") -> str:
    """What git prints, with `given` for its stdin and `options` before the command.

    Raises ToolError with what it complains about.
    """
    try:
        done = _call(directory, (*options, *arguments), given=given)
    except OSError as error:
        raise ToolError(f"git cannot be run: {error.strerror}; install it") from error
    if done.returncode:
        said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise ToolError(f"git {arguments[0]} fails in {directory}: {said}; nothing is changed")
    return done.stdout


def _call(
    directory: Path, arguments: tuple[str, ...], *, given: str = "", timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 git, with the caller's arguments
        ["git", "-C", str(directory), *arguments],  # noqa: S607
        input=given, capture_output=True, text=True, errors="surrogateescape", timeout=timeout, check=False,
        env={**os.environ, "LC_ALL": "C", "GIT_LFS_SKIP_SMUDGE": "1"},
    )  # fmt: skip
