"""The verb `update`: runs `copier update` in a separate checkout, writes all of the result or nothing, then locks."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier_slim import base_image, console
from copier_slim import lock as locks
from copier_slim.check import drift, report
from copier_slim.engine import dockerignore
from copier_slim.errors import CheckFailedError, CopierSlimError, InputError, ToolError, UsageError
from copier_slim.lock.project import answers_of
from copier_slim.process import interruption
from copier_slim.reading import formats
from copier_slim.rendering import copier
from copier_slim.update import moved_files, moved_source
from copier_slim.worktree import checkout, view, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

# Not "=======": so Markdown underlines a heading
MARKER = re.compile(rb"^(?:<{7}|>{7}|\|{7}) ", re.MULTILINE)


def update(
    destination: Path, given: Mapping[str, Any], out: Console, *, ask: bool, lock: bool, ref: str | None = None
) -> None:
    """Updates the project to the newest version of the template, or to `ref`.

    Raises InputError where it is not the template's or git does not hold it, CheckFailedError where conflicts are left.
    """
    checkout.recover(destination, out)
    recorded = _recorded(destination)
    if ask and not sys.stdin.isatty():
        raise UsageError("there is no terminal for questions; add --defaults")
    given = {**_of_images(recorded, given, out), **given}
    asked = _bytes(destination / "requirements.in")
    with checkout.checkout(destination) as staging:
        since = checkout.run(staging, "rev-parse", "HEAD").strip()
        written_by_hand = _answers_by_hand(staging, recorded)
        for name, value in written_by_hand.items():
            out.print(f"note: {name} was changed in {copier.ANSWERS_FILE}; taken as --data {name}={value}")
        found = _found(destination, recorded | written_by_hand | dict(given), out, ask=ask)
        taken = found | written_by_hand | dict(given)
        taken |= moved_source.answers(destination, recorded, taken, out)
        checkout.use_unix_endings(staging)
        answered = answers_of(staging)
        _merge(staging, recorded, taken, ask=ask, ref=ref)
        emitted = moved_files.emitted(staging, answered, str(recorded["_commit"]))
        lost = moved_files.follow(staging, since, emitted, ref, out)
        changes = checkout.changes(staging, since)
        _keep_edited(staging, emitted, changes)
        written = _with_endings_of(destination, changes.written)
        removed = [*changes.removed, *moved_source.out_of_use(staging, recorded, taken)]
        plan = writing.plan(destination, written, removed=removed)
        unmerged = changes.unmerged
        with interruption.held():
            plan.write(last=(lambda: checkout.mark_unmerged(destination, staging, unmerged)) if unmerged else None)
            interruption.wrote("the update is written, but not locked again; run: copier-slim lock")
    for note in dockerignore.let_in(destination):
        out.print(f"note: {note}")
    left = conflicts(destination)
    if left:
        raise CheckFailedError(f"conflicts are left in {', '.join(left)}; edit them, then run copier-slim lock")
    stale = _bytes(destination / "requirements.in") != asked or not (destination / "requirements.txt").is_file()
    if lock and stale and not locks.own(destination):
        if not (destination / "Dockerfile").is_file():
            raise CheckFailedError(
                "updated, but not locked, because Dockerfile has been moved; lock with"
                " docker build --file WHERE_IT_IS --target lock --output . ."
            )
        with console.progress(out, "locking the dependencies") as tell:
            locks.lock(destination, progress=tell)
        out.print("locked again, because requirements.in has changed")
    if lost:
        raise CheckFailedError(
            f"updated, but the template's changes in {', '.join(lost)} could not be applied; see the note"
        )
    out.print("up to date; look at the changes with git diff")


def _of_images(recorded: Mapping[str, Any], given: Mapping[str, Any], out: Console) -> dict[str, Any]:
    """The answers that follow from another base image, after they are shown; {} where none is given."""
    if not given.keys() & base_image.NAMES:
        return {}
    kept = {name: recorded[name] for name in base_image.KEPT if name in recorded}
    return base_image.ask(kept | dict(given), out)


def _found(destination: Path, answers: Mapping[str, Any], out: Console, *, ask: bool) -> dict[str, Any]:
    """The answers that follow what the project moved on to, after they are shown; {} where they are declined.

    What was chosen by hand is shown alone. A project that cannot be looked at is updated with the answers it has.
    """
    try:
        drifts, seen = drift.drifts(destination, answers)
    except InputError as error:
        out.print(f"note: not compared with the project: {error}")
        return {}
    drifts = [item for item in drifts if item.answer not in {"lock", "template"}]
    report.show_drifts(drifts, out)
    taken = drift.together(drifts, answers)
    if taken and ask and not console.agrees(f"Take what is found now for {', '.join(sorted(taken))}?"):
        return {}
    for item in drifts:
        if item.takes is None:
            out.print(f"note: {item.answer} stays {item.recorded}; {item.found} is found now: {item.evidence.place}")
    for name, value in taken.items():
        out.print(f"taken: {name}={value}".replace("\n", ", "))
    remembers = copier.DETECTED in answers or bool(taken)
    return taken | ({copier.DETECTED: seen.recorded()} if remembers else {})


def conflicts(destination: Path) -> list[str]:
    """The files with conflict markers, as path:line, those that git calls unmerged, and rejected hunks."""
    with view.opened(destination) as seen:
        if not seen:
            return []
        changed = seen.entries("diff", "--name-only", "--relative", "-z", "HEAD")
        new = seen.entries("ls-files", "--others", "--exclude-standard", "-z")
        unmerged = _unmerged(seen)
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
    """The recorded answers of a project. Raises InputError or ToolError if it cannot be updated."""
    path = destination / copier.ANSWERS_FILE
    if not path.is_file():
        raise InputError(f"{destination} has no {copier.ANSWERS_FILE}; run copier-slim copy first")
    _check_held(destination)
    if line := _marker_line(path.read_bytes()):
        raise InputError(f"{path}:{line} has conflict markers; resolve them and commit")
    recorded = answers_of(destination)
    if not {"_src_path", "_commit"} <= recorded.keys():
        raise InputError(f"{path} is not the file that the template wrote; restore it from git")
    if not {"framework", "base"} <= recorded.keys():
        raise InputError(f"{path} belongs to another template, {recorded['_src_path']}; update with copier update")
    source = str(recorded["_src_path"])
    if source.startswith(("/", ".", "~")) and not Path(source).expanduser().exists():
        raise InputError(
            f"the template is not at {source} any more; write its new location as _src_path in {path}, and commit"
        )
    return recorded


def _check_held(destination: Path) -> None:
    if not shutil.which("git"):
        raise ToolError("git is not installed, or not on the PATH; install it")
    with view.opened(destination) as seen:
        if not seen:
            raise InputError(
                f"{destination} is not in a git repository, so your changes cannot be told apart from the template's;"
                " commit it first"
            )
        if unmerged := _unmerged(seen):
            raise InputError(f"conflicts are left in {console.a_few(unmerged)}; resolve them and commit, then update")
        listed = seen.entries("status", "--porcelain", "--untracked-files=all", "--no-renames", "-z", "--", ".")
        changed = [entry[3:] for entry in listed]  # from the top on
        filters = seen.not_run([str(seen.repository.top / name) for name in changed])
        if filters:
            names = console.a_few([name.removeprefix(f"{seen.repository.top}{os.sep}") for name in filters])
            raise InputError(
                f"it cannot be told whether {names} is committed without running the filter"
                f" {next(iter(filters.values()))} from this repository's own configuration; configure it with"
                " git config --global"
            )
        if changed:
            has = "has" if len(changed) == 1 else "have"
            raise InputError(f"{console.a_few(changed)} {has} uncommitted changes; commit or stash them, then update")
        if seen.answer("cat-file", "-e", f"HEAD:./{copier.ANSWERS_FILE}") is None:
            raise InputError(f"{destination / copier.ANSWERS_FILE} is not in git; commit it, then update")


def _answers_by_hand(staging: Path, recorded: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that a commit changed in the answers file alone, where no other file follows them yet.

    That file goes back in the checkout, so that these answers count as given now.
    """
    name = copier.ANSWERS_FILE
    try:
        text = _before_last_touched(staging, name, f"_commit: {recorded['_commit']}\n")
    except ToolError:  # a clone may lack what was before
        return {}
    if not text:
        return {}
    try:
        before = formats.yaml(text)
    except formats.BrokenError:
        return {}
    if not isinstance(before, dict):
        return {}
    changed = {key: value for key, value in recorded.items() if key in before and before[key] != value}
    if not changed or any(key.startswith("_") for key in changed):
        return {}
    checkout.commit(staging, name, text)
    return changed


