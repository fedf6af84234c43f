"""The verb `update`: a plain `copier update`, made in a checkout beside, written whole or not at all; then the lock."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier_slim import files, git, parsing, rendering, report, worktree
from copier_slim import lock as locks
from copier_slim.errors import CheckFailedError, CopierSlimError, InputError, ToolError, UsageError
from copier_slim.lock.project import answers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

# Not "=======": so Markdown underlines a heading
MARKER = re.compile(rb"^(?:<{7}|>{7}|\|{7}) ", re.MULTILINE)


def update(
    destination: Path, given: Mapping[str, Any], out: Console, *, ask: bool, lock: bool, ref: str | None = None
) -> None:
    """Brings the project to the template's newest version, or to `ref`.

    Raises InputError where it is not the template's or git does not hold it, CheckFailedError where conflicts are left.
    """
    recorded = _recorded(destination)
    if ask and not sys.stdin.isatty():
        raise UsageError("no terminal to ask on; add --defaults")
    asked = _bytes(destination / "requirements.in")
    with worktree.checkout(destination) as staging:
        since = worktree.run(staging, "rev-parse", "HEAD").strip()
        written_by_hand = _answers_by_hand(staging, recorded)
        for name, value in written_by_hand.items():
            out.print(f"note: {name} was changed in {rendering.ANSWERS_FILE}; taken as --data {name}={value}")
        worktree.use_unix_endings(staging)
        _merge(staging, recorded, written_by_hand | dict(given), ask=ask, ref=ref)
        changes = worktree.changes(staging, since)
        _keep_edited(staging, recorded, changes)
        written = _with_endings_of(destination, changes.written)
        plan = files.plan(destination, written, removed=changes.removed)
        plan.write(last=lambda: worktree.mark_unmerged(destination, changes.unmerged) if changes.unmerged else None)
    left = conflicts(destination)
    if left:
        raise CheckFailedError(f"conflicts are left in {', '.join(left)}; edit them, then run copier-slim lock")
    if lock and (_bytes(destination / "requirements.in") != asked or not (destination / "requirements.txt").is_file()):
        with report.progress(out, "locking the dependencies") as tell:
            locks.lock(destination, progress=tell)
        out.print("locked anew, since requirements.in has changed")
    out.print("up to date; look at the changes with git diff")


def conflicts(destination: Path) -> list[str]:
    """The files with conflict markers, as path:line, those that git calls unmerged, and rejected hunks."""
    changed = git.entries(destination, "diff", "--name-only", "--relative", "-z", "HEAD")
    new = git.entries(destination, "ls-files", "--others", "--exclude-standard", "-z")
    unmerged = _unmerged(destination)
    found = []
    for name in sorted({*changed, *new, *unmerged}):
        content = _bytes(destination / name)
        if name.endswith(".rej"):
            found.append(name)
        elif line := _marker_line(content):
            found.append(f"{name}:{line}")
        elif name in unmerged:
            found.append(name)
    return found


def _marker_line(content: bytes) -> int:
    """The line of the first conflict marker, from 1 on; 0 where there is none."""
    match = MARKER.search(content)
    return content.count(b"\n", 0, match.start()) + 1 if match else 0


def _recorded(destination: Path) -> dict[str, Any]:
    """The answers of a project that can be updated; raises what says why another cannot."""
    path = destination / rendering.ANSWERS_FILE
    if not path.is_file():
        raise InputError(f"{destination} has no {rendering.ANSWERS_FILE}; run copier-slim copy first")
    _check_held(destination)
    if line := _marker_line(path.read_bytes()):
        raise InputError(f"{path}:{line} has conflict markers; resolve them and commit")
    recorded = answers_of(destination)
    if not {"_src_path", "_commit"} <= recorded.keys():
        raise InputError(f"{path} is not as the template wrote it; restore it from git")
    if not {"framework", "base"} <= recorded.keys():
        raise InputError(f"{path} is another template's, {recorded['_src_path']}; update with copier update")
    source = str(recorded["_src_path"])
    if source.startswith(("/", ".", "~")) and not Path(source).expanduser().exists():
        raise InputError(
            f"the template is not at {source} any more; write its place as _src_path in {path}, and commit"
        )
    return recorded


def _check_held(destination: Path) -> None:
    if not shutil.which("git"):
        raise ToolError("git is not installed, or not on the PATH; install it")
    if git.answer(destination, "rev-parse", "--is-inside-work-tree") is None:
        raise InputError(
            f"{destination} is in no git repository, so what you changed cannot be told from what was emitted;"
            " commit it first"
        )
    if unmerged := _unmerged(destination):
        raise InputError(f"conflicts are left in {report.some(unmerged)}; resolve them and commit, then update")
    changed = git.entries(
        destination, "status", "--porcelain", "--untracked-files=all", "--no-renames", "-z", "--", "."
    )
    if changed:
        names = report.some([entry[3:] for entry in changed])
        raise InputError(f"git does not hold {names} as it is; commit it, or stash it, then update")
    if git.answer(destination, "cat-file", "-e", f"HEAD:./{rendering.ANSWERS_FILE}") is None:
        raise InputError(f"git does not hold {destination / rendering.ANSWERS_FILE}; commit it, then update")


def _answers_by_hand(staging: Path, recorded: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that a commit changed in the answers file alone, where no other file follows them yet.

    That file goes back in the checkout, so that these answers count as given now.
    """
    name = rendering.ANSWERS_FILE
    touching = worktree.run(staging, "log", "--format=%H", "--max-count=20", "--", name).split()
    for commit in touching:
        touched = worktree.run(staging, "show", "--format=", "--name-only", "--relative", "-m", commit).split("\n")
        text = worktree.run(staging, "show", f"{commit}:./{name}")
        if {*touched} - {"", name} or commit == touching[-1] or f"_commit: {recorded['_commit']}\n" not in text:
            break
    else:
        return {}
    try:
        before = parsing.yaml(text)
    except parsing.BrokenError:
        return {}
    if not isinstance(before, dict):
        return {}
    changed = {key: value for key, value in recorded.items() if key in before and before[key] != value}
    if not changed or any(key.startswith("_") for key in changed):
        return {}
    worktree.commit(staging, name, text)
    return changed


