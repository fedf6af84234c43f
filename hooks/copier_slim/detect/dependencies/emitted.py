"""The parts of an emitted requirements.in, by their headings."""

from __future__ import annotations

# Below it are the project's own lines, where requirements.in is where they are stated
OWN = "# The project's own"
MANAGED = "# What the template needs"
BESIDE = "# Beside "


def is_beside(text: str) -> bool:
    """Whether an emitted requirements.in only has what the image needs beside a list that is somewhere else."""
    return text.lstrip().startswith((MANAGED, BESIDE)) and OWN not in text
