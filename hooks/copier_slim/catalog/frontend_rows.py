"""The types of the rows on front-end files, explained at the head of frontends.yml."""

from __future__ import annotations

from copier_slim.catalog.rows import Row


class Manager(Row, frozen=True, kw_only=True):
    """A package manager of JavaScript: its lock, what installs that, and where it keeps and looks for things."""

    lock: str
    beside: tuple[str, ...] = ()
    tool: str | None = None
    package: str | None = None
    install: str
    cache: str
    settings: str
    stale: str
    spoilt: str
    offline: str
    mend: str
    run: str
    member: str
    environment: tuple[str, ...] = ()
    dependabot: str
    registry: str | None = None
    rewritten: str | None = None


class Builder(Row, frozen=True, kw_only=True):
    """What makes front-end files: how a script starts it, and how it is told where they go."""

    words: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    only: bool = False
    key: str | None = None
    call: str | None = None
    mapped: str | None = None
    second: str | None = None
    root: bool = False
    files: str | None = None
    variable: str | None = None
    options: tuple[str, ...] = ()
    output: str | None = None
    port: int | None = None
    develops: bool = False
    listens: str = ""


class Library(Row, frozen=True, kw_only=True):
    """A Python package that makes front-end files without Node: its command, and when it is run."""

    app: str | None = None
    manage: str | None = None
    program: str | None = None
    flask: str | None = None
    where: str | None = None
    behind: str | None = None
    beside: str | None = None
    otherwise: str | None = None
    caches: tuple[str, ...] = ()


class Frontends(Row, frozen=True, kw_only=True):
    """What is known of front ends: package managers, builders, and what their files and folders are called."""

    node: str
    versions: list[str]
    managers: dict[str, Manager]
    builders: dict[str, Builder]
    reads: dict[str, list[str]]
    sources: list[str]
    scripts: list[str]
    development: list[str]
    checks: list[str]
    made: list[str]
    folders: list[str]
    libraries: dict[str, Library]
    stating: list[str]
    unread: list[str]
