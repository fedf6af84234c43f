"""What a run of verify gives: the results, the bill and the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim.verify.not_seen import NotSeen
from copier_slim.verify.outcome import Status

if TYPE_CHECKING:
    from copier_slim import catalog
    from copier_slim.verify.image.size_bill import Bill
    from copier_slim.verify.imports import Imports
    from copier_slim.verify.observations import Started
    from copier_slim.verify.outcome import Outcome

NOT_TIMED = NotSeen("nobody looked")


@dataclass(frozen=True, slots=True)
class Result:
    """A check and its outcome."""

    id: str
    check: catalog.Check
    outcome: Outcome

    @property
    def status(self) -> Status:
        return self.outcome.status


@dataclass(frozen=True, slots=True)
class Report:
    """All results on an image, what its first container wrote until it answered, how that started, what it imports."""

    image: str
    image_id: str
    results: list[Result]
    bill: Bill | NotSeen
    log: str
    started: Started | None = None
    imports: Imports | NotSeen = NOT_TIMED

    def by(self, status: Status) -> list[Result]:
        """The results with a status."""
        return [result for result in self.results if result.status is status]

    @property
    def passed(self) -> bool:
        """Whether all that there is to check was seen, and is as promised."""
        return not self.by(Status.FAILED) and not self.by(Status.NOT_SEEN)

    def __getitem__(self, name: str) -> Result:
        """The result of a check by its id; raises KeyError where there is none."""
        found = {result.id: result for result in self.results}
        return found[name]
