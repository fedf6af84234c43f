"""Two images, compared: the differences as a table for people, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from copier_slim import console as reports
from copier_slim.errors import CheckFailedError, InputError
from copier_slim.printable import as_json as json_text
from copier_slim.verify.container import require_engine
from copier_slim.verify.reproduction.differences import compare, pictures

if TYPE_CHECKING:
    from copier_slim.verify.reproduction.differences import Difference

MOST_SHOWN = 50


def same(first: str, second: str, *, as_json: bool) -> None:
    """Compares two images of the engine and shows how they differ.

    Raises CheckFailedError where they do, InputError where there is no such image, ToolError without an engine.
    """
    if not first:
        raise InputError("--same-as compares two images; name the other one by --image")
    out = reports.console(stderr=as_json)
    require_engine()
    with reports.progress(out, "comparing", beside_json=as_json) as tell:
        tell(f"reading {first} and {second}")
        one, other = pictures(first, second)
    found = compare(one, other)
    verdict = f"{first} and {second} are the same: {len(one.layers)} layers with the same digests"
    if found:
        verdict = f"{first} and {second} differ in {_count(found)}"
    if as_json:
        reports.write(_document(first, second, found))
    else:
        _show(found, first, second)
    if found:
        raise CheckFailedError(verdict)
    if out.is_terminal or not as_json:
        out.print(verdict)


def _count(found: list[Difference]) -> str:
    times = sum(one.only_time for one in found)
    if times == len(found):
        return f"{times} times of files, and in nothing else"
    return f"{len(found) - times} places" + (f", and in {times} times of files" if times else "")


def _show(found: list[Difference], first: str, second: str) -> None:
    out = reports.console()
    # What only differs in its time follows from another time of the build, and hides what does not
    rows = sorted(found, key=lambda one: one.only_time)
    if not rows:
        return
    table = reports.table()
    table.add_column("layer", no_wrap=True)
    table.add_column(f"{first} and {second}", overflow="fold", ratio=1)
    table.add_column("differs in", overflow="fold")
    table.add_column("made by", overflow="fold", ratio=1)
    for one in rows[:MOST_SHOWN]:
        table.add_row(str(one.layer or ""), one.path or "(the layer)", one.what, one.instruction or "(configuration)")
    out.print(table)
    if len(rows) > MOST_SHOWN:
        out.print(f"and {len(rows) - MOST_SHOWN} more; --json lists all")


def _document(first: str, second: str, found: list[Difference]) -> str:
    return json_text(
        {
            "image": first,
            "same_as": second,
            "same": not found,
            "differences": [asdict(one) for one in found],
        }
    )
