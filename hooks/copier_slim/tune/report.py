"""What tune found, for people as a table and for machines as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import console
from copier_slim.printable import as_json as json_text

if TYPE_CHECKING:
    from rich.console import Console

    from copier_slim.tune.result import Tuned

MEGABYTE = 1_000_000


def show(tuned: Tuned, out: Console) -> None:
    """Prints what was measured, what cannot wait and why, and what was asked."""
    if tuned.before.seconds and tuned.after.seconds:
        table = console.table()
        table.add_column(f"medians of {len(tuned.after.seconds)} starts")
        for name in ("without", "with lazy imports", "gained"):
            table.add_column(name, justify="right")
        before, after = tuned.before, tuned.after
        table.add_row("first answer in ms", f"{before.ms:.0f}", f"{after.ms:.0f}", _part(tuned.ms, before.ms, 1, 0))
        sizes = [f"{one.bytes / MEGABYTE:.1f}" for one in (before, after)]
        table.add_row("memory in MB", *sizes, _part(tuned.bytes, before.bytes, MEGABYTE, 1))
        out.print(table)
    for name, why in tuned.eager.items():
        out.print(f"cannot wait: {name}: else {why}", soft_wrap=True)
    for why in tuned.untried.values():
        out.print(f"not tried, as it does not run here without lazy imports either: {why}", soft_wrap=True)
    asked = console.a_few(tuned.paths)
    out.print(f"asked: {asked or 'a connection'}; its own tests: {tuned.tests}; {tuned.trials} starts", soft_wrap=True)


def _part(gain: float, whole: float, unit: int, decimals: int) -> str:
    share = f" ({gain / whole:.0%})" if whole else ""
    return f"{gain / unit:.{decimals}f}{share}"


def verdict(tuned: Tuned) -> str:
    """One line: what was written, or why nothing was."""
    if tuned.problem:
        return f"{tuned.image}: nothing is written: {tuned.problem}"
    if tuned.written:
        names = "lazy_imports and eager_modules" if tuned.eager else "lazy_imports"
        return f"{tuned.image}: {names} written; build the image anew"
    if not tuned.gained:
        return f"{tuned.image}: nothing is written: lazy imports bring nothing here"
    return f"{tuned.image}: nothing is written: the answers have this already"


def as_json(tuned: Tuned) -> str:
    """Everything, with every single start; memory in bytes."""

    def measured(seconds: list[float], memory: list[int]) -> dict[str, list[float]]:
        return {"first_answer_ms": [round(one * 1000, 1) for one in seconds], "memory": [float(one) for one in memory]}

    document = {
        "image": tuned.image,
        "python": tuned.python,
        "written": tuned.written,
        "problem": tuned.problem,
        "gained": not tuned.problem and tuned.gained,
        "without": measured(tuned.before.seconds, tuned.before.memory),
        "with": measured(tuned.after.seconds, tuned.after.memory),
        "eager_modules": [{"module": name, "why": why} for name, why in tuned.eager.items()],
        "asked": tuned.paths,
        "tests": tuned.tests,
        "untried": [{"process": name, "why": why} for name, why in tuned.untried.items()],
        "starts": tuned.trials,
    }
    return json_text(document)
