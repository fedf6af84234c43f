"""What verify found as an HTML page, for a pull request or a colleague."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import html
from copier_slim.verify import report as verify_report
from copier_slim.verify.image.size_bill import MEGABYTE
from copier_slim.verify.not_seen import NotSeen
from copier_slim.verify.outcome import Status

if TYPE_CHECKING:
    from copier_slim.verify.image.size_bill import Bill, Item
    from copier_slim.verify.imports import Imports
    from copier_slim.verify.result import Report, Result

CLASSES = {Status.PASSED: "passed", Status.FAILED: "failed"}


def as_html(report: Report) -> str:
    """The verdict, the checks, the bill and the layers."""
    verdict = "passed" if report.passed else "failed" if report.by(Status.FAILED) else "open"
    return html.document(
        f"{report.image}: verified",
        f'<p class="{verdict}">{html.text(verify_report.verdict(report))}</p>',
        "<h2>Checks</h2>",
        html.table(["check", "what holds", "result", "found"], [_row(result) for result in report.results]),
        "<h2>What takes up space</h2>",
        _bill(report.bill),
        "<h2>What its imports take</h2>",
        _imports(report.imports),
    )


def _imports(imports: Imports | NotSeen) -> str:
    if isinstance(imports, NotSeen):
        return f'<p class="open">{html.text(imports.reason)}</p>'
    rows = [[row.name, f"{row.own:.0f}", f"{row.whole:.0f}", row.modules] for row in imports.slowest]
    total = ["all", f"{imports.milliseconds:.0f}", "", imports.modules]
    head = ["package", "ms of its own", "ms with all it imports", "modules"]
    return html.table(head, [*rows, total], numbers=(1, 2, 3))


def _row(result: Result) -> list[object]:
    found = html.text(result.outcome.found)
    if result.status is Status.FAILED:
        found += "".join(f"<br>{html.text(line)}" for line in result.outcome.details)
        found += f"<br><strong>{html.text(result.check.mend)}</strong>"
    status = f'<span class="{CLASSES.get(result.status, "open")}">{html.text(result.status.value)}</span>'
    return [result.id, result.check.title, html.Raw(status), html.Raw(found)]


def _bill(bill: Bill | NotSeen) -> str:
    if isinstance(bill, NotSeen):
        return f'<p class="open">{html.text(bill.reason)}</p>'
    items = [(item.name, item.on_disk / MEGABYTE) for item in bill.items]
    parts = [html.treemap("What takes up space on disk, as areas", items), _sizes([*bill.items, bill.total])]
    if bill.heaviest:
        heaviest = [(item.name, item.on_disk / MEGABYTE) for item in bill.heaviest]
        parts += ["<h3>The heaviest dependencies</h3>", html.treemap("The heaviest dependencies, as areas", heaviest)]
        parts.append(_sizes(bill.heaviest))
    return "\n".join([*parts, "<h2>Layers</h2>", _layers(bill)])


def _layers(bill: Bill) -> str:
    """Each layer with the instruction that made it, the last one first, as it is the one that changes most."""
    numbered = [
        [number, "base" if number <= bill.of_base else "own", *_megabytes(item), item.name]
        for number, item in enumerate(bill.layers, start=1)
    ]
    return html.table(["layer", "of", "MB on disk", "MB to pull", "made by"], numbered[::-1], numbers=(0, 2, 3))


def _sizes(items: list[Item]) -> str:
    return html.table(
        ["part", "MB on disk", "MB to pull"], [[item.name, *_megabytes(item)] for item in items], numbers=(1, 2)
    )


def _megabytes(item: Item) -> list[str]:
    return [f"{size / MEGABYTE:.1f}" for size in (item.on_disk, item.compressed)]
