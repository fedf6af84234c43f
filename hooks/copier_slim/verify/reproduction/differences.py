"""What differs between two images: the configuration, and of each layer the files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from copier_slim.engine import docker
from copier_slim.lock.failures import cut
from copier_slim.verify.image import look_up
from copier_slim.verify.image.layers import Entry, Layer, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIME = "time"
# How a history names the build's arguments, in front of a command: |2 A=1 B=2
ARGUMENTS = re.compile(r"^RUN \|\d+ (?:[A-Za-z_]\w*+=\S*+ )*+")
# What of an image's description is its name or its place, and no part of what runs
ASIDE = {
    "Id", "RepoTags", "RepoDigests", "Parent", "Metadata", "GraphDriver", "Digest", "NamesHistory", "Size",
    "VirtualSize", "Comment", "DockerVersion", "ManifestType", "Annotations", "Version", "Author", "Descriptor",
    "Identity",
}  # fmt: skip
IN_LAYERS = {"RootFS", "History"}
PARTS = {"content": "fingerprint", "mode": "mode", TIME: "modified", "target": "target", "size": "size"}


class Picture(NamedTuple):
    """An image: its description by the engine without names, and its layers, with fingerprints where others differ."""

    described: dict[str, Any]
    layers: list[Layer]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two images do not share.

    `layer` counts from 1, 0 for the configuration; `instruction` made it; `path` is of a file, or the name of a field
    of the configuration, "" for the layer as a whole; `what` in a word or two: content, mode, owner, time.
    """

    layer: int
    instruction: str
    path: str
    what: str

    @property
    def only_time(self) -> bool:
        """Whether what differs is when a file was written, or the image made, and nothing else."""
        return self.what == TIME

    def __str__(self) -> str:
        place = f"layer {self.layer}, {self.instruction}" if self.layer else "configuration"
        return ": ".join(part for part in (place, self.path, self.what) if part)


def pictures(first: str, second: str, check: Callable[[], None] = lambda: None) -> tuple[Picture, Picture]:
    """Two images of the engine; raises InputError where there is none, ToolError where one cannot be saved.

    `check` is called often and may raise.
    """
    one, other = look_up(first), look_up(second)
    shared = set(one.layers) & set(other.layers)
    found = []
    for image, described in zip((one, other), docker.inspect("image", first, second), strict=True):
        layers = scan(image.name, image.layers, known=shared, weigh=False, fingerprints=True, check=check)
        found.append(Picture({key: value for key, value in described.items() if key not in ASIDE}, layers))
    return found[0], found[1]


def compare(first: Picture, second: Picture) -> list[Difference]:
    """All that differs, the configuration first and then layer by layer; [] where they are the same."""
    found = list(_configurations(first.described, second.described))
    for number, (one, other) in enumerate(zip_longest(first.layers, second.layers), 1):
        if one is None or other is None:
            there = "only in the second" if one is None else "only in the first"
            found.append(Difference(number, short((one or other).instruction), "", there))
        elif one.digest != other.digest:
            found += _layers(number, one, other)
    return found


def _configurations(one: dict[str, Any], other: dict[str, Any]) -> Iterator[Difference]:
    for name in sorted((one.keys() | other.keys()) - IN_LAYERS):
        if one.get(name) == other.get(name):
            continue
        if not isinstance(one.get(name), dict) or not isinstance(other.get(name), dict):
            yield Difference(0, "", name, TIME if name == "Created" else "content")
            continue
        for field in sorted(one[name].keys() | other[name].keys()):
            if one[name].get(field) != other[name].get(field):
                yield Difference(0, "", f"{name}.{field}", "content")


def _layers(number: int, one: Layer, other: Layer) -> list[Difference]:
    instruction = short(one.instruction)
    if instruction != short(other.instruction):
        return [Difference(number, instruction, "", f"made by {short(other.instruction)} in the second")]
    first, second = ({entry.path: entry for entry in layer.entries} for layer in (one, other))
    found = [
        Difference(number, instruction, f"/{path}", what)
        for path in sorted(first.keys() | second.keys())
        if (what := _entries(first.get(path), second.get(path)))
    ]
    order = [entry.path for entry in one.entries] != [entry.path for entry in other.entries]
    unseen = "the order of its files" if order else "how its files are written down, and not what they hold"
    return found or [Difference(number, instruction, "", unseen)]


def _entries(one: Entry | None, other: Entry | None) -> str:
    """What differs between two files of one path, in words; "" where nothing does."""
    if one is None or other is None:
        return "only in the second" if one is None else "only in the first"
    found = [word for word, field in PARTS.items() if getattr(one, field) != getattr(other, field)]
    if (one.uid, one.gid) != (other.uid, other.gid):
        found.append("owner")
    if "content" in found and "size" in found:
        found.remove("size")
    return ", ".join(found)


def short(instruction: str) -> str:
    """An instruction of the history, as the Dockerfile has it, in one line of at most 100 characters."""
    plain = ARGUMENTS.sub("RUN ", instruction.removesuffix("# buildkit"))
    text = plain.replace("RUN /bin/sh -c ", "RUN ").strip() or "an instruction that its history does not name"
    return cut(text, 100)
