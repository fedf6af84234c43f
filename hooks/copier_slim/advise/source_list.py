"""`advise --sources` on the command line: a line for each thing to mirror, and what could not be told beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import console
from copier_slim.advise import sources
from copier_slim.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from copier_slim.catalog import Architecture


def run(root: Path, architectures: Sequence[Architecture], *, as_json: bool) -> None:
    """Prints what the project's image is made from; its notes go to stderr, so that the list can be piped.

    Raises as `sources.find` does.
    """
    out = console.console(stderr=True)
    with console.progress(out, "asking the package index", beside_json=True) as tell:
        found = sources.find(root, architectures, tell)
    console.write(sources.as_json(found) if as_json else "".join(f"{printable(item.line)}\n" for item in found.sources))
    for note in () if as_json else found.notes:
        out.print(f"note: {printable(note)}", soft_wrap=True)
