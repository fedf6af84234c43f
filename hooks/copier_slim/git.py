"""Git, as a process, and what it knows."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PATIENCE = 60  # seconds for an answer


def answer(root: Path, *arguments: str) -> str | None:
    """What git prints, asked in `root` or the directory above that is there; None where it fails or is not there."""
    directory = next((path for path in (root, *root.absolute().parents) if path.is_dir()), Path())
    try:
        done = call(directory, *arguments, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.removesuffix("\n") if done.returncode == 0 else None


def entries(root: Path, *arguments: str) -> list[str]:
    """What git lists with `-z`, which is among the arguments; nothing where it fails or is not there."""
    return apart(answer(root, *arguments) or "")


def apart(listing: str) -> list[str]:
    """The entries of what git printed with `-z`."""
    return [entry for entry in listing.split("\0") if entry]


def call(
    directory: Path, *arguments: str, given: str = "", timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Git's exit code and what it prints, with `given` for its stdin; raises what subprocess.run does."""
    return subprocess.run(  # noqa: S603 git, with the caller's arguments
        ["git", "-C", str(directory), *arguments],  # noqa: S607
        input=given, capture_output=True, text=True, errors="surrogateescape", timeout=timeout, check=False,
        env={**os.environ, "LC_ALL": "C", "GIT_LFS_SKIP_SMUDGE": "1"},
    )  # fmt: skip
