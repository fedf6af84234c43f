"""The type of the rows of sources.yml."""

from __future__ import annotations

import msgspec

from copier_slim.catalog.rows import Row


class Source(Row, frozen=True, kw_only=True):
    """Where dependencies are stated; `lock` is the project's own, with what reads it and what makes it anew."""

    about: str
    states: str
    lock: str | None = None
    exporter: list[str] = msgspec.field(default_factory=list)
    script: str | None = None
    export: list[str] = msgspec.field(default_factory=list)
    group: str | None = None
    extra: str | None = None
    member: str | None = None
    always: list[str] = msgspec.field(default_factory=list)
    stale: str | None = None
    mend: str | None = None
    dependabot: str | None = None
