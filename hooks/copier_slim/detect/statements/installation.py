"""Which groups and extras an existing Dockerfile installs, by the words of each tool."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALLS = re.compile(
    r"\b(?:uv\s+(?:sync|export|pip\s+install)|poetry\s+(?:install|export|sync)|pdm\s+(?:install|sync|export)"
    r"|pipenv\s+(?:install|sync|requirements)|pip3?\s+install)\b(?P<words>[^&;|\n]*)"
)
# The options that name extras, and those that name groups; several are separated by commas or blanks
EXTRAS = frozenset({"--extra", "--extras", "-E", "-G"})  # PDM names both alike
GROUPS = frozenset({"--group", "--with", "--only", "--only-group", "-G", "--categories"})
EVERY_EXTRA = frozenset({"--all-extras"})
OF_THE_PROJECT = re.compile(r"\.\[([\w.,\s-]+)\]")
NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?", re.ASCII)
CONTINUED = re.compile(r"\\\n")


def named_groups(text: str) -> frozenset[str]:
    """The canonical names of groups, and of extras as [NAME] or [*] for all, that the lines of a Dockerfile install.

    `text` has at most the size that is read of any file.
    """
    return frozenset(
        name for found in INSTALLS.finditer(CONTINUED.sub(" ", text)) for name in _named(found["words"].strip())
    )


def _named(line: str) -> Iterator[str]:
    try:
        words = shlex.split(line)
    except ValueError:
        return
    for index, word in enumerate(words):
        option, separator, value = word.partition("=")
        value = value if separator else words[index + 1] if index + 1 < len(words) else ""
        names = [canonicalize_name(name) for name in re.split(r"[,\s]+", value) if NAME.fullmatch(name)]
        if word in EVERY_EXTRA:
            yield "[*]"
        if option in EXTRAS:
            yield from (f"[{name}]" for name in names)
        if option in GROUPS:
            yield from names
        if extras := OF_THE_PROJECT.fullmatch(word):
            yield from (f"[{canonicalize_name(name.strip())}]" for name in extras[1].split(",") if name.strip())
