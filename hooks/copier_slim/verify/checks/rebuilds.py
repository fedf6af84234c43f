"""What a change builds anew, by the digests of layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.verify.not_seen import NotSeen, need
from copier_slim.verify.outcome import Outcome, failed, passed

if TYPE_CHECKING:
    from copier_slim.verify.observations import Changes, Facts

DISTRIBUTION = re.compile(r"(?:.*/)?(?:site|dist)-packages/[^/]+\.dist-info/METADATA")


# What installs dependencies; the project itself is installed without them, when its code has changed
INSTALL = re.compile(r"\b(?:pip3?|uv|poetry|pdm|pipenv|conda)\b.* (?:install|sync)\b")
LISTED = re.compile(r" (?:-r|--requirement)[ =]| sync\b")


def code_leaves_dependencies(facts: Facts) -> Outcome:
    """R14: pushing and pulling a change of code moves the code only, and building it installs nothing."""
    changes = _changes(facts)
    where = f"layers and commands of a build after a change of {changes.file}"
    again = [f"{line[:100]}, again" for line in changes.commands if _installs_dependencies(line)]
    if again:
        return failed(where, again[0], again)
    changed = [digest for digest in changes.before if digest not in changes.code]
    by_digest = {layer.digest: layer for layer in need(facts.files).layers}
    touched = sorted(
        f"/{entry.path}"
        for digest in changed
        if digest in by_digest
        for entry in by_digest[digest].entries
        if DISTRIBUTION.fullmatch(entry.path) and "/opt/project/" not in f"/{entry.path}"
    )
    if touched:
        return failed(where, f"{len(changed)} layers are new, and one holds {len(touched)} dependencies", touched)
    return passed(where, f"{len(changed)} of {len(changes.before)} layers is new, without dependencies")


def lock_leaves_code(facts: Facts) -> Outcome:
    """R15: what COPY --link is for."""
    changes = _changes(facts)
    return _kept(changes, changes.lock, "layers before and after a change of requirements.txt")


def base_leaves_code(facts: Facts) -> Outcome:
    """R16."""
    changes = _changes(facts)
    return _kept(changes, changes.base, "layers before and after a change of the base image")


def gives_the_same_image(facts: Facts) -> Outcome:
    """R17: the layers of two builds under other circumstances have the same digests.

    Where the engine leaves the files their times, which no two builds share, all else has to be the same.
    """
    twice = need(facts.twice)
    of = "a tree with changes that are in no commit" if twice.dirty else "the commit"
    where = f"two builds of {of}, without a cache, in other folders, with other modes and times of the files"
    wrong = [str(one) for one in twice.differences if twice.rewritten or not one.only_time]
    if wrong:
        return failed(where, f"{len(wrong)} differences, the first in {wrong[0]}", wrong)
    if twice.differences:
        return passed(where, "all but the files' times, which this engine's image store cannot set to the commit's")
    return passed(where, "the same digests, layer for layer")


def _installs_dependencies(command: str) -> bool:
    return bool(INSTALL.search(command)) and ("--no-deps" not in command or bool(LISTED.search(command)))


def _changes(facts: Facts) -> Changes:
    return need(need(facts.rebuilt).changes)


def _kept(changes: Changes, after: tuple[str, ...] | NotSeen, where: str) -> Outcome:
    code = set(changes.code) - set(changes.before)
    lost = code - set(need(after))
    if lost:
        return failed(where, f"{len(lost)} of {len(code)} layers with code are new")
    return passed(where, f"{len(set(need(after)) - set(changes.code))} layers are new, none of them the code's")
