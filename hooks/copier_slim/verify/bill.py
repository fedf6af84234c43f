"""The size bill: what an image's bytes are for, on disk and compressed."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim.verify.facts import Facts, NotSeen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copier_slim.verify.layers import Entry

MEGABYTE = 1_000_000
HEAVIEST = 10
SITE = re.compile(r"(?P<site>(?:.*/)?(?:site|dist)-packages)/(?P<top>[^/]+)")
LIBRARY = re.compile(r"(?:usr/)?(?:local/)?(?:lib/(?:python3\.\d+t?/|libpython3)|bin/python3?(?:\.\d+)?t?$)")
BASE, SYSTEM, PYTHON, DEPENDENCIES, APPLICATION, BYTECODE = (
    "base", "system packages", "Python", "dependencies", "application", "bytecode",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the bill, in bytes."""

    name: str
    compressed: int
    on_disk: int


@dataclass(frozen=True, slots=True)
class Bill:
    """All that an image weighs: `items` add up to `total`, `heaviest` are distributions among the dependencies."""

    base: str
    items: list[Item]
    heaviest: list[Item]
    total: Item


def bill_of(facts: Facts) -> Bill | NotSeen:
    """The bill. A layer's compressed bytes are split by what its files take when compressed one by one."""
    files = facts.files
    if isinstance(files, NotSeen):
        return files
    workdir = facts.subject.image.workdir.strip("/")
    installed = [] if isinstance(facts.installed, NotSeen) else facts.installed
    owners = {path: item.name for item in installed for path in item.files}
    packed, on_disk = Counter[str](), Counter[str]()
    heavy_packed, heavy = Counter[str](), Counter[str]()
    for at, layer in enumerate(files.layers):
        if at < (files.base or 0):
            packed[BASE] += layer.compressed
            on_disk[BASE] += layer.size
            continue
        whole = sum(entry.packed for entry in layer.entries) or 1
        left = layer.compressed
        for entry in layer.entries:
            share = layer.compressed * entry.packed // whole
            left -= share
            kind = kind_of(entry, workdir)
            packed[kind] += share
            on_disk[kind] += entry.size
            if entry.size and kind in {DEPENDENCIES, BYTECODE} and (name := _distribution(entry, owners)):
                heavy_packed[name] += share
                heavy[name] += entry.size
        packed[_largest(layer.entries, workdir)] += left  # what the divisions round off, and headers of empty files
    names = [
        name for name in (BASE, SYSTEM, PYTHON, DEPENDENCIES, APPLICATION, BYTECODE) if packed[name] or on_disk[name]
    ]
    items = [Item(name, packed[name], on_disk[name]) for name in names]
    heaviest = [Item(name, heavy_packed[name], size) for name, size in heavy.most_common(HEAVIEST)]
    total = Item("image", sum(packed.values()), sum(on_disk.values()))
    base = facts.subject.base
    return Bill(base.name if base else "", items, heaviest, total)


def kind_of(entry: Entry, workdir: str) -> str:
    """The row that a file on top of the base belongs to."""
    if entry.path.endswith(".pyc"):
        return BYTECODE
    if SITE.match(entry.path) and not entry.path.startswith("opt/project/"):
        return DEPENDENCIES
    if workdir and f"{entry.path}/".startswith(f"{workdir}/"):
        return APPLICATION
    if LIBRARY.match(entry.path):
        return PYTHON
    return APPLICATION if entry.path.startswith(("opt/project/", "opt/launch.py", "home/", "srv/")) else SYSTEM


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


def _largest(entries: Iterable[Entry], workdir: str) -> str:
    sizes = Counter[str]()
    for entry in entries:
        sizes[kind_of(entry, workdir)] += entry.size
    return sizes.most_common(1)[0][0] if sizes else SYSTEM
