"""One temporary directory for all that a run, Copier in it and its children put into one; the next run removes it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from copier_slim.process import interruption, runs

PREFIX = "copier-slim-"
NAME = re.compile(rf"{PREFIX}(?P<run>{runs.PATTERN})-\w+", re.ASCII)

_made: list[Path] = []


def make() -> None:
    """Makes this run's and lets all temporary files be made in it; removes those that runs which are over have left.

    Where none can be made, whoever needs one says so.
    """
    with suppress(OSError), interruption.held():
        place = Path(tempfile.gettempdir())
        sweep(place)
        _made.append(Path(tempfile.mkdtemp(prefix=f"{PREFIX}{runs.own()}-")))  # of mode 0700
        tempfile.tempdir = os.environ["TMPDIR"] = str(_made[-1])


def outside() -> Path:
    """The temporary directory around it, for what has to stay when the run is over."""
    return _made[0].parent if _made else Path(tempfile.gettempdir())


def remove() -> None:
    """Removes this run's."""
    while _made:
        shutil.rmtree(_made.pop(), ignore_errors=True)


def sweep(place: Path) -> None:
    """Removes what this user's runs on this machine left in a directory that others may write to as well."""
    with os.scandir(place) as entries:
        for entry in entries:
            found = NAME.fullmatch(entry.name)
            with suppress(OSError):
                if found and _is_own(entry) and runs.is_over(found["run"]):
                    shutil.rmtree(entry.path, ignore_errors=True)  # which follows no link


def _is_own(entry: os.DirEntry[str]) -> bool:
    there = entry.stat(follow_symlinks=False)
    return entry.is_dir(follow_symlinks=False) and (os.name != "posix" or there.st_uid == os.geteuid())
