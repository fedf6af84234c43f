"""What may be a credential: by the name of a file or a variable, and by what a value looks like.

The knowledge is in catalog/credentials.yml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copier_slim.catalog import Credentials

MASK = "***"
HIDDEN = 12  # characters of a value from which on its entropy says something
DISTINCT = 4  # characters that begin a shape which nothing else looks like
EXAMPLE = 200  # characters of a value that may say it is one
FOLLOWING = 80  # characters behind a URL's password that have the host
RANDOM = 3.2  # bits a character; English words have fewer, base64 and hexadecimal digits more

# A separator of words, and a capital after a small letter
PARTED = re.compile(r"[_.\-]+|(?<=[a-z0-9])(?=[A-Z])")
# What stands for a value: a variable without a default, a template's field, a mask
STAND_IN = re.compile(r"\$(?!\{\w{1,99}+:?-[^}$])|%\(|\{|<|\*{3}|os\.|env\b|x{3,}", re.IGNORECASE)
NO_VALUE = frozenset({"", "true", "false", "yes", "no", "on", "off", "none", "null", "required", "optional"})
PATH = re.compile(r"(?:~|\.{1,2})?/[a-z.][\w.@-]*+(?:/[\w.@-]++)*+/?")
USERINFO = re.compile(r"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,30}+)://([^\s/?#\"'<>@]*+)@")
LOCAL = re.compile(r"(?:[a-z][a-z0-9+.-]*+://)?(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]++)?(?:/[0-9]*+)?")
HARMLESS_USERS = frozenset({"", "git", "hg"})
ASSIGNED = re.compile(
    r"""(?<![\w.-])-{0,2}(?P<name>[A-Za-z_][\w.-]{0,99}+)
        (?:["']?\s{0,3}+(?:=>|==?|:=?)\s{0,3}+|["'],\s{0,3}+(?=["']))""",
    re.VERBOSE,
)
GIVEN = re.compile(
    r"(?<![\w.-])(?:--?|(?i:ENV|ARG|export|set|setenv)\ {1,3}+)(?P<name>[A-Za-z_][\w.-]{0,99}+)[ \t]{1,3}+(?!-)"
)
VALUE = re.compile(r""""[^"\n]*+"|'[^'\n]*+'|[^\s"',;&}\])]++""")
# What follows a colon without a space: a module's object, an image's tag, a line, a port, a variable's default
REFERENCE = re.compile(r"[A-Za-z_][A-Za-z_.]{0,31}+\(?|[0-9]{1,5}+(?::|/.*)?|[?+].*|-(?:\$.*)?")
LONGEST_VERSION = 32
SAID = re.compile(r":\s+")
WORD = re.compile(r"\(?[A-Za-z]{1,20}(?:[-'][A-Za-z]{1,20}){0,3}[.:)]{0,2}")
LOGIN = re.compile(r"(?<![\w-])(?:-u|--user)[ =](?P<value>[^\s:\"']++:[^\s\"']++)")
BEARER = re.compile(r"(?i:\b(?:bearer|basic))[ \t]{1,3}+(?P<value>[A-Za-z0-9._~+/=-]{8,}+)")


@dataclass(frozen=True, slots=True, order=True)
class Credential:
    """A part of a text, from `start` up to `end`, and the name of the shape it has."""

    start: int
    end: int
    shape: str


@cache
def _rules() -> Credentials:
    from copier_slim import catalog  # noqa: PLC0415 slow to import, and --help needs none

    return catalog.credentials()


def secret_file(path: str) -> bool:
    """Whether a file or folder of that path, or one it is in, holds credentials by its name, in any case."""
    return _named(path, "files")


def doubtful_file(path: str) -> bool:
    """Whether a path is kept out of images for its name: it may hold credentials, or data of the project's."""
    return _named(path, "files") or _named(path, "doubtful")