def _before_last_touched(staging: Path, name: str, line: str) -> str:
    """The text of a file with this line, before the commits that changed nothing else; "" where that is not known."""
    touching = checkout.run(staging, "log", "--format=%H", "--max-count=20", "--", name).split()
    for commit in touching:
        touched = checkout.run(staging, "show", "--format=", "--name-only", "--relative", "-m", commit).split("\n")
        text = checkout.run(staging, "show", f"{commit}:./{name}")
        if {*touched} - {"", name} or commit == touching[-1] or line not in text:
            return text
    return ""


def _merge(staging: Path, recorded: Mapping[str, Any], given: dict[str, Any], *, ask: bool, ref: str | None) -> None:
    """Copier's own update; raises UsageError, InputError or ToolError for what it refuses."""
    from copier import run_update  # noqa: PLC0415 a quarter of a second

    answers, source = staging / copier.ANSWERS_FILE, str(recorded["_src_path"])
    own = copier.settings()
    try:
        with copier.running(source, {**recorded, **given}, defaults=own.defaults) as place:
            if place != source:
                before = copier.name_source(answers, f"_src_path: {json.dumps(place)}")
                checkout.commit(staging, answers.name, answers.read_text(encoding="utf-8"))
            run_update(staging, data=given, defaults=not ask, overwrite=True, quiet=True, vcs_ref=ref, settings=own)
            if place != source and (line := copier.SOURCE.search(before)):
                copier.name_source(answers, line[0])
    except CopierSlimError as error:
        raise _explained(error, recorded, given, ref) from error
    after = answers_of(staging)
    for name, value in recorded.items():
        if not (ask or given) and name in after and not name.startswith("_") and after[name] != value:
            raise InputError(
                f"{copier.ANSWERS_FILE} has {name}: {value}, which is not a valid answer any more;"
                f" give another, as in --data {name}={after[name]}"
            )


