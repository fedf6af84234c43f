"""The size bill: what an image's bytes are for, on disk and compressed."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim.verify.image.filesystem import hidden
from copier_slim.verify.not_seen import NotSeen

if TYPE_CHECKING:
    from copier_slim.verify.image.layers import Entry
    from copier_slim.verify.observations import Facts

PROJECT = ("opt/project/", "opt/launch.py/", "opt/hypercorn.py/", "home/", "srv/")
MEGABYTE = 1_000_000
HEAVIEST = 10
SITE = re.compile(r"(?P<site>(?:.*/)?(?:site|dist)-packages)/(?P<top>[^/]+)")
LIBRARY = re.compile(r"(?:usr/)?(?:local/)?(?:lib/(?:python3\.\d+t?/|libpython3)|bin/python3?(?:\.\d+)?t?$)")
# What browsers load, and as WhiteNoise compresses it
FRONT_END_FILE = re.compile(r"\.(?:m?js|css|map|wasm|woff2?|ttf|otf|eot)(?:\.(?:gz|br))?$")
BASE, SYSTEM, PYTHON, DEPENDENCIES, DATA, APPLICATION, FRONT_END, BYTECODE = (
    "base", "system packages", "Python", "dependencies", "data", "application", "front end", "bytecode",
)  # fmt: skip
FETCHED = "opt/data/"  # where the template puts what libraries fetch

ROWS = (BASE, SYSTEM, PYTHON, DEPENDENCIES, DATA, APPLICATION, FRONT_END, BYTECODE)


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the bill, in bytes."""

    name: str
    compressed: int
    on_disk: int


@dataclass(frozen=True, slots=True)
class Bill:
    """All that an image weighs: `items` add up to `total`, `heaviest` are distributions among the dependencies.

    `layers` are named by the instructions that made them, the base's first, whose number is `of_base`. `hidden` are the
    largest files that a layer above the base's replaces or removes, so that they ship for nothing.
    """

    base: str
    items: list[Item]
    heaviest: list[Item]
    total: Item
    layers: list[Item]
    of_base: int
    hidden: list[Item] = field(default_factory=list)


def bill_of(facts: Facts) -> Bill | NotSeen:
    """The bill. A layer's compressed bytes are split by what its files take when compressed one by one."""
    files = facts.files
    if isinstance(files, NotSeen):
        return files
    installed = [] if isinstance(facts.installed, NotSeen) else facts.installed
    owners = {path: item.name for item in installed for path in item.files}
    rows: dict[str, list[int]] = {}
    heavy: dict[str, list[int]] = {}

    def add(to: dict[str, list[int]], name: str, compressed: int, on_disk: int) -> None:
        before = to.setdefault(name, [0, 0])
        to[name] = [before[0] + compressed, before[1] + on_disk]

    for at, layer in enumerate(files.layers):
        if at < (files.base or 0):
            add(rows, BASE, layer.compressed, layer.size)
            continue
        whole = sum(entry.packed for entry in layer.entries) or 1
        left = layer.compressed
        kind = APPLICATION
        for entry in sorted(layer.entries, key=lambda entry: entry.size):
            kind = kind_of(entry, facts)
            share = layer.compressed * entry.packed // whole
            left -= share
            if entry.size:
                add(rows, kind, share, entry.size)
            if entry.size and kind in {DEPENDENCIES, BYTECODE} and (name := _distribution(entry, owners)):
                add(heavy, name, share, entry.size)
        # What the divisions round off, and the headers of directories, go with the largest file
        add(rows, kind, left, 0)
    items = [Item(name, *rows[name]) for name in ROWS if name in rows]
    heaviest = sorted((Item(name, *sizes) for name, sizes in heavy.items()), key=lambda item: -item.on_disk)[:HEAVIEST]
    total = Item("image", sum(item.compressed for item in items), sum(item.on_disk for item in items))
    base = facts.subject.base
    layers = [Item(layer.instruction, layer.compressed, layer.size) for layer in files.layers]
    shipped = sorted(hidden(files.layers, files.base or 0), key=lambda entry: -entry.size)[:HEAVIEST]
    below = [Item(entry.path, entry.packed, entry.size) for entry in shipped]
    return Bill(base.name if base else "", items, heaviest, total, layers, files.base or 0, below)


def kind_of(entry: Entry, facts: Facts) -> str:
    """The row that a file on top of the base belongs to."""
    path = f"{entry.path}/"
    python = None if isinstance(facts.python, NotSeen) else facts.python
    environment = posixpath.dirname(posixpath.dirname(python.path)).strip("/") if python and python.virtual else None
    workdir = facts.subject.image.workdir.strip("/")
    if path.startswith(FETCHED):
        return DATA
    if entry.path.endswith(".pyc"):
        return BYTECODE
    if path.startswith(PROJECT):
        return APPLICATION
    if SITE.match(path) or (environment and path.startswith(f"{environment}/")):
        return DEPENDENCIES
    if workdir and path.startswith(f"{workdir}/"):
        return FRONT_END if FRONT_END_FILE.search(entry.path) else APPLICATION
    return PYTHON if LIBRARY.match(entry.path) else SYSTEM


def _distribution(entry: Entry, owners: dict[str, str]) -> str:
    """The distribution that a file below site-packages belongs to, by RECORD, else by the directory it is in."""
    path = entry.path
    if path.endswith(".pyc"):
        folder, name = posixpath.split(path)
        path = f"{posixpath.dirname(folder)}/{name.split('.')[0]}.py"
    if path in owners:
        return owners[path]
    found = SITE.match(path)
    return found["top"] if found else ""
