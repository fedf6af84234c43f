"""What .dockerignore leaves out, by the rules of BuildKit, and how a project's own becomes a part of the emitted one.

The rules are those of https://github.com/moby/patternmatcher, MatchesUsingParentResults, with which a build walks its
context: the last pattern that matches counts, a folder's fate is its files', and `!` undoes only what was left out.
"""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME = ".dockerignore"
# What Docker (the first) and Podman read in its place where it is there
INSTEAD = ("Dockerfile.dockerignore", "Dockerfile.containerignore", ".containerignore")
SECRETS = "# Secrets"  # how the heading of the section begins before which a project's own patterns stand
OWN = "# The project's own"
NEEDED = "# What the image needs of it"
CODE = frozenset({".py", ".html", ".jinja", ".jinja2", ".j2", ".css", ".js"})
FOLDER_OF_SECRETS = "**/secrets"
MOST_FILES = 20_000
MOST_NAMED = 5
HUGE = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox"})
MOST_STARS = 8  # of a pattern: the time of more grows with that power of a path's length
PART = re.compile(r"\*\*/?|\*|\?|\[[^\]]{0,200}+\]|\\.|.", re.DOTALL)


@dataclass(frozen=True)
class Pattern:
    """A line of the file: `!` in front of `text` where it lets in."""

    text: str
    lets_in: bool

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Its regular expression; one that matches nothing where Docker would refuse it, or it would take long."""
        if self.text.count("*") > MOST_STARS:
            return re.compile(r"(?!)")
        parts = PART.findall(self.text)
        try:
            return re.compile(
                "".join(_translated(part, last=at + 1 == len(parts)) for at, part in enumerate(parts)), re.DOTALL
            )
        except re.error:
            return re.compile(r"(?!)")

    def __str__(self) -> str:
        return f"{'!' if self.lets_in else ''}{self.text}"


@dataclass(frozen=True)
class Ignored:
    """The patterns of a .dockerignore, in its order."""

    patterns: tuple[Pattern, ...]

    def decides(self, path: str) -> Pattern | None:
        """The pattern that counts for a file, None where no one matches: it is let in then."""
        parts = path.split("/")
        before: list[bool] = [False] * len(self.patterns)
        last: Pattern | None = None
        for depth in range(1, len(parts) + 1):
            here, out, last = "/".join(parts[:depth]), False, None
            for index, pattern in enumerate(self.patterns):
                # As in moby, a pattern that would change nothing is not looked at, and so is none of its parents
                if not before[index] and pattern.lets_in == out and pattern.regex.fullmatch(here):
                    before[index] = True
                if before[index]:
                    out, last = not pattern.lets_in, pattern
        return last

    def leaves_out(self, path: str) -> bool:
        """Whether a file does not reach the build."""
        pattern = self.decides(path)
        return pattern is not None and not pattern.lets_in


def read(text: str) -> Ignored:
    """The patterns of a .dockerignore; https://docs.docker.com/build/concepts/context/#dockerignore-files."""
    found = []
    for line in text.removeprefix("\ufeff").splitlines():
        plain = line.strip()
        if line.startswith("#") or plain in {"", "!"}:
            continue
        lets_in = plain.startswith("!")
        path = posixpath.normpath(plain.removeprefix("!").strip())
        path = path.lstrip("/") or "/"
        found.append(Pattern(path, lets_in))
    return Ignored(tuple(found))


def merged(emitted: str, before: str, needed: Iterable[str] = ()) -> str:
    """The emitted file with the patterns of the one before: in front of the secrets, which count against them.

    What they leave out of the files that are `needed` is let in again. Lines that were added at the end of an emitted
    file let in what they say, and stay there.
    """
    before, added = _parted(emitted, before)
    own = _own(emitted, before)
    if not own and not added:
        return emitted
    if own:
        head, heading, rest = emitted.partition(SECRETS)
        left_out = read("\n".join(own))
        again = [f"!{path}" for path in needed if left_out.leaves_out(path)]
        section = [OWN, *own, ""] + ([NEEDED, *again, ""] if again else [])
        emitted = head + "\n".join(section) + "\n" + heading + rest
    return emitted + ("\n".join(["", *added]) + "\n" if added else "")


