"""The type of the rows of sources.yml."""

from __future__ import annotations

from copier_slim.catalog.rows import Row


class Source(Row, frozen=True, kw_only=True):
    """Where dependencies are stated; `lock` is the project's own, with what reads it and what makes it anew."""

    about: str
    states: str
    lock: str | None = None
    exporter: list[str] = []
    script: str | None = None
    export: list[str] = []
    group: str | None = None
    extra: str | None = None
    member: str | None = None
    always: list[str] = []
    stale: str | None = None
    mend: str | None = None
    dependabot: str | None = None
