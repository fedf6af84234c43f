"""The type of the rows by which `copy --prove` and `verify` read a failed start, which is checked as it is read."""

from __future__ import annotations

from typing import Literal

import msgspec

from copier_slim.catalog.rows import Row

# How a build and a start come out, in the order in which they get further
STATES = (
    "unbuilt", "killed", "full", "illegal", "ended", "silent", "loopback", "elsewhere", "mute", "error", "refused",
    "not-found", "works",
)  # fmt: skip


class Failure(Row, frozen=True):
    """A kind of failure; the fields are explained at the head of failures.yml."""

    at: list[str]
    log: str = ""
    unless: str = ""
    mend: str = ""
    uses: dict[str, str] = msgspec.field(default_factory=dict)
    says: str = ""
    needs: str = ""
    by_hand: str = ""
    blame: Literal["image", "outside"] = "image"
    examples: list[str] = msgspec.field(default_factory=list)
    others: list[str] = msgspec.field(default_factory=list)