def secret_name(name: str) -> bool:
    """Whether a variable, an option or a build argument of that name holds a credential."""
    rules = _rules().variables
    words = [word.lower() for word in PARTED.split(name) if word]
    if not words or name.upper() in rules.exempt or rules.around.intersection(words):
        return False
    innocent = _any(tuple(rules.innocent))
    words = [word for word in words if not innocent.fullmatch(word)]
    named = [word for word in words if _is_secret_word(word)]
    # What leads to a credential is none; a webhook's URL and a DSN are
    return bool(named) and (words[-1] not in rules.about or _leads_nowhere(named[-1], words[-1]))


def secret_variable(name: str, value: str) -> bool:
    """Whether a variable's value is a credential: by the name, unless it only refers to one, or by its own shape."""
    return (secret_name(name) and not refers(value)) or bool(find(value))


def refers(value: str) -> bool:
    """Whether a value is no credential, whatever its name: nothing, a switch, a variable, a file's path."""
    value = value.strip().strip("\"'")
    return (
        bool(re.fullmatch(r"[0-9]?", value))
        or value.lower() in NO_VALUE
        or bool(LOCAL.fullmatch(value))
        or bool(STAND_IN.match(value))
        or (bool(PATH.fullmatch(value)) and not (value.count("/") == 1 and is_random(value)))
    )


def is_random(value: str) -> bool:
    """Whether a value looks drawn by lot: long enough, of letters and digits that vary (Shannon's entropy)."""
    if len(value) < HIDDEN or not re.search(r"[0-9]", value) or not re.search(r"[A-Za-z]", value):
        return False
    shares = [value.count(character) / len(value) for character in set(value)]
    return -sum(share * log2(share) for share in shares) >= RANDOM


def find(text: str) -> list[Credential]:
    """The parts of a text, of any size, that are credentials by their shape; in order."""
    return sorted(_shaped(text))


def shown_in(text: str, *, distinct: bool = False, file: bool = False) -> list[str]:
    """The names of the shapes that a text has, what stands for a value in examples left out.

    With `distinct`, only those whose beginning nothing else has, as for programs. A `file` may have examples with words
    and hosts that are none in a configuration.
    """
    found = dict[str, None]()
    for item in _shaped(text, DISTINCT if distinct else 0):
        following = text[item.end : item.end + FOLLOWING] if file else None
        if not is_example(text[item.start : item.end], following):
            found[item.shape] = None
    return list(found)


def is_example(value: str, following: str | None = None) -> bool:
    """Whether a value is one that documentation uses; `following` is what stands behind it in a file's text."""
    rules = _rules()
    if following is not None:
        in_url = following.startswith("@")
        said = value.rpartition(":")[2] if in_url else value
        if said.lower() in rules.example_values:
            return True
        if in_url and _any(tuple(rules.example_hosts)).match(following[1:].lower()):
            return True
    return bool(_examples().search(value[:EXAMPLE]))


def find_assigned(text: str) -> list[Credential]:
    """Literals in a program or a configuration that have a credential's name and look drawn by lot."""
    return [
        Credential(start, end, f"value of {name}")
        for name, start, end in _assigned(text, ASSIGNED)
        if is_random(text[start:end].strip("\"'"))
    ]


def masked(text: str) -> str:
    """A text as it may be shown: *** for each credential, for every userinfo in a URL, for values by their names."""
    spans = [(found.start, found.end) for found in _shaped(text)]
    spans += list(_userinfo(text))
    spans += list(_values(text))
    parts, done = list[str](), 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        if start >= done:
            parts += [text[done:start], MASK]
        done = end
    # The @ after a userinfo stays, as it does where the whole of it is masked
    return "".join([*parts, text[done:]])


def parted(command: str) -> tuple[str, list[str]]:
    """A command with $NAME for each word that has a credential, and these names, after the options' names."""
    words, names = command.split(), list[str]()
    for index, word in enumerate(words):
        option, equals, value = word.rpartition("=") if word.startswith("-") else ("", "", word)
        if masked(option) != option or any(option.count(quote) % 2 for quote in "'\""):  # it goes on behind a =
            option, equals, value = word.partition("=")
        before = words[index - 1] if index else ""
        said = option or (before if before.startswith("-") else "")
        if masked(word) == word and (not said or masked(f"{said} {value}") == f"{said} {value}"):
            continue
        name = re.sub(r"\W+", "_", said.strip("-")).upper() or "CREDENTIAL"
        name += "_URL" if "://" in value and not name.endswith(("URL", "DSN")) else ""
        names.append(name)
        words[index] = f"{option}{equals}${name}"
    return " ".join(words), names


