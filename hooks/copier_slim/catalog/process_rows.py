"""The types of the rows on processes beside a server and on their queues, which are checked as they are read.

Their fields are explained at the head of processes.yml and queues.yml.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from copier_slim.catalog.rows import NonEmpty, Row


class Addition(Row, frozen=True, kw_only=True):
    """Words that a container needs, unless one of the options is there already; with `always` in its place."""

    options: Annotated[tuple[str, ...], NonEmpty]
    words: str
    always: bool = False


class Process(Row, frozen=True, kw_only=True):
    """What is known of a process beside the server, by its words or its name: how it is counted, asked and stopped.

    `grace` is in seconds; `drops` are the options by why they are of no use.
    """

    words: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    program: str = ""
    queue: str = ""
    requires: tuple[str, ...] = ()
    single: bool = False
    heartbeat: bool = False
    health: str = ""
    serves: bool = False
    grace: int = 30
    adds: tuple[Addition, ...] = ()
    drops: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    flags: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


class Queue(Row, frozen=True, kw_only=True):
    """A task queue: what it needs, and how it is told of; the fields are explained at the head of queues.yml."""

    packages: Annotated[tuple[str, ...], NonEmpty]
    brokers: tuple[str, ...] = ()
    requires: Annotated[tuple[str, ...], NonEmpty]
    heartbeat: bool = False
    target: str = ""
    object: str = ""
    constructors: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    worker: str = ""
