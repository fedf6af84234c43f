"""A temporary checkout of the last commit, in which an update is made before the project itself is changed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from copier_slim.errors import InputError, ToolError
from copier_slim.worktree import git, journal, view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

LONGEST = 600  # seconds for a checkout of a large repository
# Line endings as git holds them: the template's, where a checkout on Windows has others
AS_ITSELF = ("-c", "core.autocrlf=false")
IDENTITY = ("-c", "user.name=copier-slim", "-c", "user.email=copier-slim@localhost")


@dataclass(slots=True)
class Changes:
    """What stands in a checkout and not in its commit: files by path from the project, and git's index of conflicts."""

    written: dict[str, bytes]
    removed: list[str]
    unmerged: list[str]


@contextmanager
def checkout(project: Path) -> Iterator[Path]:
    """Checks out the project's last commit in a temporary directory, which shares the project's git objects.

    It is a repository by itself, of which the project's knows nothing. Raises InputError where the project is in no
    checkout or has no commit yet, ToolError where git cannot make it.
    """
    repository = view.find(project)
    if not repository or not repository.head:
        raise InputError(f"{project} has no commits yet; commit it first")
    below = project.resolve().relative_to(repository.top.resolve())
    with tempfile.TemporaryDirectory(prefix="copier-slim-", ignore_cleanup_errors=True) as directory:
        place = Path(directory) / repository.top.name  # its name is a default of the questions
        repository.lay(place / ".git")
        try:
            run(place, "reset", "--quiet", "--hard")
        except ToolError as error:
            why = f"the last commit of {project} cannot be checked out; git fsck says what is missing"
            raise ToolError(f"{why}; nothing was changed") from error
        _leave_out_what_is_not_checked_out(place)
        yield place / below


def recover(project: Path, out: Console) -> None:
    """Undoes what a killed run wrote to a project, and removes the checkouts that it left registered in git."""
    if not project.is_dir():
        return
    if back := journal.recover(project, lambda names: _unmark(project, names)):
        out.print(f"note: an earlier run was killed while it wrote {', '.join(back)}; its changes have been undone")
    listed = git.apart(git.answer(project, "worktree", "list", "--porcelain", "-z") or "")
    for place in (Path(line.removeprefix("worktree ")) for line in listed if line.startswith("worktree ")):
        if place.parent.name.startswith("copier-slim-") and not place.exists():
            git.answer(project, "worktree", "remove", "--force", str(place))


def commit(project: Path, name: str, text: str) -> None:
    """Commits a new text of a file in the checkout; no branch of the project changes."""
    (project / name).write_text(text, encoding="utf-8")
    _commit(project, "answers", name)


def use_unix_endings(project: Path) -> None:
    """Commits what git holds with CRLF with LF, as the template writes it, so that it merges line by line."""
    held = [entry.split("\t", 1) for entry in git.apart(run(project, "ls-files", "--eol", "-z"))]
    names = [name for about, name in held if about.startswith("i/crlf ")]
    for name in names:
        (project / name).write_bytes((project / name).read_bytes().replace(b"\r\n", b"\n"))
    if names:
        _commit(project, "line endings", *names)


def changes(project: Path, since: str) -> Changes:
    """The differences between a checkout and a commit, including ignored files."""
    unmerged = git.apart(run(project, "ls-files", "--unmerged", "--full-name", "-z"))
    run(project, "reset", "--quiet", since)
    run(project, "add", "--intent-to-add", "--force", "--", ".")
    names = git.apart(run(project, "diff", "--no-renames", "--name-only", "--relative", "-z", since, "--", "."))
    return Changes(
        {name: (project / name).read_bytes() for name in names if (project / name).is_file()},
        [name for name in names if not os.path.lexists(project / name)],
        unmerged,
    )


def removed_there(project: Path, name: str, base: bytes) -> list[str]:
    """The entries of a conflict: one side removed the file, whose common ancestor is `base`, the other changed it."""
    about, _, path = run(project, "ls-tree", "--full-name", "-z", "HEAD", "--", name).rstrip("\0").partition("\t")
    mode, _, blob = about.split()
    ancestor = git.text(_printed(project, "hash-object", "-w", "--stdin", given=base)).strip()
    return [f"{mode} {ancestor} 1\t{path}", f"{mode} {blob} 2\t{path}"]


