"""The fields of a file that states how a project runs, each with what becomes of it by the catalog's table."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = "*"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Field:
    """A field by the names that lead to it, and its value; the answer that it becomes, or why it is left out."""

    path: tuple[str, ...]
    value: Any
    answer: str = ""
    why: str = ""

    @property
    def name(self) -> str:
        """The path with dots."""
        return ".".join(self.path)


@dataclass(slots=True)
class _Node:
    """A place in the tree of a table's fields, and what becomes of what is there."""

    answer: str = ""
    why: str = UNKNOWN
    below: dict[str, _Node] = field(default_factory=dict)

    def next(self, name: str) -> _Node:
        """The place below by that name, else by any; with this one's fate where the table has none."""
        found = self.below.get(name) or self.below.get(ANY)
        return found or _Node(self.answer, self.why)


def walk(document: Any, kind: str, below: tuple[str, ...] = ()) -> Iterator[Field]:  # noqa: ANN401 whatever it holds
    """The fields of a document, or of the part of one that is `below` in the table of its kind.

    A list's items count as the list. The document's depth and size have limits (reading/formats.py).
    """
    node = _table(kind)
    for name in below:
        node = node.next(name)
    yield from _walk(document, node, below)


def _walk(value: Any, node: _Node, path: tuple[str, ...]) -> Iterator[Field]:  # noqa: ANN401 likewise
    if isinstance(value, dict) and (node.below or not (node.answer or node.why != UNKNOWN)):
        for name, item in value.items():
            following = node.next(str(name))
            if following.why == UNKNOWN and not following.answer and not following.below:
                yield Field((*path, str(name)), item, why=UNKNOWN)
            else:
                yield from _walk(item, following, (*path, str(name)))
        return
    if isinstance(value, list) and node.below and any(isinstance(item, dict | list) for item in value):
        for item in value:
            yield from _walk(item, node, path)
        return
    yield Field(path, value, node.answer, "" if node.answer else node.why)


@cache
def _table(kind: str) -> _Node:
    row = catalog.statements()[kind]
    root = _Node()
    # What has a name of its own is entered first, so that a "*" beside it does not take its place
    for fates, is_answer in ((row.carried, True), (row.left, False)):
        for fate, names in fates.items():
            for name in names:
                node = root
                for part in name.split("."):
                    node = node.below.setdefault(part, _Node(node.answer, node.why))
                node.answer, node.why = (str(fate), "") if is_answer else ("", fate)
    _inherit(root)
    return root


def _inherit(node: _Node) -> None:
    """Gives the places between a field and those below it the fate of the field above."""
    others = node.below.get(ANY)
    for below in node.below.values():
        above = others if others and below is not others and (others.answer or others.why != UNKNOWN) else node
        if not below.answer and below.why == UNKNOWN:
            below.answer, below.why = above.answer, above.why
        _inherit(below)