def _is_secret_word(word: str) -> bool:
    rules = _rules().variables
    return (
        word in rules.words
        or any(part in word for part in rules.parts)
        or any(word.endswith(ending) for ending in rules.endings)
    )


def _leads_nowhere(word: str, last: str) -> bool:
    return last in {"url", "uri", "urls", "endpoint"} and any(kind in word for kind in ("webhook", "dsn"))


@cache
def _examples() -> re.Pattern[str]:
    return re.compile("|".join(_rules().example_parts), re.IGNORECASE)


def _shaped(text: str, shortest: int = 0) -> Iterator[Credential]:
    for name, shape in _rules().shapes.items():
        if min(map(len, shape.has)) < shortest or not any(part in text for part in shape.has):
            continue
        pattern = _compiled(shape.pattern)
        group = "secret" if "secret" in pattern.groupindex else 0
        for match in pattern.finditer(text):
            start, end = match.span(group)
            value = text[start:end].removesuffix("@")
            if not STAND_IN.match(value.rpartition(":")[2] if "://" in match[0] else value):
                yield Credential(start, start + len(value), name)


def _userinfo(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text:
        for match in USERINFO.finditer(text):
            user, colon, password = match[2].partition(":")
            if (colon and not STAND_IN.match(password)) or (
                not colon and user not in HARMLESS_USERS and "$" not in user
            ):
                yield match.span(2)


def _values(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (ASSIGNED, GIVEN):
        yield from ((start, end) for _, start, end in _assigned(text, pattern))
    for pattern in (LOGIN, BEARER):
        for match in pattern.finditer(text):
            if not STAND_IN.match(match["value"].rpartition(":")[2]):
                yield match.span("value")


def _assigned(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
    """Names of credentials and where their values stand; a value is looked into for further names where it is none."""
    at = 0
    while name := pattern.search(text, at):
        at = name.end()
        if not secret_name(name["name"]) or not (value := VALUE.match(text, at)):
            continue
        between = text[name.end("name") : at]
        if not refers(value[0]) and not (_is_other(between, value[0]) or _is_prose(name["name"], between, value[0])):
            yield name["name"], *value.span()
            at = value.end()


def _is_other(between: str, value: str) -> bool:
    """Whether what is between a name and its value makes them a requirement, an app's place, an image or a host."""
    if between == ":" and REFERENCE.fullmatch(value):
        return True
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 slow to import, and rarely needed

    plain = value.strip("\"'=~^").removesuffix(".*")
    try:
        version = Version(plain if len(plain) <= LONGEST_VERSION else "")
    except InvalidVersion:
        return False
    return "==" in between or (between.strip() in {"=", ":"} and len(version.release) > 1)


def _is_prose(name: str, between: str, value: str) -> bool:
    """Whether a name, what follows it, and a value are words of a message: "invalid certificate: UnknownIssuer"."""
    return name.lower() in _rules().variables.said and bool(SAID.fullmatch(between) and WORD.fullmatch(value))


def _named(path: str, kind: str) -> bool:
    rules = _rules()
    pattern = _paths(tuple(getattr(rules, kind)))
    path = path.strip("/")
    return bool(pattern.fullmatch(path)) and path.rpartition("/")[2].lower() not in rules.harmless


@cache
def _paths(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Patterns of .dockerignore below **/ as one for paths: of the file or of a folder it is in."""
    each = "|".join("".join(_translated(pattern)) for pattern in patterns)
    return re.compile(rf"\A(?:.*/)?(?:{each})(?:/.*)?", re.IGNORECASE | re.DOTALL)


def _translated(pattern: str) -> Iterable[str]:
    for part in re.findall(r"\[[^\[\]]+\]|.", pattern):
        yield r"[^/]*" if part == "*" else part if len(part) > 1 else re.escape(part)


@cache
def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
