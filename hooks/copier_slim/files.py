"""Writing into a repository so that nothing is lost: git holds what is replaced, or a copy beside it, or it is not replaced."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from copier_slim.errors import InputError, ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = ".orig"


@dataclass(slots=True)
class Plan:
    """What is written where: paths relative to `root`, to their content; `kept` get a copy beside them first."""

    root: Path
    files: dict[str, bytes] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def write(self) -> None:
        """Writes all or nothing. Raises ToolError where the directory cannot be written."""
        parts: list[tuple[Path, Path]] = []
        made: list[Path] = []
        try:
            for path in (self.root, *(self.root / name for name in self.files)):
                directory = path if path is self.root else path.parent
                if not directory.exists():
                    directory.mkdir(parents=True)
                    made.append(directory)
            for name, content in self.files.items():
                target = self.root / name
                part = target.with_name(f".{target.name}.copier-slim")
                part.write_bytes(content)
                parts.append((part, target))
            for name in self.kept:
                shutil.copy2(self.root / name, self.root / f"{name}{KEPT}")
            for part, target in parts:
                part.replace(target)
        except OSError as error:
            for part, _ in parts:
                part.unlink(missing_ok=True)
            for directory in reversed(made):
                if not any(directory.iterdir()):
                    directory.rmdir()
            raise ToolError(
                f"{error.filename or self.root} cannot be written: {error.strerror}; nothing is changed"
            ) from error


def plan(root: Path, files: Mapping[str, bytes], *, force: bool = False) -> Plan:
    """What writing `files` to `root` would do.

    Raises InputError where a file has changes that git does not hold, unless `force`; outside git a copy is kept.
    """
    made = Plan(root)
    in_git = git(root, "rev-parse", "--is-inside-work-tree") is not None
    lost = []
    for name, content in sorted(files.items()):
        target = root / name
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise InputError(f"{target} is no plain file; move it away first")
        if not target.exists():
            made.new.append(name)
        elif target.read_bytes() == content:
            continue
        elif in_git and is_held(root, name):
            made.replaced.append(name)
        elif in_git and not force:
            lost.append(name)
            continue
        else:
            made.replaced.append(name)
            made.kept.append(name)
        made.files[name] = content
    if lost:
        raise InputError(
            f"{', '.join(lost)} would be overwritten with changes that git does not hold; commit first, or add --force to keep a copy beside"
        )
    return made


def is_held(root: Path, name: str) -> bool:
    """Whether git has the file as it is."""
    return (
        git(root, "ls-files", "--error-unmatch", "--", name) is not None
        and git(root, "status", "--porcelain", "--", name) == ""
    )


def git(root: Path, *arguments: str) -> str | None:
    """What git prints; None where it fails or is not there."""
    directory = next((path for path in (root, *root.absolute().parents) if path.is_dir()), Path())
    try:
        done = subprocess.run(  # noqa: S603 git, with the caller's arguments
            ["git", "-C", str(directory), *arguments],  # noqa: S607
            capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
