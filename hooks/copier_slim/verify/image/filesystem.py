"""The file system that a container of the image starts with: its layers laid over each other, without starting one."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from copier_slim.verify.image.published_files import Published

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.verify.image.layers import Entry, Layer

REMOVED = ".wh."
OPAQUE = ".wh..wh..opq"
MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class User:
    """Who a process runs as: its numbers, and those of its groups."""

    uid: int
    groups: frozenset[int]


class Files:
    """The layers of an image, and what they add up to. Paths have no slash at their beginning; "" is the root.

    `base` is the number of layers that the base image has, None where it is not known.
    """

    def __init__(self, layers: list[Layer], base: int | None) -> None:
        self.layers = layers
        self.base = base

    @cached_property
    def all(self) -> dict[str, Entry]:
        """What a container sees, by path."""
        return merged(self.layers)

    @cached_property
    def of_base(self) -> dict[str, Entry]:
        """What a container of the base image sees, nothing where it is not known."""
        return merged(self.layers[: self.base or 0])

    @cached_property
    def published(self) -> Published:
        """Which files are others' work."""
        return Published(self.layers)

    @property
    def own_layers(self) -> list[Layer]:
        """The layers on top of the base's; all where that is not known."""
        return self.layers[self.base or 0 :]

    def own(self) -> Iterator[Entry]:
        """The entries of the own layers, those that a later one hides included."""
        for layer in self.own_layers:
            yield from layer.entries

    def text(self, path: str) -> str:
        """The content of one of the files that are kept, "" where there is none."""
        real = self.resolve(path)
        for layer in reversed(self.layers):
            if real in layer.kept and real in self.all:
                return layer.kept[real].decode(errors="replace")
        return ""

    def resolve(self, path: str) -> str:
        """The path without symbolic links, whether it exists or not."""
        parts = path.strip("/").split("/")
        real = ""
        links = 0
        while parts:
            part = parts.pop(0)
            if part in {"", "."}:
                continue
            if part == "..":
                real = posixpath.dirname(real)
                continue
            step = f"{real}/{part}".lstrip("/")
            entry = self.all.get(step)
            if entry and entry.is_link and links < MOST_LINKS:
                links += 1
                if entry.target.startswith("/"):
                    real = ""
                parts = [*entry.target.split("/"), *parts]
            else:
                real = step
        return real

    def get(self, path: str) -> Entry | None:
        """What is at a path, links followed."""
        return self.all.get(self.resolve(path))

    def below(self, *folders: str) -> Iterator[Entry]:
        """What is in directories and all below; a directory that is a link is followed."""
        roots = tuple(f"{self.resolve(folder)}/".lstrip("/") for folder in folders)
        return (entry for path, entry in self.all.items() if f"{path}/".startswith(roots))

    def which(self, program: str, path: str) -> str | None:
        """Where a program is, as a name on PATH or a path; None where it is not."""
        if "/" in program:
            return program.strip("/") if self.get(program) else None
        candidates = (f"{folder}/{program}".lstrip("/") for folder in path.split(":") if folder)
        return next((candidate for candidate in candidates if self.get(candidate)), None)

    def user(self, name: str) -> User | None:
        """Who `USER` names, with the groups of etc/group; None where the name is unknown."""
        who, _, group = name.partition(":")
        rows = [line.split(":") for line in self.text("etc/passwd").splitlines() if line.count(":") >= 6]  # noqa: PLR2004
        row = next((row for row in rows if who in {row[0], row[2]}), None)
        groups = [line.split(":") for line in self.text("etc/group").splitlines() if line.count(":") >= 3]  # noqa: PLR2004
        if row is None and who and not who.isdigit():
            return None
        uid = int(row[2]) if row else int(who or 0)
        gid = next((int(item[2]) for item in groups if group in {item[0], item[2]}), None) if group else None
        if gid is None:
            gid = int(group) if group.isdigit() else int(row[3]) if row else 0
        more = set() if group or not row else {int(item[2]) for item in groups if row[0] in item[3].split(",")}
        return User(uid, frozenset({gid, *more}))

    def may(self, user: User, entry: Entry, permission: int) -> bool:
        """Whether a user has a permission (4 read, 2 write, 1 enter) on an entry itself, by owner, group and mode."""
        if user.uid == 0:
            return True
        shift = 6 if entry.uid == user.uid else 3 if entry.gid in user.groups else 0
        return bool(entry.mode >> shift & permission)

    def reaches(self, user: User, path: str) -> bool:
        """Whether a user may enter all directories above a path."""
        while path := posixpath.dirname(path):
            entry = self.all.get(path)
            if entry and entry.is_directory and not self.may(user, entry, 1):
                return False
        return True


def merged(layers: list[Layer]) -> dict[str, Entry]:
    """The layers laid over each other as OCI's image specification says: whiteouts remove."""
    laid = _Laid()
    for layer in layers:
        laid.add(layer)
    return laid.seen


def hidden(layers: list[Layer], base: int) -> list[Entry]:
    """The files that ship though no container sees them: a layer above the `base` ones replaces or removes them."""
    laid = _Laid()
    gone = [laid.add(layer) for layer in layers]
    return [entry for found in gone[base:] for entry in found if entry.size]


class _Laid:
    """Layers over each other, `seen` by path. Each entry is laid once and removed once, however many layers follow."""

    def __init__(self) -> None:
        self.seen: dict[str, Entry] = {}
        self._names: dict[str, dict[str, None]] = {}  # in each folder, also in those that no layer has an entry for

    def add(self, layer: Layer) -> list[Entry]:
        """Lays a layer over the others, and gives what that replaces or removes of theirs."""
        gone: list[Entry] = []
        for entry in layer.entries:
            folder, name = posixpath.split(entry.path)
            if name == OPAQUE:
                gone += self._emptied(folder)
            elif name.startswith(REMOVED):
                gone += self._removed(posixpath.join(folder, name.removeprefix(REMOVED)))
        own: set[str] = set()
        for entry in layer.entries:
            folder, name = posixpath.split(entry.path)
            if name.startswith(REMOVED):
                continue
            before = self.seen.get(entry.path)
            if before:
                found = [before]
                if before.is_directory and not entry.is_directory:
                    found += self._emptied(entry.path)
                gone += [other for other in found if other.path not in own]
            own.add(entry.path)
            self.seen[entry.path] = entry
            while name and name not in self._names.setdefault(folder, {}):
                self._names[folder][name] = None
                folder, name = posixpath.split(folder)
        return gone

    def _removed(self, path: str) -> list[Entry]:
        """Removes what is at a path and below."""
        folder, name = posixpath.split(path)
        self._names.get(folder, {}).pop(name, None)
        found = self._emptied(path)
        return [*found, self.seen.pop(path)] if path in self.seen else found

    def _emptied(self, folder: str) -> list[Entry]:
        """Removes what is below a folder."""
        found = []
        folders = [folder]
        while folders:
            at = folders.pop()
            for name in self._names.pop(at, ()):
                path = posixpath.join(at, name)
                folders.append(path)
                if path in self.seen:
                    found.append(self.seen.pop(path))
        return found
