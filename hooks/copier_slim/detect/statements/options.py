"""A program's words as options and arguments, and words as the answer `command` has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from copier_slim.catalog import Program

# What the questions accept, in short: questions/words.jinja
VARIABLE = r"\$(?:[A-Za-z_]\w*+|\{[A-Za-z_]\w*+(?::?-[\w.,:=@%+/*-]*+)?\})"
NO_WAY_OUT = r"(?!(?:[^ ]*[/=])?\.(?:\.|git)(?:[/ ]|\Z))"
PLAIN = re.compile(rf"{NO_WAY_OUT}(?:[\w.,:=@%+/*\[\]-]|\(\)|{VARIABLE})+", re.ASCII)
QUOTABLE = re.compile(rf"{NO_WAY_OUT}(?:[ -#%-_a-~]|{VARIABLE})*", re.ASCII)  # no backtick: a shell would run it
OPTION = re.compile(r"--?[\w.-]+=", re.ASCII)
SHORT = 2  # characters of an option with one dash


@dataclass(frozen=True, slots=True)
class Item:
    """An option with its value, or an argument: the words as written, the option's name, its value where it has one."""

    words: tuple[str, ...]
    name: str = ""
    value: str | None = None

    def having(self, value: str) -> Item:
        """The option with another value, spelled as it was."""
        if len(self.words) > 1:
            return Item((self.words[0], value), self.name, value)
        if self.value is None:
            return self
        return Item((f"{self.words[0][: len(self.words[0]) - len(self.value)]}{value}",), self.name, value)

    def __str__(self) -> str:
        return " ".join(self.words)


def parse(words: Sequence[str], program: Program) -> Iterator[Item]:
    """The options and arguments behind a program, in their order: --name value, --name=value, -n value, -nvalue."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            yield from (Item((each,)) for each in (word, *rest))
            return
        if not word.startswith("-") or word == "-":
            yield Item((word,))
            continue
        name, equals, value = word.partition("=")
        known = name in program.flags or name in program.role_of
        if equals and (known or word.startswith("--")):
            yield Item((word,), name, value)
        elif word in program.flags:
            yield Item((word,), word)
        elif not word.startswith("--") and len(word) > SHORT and not known:
            yield from _joined(word, program)
        elif rest and (not rest[0].startswith("-") or re.fullmatch(r"-\d*", rest[0])):
            yield Item((word, rest[0]), word, rest.pop(0))
        else:
            yield Item((word,), word)


def _joined(word: str, program: Program) -> Iterator[Item]:
    """Short options in one word: flags, or one with its value."""
    if all(f"-{letter}" in program.flags for letter in word[1:]):
        yield from (Item((f"-{letter}",), f"-{letter}") for letter in word[1:])
    else:
        yield Item((word,), word[:SHORT], word[SHORT:])


def quoted(word: str) -> str | None:
    """A word as the answer `command` has it; None where it cannot, since only a shell could make sense of it."""
    if PLAIN.fullmatch(word):
        return word
    if not QUOTABLE.fullmatch(word):
        return None
    if (option := OPTION.match(word)) and option[0] != word:
        return f"{option[0]}{quoted(word[option.end() :])}"
    if "'" not in word:
        return f"'{word}'"
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def joined(words: Iterable[str]) -> str:
    """Words as the answer `command` has them, without those that it cannot have."""
    return " ".join(filter(None, map(quoted, words)))
