"""Files of the template's that are no longer in their place: an update follows them, or says that it cannot."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.lock.project import answers_of
from copier_slim.rendering import copier
from copier_slim.worktree import checkout, git

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

LABELS = ("-L", "before updating", "-L", "last update", "-L", "after updating")  # as Copier has them
CANNOT = 255  # from here on, git merge-file has failed; below are numbers of conflicts


def emitted(staging: Path, answers: Mapping[str, Any], commit: str | None) -> dict[str, bytes]:
    """What the template, at a commit of its own, makes of answers: the files by path."""
    from copier import run_copy  # noqa: PLC0415 a quarter of a second

    with (
        tempfile.TemporaryDirectory(prefix="copier-slim-") as directory,
        copier.running(str(answers["_src_path"])) as place,
    ):
        made = Path(directory) / staging.name  # its name is a default of the questions
        run_copy(place, made, vcs_ref=commit, data=copier.asked(answers), defaults=True, quiet=True)
        return copier.files(made)


def follow(staging: Path, since: str, before: Mapping[str, bytes], ref: str | None, out: Console) -> list[str]:
    """Merges what the template changes in files that were moved since it made them, in a checkout of a commit.

    `before` is what the template made at the last update; the checkout has its newest answers. Returns the files whose
    changes reach none, as they were deleted; each has been said with what to do.
    """
    there = set(git.apart(checkout.run(staging, "ls-tree", "-r", "--name-only", "-z", since, "--", ".")))
    own = {copier.ANSWERS_FILE} | {name for row in catalog.frameworks().values() for name in row.starter}
    gone = [name for name in sorted(before) if name not in there | own and not (staging / name).exists()]
    if not gone:
        return []
    now = emitted(staging, answers_of(staging), ref)
    changed = [name for name in gone if now.get(name, before[name]) != before[name]]
    places = _places(staging, since, {name: before[name] for name in changed})
    lost = []
    for name in changed:
        place = places.get(name, "")
        if place in there and place not in before and _merge(staging, place, before[name], now[name]):
            out.print(f"note: {name} was moved to {place}; the template's changes are merged there")
        else:
            out.print(f"note: {_left_out(staging, name, place)}")
            lost.append(name)
    return lost


def _left_out(staging: Path, name: str, place: str) -> str:
    deleted = checkout.run(staging, "log", "--max-count=1", "--diff-filter=D", "--format=%h", "--", name).strip()
    if place:
        return f"{name} was moved to {place}, where the template's changes cannot be merged; make them there by hand"
    if deleted:
        return (
            f"{name} was deleted in {deleted}, so the template's changes to it are left out; to get them, undo this"
            f" update with git restore ., then git restore --source {deleted}^ {name}, commit and update"
        )
    return f"{name} is in no commit, so the template's changes to it are left out; commit it, then update"


def _places(staging: Path, since: str, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Where files are now, as paths from the project on, by how similar git finds what they were made with."""
    prefix = checkout.run(staging, "rev-parse", "--show-prefix").strip()
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as directory:
        variables = {"GIT_INDEX_FILE": str(Path(directory) / "index")}
        for name, content in contents.items():
            blob = checkout.run(staging, "hash-object", "-w", "--stdin", given=content).strip()
            entry = f"100644,{blob},{prefix}{name}"
            checkout.run(staging, "update-index", "--add", "--cacheinfo", entry, variables=variables)
        made = checkout.run(staging, "write-tree", variables=variables).strip()
    options = ("-r", "-z", "--find-renames", "-l0", "--diff-filter=R", "--name-status", "--relative")
    fields = git.apart(checkout.run(staging, "diff-tree", *options, made, since))
    return dict(zip(fields[1::3], fields[2::3], strict=True))


def _merge(staging: Path, place: str, base: bytes, theirs: bytes) -> bool:
    """Merges a change of the template's into a file, with markers where it conflicts; False where that cannot be."""
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as directory:
        sides = [Path(directory) / side for side in ("base", "theirs")]
        for path, content in zip(sides, (base, theirs), strict=True):
            path.write_bytes(content)
        done = git.call(staging, "merge-file", "-p", *LABELS, str(staging / place), *map(str, sides))
    if done.returncode >= CANNOT or done.returncode < 0:
        return False
    (staging / place).write_bytes(done.stdout)
    return True
