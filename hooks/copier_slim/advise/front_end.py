"""What a front end's build adds to the image, as far as what it makes lies in the folder."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from copier_slim.advise.bases import MB
from copier_slim.advise.model import Size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MOST_FILES = 20_000
LARGEST = 64 << 20  # bytes of a file


def weigh(root: Path, answers: Mapping[str, Any], notes: list[str]) -> Size:
    """Megabytes of the files that the answers say are made; nothing, and a note, where they are not there."""
    if str(answers.get("assets") or "none") == "none":
        return Size()
    outputs = [line.split(" ")[0] for line in str(answers.get("assets_output") or "").splitlines() if line.strip()]
    disk = pull = 0
    for path in _files(root, outputs):
        disk += path.stat().st_size
        pull += len(zlib.compress(path.read_bytes()))
    if not disk:
        where = ", ".join(outputs)
        notes.append(f"the front end is not in the sizes, as nothing is in {where}: build it here once, or run verify")
    return Size(disk / MB, pull / MB)


def _files(root: Path, outputs: list[str]) -> Iterator[Path]:
    found = 0
    for output in outputs:
        for path in [root / output, *sorted((root / output).rglob("*"))]:
            inside = path.resolve().is_relative_to(root.resolve())
            if inside and path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
                found += 1
                if found > MOST_FILES:
                    return
                yield path
