"""The advice as an HTML page: the bases side by side, and what each would weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copier_slim.advise.model import Advice, Bill, Size, Verdict


def as_html(advice: Advice) -> str:
    """The recommendation, two bases side by side, all of them, the parts of each and the heaviest dependencies."""
    verdict = advice.recommended
    head = ["base", "machine", "MB on disk", "MB to pull", "compiled", "to say"]
    first = advice.bills[0].architecture if advice.bills else ""
    here = [bill for bill in advice.bills if bill.architecture == first]
    two = _two(here, verdict)
    heavy = [[f"{one.name} {one.version}", *_size(one.size), one.instead or one.why] for one in advice.heaviest]
    return html.document(
        f"{advice.project}: which base image",
        f"<p><strong>{html.text(verdict.base)}</strong> is recommended: {html.text(verdict.why)}</p>",
        f"<h2>{html.text(' and '.join(bill.base for bill in two))} side by side, on {html.text(first)}</h2>",
        _beside(two, verdict),
        _drawn(two),
        "<h2>All bases</h2>",
        html.table(head, [_row(bill, verdict.remarks.get(bill.base, "")) for bill in advice.bills], numbers=(2, 3)),
        _drawn([bill for bill in here if bill not in two]),
        "<h2>The heaviest dependencies</h2>",
        html.table(["package", "MB on disk", "MB to pull", "lighter"], heavy, numbers=(1, 2)),
        *(f"<p>note: {html.text(note)}</p>" for note in advice.notes),
        *(f"<p>left out: {html.text(name)}, {html.text(why)}</p>" for name, why in advice.unknown.items()),
    )


def _two(bills: Sequence[Bill], verdict: Verdict) -> list[Bill]:
    """The base that the project has and the recommended one; where these are one, that and the smallest other."""
    by_base = {bill.base: bill for bill in bills}
    others = sorted((bill for bill in bills if bill.size), key=lambda bill: bill.size.disk if bill.size else 0)
    names = dict.fromkeys([verdict.answered, verdict.base, *(bill.base for bill in others)])
    return [by_base[name] for name in names if name in by_base][:2]


def _beside(two: Sequence[Bill], verdict: Verdict) -> str:
    """What there is to know of a few bases, a column for each."""

    def named(how: str) -> list[object]:
        return [", ".join(one.name for one in bill.packages if one.how == how) or "nothing" for bill in two]

    sizes = [_size(bill.size) for bill in two]
    rows: list[list[object]] = [
        ["image", *(bill.image for bill in two)],
        ["MB on disk", *(size[0] for size in sizes)],
        ["MB to pull", *(size[1] for size in sizes)],
        ["compiled", *named("compiled")],
        ["cannot be had", *named("absent")],
        ["system packages", *(", ".join(bill.system_packages) or "none" for bill in two)],
        [
            "does not work there",
            *("; ".join(f"{name}: {why}" for name, why in bill.unfit.items()) or "nothing" for bill in two),
        ],
        ["to say", *(verdict.remarks.get(bill.base, "") for bill in two)],
    ]
    return html.table(["", *(_marked(bill.base, verdict) for bill in two)], rows)


def _marked(base: str, verdict: Verdict) -> str:
    """A base with what it is to the project."""
    what = [word for word, one in (("now", verdict.answered), ("recommended", verdict.base)) if one == base]
    return f"{base} ({', '.join(what)})" if what else base


def _row(bill: Bill, remark: str) -> list[object]:
    compiled = ", ".join(one.name for one in bill.packages if one.how == "compiled")
    unfit = "; ".join(f"{name}: {why}" for name, why in bill.unfit.items())
    return [bill.base, bill.architecture, *_size(bill.size), compiled, "; ".join(filter(None, [remark, unfit]))]


def _size(size: Size | None) -> list[str]:
    return [f"{size.disk:.1f}", f"{size.pull:.1f}"] if size else ["not measured", "not measured"]


def _drawn(bills: Sequence[Bill]) -> str:
    """What each base's image is made of, to one scale; those of which it is known."""
    sizes = {bill.base: bill.size.disk for bill in bills if bill.size}
    largest = max(sizes.values(), default=0)
    drawn = [_parts(bill, sizes[bill.base] / largest) for bill in bills if bill.base in sizes]
    return f'<div class="beside">{"".join(drawn)}</div>'


def _parts(bill: Bill, share: float) -> str:
    # Each package for itself, in place of their sum
    sizes_of = [(name, size.disk) for name, size in bill.parts.items() if name != "packages"]
    sizes_of += [(one.name, one.size.disk) for one in bill.packages if one.size]
    drawn = html.treemap(f"{bill.base} on disk, as areas", sizes_of, share=share)
    rows = [[name, *_size(size)] for name, size in bill.parts.items()]
    sizes = html.table(["part", "MB on disk", "MB to pull"], rows, numbers=(1, 2))
    return f"<section><h3>{html.text(bill.base)}</h3>{drawn}{sizes}</section>"
