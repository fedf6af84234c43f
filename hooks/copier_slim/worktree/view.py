"""A project's repository without its configuration: a git directory of this command's own that shares the objects.

What a repository's configuration makes git run (filters, hooks, textconv, remotes, whatever a later git has) is not
there. Of its settings only those are taken over that say how files are compared; the user's own hold as ever.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from copier_slim.worktree import git

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

# None of these makes git start a program, at whatever value
TAKEN = frozenset(
    {
        "apply.ignorewhitespace", "apply.whitespace", "core.attributesfile", "core.autocrlf",
        "core.checkroundtripencoding", "core.checkstat", "core.eol", "core.excludesfile", "core.filemode",
        "core.ignorecase", "core.longpaths", "core.precomposeunicode", "core.protecthfs", "core.protectntfs",
        "core.sparsecheckout", "core.sparsecheckoutcone", "core.symlinks", "core.trustctime", "merge.conflictstyle",
    }
)  # fmt: skip
# Lists beside the objects, by their names in a git directory
LISTS = ("info/attributes", "info/exclude", "info/sparse-checkout", "shallow")
OWN = (
    ("core.bare", "false"),
    ("core.splitindex", "false"),
    ("core.untrackedcache", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
)
HASH = re.compile(r"[0-9a-f]{40,64}")
FILTER = re.compile(r"filter\.(?P<name>.+)\.[^.]+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Repository:
    """Where git keeps what of a project.

    `head` is the last commit, "" before the first; `filters` are those that its own configuration names.
    """

    directory: Path
    top: Path
    objects: Path
    index: Path
    lists: dict[str, Path]
    object_format: str
    head: str
    settings: list[tuple[str, str]]
    filters: frozenset[str]

    def lay(self, place: Path) -> None:
        """Makes a git directory at `place`, without an index."""
        (place / "objects/info").mkdir(parents=True)
        (place / "info").mkdir()
        (place / "refs").mkdir()
        (place / "HEAD").write_text(f"{self.head or 'ref: refs/heads/main'}\n", encoding="utf-8")
        (place / "objects/info/alternates").write_bytes(_quoted(bytes(self.objects)) + b"\n")
        (place / "config").write_bytes(_config(self._settings()).encode(errors="surrogateescape"))
        for name, path in self.lists.items():
            if path.is_file():
                shutil.copyfile(path, place / name)

    def _settings(self) -> Iterator[tuple[str, str]]:
        yield "core.repositoryformatversion", "0" if self.object_format == "sha1" else "1"
        if self.object_format != "sha1":
            yield "extensions.objectformat", self.object_format
        yield from self.settings
        yield from OWN


@dataclass(frozen=True, slots=True)
class View:
    """A repository's files, index and last commit, to be asked in the project's directory; writing changes nothing."""

    repository: Repository
    place: Path

    def answer(self, *arguments: str) -> str | None:
        """What git prints; None where it fails."""
        variables = {"GIT_DIR": str(self.place), "GIT_WORK_TREE": str(self.repository.top)}
        return git.answer(self.repository.directory, *arguments, variables=variables)

    def entries(self, *arguments: str) -> list[str]:
        """What git lists with `-z`, which is among the arguments; nothing where it fails."""
        return git.apart(self.answer(*arguments) or "")

    def not_run(self, names: Collection[str]) -> dict[str, str]:
        """The filters of files that the repository's own configuration has and the user's has not, by file."""
        known = _filters(self.answer("config", "--list", "--name-only", "-z") or "")
        said = self.entries("check-attr", "-z", "filter", "--", *names) if names else []
        there = self.repository.filters - known
        return {name: wanted for name, wanted in zip(names, said[2::3], strict=False) if wanted in there}


@contextmanager
def opened(project: Path, *, refs: str = "") -> Iterator[View | None]:
    """The view of the repository that a directory, or the one above that is there, is a checkout of; None without one.

    It has the refs below `refs`, as in "refs/tags".
    """
    repository = find(project)
    if not repository:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="copier-slim-", ignore_cleanup_errors=True) as directory:
        place = Path(directory) / "git"
        repository.lay(place)
        _copy_index(repository.index, place)
        if refs:
            listed = git.answer(repository.directory, "for-each-ref", "--format=%(objectname) %(refname)", refs)
            (place / "packed-refs").write_bytes(f"{listed or ''}\n".encode(errors="surrogateescape").lstrip(b"\n"))
        yield View(repository, place)


def find(project: Path) -> Repository | None:
    """The repository of a directory, or of the one above that is there; None where it is in no checkout.

    Git is asked for places, settings and a hash alone, which starts no program whatever the settings are.
    """
    directory = next((path for path in (project, *project.absolute().parents) if path.is_dir()), Path())
    asked = [["--is-inside-work-tree"], ["--is-inside-git-dir"], ["--show-object-format"], ["--show-toplevel"]]
    asked += [["--git-path", name] for name in ("objects", "index", *LISTS)]
    said = (git.answer(directory, "rev-parse", *chain.from_iterable(asked)) or "").split("\n")
    if said[:2] != ["true", "false"]:
        return None
    if len(said) != len(asked):  # a folder's name has a line end
        said = [git.answer(directory, "rev-parse", *words) or "" for words in asked]
    object_format, top, *places = said[2:]
    # Relative to the directory where git was asked
    objects, index, *lists = (_absolute(directory, place) for place in places)
    listed = _listed(git.answer(directory, "config", "--list", "--show-scope", "-z") or "")
    own = [name for scope, name, _ in listed if scope in {"local", "worktree"}]
    head = git.answer(directory, "rev-parse", "--verify", "--quiet", "HEAD") or ""
    return Repository(
        directory=directory,
        top=Path(top),
        objects=objects,
        index=index,
        lists=dict(zip(LISTS, lists, strict=True)),
        object_format=object_format,
        head=head if HASH.fullmatch(head) else "",
        settings=[(name, value) for _, name, value in listed if name in TAKEN and _readable(name, value)],
        filters=_filters("\0".join(own)),
    )


def own_filters(directory: Path) -> dict[str, str]:
    """The settings that switch off the filters of a repository's own configuration and of those inside it.

    What the user's own configuration says of the same filters stays.
    """
    off = {}
    for place, folders, names in os.walk(directory):
        if ".git" in (*folders, *names) or place == str(directory):
            listed = _listed(git.answer(Path(place), "config", "--list", "--show-scope", "-z") or "")
            users = {name: value for scope, name, value in listed if scope in {"system", "global", "command"}}
            for scope, name, _ in listed:
                if scope in {"local", "worktree"} and FILTER.fullmatch(name):
                    off[name] = users.get(name, "false" if name.endswith(".required") else "")
        folders[:] = [name for name in folders if name != ".git"]
    return off


def _listed(printed: str) -> list[tuple[str, str, str]]:
    """Scope, name and value of what `git config --list --show-scope -z` prints; a name alone is true."""
    fields = printed.split("\0")
    found = []
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        name, separator, value = entry.partition("\n")
        found.append((scope, name, value if separator else "true"))
    return found


def _readable(name: str, value: str) -> bool:
    """Whether a file that a setting names is one, and no pipe, at which git would wait; the user's home has none."""
    return not name.endswith("sfile") or value.startswith("~") or Path(value).is_file()


