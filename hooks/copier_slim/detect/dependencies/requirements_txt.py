"""Requirements files as pip reads them: https://pip.pypa.io/en/stable/reference/requirements-file-format/."""

from __future__ import annotations

import re
from itertools import pairwise
from posixpath import dirname
from typing import TYPE_CHECKING

from copier_slim.credentials import masked
from copier_slim.detect.dependencies import find_links
from copier_slim.detect.dependencies import requirement as single
from copier_slim.detect.dependencies.documents import content
from copier_slim.detect.findings import Evidence
from copier_slim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copier_slim.detect.dependencies.collector import Collector
    from copier_slim.detect.tree import Tree

COMMENT = re.compile(r"(?:^|\s)#.*", re.DOTALL)
OPTION = re.compile(r"(?P<name>--[a-z0-9-]+|-[a-z])(?:[=\s]\s*)?(?P<value>.*)", re.IGNORECASE)
PER_REQUIREMENT = re.compile(r"\s--(?:hash|config-settings?|global-option|install-option)[=\s].*", re.DOTALL)
URL_MARKER = re.compile(r"\s;\s*|;\s+")
EXTRAS = re.compile(r"(?P<path>[^\[\]]*)(?:\[(?P<extras>[^\[\]]*)\])?\s*")
NAMED_URL = re.compile(r"[A-Za-z0-9._-]+\s*(?:\[[^\]]*\]\s*)?@")
REFERENCE = re.compile(r"(?:(?:git|hg|svn|bzr)\+|git@|https?://|git://|file:)")
LOCAL = re.compile(r"\.{1,2}(?:[/\\\[#;\s]|$)|/|[A-Za-z]:[/\\]|[\w.-]+[/\\]")
DEEPEST = 20  # files that include one another
SILENT = frozenset({"--require-hashes", "--prefer-binary", "--no-deps", "--disable-pip-version-check"})
INDEX = frozenset({"-i", "--index-url", "--extra-index-url"})
FIND_LINKS = frozenset({"-f", "--find-links"})
PLACES = frozenset({"--no-index", "--trusted-host"})
BUILD = frozenset({"--pre", "--no-binary", "--only-binary", "--use-feature", "--use-pep517", "--no-use-pep517"})


