"""What others wrote, as it may be shown: nothing in it draws on a terminal, turns its direction, or hides."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# Letters and marks by their category, and yet drawn as nothing: Default_Ignorable_Code_Point of
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, without variation selectors; and a blank
DRAWN_AS_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")


def printable(text: str, *, lines: bool = False) -> str:
    r"""The text with all that is not seen for itself as in a Python string: `\x1b`, `\u202e`, `\udc9b`.

    These are control characters, those that turn the direction or have no width, separators but the space, unpaired
    surrogates. The text is one line then; with `lines` its line ends stay what they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _is_seen(character) or (lines and character == "\n") else _escaped(character) for character in text
    )


def as_json(document: Any) -> str:  # noqa: ANN401 whatever JSON holds
    """The document as indented JSON, in which what `printable` escapes is escaped as JSON has it; a line end after."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return "".join(character if _is_seen(character) or character == "\n" else _in_json(character) for character in text)


def shell_word(text: str | Path) -> str:
    r"""A path as one word for a shell, and no option: quoted where need be, as in `$'a\033'` where it cannot be seen.

    The octal escapes of `$'…'` are the same in bash, zsh, ksh and POSIX.1-2024.
    """
    word = str(text)
    if word.startswith("-"):
        word = f"./{word}"
    if all(map(_is_seen, word)):
        return shlex.quote(word)
    return "$'" + "".join(_in_shell(character) for character in word) + "'"


def _is_seen(character: str) -> bool:
    return character.isprintable() and character not in DRAWN_AS_NOTHING


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _in_json(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _in_shell(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    return character if _is_seen(character) else "".join(f"\\{byte:03o}" for byte in os.fsencode(character))
