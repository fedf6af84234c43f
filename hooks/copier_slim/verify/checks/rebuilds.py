"""What a change builds anew, by the digests of layers."""

from __future__ import annotations

import re

from copier_slim.verify.facts import Changes, Facts, NotSeen, need
from copier_slim.verify.outcome import Outcome, failed, passed

DISTRIBUTION = re.compile(r"(?:.*/)?(?:site|dist)-packages/[^/]+\.dist-info/METADATA")


def code_leaves_dependencies(facts: Facts) -> Outcome:
    """R14: pushing and pulling a change of code moves the code only."""
    changes = _changes(facts)
    where = f"layers before and after a change of {changes.file}"
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


def _changes(facts: Facts) -> Changes:
    return need(need(facts.rebuilt).changes)


def _kept(changes: Changes, after: tuple[str, ...] | NotSeen, where: str) -> Outcome:
    code = set(changes.code) - set(changes.before)
    lost = code - set(need(after))
    if lost:
        return failed(where, f"{len(lost)} of {len(code)} layers with code are new")
    return passed(where, f"{len(set(need(after)) - set(changes.code))} layers are new, none of them the code's")
