"""What could not be observed, and why: docker failed, or there was nothing to observe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class CannotLookError(Exception):
    """Something is there to be observed and could not be, for the reason that it says: docker failed, say."""


class DoesNotApplyError(Exception):
    """There is nothing to observe, for the reason that it says; `option` is the command line's part in that."""

    def __init__(self, reason: str, option: str = "") -> None:
        super().__init__(reason)
        self.option = option


@dataclass(frozen=True, slots=True)
class NotSeen:
    """What was not observed, and why; not `applies` where there was nothing to, by an `option` if that is why."""

    reason: str
    applies: bool = True
    option: str = ""

    @classmethod
    def of(cls, error: Exception) -> NotSeen:
        """For the reason that an error says."""
        if isinstance(error, DoesNotApplyError):
            return cls(str(error), applies=False, option=error.option)
        return cls(str(error))


def need(value: T | NotSeen) -> T:
    """The observation; raises CannotLookError where it is missing, DoesNotApplyError where there is none to make."""
    if not isinstance(value, NotSeen):
        return value
    if value.applies:
        raise CannotLookError(value.reason)
    raise DoesNotApplyError(value.reason, value.option)
