"""Findings: the detected answers, and the places where each was read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from copier_slim.credentials import masked, parted
from copier_slim.printable import printable

LONGEST_EXCERPT = 100
MOST_NOTES = 300  # nobody reads more
# Answers of one line, whose words the container's launcher expands
ONE_LINE = frozenset({"app", "command"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the repository: a path relative to its root, a line from 1 (0: the whole file), what stands there.

    The text never has a credential: it is masked as the evidence is made.
    """

    path: str
    line: int = 0
    text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", masked(self.text))

    @property
    def place(self) -> str:
        """path:line, as editors open it."""
        path = printable(self.path)
        return f"{path}:{self.line}" if self.line else path

    def __str__(self) -> str:
        excerpt = printable(re.sub(r"[ \t]+", " ", self.text).strip(" "))
        if len(excerpt) > LONGEST_EXCERPT:
            excerpt = excerpt[: LONGEST_EXCERPT - 1] + "…"
        return f"{self.place}: {excerpt}" if excerpt else self.place


@dataclass(frozen=True, slots=True)
class Finding:
    """The value found for an answer, with its evidence; `guess` where it follows from a habit, not from a statement."""

    answer: str
    value: Any
    evidence: tuple[Evidence, ...] = ()
    guess: bool = False


@dataclass(slots=True)
class Findings:
    """Findings by answer, what the user should know beside them, and the variables that the code needs at start.

    `offered` are lines for the answer `processes` that follow from the code alone.
    """

    found: dict[str, Finding] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    required: dict[str, Evidence] = field(default_factory=dict)
    offered: list[str] = field(default_factory=list)

    def add(self, answer: str, value: Any, *evidence: Evidence, guess: bool = False) -> None:  # noqa: ANN401 answers are of any type
        """Records the value of an answer, instead of one found before; what has a credential in it is not recorded."""
        if isinstance(value, str) and masked(value) != value:
            value = self._without_credentials(answer, value, f" from {evidence[0].place}" if evidence else "")
        self.found[answer] = Finding(answer, value, evidence, guess)

    def note(self, text: str) -> None:
        """Adds a note for the user, unless it is there already."""
        text = printable(masked(text))
        if len(self.notes) < MOST_NOTES and text not in self.notes:
            self.notes.append(text)
        elif len(self.notes) == MOST_NOTES:
            self.notes.append(f"further notes are left out: there are over {MOST_NOTES}")

    def _without_credentials(self, answer: str, value: str, where: str) -> str:
        if answer in ONE_LINE:
            value, names = parted(value)
            self.note(f"not carried over{where}: credentials in {answer}; set {', '.join(names)} at run time")
            return value
        lines = value.split("\n")
        left = "; ".join(masked(line) for line in lines if masked(line) != line)
        self.note(f"not carried over{where}, since credentials are no part of {answer}: {left}")
        return "\n".join(line for line in lines if masked(line) == line)

    def value(self, answer: str, default: Any = None) -> Any:  # noqa: ANN401 likewise
        """The value found for an answer."""
        finding = self.found.get(answer)
        return default if finding is None else finding.value

    @property
    def answers(self) -> dict[str, Any]:
        """The values by answer, as Copier's data."""
        return {name: finding.value for name, finding in self.found.items()}

    @property
    def places(self) -> dict[str, str]:
        """Where each answer was read, as path:line and what stands there; what was found where that is nowhere."""
        return {
            name: str(finding.evidence[0]) if finding.evidence else f"found: {finding.value}"
            for name, finding in self.found.items()
        }