def against_secrets(text: str, emitted: str, paths: Iterable[str]) -> dict[str, list[str]]:
    """The files by the pattern of `text` that lets them in, of those that the emitted file takes for secrets."""
    theirs, ours = read(text), read(_secrets(emitted))
    found: dict[str, list[str]] = {}
    for path in paths:
        if ours.leaves_out(path) and (pattern := theirs.decides(path)) and pattern.lets_in:
            found.setdefault(str(pattern), []).append(path)
    return found


def code_among_secrets(text: str, paths: Iterable[str]) -> list[str]:
    """The lines that let in the code and the pages of folders that are called secrets, and nothing else of them."""
    ignored = read(text)
    others = Ignored(tuple(pattern for pattern in ignored.patterns if str(pattern) != FOLDER_OF_SECRETS))
    found = dict[str, None]()
    for path in paths:
        folder, suffix = posixpath.split(path)[0], posixpath.splitext(path)[1]
        if suffix in CODE and ignored.leaves_out(path) and not others.leaves_out(path):
            found[f"!{folder}/*{suffix}"] = None
    return list(found)


def counts(root: Path) -> str:
    """The name of the file that says what a build of a folder leaves out."""
    plain = (root / NAME).resolve()
    return next((name for name in INSTEAD if (root / name).is_file() and (root / name).resolve() != plain), NAME)


def let_in(root: Path) -> Iterator[str]:
    """What to say of the files that a project's .dockerignore lets in against its own section of secrets."""
    path = root / counts(root)
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    if SECRETS in text and (lines := code_among_secrets(text, context(root))):
        said = f"{path.name}: {FOLDER_OF_SECRETS} keeps code out, which the image may need"
        yield f"{said}; lines at the end let it in: {', '.join(lines[:MOST_NAMED])}"
    if SECRETS in text and any(line.lstrip().startswith("!") for line in text.splitlines()):
        for pattern, names in against_secrets(text, text, context(root)).items():
            more = " …" if names[MOST_NAMED:] else ""
            yield f"{path.name}: {pattern} lets in {', '.join(names[:MOST_NAMED])}{more}"


def context(root: Path) -> Iterator[str]:
    """The files below a folder, as a build would be sent them without a .dockerignore; the first of very many."""
    left = MOST_FILES
    for directory, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in HUGE)
        for name in sorted(names):
            if not left:
                return
            left -= 1
            yield (Path(directory) / name).relative_to(root).as_posix()


def _secrets(emitted: str) -> str:
    return emitted.partition(SECRETS)[2].partition("\n\n")[0].partition("\n")[2]


def _parted(emitted: str, before: str) -> tuple[str, list[str]]:
    """A file from before without what was added by hand at the end of an emitted one, and that."""
    last = emitted.rstrip("\n").rpartition("\n")[2]
    head, found, tail = before.rpartition(f"\n{last}\n")
    if not found:
        return before, []
    by_hand, heading, own = tail.partition(OWN)  # which came last up to 0.7.0
    return f"{head}\n{heading}{own}", [line.strip() for line in by_hand.split("\n") if line.strip()]


def _own(emitted: str, before: str) -> list[str]:
    """The patterns of a file from before: in its order, which counts where it lets something in."""
    lines = [line.strip() for line in before.removeprefix("\ufeff").splitlines() if not line.startswith("#")]
    lines = [line for line in lines if line]
    known = {_plain(line) for line in emitted.split("\n")}
    if any(line.startswith("!") for line in lines):
        own = [line for line in lines if line not in emitted.split("\n")]
        return own if any(line.startswith("!") for line in own) else []
    ours = read(emitted)
    return [line for line in dict.fromkeys(lines) if _plain(line) not in known and not _is_said(line, ours)]


def _plain(pattern: str) -> str:
    return pattern.removeprefix("**/").strip("/")


def _is_said(line: str, emitted: Ignored) -> bool:
    return not re.search(r"[*?\[\\]", line) and emitted.leaves_out(_plain(line))


def _translated(part: str, *, last: bool) -> str:
    if part.startswith("**"):
        return ".*" if last else "(?:.*/)?"
    if part == "*":
        return "[^/]*"
    if part == "?":
        return "[^/]"
    return part if part.startswith("[") or (part.startswith("\\") and len(part) > 1) else re.escape(part)
