"""The advice as people read it: bases side by side, what they need, what weighs most, and one line at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from copier_slim import console
from copier_slim.advise.model import How
from copier_slim.catalog import ALPINE
from copier_slim.console import styled
from copier_slim.printable import as_json as json_text
from copier_slim.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console
    from rich.table import Table

    from copier_slim.advise.model import Advice, Bill, Size


def as_json(advice: Advice) -> str:
    """All of the advice."""
    return json_text(msgspec.to_builtins(advice, str_keys=True))


def show(advice: Advice, out: Console) -> None:
    """Prints the advice; the recommendation is its last line."""
    packages = {package.name for bill in advice.bills for package in bill.packages}
    locked = f"{printable(advice.project)}: {len(packages)} packages are locked"
    out.print(styled(f"{locked}, Python {advice.python}. Sizes in MB", "bold"))
    for table in (_bases(advice), _needs(advice), _heaviest(advice)):
        if table.row_count:
            out.print()
            out.print(table)
    out.print()
    for note in _notes(advice):
        out.print(styled(f"note: {printable(note)}", "yellow"))
    out.print()
    base = advice.recommended.base
    recommended = styled("").append_text(styled("Recommended: ", "bold")).append_text(styled(base, "bold green"))
    out.print(recommended.append_text(styled(f" ({printable(advice.recommended.why)})")))


def _bases(advice: Advice) -> Table:
    architectures = list(dict.fromkeys(bill.architecture for bill in advice.bills))
    sizes = [heading for architecture in architectures for heading in (f"{architecture}\non disk", "\nto pull")]
    table = _table("base", "wheels", *sizes, "", numbers=sizes)
    for base, remark in advice.recommended.remarks.items():
        bills = [bill for bill in advice.bills if bill.base == base]
        table.add_row(base, _wheels(bills), *(cell for bill in bills for cell in _cells(bill.size)), remark)
    return table


def _wheels(bills: Sequence[Bill]) -> str:
    """For how many packages there is a wheel, for each architecture where they differ."""
    have = dict.fromkeys(str(sum(package.how is How.WHEEL for package in bill.packages)) for bill in bills)
    return f"{'/'.join(have)} of {max(len(bill.packages) for bill in bills)}"


def _cells(size: Size | None) -> tuple[str, str]:
    return (f"{size.disk:.0f}", f"{size.pull:.0f}") if size else ("?", "?")


def _needs(advice: Advice) -> Table:
    """What is compiled and with what, and what the image gets beside; only for systems where it is anything."""
    table = _table("on", "is compiled", "with", "in the image")
    rows: dict[tuple[str, str, str, str], set[str]] = {}
    for bill in advice.bills:
        compiled = [package.name for package in bill.packages if package.how is How.COMPILED]
        row = bill.system, _words(compiled), _words(bill.build_packages), _words(bill.system_packages)
        if any(row[1:]):
            rows.setdefault(row, set()).add(bill.architecture)
    everywhere = {bill.architecture for bill in advice.bills}
    for (system, *cells), architectures in rows.items():
        table.add_row(system if architectures == everywhere else f"{system}, {_words(sorted(architectures))}", *cells)
    return table


def _heaviest(advice: Advice) -> Table:
    table = _table("heaviest", "on disk", "to pull", "lighter", numbers=["on disk", "to pull"])
    shown = {heavy.name for heavy in advice.heaviest}
    for heavy in [*advice.heaviest, *(heavy for heavy in advice.lighter if heavy.name not in shown)]:
        instead = f"{heavy.instead}: {heavy.why}; saves {heavy.saves:.0f} MB" if heavy.instead else ""
        table.add_row(f"{heavy.name} {heavy.version}", f"{heavy.size.disk:.1f}", f"{heavy.size.pull:.1f}", instead)
    return table


def _table(*headings: str, numbers: Iterable[str] = ()) -> Table:
    table = console.table()
    for heading in headings:
        table.add_column(styled(heading), justify="right" if heading in numbers else "left", no_wrap=heading in numbers)
    return table


def _notes(advice: Advice) -> Iterator[str]:
    for name, why in sorted(advice.unknown.items()):
        yield f"{name} is not in the sizes: {why}"
    absent = {
        f"{package.name} {package.version} cannot be had on {bill.system}, {bill.architecture}: {package.why}"
        for bill in advice.bills
        for package in bill.packages
        if package.how is How.ABSENT
    }
    yield from sorted(absent)
    yield from advice.notes
    yield from dict.fromkeys(note for bill in advice.bills for note in bill.notes)
    if estimated := {package.name for bill in advice.bills for package in bill.packages if package.estimated}:
        yield f"estimated, from another file or its size alone: {_words(sorted(estimated))}"
    if unmeasured := {name for bill in advice.bills for name in bill.unmeasured}:
        yield f"without a known size: {_words(sorted(unmeasured))}"
    if any(bill.system == ALPINE and bill.system_packages for bill in advice.bills):
        yield "Alpine's packages are taken to be as large as Debian's"
    if on_engine := {bill.image for bill in advice.bills if bill.measured == "engine"}:
        yield f"as large as on this engine: {_words(sorted(on_engine))}"
    yield "the project's own code is not counted"


def _words(names: Iterable[str]) -> str:
    return ", ".join(names)
