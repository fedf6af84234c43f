"""The repository's files, read safely: inside its root only, of a bounded size, in whatever encoding."""

from __future__ import annotations

import os
from functools import cached_property
from posixpath import dirname
from typing import TYPE_CHECKING

from copier_slim.detect.findings import MOST_NOTES, Evidence
from copier_slim.reading import text_files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

# Directories that hold no code of the project's own; so does one with a pyvenv.cfg, whatever its name
SKIPPED_DIRECTORIES = frozenset(
    {
        ".eggs", ".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv",
        "__pycache__", "__pypackages__", "bower_components", "node_modules", "site-packages", "venv",
    }
)  # fmt: skip
# By which a directory is a project of its own
PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
MOST_FILES = 200_000
# In characters; the lines of Python sources and of data may be longer
LONGEST_LINE = 1 << 16
MANY_LONG_LINES = (".py", ".json", ".lock")


class Tree:
    """A repository, or the part of one that becomes the image.

    Paths are relative to `root`, with "/". Nothing outside `root` is read, through a symbolic link neither. `notes` say
    what was left out, since it is too large; `hears` is told each path that is read; `hidden`
    paths count as not there.
    """

    def __init__(
        self, root: Path, hears: Callable[[str], object] = lambda _: None, hidden: Collection[str] = ()
    ) -> None:
        self.root = root.resolve()
        self.hidden = frozenset(hidden)
        self.hears = hears
        self.notes: list[str] = []
        self.places = 0  # that were looked for in its files
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
        if len(found) > MOST_FILES:
            self.note(f"only the first {MOST_FILES:,} files are read; run this in the project's own directory")
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
                    elif path in self.hidden:
                        continue
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

    @cached_property
    def _folders(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self.files:
            folder = dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = dirname(folder)
        return frozenset(found)

    def has_folder(self, path: str) -> bool:
        """Whether there is a file below such a folder."""
        return path in self._folders

    def is_project(self, directory: str) -> bool:
        """Whether a directory, "" for the root, is a project of its own."""
        return any(self.has(f"{directory}/{name}".lstrip("/")) for name in PROJECT_FILES)

    def note(self, text: str) -> None:
        """Tells the user something once."""
        if len(self.notes) < MOST_NOTES and text not in self.notes:
            self.notes.append(text)

    def read(self, path: str, largest: int = text_files.LARGEST_FILE) -> bytes | None:
        """A file's bytes; None where there is no such file, or, with a note, where it has over `largest` of them."""
        if path not in self._known:
            return None
        self.hears(path)
        try:
            return text_files.content(self.root / path, largest)
        except text_files.TooLargeError:
            self.note(f"{path} is not read, as it is over {largest >> 20} MiB")
        except OSError:  # not readable, or gone
            pass
        return None

    def text(self, path: str, largest: int = text_files.LARGEST_FILE) -> str | None:
        r"""A file's text with "\n" line ends and no byte order mark; None as in `read`.

        Lines that are too long are empty, and a note says so.
        """
        if path not in self._texts:
            content = self.read(path, largest)
            self._texts[path] = None if content is None else self._shortened(path, text_files.decode(content))
        else:
            self.hears(path)
        return self._texts[path]

    def _shortened(self, path: str, text: str) -> str:
        if len(text) <= LONGEST_LINE or path.endswith(MANY_LONG_LINES):
            return text
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            if len(line) > LONGEST_LINE:
                self.note(f"{path}:{number} is left out: the line has over {LONGEST_LINE:,} characters")
                lines[number - 1] = ""
        return "\n".join(lines)

    def evidence(self, path: str, needle: str = "") -> Evidence:
        """The first line of a file that contains `needle`; the file as a whole where none does."""
        for number, line in enumerate((self.text(path) or "").split("\n"), 1):
            if needle and needle in line:
                return Evidence(path, number, line.strip())
        return Evidence(path)
