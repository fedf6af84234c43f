"""The repository's files, read safely: inside its root only, of a bounded size, in whatever encoding."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from pathlib import Path

# Directories that hold no code of the project's own; so does one with a pyvenv.cfg, whatever its name
SKIPPED_DIRECTORIES = frozenset(
    {
        ".eggs", ".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv",
        "__pycache__", "__pypackages__", "bower_components", "node_modules", "site-packages", "venv",
    }
)  # fmt: skip
MOST_FILES = 200_000
LARGEST_FILE = 4 << 20
LARGEST_LOCK = 64 << 20
CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)


class Tree:
    """A repository, or the part of one that becomes the image.

    Paths are relative to `root`, with "/". Nothing outside `root` is read, through a symbolic link neither.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._texts: dict[str, str | None] = {}

    @cached_property
    def files(self) -> tuple[str, ...]:
        """All files but those in skipped directories, the shallow ones first, then by name; at most MOST_FILES."""
        found: list[str] = []
        level = [""]
        while level and len(found) < MOST_FILES:
            deeper: list[str] = []
            for directory in level:
                names, directories = self._list(directory)
                found += names
                deeper += directories
            level = deeper
        return tuple(found[:MOST_FILES])

    def _list(self, directory: str) -> tuple[list[str], list[str]]:
        files: list[str] = []
        directories: list[str] = []
        try:
            with os.scandir(self.root / directory) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    path = f"{directory}/{entry.name}" if directory else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in SKIPPED_DIRECTORIES:
                            directories.append(path)
                    elif entry.is_file(follow_symlinks=False) or (
                        entry.is_symlink() and self._leads_to_a_file_inside(path)
                    ):
                        files.append(path)
        except OSError:  # not readable, or gone
            return [], []
        if directory and f"{directory}/pyvenv.cfg" in files:
            return [], []
        return files, directories

    def _leads_to_a_file_inside(self, path: str) -> bool:
        try:
            real = (self.root / path).resolve()
            return real.is_relative_to(self.root) and real.is_file()
        except (OSError, RuntimeError):  # a loop of links
            return False

    @cached_property
    def python_files(self) -> tuple[str, ...]:
        """The Python sources."""
        return tuple(path for path in self.files if path.endswith(".py"))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.files)

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self._known

    def read(self, path: str, largest: int = LARGEST_FILE) -> bytes | None:
        """A file's bytes; None where there is no such file, or it is larger than `largest` bytes."""
        if path not in self._known:
            return None
        try:
            with (self.root / path).open("rb") as file:
                content = file.read(largest + 1)
        except OSError:  # not readable, or gone
            return None
        return None if len(content) > largest else content

    def text(self, path: str, largest: int = LARGEST_FILE) -> str | None:
        r"""A file's text with "\\n" line ends and no byte order mark; None as in `read`."""
        if path not in self._texts:
            content = self.read(path, largest)
            self._texts[path] = None if content is None else decode(content)
        return self._texts[path]

    def evidence(self, path: str, needle: str = "") -> Evidence:
        """The first line of a file that contains `needle`; the file as a whole where none does."""
        for number, line in enumerate((self.text(path) or "").split("\n"), 1):
            if needle and needle in line:
                return Evidence(path, number, line.strip())
        return Evidence(path)


def decode(content: bytes) -> str:
    """The text of a source or a configuration file: by its byte order mark, UTF-8, a coding comment, or as Latin-1."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = _decode_as_stated(content)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode_as_stated(content: bytes) -> str:
    stated = CODING.search(b"\n".join(content.split(b"\n", 2)[:2]))
    try:
        return content.decode(stated[1].decode("ascii") if stated else "latin-1")
    except (LookupError, ValueError):  # no such encoding, a null in its name, other bytes
        return content.decode("latin-1")
