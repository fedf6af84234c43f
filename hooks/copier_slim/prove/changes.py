"""A change of answers, and the project that it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from copier_slim import lock as locks
from copier_slim.lock.project import LOCKED, read_text
from copier_slim.prove.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Change:
    """Answers by name with their new values, and variables that only the next trials get."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


class Project:
    """What a mend may look at: the answers, the sources, the lock."""

    def __init__(self, root: Path, answers: Mapping[str, Any]) -> None:
        self.root = root
        self.answers = answers

    @cached_property
    def sources(self) -> Sources:
        return Sources(self.root)

    @cached_property
    def locked(self) -> dict[str, str]:
        """The versions of what the image installs by canonical name, as far as requirements.txt says."""
        return {} if locks.own(self.root) else locks.pins(read_text(self.root / LOCKED) or "")

    @property
    def installed(self) -> set[str]:
        """The canonical names of what the image installs, likewise."""
        return set(self.locked)

    def text(self, answer: str) -> str:
        """An answer as text, "" where there is none."""
        return str(self.answers.get(answer) or "")

    def with_lines(self, answer: str, *lines: str) -> Change | None:
        """Lines added to an answer of several; None where it has them all."""
        before = self.text(answer).split("\n") if self.text(answer) else []
        new = [line for line in dict.fromkeys(lines) if line and line not in before]
        return Change({answer: "\n".join([*before, *new])}) if new else None

    def with_variable(self, line: str) -> Change | None:
        """A line `NAME=value` in place of the one for the same name; None where it is there."""
        name = line.partition("=")[0]
        before = [item for item in self.text("environment").split("\n") if item]
        if line in before or not line:
            return None
        kept = [item for item in before if item.partition("=")[0] != name]
        return Change({"environment": "\n".join([*kept, line])})
