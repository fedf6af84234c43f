"""What an app writes to its engine's disk while it is watched: many small files fill that as one large file does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_WRITTEN = 2 << 30  # bytes in all files
MOST_FILES = 200_000  # each of which takes an inode, of which a disk has only so many
LOOKS = 1.0  # seconds between two looks


class Disk:
    """What a container has written; `look` tells that by the limits, as its bytes and its files, or "" where it cannot.

    Without `look` it keeps nothing, and nothing is looked for.
    """

    def __init__(self, look: Callable[[str, str], str] | None) -> None:
        self._look = look
        self._looked = 0.0
        self.written: tuple[int, int] | None = None

    def is_filled(self, age: float) -> bool:
        """Whether a container of this age in seconds has written more than a trial may; `written` says how much."""
        if self._look is None or age - self._looked < LOOKS:
            return False
        self._looked = age
        told = self._look(str(MOST_WRITTEN), str(MOST_FILES)).split() or ("0", "0")
        size, files = map(int, told)
        if size > MOST_WRITTEN or files > MOST_FILES:
            self.written = (size, files)
        return self.written is not None