def _explained(
    error: CopierSlimError, recorded: Mapping[str, Any], given: Mapping[str, Any], ref: str | None
) -> CopierSlimError:
    """The error for what Copier refused, with advice on what to do."""
    text = str(error)
    refused = re.match(r"(?:--data |Invalid choice for ')(\w+)'?: (.+)", text)
    if refused and refused[1] in recorded.keys() - given.keys():
        return InputError(
            f"{copier.ANSWERS_FILE} has {refused[1]}: {recorded[refused[1]]}, which is not a valid answer"
            f" ({refused[2]}); restore it from git"
        )
    if "Unknown revision" in text and ref and repr(ref) in text:
        return UsageError(f"--vcs-ref {ref}: the template has no such version")
    if "Unknown revision" in text:
        return InputError(
            f"the template has no version {recorded['_commit']}, which {copier.ANSWERS_FILE} names;"
            " restore the file from git, or run copier-slim copy --force"
        )
    if match := re.search(r"downgrading from (\S+) to (\S+)\.", text):
        return UsageError(
            f"the project is at {match[1]}, which is newer than {match[2]}; an update cannot go back to an older"
            " version, but git revert can"
        )
    return error


def _keep_edited(staging: Path, emitted: Mapping[str, bytes], changes: checkout.Changes) -> None:
    """Makes a conflict of a file that the template no longer has and that is not as the template wrote it."""
    for name in list(changes.removed):
        base = emitted.get(name, b"")
        now = checkout.run(staging, "show", f"HEAD:./{name}").encode(errors="surrogateescape")
        if base.split() != now.split():
            changes.removed.remove(name)
            changes.unmerged += checkout.removed_there(staging, name, base)


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


def _unmerged(seen: view.View) -> list[str]:
    return sorted({*seen.entries("diff", "--name-only", "--diff-filter=U", "--relative", "-z")})


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