def _filters(names: str) -> frozenset[str]:
    matches = map(FILTER.fullmatch, git.apart(names))
    return frozenset(match["name"] for match in matches if match)


def _quoted(path: bytes) -> bytes:
    """A path as a line of objects/info/alternates, in C's quotes where it has line ends."""
    if b"\n" not in path:
        return path
    for sign, escape in (b"\\", rb"\\"), (b'"', rb"\""), (b"\n", rb"\n"):
        path = path.replace(sign, escape)
    return b'"' + path + b'"'


def _absolute(directory: Path, place: str) -> Path:
    return (directory / place).resolve()


def _copy_index(index: Path, place: Path) -> None:
    """With the time at which it was written, by which git tells which files may have changed in the same second."""
    for path in filter(Path.is_file, index.parent.glob("sharedindex.*")):
        shutil.copy2(path, place)
    if index.is_file():
        shutil.copy2(index, place / "index")


def _config(settings: Iterable[tuple[str, str]]) -> str:
    """The text of a configuration file: https://git-scm.com/docs/git-config#_syntax."""
    lines = []
    for name, value in settings:
        section, *subsection, key = name.split(".")
        head = " ".join([section, *(f'"{part}"' for part in subsection)])
        quoted = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        lines.append(f'[{head}]\n\t{key} = "{quoted}"\n')
    return "".join(lines)
