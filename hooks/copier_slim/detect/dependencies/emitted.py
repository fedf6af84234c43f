"""The parts of an emitted requirements.in, by their headings."""

from __future__ import annotations

import re

# Below the first of these, the lines are the project's, not the template's
OWN = re.compile(r"^# (?:From the answer dependencies|The project's own)[^\S\n]*$", re.MULTILINE)
MANAGED = "# What the template needs"
BESIDE = "# Beside "


def is_beside(text: str) -> bool:
    """Whether an emitted requirements.in only has what the image needs beside a list that is somewhere else."""
    return text.lstrip().startswith((MANAGED, BESIDE)) and not OWN.search(text)
