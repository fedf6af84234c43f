"""A Dockerfile as a list of instructions: enough of the grammar for what the template emits.

https://docs.docker.com/reference/dockerfile/#format
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Instruction:
    """A keyword, its arguments with continued lines joined, and the text of its here-document."""

    keyword: str
    arguments: str
    document: str = ""

    @property
    def argv(self) -> list[str]:
        """The words of an exec form; raises ValueError where it is none."""
        words: list[str] = json.loads(self.arguments[self.arguments.index("[") :])
        return words


def parse(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile; raises ValueError at a line that starts none."""
    found = []
    lines = iter(text.splitlines())
    for first in lines:
        line = first
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        while line.endswith("\\"):
            following = next(lines)
            while following.lstrip().startswith("#"):
                following = next(lines)
            line = line[:-1] + following
        match = re.fullmatch(r"([A-Z]+) +(.+)", line)
        if not match:
            raise ValueError(f"no instruction: {line!r}")
        document = []
        if heredoc := re.search(r"<<'(\w+)'", line):
            while (content := next(lines)) != heredoc[1]:
                document.append(content)
        found.append(Instruction(match[1], match[2], "\n".join(document)))
    return found
