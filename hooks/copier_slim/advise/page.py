"""The advice as an HTML page: the bases side by side, and what each would weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import html

if TYPE_CHECKING:
    from copier_slim.advise.model import Advice, Bill, Size


def as_html(advice: Advice) -> str:
    """The recommendation, the bases, the parts of each and the heaviest dependencies."""
    verdict = advice.recommended
    head = ["base", "machine", "MB on disk", "MB to pull", "compiled", "to say"]
    first = advice.bills[0].architecture if advice.bills else ""
    beside = "".join(_parts(bill) for bill in advice.bills if bill.architecture == first and bill.size)
    heavy = [[f"{one.name} {one.version}", *_size(one.size), one.instead or one.why] for one in advice.heaviest]
    return html.document(
        f"{advice.project}: which base image",
        f"<p><strong>{html.text(verdict.base)}</strong> is recommended: {html.text(verdict.why)}</p>",
        html.table(head, [_row(bill, verdict.remarks.get(bill.base, "")) for bill in advice.bills], numbers=(2, 3)),
        f"<h2>What each would weigh, on {html.text(first)}</h2>",
        f'<div class="beside">{beside}</div>',
        "<h2>The heaviest dependencies</h2>",
        html.table(["package", "MB on disk", "MB to pull", "lighter"], heavy, numbers=(1, 2)),
        *(f"<p>note: {html.text(note)}</p>" for note in advice.notes),
        *(f"<p>left out: {html.text(name)}, {html.text(why)}</p>" for name, why in advice.unknown.items()),
    )


def _row(bill: Bill, remark: str) -> list[object]:
    compiled = ", ".join(one.name for one in bill.packages if one.how == "compiled")
    unfit = "; ".join(f"{name}: {why}" for name, why in bill.unfit.items())
    return [bill.base, bill.architecture, *_size(bill.size), compiled, "; ".join(filter(None, [remark, unfit]))]


def _size(size: Size | None) -> list[str]:
    return [f"{size.disk:.1f}", f"{size.pull:.1f}"] if size else ["not measured", "not measured"]


def _parts(bill: Bill) -> str:
    # Each package for itself, in place of their sum
    sizes_of = [(name, size.disk) for name, size in bill.parts.items() if name != "packages"]
    sizes_of += [(one.name, one.size.disk) for one in bill.packages if one.size]
    drawn = html.treemap(f"{bill.base} on disk, as areas", sizes_of)
    rows = [[name, *_size(size)] for name, size in bill.parts.items()]
    sizes = html.table(["part", "MB on disk", "MB to pull"], rows, numbers=(1, 2))
    return f"<section><h3>{html.text(bill.base)}</h3>{drawn}{sizes}</section>"