def _merge(staging: Path, recorded: Mapping[str, Any], given: dict[str, Any], *, ask: bool, ref: str | None) -> None:
    """Copier's own update; raises UsageError, InputError or ToolError for what it refuses."""
    from copier import run_update  # noqa: PLC0415 a quarter of a second

    try:
        with rendering.one_line_errors({**recorded, **given}):
            run_update(staging, data=given, defaults=not ask, overwrite=True, quiet=True, vcs_ref=ref)
    except CopierSlimError as error:
        raise _explained(error, recorded, given, ref) from error
    after = answers_of(staging)
    for name, value in recorded.items():
        if not (ask or given) and name in after and not name.startswith("_") and after[name] != value:
            raise InputError(
                f"the questions refuse {name}: {value}, as {rendering.ANSWERS_FILE} has it;"
                f" give another, as in --data {name}={after[name]}"
            )


def _explained(
    error: CopierSlimError, recorded: Mapping[str, Any], given: Mapping[str, Any], ref: str | None
) -> CopierSlimError:
    """What Copier refuses, with what to do about it."""
    text = str(error)
    refused = re.match(r"(?:--data |Invalid choice for ')(\w+)'?: (.+)", text)
    if refused and refused[1] in recorded.keys() - given.keys():
        return InputError(
            f"{rendering.ANSWERS_FILE} has {refused[1]}: {recorded[refused[1]]}, which the questions refuse"
            f" ({refused[2]}); restore it from git"
        )
    if "Unknown revision" in text and ref and repr(ref) in text:
        return UsageError(f"--vcs-ref {ref}: the template has no such version")
    if "Unknown revision" in text:
        return InputError(
            f"the template has no version {recorded['_commit']}, which {rendering.ANSWERS_FILE} names;"
            " restore the file from git, or run copier-slim copy --force"
        )
    if match := re.search(r"downgrading from (\S+) to (\S+)\.", text):
        return UsageError(
            f"the project is at {match[1]}, which is newer than {match[2]}; an update only goes forward,"
            " git revert goes back"
        )
    return error


def _keep_edited(staging: Path, recorded: Mapping[str, Any], changes: worktree.Changes) -> None:
    """Makes a conflict of a file that the template no longer has and that is not as the template wrote it."""
    if not changes.removed:
        return
    from copier import run_copy  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="copier-slim-") as directory, rendering.one_line_errors():
        before = Path(directory) / staging.name
        answers = {name: value for name, value in recorded.items() if not name.startswith("_")}
        source, commit = recorded["_src_path"], recorded["_commit"]
        run_copy(source, before, vcs_ref=commit, data=answers, defaults=True, quiet=True)
        for name in list(changes.removed):
            base = _bytes(before / name)
            now = worktree.run(staging, "show", f"HEAD:./{name}").encode(errors="surrogateescape")
            if base.split() != now.split():
                changes.removed.remove(name)
                changes.unmerged += worktree.removed_there(staging, name, base)


def _with_endings_of(destination: Path, written: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is to be written, with CRLF where a file has that now, without what is there already."""
    found = {}
    for name, content in written.items():
        path = destination / name
        there = _bytes(path)
        windows = there.count(b"\n") == there.count(b"\r\n") > 0
        as_there = b"\r\n".join(content.replace(b"\r\n", b"\n").split(b"\n")) if windows else content
        if as_there != there or not path.is_file():
            found[name] = as_there
    return found


def _unmerged(destination: Path) -> list[str]:
    return sorted({*git.entries(destination, "diff", "--name-only", "--diff-filter=U", "--relative", "-z")})


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
