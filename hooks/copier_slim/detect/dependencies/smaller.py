"""Packages that are much smaller from another index than PyPI, and the answer that takes them from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Collection


def smaller(names: Collection[str], elsewhere: Collection[str], indexes: str, lock: str = "") -> list[str]:
    """What to say of the packages, by canonical name, that PyPI has larger than an index of the catalog.

    `names` are those required and locked, `elsewhere` those that do not come from PyPI, `indexes` is the answer as it
    is, `lock` the project's own lock, which says itself what comes from where.
    """
    said = []
    for name, row in catalog.indexes().lighter.items():
        asked = next((package for package in (*row.packages, *row.needed_by) if package in names), "")
        if not asked or row.packages[0] in elsewhere or row.url in indexes:
            continue
        who = asked if asked in row.packages else f"{asked} needs {row.packages[0]}, which"
        line = f"{name}={row.url} {' '.join(row.packages)}"
        mend = f"--data 'indexes={line}'"
        if lock:
            source = next(source for source in catalog.sources().values() if source.lock == lock)
            mend = f"name {row.url} for it in {source.states}, run {source.mend}, then copier-slim update"
        elif indexes:
            mend = f"add this line to the answer indexes: {line}"
        said.append(f"{who} from PyPI {row.because}: {mend}")
    return said
