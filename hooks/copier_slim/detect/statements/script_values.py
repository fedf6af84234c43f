"""The variables of a start script, and the conditions on them, as far as they are known before it starts."""

from __future__ import annotations

import fnmatch
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# $NAME, ${NAME}, ${NAME:-other} and the like, and those of the arguments
VARIABLE = re.compile(
    r"\$(?:([A-Za-z_]\w*|[0-9@*#?!$-])|\{([A-Za-z_]\w*|[0-9@*#])(\[[@*]\])?(?:(:?[-=+?]|[:#%,^/]++)([^{}]*+(?:\{[^{}]*+\}[^{}]*+)*+))?\})",
    re.ASCII,
)
QUOTED = re.compile(r"\\(.)|'([^']*+)'|\"((?:[^\"\\]|\\.)*+)\"")
QUOTED_ALL = re.compile(r"\"(\$(?:[@*]|\{(?:[@*](?::\d+)?|\w+\[[@*]\])\}))\"")
MADE = re.compile(r"(?<!\\)(?:\$\(|`|<\(|>\()")
OWN_USER = re.compile(r"\$\(id -u\)|`id -u`|\$\{?E?UID\b\}?|\$\(whoami\)|`whoami`")
NUMBERS = {"-eq": 0, "-ne": 1, "-gt": 2, "-lt": 3, "-ge": 4, "-le": 5}
DEEPEST = 8  # variables in variables
LONGEST = 4_000  # characters of a word