def mark_unmerged(project: Path, staging: Path, entries: list[str]) -> None:
    """Records conflicts in a project's index, as `git merge` does, with what they name out of its checkout."""
    paths = dict.fromkeys(entry.partition("\t")[2] for entry in entries)
    with _index(project) as (top, into):
        for blob in dict.fromkeys(entry.split()[1] for entry in entries):
            content = _printed(staging, "cat-file", "blob", blob)
            _printed(top, "hash-object", "-w", "--no-filters", "--stdin", given=content, variables=into)
        _put([*(f"0 {'0' * 40}\t{path}" for path in paths), *entries], top, into)


def _unmark(project: Path, names: list[str]) -> None:
    """Lets a project's index have files as the last commit has them, which runs no filter."""
    with _index(project) as (top, into):
        below = project.resolve().relative_to(top.resolve())
        paths = [(below / name).as_posix() for name in names]
        committed = git.apart(git.text(_printed(top, "ls-tree", "-z", "HEAD", "--", *paths, variables=into)))
        _put([*(f"0 {'0' * 40}\t{path}" for path in paths), *committed], top, into)


@contextmanager
def _index(project: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """The top of a project's repository, and the variables by which git writes to its index and its objects alone."""
    repository = view.find(project)
    if not repository:
        raise ToolError(f"{project} is not in a git repository any more; nothing was changed")
    with tempfile.TemporaryDirectory(prefix="copier-slim-", ignore_cleanup_errors=True) as directory:
        place = Path(directory) / "git"
        repository.lay(place)
        yield (
            repository.top,
            {
                "GIT_DIR": str(place),
                "GIT_INDEX_FILE": str(repository.index),
                "GIT_OBJECT_DIRECTORY": str(repository.objects),
                "GIT_WORK_TREE": str(repository.top),
            },
        )


def _put(entries: list[str], top: Path, into: Mapping[str, str]) -> None:
    given = "".join(f"{entry}\0" for entry in entries).encode(errors="surrogateescape")
    _printed(top, "update-index", "-z", "--index-info", given=given, variables=into)


def run(
    directory: Path,
    *arguments: str,
    options: tuple[str, ...] = (),
    given: bytes = b"",
    variables: Mapping[str, str] = git.NOTHING,
) -> str:
    """What git prints, told to take files as they are, with further `options` before the command.

    Raises ToolError with what it complains about.
    """
    return git.text(_printed(directory, *arguments, options=options, given=given, variables=variables))


def _printed(
    directory: Path,
    *arguments: str,
    options: tuple[str, ...] = (),
    given: bytes = b"",
    variables: Mapping[str, str] = git.NOTHING,
) -> bytes:
    try:
        done = git.call(directory, *AS_ITSELF, *options, *arguments, given=given, timeout=LONGEST, variables=variables)
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"git {arguments[0]} took more than {LONGEST} s in {directory}; nothing was changed") from error
    except OSError as error:
        raise ToolError(f"git cannot be run: {error.strerror}; install it") from error
    if done.returncode:
        said = (git.text(done.stderr).strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise ToolError(f"git {arguments[0]} failed: {said}; nothing was changed")
    return done.stdout


def _leave_out_what_is_not_checked_out(place: Path) -> None:
    """Commits that there is nothing outside of a sparse checkout: its objects may be missing, and are not fetched."""
    listed = git.apart(run(place, "ls-files", "-t", "-z"))
    if outside := [entry.removeprefix("S ") for entry in listed if entry.startswith("S ")]:
        given = "".join(f"{name}\0" for name in outside).encode(errors="surrogateescape")
        _printed(place, "update-index", "--force-remove", "-z", "--stdin", given=given)
        run(place, "commit", "--quiet", "--message", "sparse", options=IDENTITY)


def _commit(project: Path, message: str, *names: str) -> None:
    run(project, "commit", "--quiet", "--message", message, "--", *names, options=IDENTITY)