class RequirementsReader:
    """Reads requirements files and what they include into a collector, each file once."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self._read: set[tuple[str, bool]] = set()
        self._depth = 0

    def file(self, path: str, *, constraints: bool = False) -> None:
        """Reads a file of the tree; InputError says in which line something is wrong."""
        if (path, constraints) in self._read:
            return
        self._read.add((path, constraints))
        lines = logical_lines(content(self.collector.tree, path))
        self.lines(path, lines, constraints=constraints)

    def lines(self, path: str, lines: Iterable[tuple[int, str]], *, constraints: bool = False) -> None:
        """Reads numbered lines that stand in the file `path`."""
        for number, line in lines:
            evidence = Evidence(path, number, masked(line))
            if self.collector.is_full(evidence):
                return
            if "{{" in line or "{%" in line:
                raise InputError(
                    f'{evidence.place}: "{masked(line)[:80]}" is for a template engine; render the file first'
                )
            if line.startswith("-"):
                self._option(line, evidence, constraints=constraints)
            elif constraints:
                self.collector.constrain(self.collector.parsed(PER_REQUIREMENT.sub("", line), evidence))
            else:
                self._requirement(PER_REQUIREMENT.sub("", line).strip(), evidence)

    def _option(self, line: str, evidence: Evidence, *, constraints: bool) -> None:
        match = OPTION.fullmatch(line)
        name, value = (match["name"], match["value"].strip()) if match else ("", "")
        if name in {"-r", "--requirement", "-c", "--constraint"} and value:
            self._include(value.strip("\"'"), evidence, constraints=constraints or name in {"-c", "--constraint"})
        elif name in {"-e", "--editable"} and value:
            self._requirement(PER_REQUIREMENT.sub("", value).strip().strip("\"'"), evidence)
        elif name in INDEX:
            self.collector.indexes.state("", value.strip("\"'"), evidence, default=name in {"-i", "--index-url"})
        elif name in FIND_LINKS:
            find_links.add(self.collector, value.strip("\"'"), evidence, said=name)
        elif name in PLACES:
            self.collector.note(
                f"{evidence.place}: {name} {masked(value)}".rstrip()
                + " is left out: it belongs in pip.conf, or in the answer environment as a variable of pip's"
            )
        elif name in BUILD:
            self.collector.note(f"{evidence.place}: {masked(line)} is left out: it belongs in pip.conf")
        elif name not in SILENT:
            raise InputError(
                f'{evidence.place}: "{masked(line)[:80]}" is no option of a requirements file; remove or correct it'
            )

    def _include(self, value: str, evidence: Evidence, *, constraints: bool) -> None:
        if "://" in value:
            self.collector.note(f"{evidence.place}: {masked(value)} is left out: copy the file into the repository")
            return
        path = single.local_path(value, dirname(evidence.path))
        if path is None:
            raise InputError(f"{evidence.place}: {value} is outside the repository; move it inside")
        if not self.collector.tree.has(path):
            raise InputError(f"{evidence.place}: there is no {path}; add it or remove the line")
        if self._depth >= DEEPEST:
            self.collector.note(f"{evidence.place}: {path} is left out: files include one another over {DEEPEST} deep")
            return
        if constraints:
            self.collector.files.setdefault(path, evidence)
        self._depth += 1
        self.file(path, constraints=constraints)
        self._depth -= 1

    def _requirement(self, line: str, evidence: Evidence) -> None:
        directory = dirname(evidence.path)
        if NAMED_URL.match(line) or not (REFERENCE.match(line) or LOCAL.match(line)):
            self.collector.require(line, evidence, directory)
            return
        url, *marker = (part.rstrip() for part in URL_MARKER.split(line, maxsplit=1))
        if single.VARIABLE.search(url) and "${PROJECT_ROOT}" not in url:
            self.collector.note(f"{evidence.place}: {masked(url)} is left out: it has a variable in its URL")
        elif LOCAL.match(url) or url.startswith("file:"):
            path = EXTRAS.fullmatch(url.partition("#")[0])
            extras = [extra.strip() for extra in (path["extras"] or "").split(",")] if path else []
            self.collector.require_local(
                path["path"] if path else url, frozenset(filter(None, extras)), evidence, directory
            )
        else:
            name = single.url_name(url)
            if not name:
                raise InputError(f"{evidence.place}: {masked(url)[:80]} does not say its name; write name @ before it")
            line = f"{name} @ {url}" + (f" ; {marker[0]}" if marker else "")
            self.collector.require(line, evidence, directory)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, continued ones joined, with the number of the first; without comments."""
    begun, parts = 0, list[str]()
    for number, line in enumerate([*text.split("\n"), ""], 1):
        begun = begun if parts else number
        is_comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not is_comment:
            parts.append(line[:-1])
            continue
        # A comment ends a continued line, as in pip
        joined = COMMENT.sub("", "".join([*parts, f" {line}" if is_comment else line])).strip()
        parts = []
        if joined:
            yield begun, joined


def compiled_from(tree: Tree, path: str) -> list[str] | None:
    """The files of the tree that a lock's header says it was compiled from; None where there is no such header."""
    head = "\n".join(content(tree, path).split("\n", 12)[:12])
    if not re.search(r"^#.*autogenerated by (?:pip-compile|uv)", head, re.MULTILINE | re.IGNORECASE):
        return None
    words = next(filter(None, map(_compiled_by, head.split("\n"))), [])
    outputs = {after for before, after in pairwise(words) if before in {"-o", "--output-file"}}
    found: list[str] = []
    for word in words:
        for candidate in (single.local_path(word, ""), single.local_path(word, dirname(path))):
            if candidate and candidate not in {path, *found} and word not in outputs and tree.has(candidate):
                found.append(candidate)
                break
    return found


def _compiled_by(line: str) -> list[str]:
    """The words after the program in a head's line like "#    pip-compile --output-file=… requirements.in"."""
    mark, *words = line.split() or [""]
    if mark != "#" or not words:
        return []
    if words[:3] == ["uv", "pip", "compile"]:
        words = words[2:]
    return " ".join(words[1:]).replace("=", " ").split() if "compile" in words[0] else []