@dataclass(slots=True)
class Variables:
    """What is set: `environment` by the image, `own` by the script as it is written there, None where not known.

    `assumed` are the defaults of variables that have been taken as their values, `first` the variables that are set to
    the first argument.
    """

    environment: dict[str, str]
    arguments: list[str]
    is_file: Callable[[str], bool]
    own: dict[str, str | None] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)
    first: set[str] = field(default_factory=set)

    def assign(self, name: str, text: str) -> None:
        """Sets a variable to what is written behind its =, with other variables filled in."""
        adds = name.endswith("+")
        name = name.removesuffix("+")
        if text.startswith("(") and text.endswith(")"):
            text = text[1:-1]
        if self.is_first(text):
            self.first.add(name)
        found = self.expanded(text)
        if adds and found is not None:
            before = self.own.get(name, "")
            found = None if before is None else f"{before} {found}".strip()
        self.own[name] = found if found is None else unquoted(found) if " " not in found or adds is False else found

    def is_first(self, word: str) -> bool:
        """Whether a word is the first argument, or a variable that is set to it."""
        found = VARIABLE.fullmatch(word.strip('"'))
        return bool(found and ((found[1] or found[2]) == "1" or (found[1] or found[2]) in self.first))

    def depends(self, text: str, but: str) -> bool:
        """Whether a text names a variable that only the container's start knows, other than one of a name."""
        return any((found[1] or found[2]) not in (but, None) for found in VARIABLE.finditer(text))

    def expanded(self, word: str) -> str | None:
        """A word with the variables of the script filled in, the environment's left; None where it is made at start."""
        if "'" not in word and MADE.search(word):
            return None
        word = QUOTED_ALL.sub(r"\1", word)
        unknown = False

        def fill(found: re.Match[str]) -> str:
            nonlocal unknown
            name, operator, other = found[1] or found[2], found[4] or "", found[5] or ""
            if name in ("@", "*"):
                start = int(other) - 1 if operator == ":" and other.isdigit() else 0
                return shlex.join(self.arguments[max(start, 0) :])
            if name.isdigit():
                at = int(name) - 1
                given = self.arguments[at] if 0 <= at < len(self.arguments) else ""
                return given or (other if operator in (":-", "-") else "")
            if name not in self.own:
                return found[0]
            text = self.own[name]
            if text is None or operator not in ("", ":-", "-", ":+", "+", ":=", "="):
                unknown = True
                return ""
            if operator in (":+", "+"):
                return other if text else ""
            return text or (other if operator.startswith(":") else "")

        parts = re.split(r"('[^']*')", word) if '"' not in word else [word]
        filled = "".join(part if part.startswith("'") else VARIABLE.sub(fill, part) for part in parts)
        return None if unknown or len(filled) > LONGEST or MADE.search(filled) else filled

    def value(self, word: str, depth: int = DEEPEST) -> str | None:
        """What a word comes to; None where only the container's start knows it."""
        word = OWN_USER.sub("10001", word)  # any but root's
        if MADE.search(word) or not depth:
            return None
        unknown = False

        def fill(found: re.Match[str]) -> str:
            nonlocal unknown
            name, operator, other = found[1] or found[2], found[4] or "", found[5] or ""
            known = self._known(name, depth)
            text: str | None
            if operator in (":-", "-", ":=", "="):
                other = unquoted(other)
                if known is None and not name.isdigit():
                    self._assume(name, other)
                    unknown = unknown or not other  # what nobody sets is known at start only
                text = known or (other if known is None or operator.startswith(":") else "")
                text = self.value(text, depth - 1) if "$" in text else text
            elif operator in (":+", "+"):
                text = None if known is None else other if known else ""
            elif operator in ("#", "##") and known is not None:
                text = known.removeprefix(other)
            elif operator in ("%", "%%") and known is not None:
                text = known.removesuffix(other)
            elif operator == ",," and known is not None:
                text = known.lower()
            elif operator == ":" and known is not None and (part := re.fullmatch(r"(\d+):(\d+)", other)):
                text = known[int(part[1]) : int(part[1]) + int(part[2])]
            else:
                text = known if not operator else None
            unknown = unknown or text is None
            return text or ""

        filled = VARIABLE.sub(fill, unquoted(word))
        return None if unknown or len(filled) > LONGEST else filled

    def _assume(self, name: str, text: str) -> None:
        if text:
            self.assumed[name] = text

    def _known(self, name: str, depth: int) -> str | None:
        if name in ("@", "*"):
            return " ".join(self.arguments)
        if name == "#":
            return str(len(self.arguments))
        if name == "?":
            return "0"
        if name.isdigit():
            at = int(name) - 1
            return "start" if at < 0 else self.arguments[at] if at < len(self.arguments) else ""
        if name in self.own:
            text = self.own[name]
            if text is not None and re.search(rf"\$\{{?{name}\b", text):  # its own default
                found = VARIABLE.fullmatch(text)
                default = found[5] if found and found[4] in (":-", "-") else None
                if default and name not in self.environment:
                    self._assume(name, default)
                return self.environment.get(name) or default or None
            return None if text is None else self.value(text, depth - 1)
        return self.environment.get(name)

    def test(self, words: tuple[str, ...]) -> bool | None:
        """Whether [ … ], [[ … ]] or test holds."""
        inner = list(words[1:])
        if inner and inner[-1] in ("]", "]]"):
            inner.pop()
        return self._any(inner)

    def _any(self, words: list[str]) -> bool | None:
        for operators, decisive in ((("||", "-o"), True), (("&&", "-a"), False)):
            at = next((index for index, word in enumerate(words) if word in operators), None)
            if at is not None and at > 0:
                both = self._any(words[:at]), self._any(words[at + 1 :])
                return decisive if decisive in both else None if None in both else not decisive
        if words[:1] == ["!"]:
            inner = self._any(words[1:])
            return None if inner is None else not inner
        return self._one(words)

    def _one(self, words: list[str]) -> bool | None:
        match words:
            case ["-z" | "-n" as operator, word]:
                value = self.value(word)
                return None if value is None else bool(value) is (operator == "-n")
            case ["-f" | "-e" | "-s" | "-r" | "-x" | "-d", path]:
                value = self.value(path)
                return True if value and self.is_file(value) else None
            case [word]:
                value = self.value(word)
                return None if value is None else bool(value)
            case [left, operator, right]:
                return self._compared(self.value(left), operator, self.value(right), right)
            case _:
                return None

    def _compared(self, left: str | None, operator: str, right: str | None, pattern: str) -> bool | None:
        if left is None or right is None:
            return None
        if operator in ("=", "==", "!="):
            same = left == right or (pattern == unquoted(pattern) and matches(left, right))
            return same is (operator != "!=")
        if operator in NUMBERS and left.lstrip("-").isdigit() and right.lstrip("-").isdigit():
            one, other = int(left), int(right)
            return (one == other, one != other, one > other, one < other, one >= other, one <= other)[NUMBERS[operator]]
        return None


def unquoted(word: str) -> str:
    """A word without its quotes and backslashes."""
    if not set("'\"\\") & set(word):
        return word
    return QUOTED.sub(lambda match: match[1] or match[2] or re.sub(r"\\(.)", r"\1", match[3] or ""), word)


def matches(value: str, pattern: str) -> bool:
    """Whether a value matches a pattern of the shell's."""
    return fnmatch.fnmatchcase(value, pattern)
