"""The types of the rows by which `check` and `verify` judge, and by which detection keeps credentials out.

Their fields are explained at the head of each YAML file in this folder.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from copier_slim.catalog.rows import NonEmpty, Row


class Advisory(Row, frozen=True, kw_only=True):
    """A fault of released versions: the first that has it, the first that does not, what to do in a project."""

    title: str
    since: str
    mended: str
    mend: str = ""


class Check(Row, frozen=True, kw_only=True):
    """A check of the container contract: what holds where it passes, how to make it hold."""

    title: str
    mend: str


class Variables(Row, frozen=True, kw_only=True):
    """How the names of variables that hold a credential are known; explained at the head of credentials.yml."""

    parts: list[str]
    endings: list[str]
    words: frozenset[str]
    innocent: list[str]
    about: frozenset[str]
    around: frozenset[str]
    exempt: frozenset[str]
    said: frozenset[str]


class Shape(Row, frozen=True, kw_only=True):
    """What a kind of credential looks like; `examples` and `others` are for the tests."""

    pattern: str
    has: Annotated[list[str], NonEmpty]
    examples: Annotated[list[str], NonEmpty]
    others: list[str] = msgspec.field(default_factory=list)


class Credentials(Row, frozen=True, kw_only=True):
    """What credentials are called and look like; the fields are explained at the head of credentials.yml."""

    files: list[str]
    doubtful: list[str]
    data: list[str]
    harmless: frozenset[str]
    variables: Variables
    example_values: frozenset[str]
    example_parts: list[str]
    example_hosts: list[str]
    shapes: dict[str, Shape]


class Hosts(Row, frozen=True, kw_only=True):
    """Which argument of a call has the hosts that an app lets in: by its keyword, or its place among the others."""

    keyword: str
    position: int = -1


class Gates(Row, frozen=True, kw_only=True):
    """What keeps a health check out of an app; the fields are explained at the head of gates.yml."""

    passing: frozenset[str]
    hosts: dict[str, Hosts]
    settings: dict[str, frozenset[str]]
    matching: frozenset[str]
    decorators: str
    dependencies: str
    open: str
    always: frozenset[str]
    keywords: frozenset[str]
    hooks: frozenset[str]
    refusals: str


class Traces(Row, frozen=True, kw_only=True):
    """What does not belong in an image that ships."""

    compilers: list[str]
    headers: list[str]
    installers: frozenset[str]
    caches: list[str]
    stray: list[str]
    bases: list[str]
    shells: frozenset[str]
    wrappers: frozenset[str]
    inits: frozenset[str]
    canaries: list[str]
