"""What was found, and where it was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LONGEST_EXCERPT = 100
MOST_NOTES = 300  # nobody reads more


def printable(text: str) -> str:
    """Text of a repository on one line, without what would steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the repository: a path relative to its root, a line from 1 (0: the whole file), what stands there."""

    path: str
    line: int = 0
    text: str = ""

    @property
    def place(self) -> str:
        """path:line, as editors open it."""
        path = printable(self.path)
        return f"{path}:{self.line}" if self.line else path

    def __str__(self) -> str:
        excerpt = printable(self.text)
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
    """Findings by answer, and what the user should know beside them."""

    found: dict[str, Finding] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, answer: str, value: Any, *evidence: Evidence, guess: bool = False) -> None:  # noqa: ANN401 answers are of any type
        """Records the value of an answer, instead of one found before."""
        self.found[answer] = Finding(answer, value, evidence, guess)

    def note(self, text: str) -> None:
        """Tells the user something once."""
        text = printable(text)
        if len(self.notes) < MOST_NOTES and text not in self.notes:
            self.notes.append(text)
        elif len(self.notes) == MOST_NOTES:
            self.notes.append(f"further notes are left out: there are over {MOST_NOTES}")

    def value(self, answer: str, default: Any = None) -> Any:  # noqa: ANN401 likewise
        """The value found for an answer."""
        finding = self.found.get(answer)
        return default if finding is None else finding.value

    @property
    def answers(self) -> dict[str, Any]:
        """The values by answer, as Copier's data."""
        return {name: finding.value for name, finding in self.found.items()}
