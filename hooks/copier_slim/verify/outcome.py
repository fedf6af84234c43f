"""What a check says: whether it passed, what it looked at and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copier_slim.verify.not_seen import NotSeen

MOST_SHOWN = 10
LONGEST = 300


class Status(StrEnum):
    """How a check came out. One that could not look has not passed, and what it is for may be broken."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_SEEN = "could not be seen"
    DOES_NOT_APPLY = "does not apply"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A check's result: `looked_at` and `found` in a phrase each, `details` one thing a line.

    `option` is what on the command line keeps a check from applying, as "without --budget", "" where nothing does.
    """

    status: Status
    looked_at: str
    found: str
    details: tuple[str, ...] = ()
    option: str = ""


def passed(looked_at: str, found: str) -> Outcome:
    """What is promised is kept."""
    return Outcome(Status.PASSED, looked_at, found)


def failed(looked_at: str, found: str, details: list[str] | tuple[str, ...] = ()) -> Outcome:
    """It is not."""
    return Outcome(Status.FAILED, looked_at, found, _shown(details))


def unseen(error: Exception) -> Outcome:
    """It could not be looked at, or there was nothing to look at."""
    why = NotSeen.of(error)
    return Outcome(Status.NOT_SEEN if why.applies else Status.DOES_NOT_APPLY, "", why.reason, option=why.option)


def _shown(details: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    more = len(details) - MOST_SHOWN
    shown = (line if len(line) <= LONGEST else f"{line[:LONGEST]} …" for line in details[:MOST_SHOWN])
    return (*shown, *([f"and {more} more"] if more > 0 else []))


def of(looked_at: str, wrong: list[str], good: str) -> Outcome:
    """Passed where nothing is wrong, which `good` says; else the first of what is."""
    if not wrong:
        return passed(looked_at, good)
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return failed(looked_at, wrong[0] + more, wrong if more else ())
