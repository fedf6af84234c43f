"""The report: for people as a table, for machines as JSON, for CI as JUnit's XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

from copier_slim import console
from copier_slim.console import styled
from copier_slim.printable import as_json as json_text
from copier_slim.printable import printable
from copier_slim.verify.image.size_bill import MEGABYTE, Bill, Item
from copier_slim.verify.not_seen import NotSeen
from copier_slim.verify.outcome import Status

if TYPE_CHECKING:
    from rich.console import Console

    from copier_slim.verify.imports import Imports
    from copier_slim.verify.result import Report, Result

LAST_LINES = 10
WORTH_A_LINE = MEGABYTE // 10
STYLE = {Status.PASSED: "green", Status.FAILED: "bold red", Status.NOT_SEEN: "red", Status.DOES_NOT_APPLY: "yellow"}
STARTS = {"R8", "R9"}
HEADING = "slowest imports in ms"


def show(report: Report, out: Console) -> None:
    """Prints the table of checks, each failure and its fix, the sizes, and the log's end if it did not start."""
    from rich.padding import Padding  # noqa: PLC0415 slow to import, and --json needs none

    table = console.table()
    table.add_column("")
    table.add_column("", no_wrap=True)
    table.add_column(report.image, overflow="fold", ratio=1)
    table.add_column("found", overflow="fold", ratio=1)
    for result in report.results:
        status = styled(result.status, STYLE[result.status])
        table.add_row(result.id, status, result.check.title, result.outcome.found)
    out.print(table)
    for result in report.by(Status.FAILED):
        out.print(styled(f"\n{result.id} failed: {result.check.title}", "bold"))
        out.print(f"  looked at: {result.outcome.looked_at}")
        out.print(f"  found: {result.outcome.found}")
        for line in result.outcome.details:
            out.print(Padding(line, (0, 0, 0, 4)))
        out.print(f"  how to fix it: {result.check.mend}")
    out.print()
    if isinstance(report.bill, NotSeen):
        out.print(f"no size bill: {report.bill.reason}")
    else:
        _show_bill(report.bill, out)
    out.print()
    if isinstance(report.imports, NotSeen):
        out.print(f"imports not timed: {report.imports.reason}")
    else:
        _show_imports(report.imports, out)


def _show_bill(bill: Bill, out: Console) -> None:
    table = console.table()
    table.add_column("size in MB")
    table.add_column("compressed", justify="right")
    table.add_column("on disk", justify="right")

    def row(name: str, item: Item, style: str = "") -> None:
        table.add_row(name, f"{item.compressed / MEGABYTE:.2f}", f"{item.on_disk / MEGABYTE:.2f}", style=style)

    for item in bill.items:
        row(f"{item.name} {bill.base}" if item.name == "base" else item.name, item)
        if item.name == "dependencies":
            for heavy in bill.heaviest:
                row(f"  {heavy.name}", heavy, style="dim")
    row(bill.total.name, bill.total, style="bold")
    for item in bill.hidden:
        if item.on_disk >= WORTH_A_LINE:
            row(f"  of it replaced or removed by a later layer: {item.name}", item, style="dim")
    out.print(table)


def _show_imports(imports: Imports, out: Console) -> None:
    table = console.table()
    for name in (HEADING, "its own", "with all it imports", "modules"):
        table.add_column(name, justify="left" if name == HEADING else "right")
    for row in imports.slowest:
        table.add_row(row.name, f"{row.own:.0f}", f"{row.whole:.0f}", str(row.modules))
    table.add_row("all", f"{imports.milliseconds:.0f}", "", str(imports.modules), style="bold")
    out.print(table)


def verdict(report: Report) -> str:
    """One line: what failed or could not be seen, and what does not apply, with the option that changes that."""
    passed, failed = report.by(Status.PASSED), report.by(Status.FAILED)
    seen = len(passed) + len(failed)
    parts = [f"{len(failed)} of {seen} checks failed, {_first_of(failed)}" if failed else f"{seen} checks passed"]
    if unseen := report.by(Status.NOT_SEEN):
        parts.append(f"{len(unseen)} could not be seen, {_first_of(unseen)}")
    if others := report.by(Status.DOES_NOT_APPLY):
        options = dict.fromkeys(one.outcome.option for one in others)
        named = [", ".join(one.id for one in others if one.outcome.option == option) for option in options]
        why = [f"{ids} {option}".strip() for ids, option in zip(named, options, strict=True)]
        parts.append(f"{len(others)} {'does' if len(others) == 1 else 'do'} not apply: {', '.join(why)}")
    return f"{report.image}: {'; '.join(parts)}"


def _first_of(results: list[Result]) -> str:
    # What keeps it from running comes before what could not be seen for that
    first = next((result for result in results if result.id in STARTS), results[0])
    others = ", ".join(result.id for result in results if result is not first)
    return f"{first.id}: {first.outcome.found}" + (f"; also {others}" if others else "")


def as_json(report: Report) -> str:
    """Everything, with sizes in bytes."""
    document: dict[str, Any] = {
        "image": report.image,
        "image_id": report.image_id,
        "passed": report.passed,
        "checks": [
            {
                "id": result.id,
                "title": result.check.title,
                "status": result.status,
                "looked_at": result.outcome.looked_at,
                "found": result.outcome.found,
                "details": list(result.outcome.details),
                "mend": result.check.mend,
            }
            for result in report.results
        ],
        "bill": _bill_document(report.bill),
        "imports": _imports_document(report.imports),
    }
    return json_text(document)


def _imports_document(imports: Imports | NotSeen) -> dict[str, Any]:
    if isinstance(imports, NotSeen):
        return {"not_run": imports.reason}
    slowest = [
        {"name": row.name, "own_ms": row.own, "whole_ms": row.whole, "modules": row.modules} for row in imports.slowest
    ]
    return {"ms": imports.milliseconds, "modules": imports.modules, "slowest": slowest}


def _bill_document(bill: Bill | NotSeen) -> dict[str, Any]:
    if isinstance(bill, NotSeen):
        return {"not_run": bill.reason}

    def row(item: Item) -> dict[str, Any]:
        return {"name": item.name, "compressed": item.compressed, "on_disk": item.on_disk}

    return {
        "base": bill.base,
        "items": [row(item) for item in bill.items],
        "heaviest": [row(item) for item in bill.heaviest],
        "layers": [row(item) for item in bill.layers],
        "of_base": bill.of_base,
        "hidden": [row(item) for item in bill.hidden],
        "compressed": bill.total.compressed,
        "on_disk": bill.total.on_disk,
    }


def as_junit(report: Report) -> str:
    """A test suite with a case for each check, as the reporters of CI systems read it."""
    suite = ET.Element(
        "testsuite",
        name="copier-slim verify",
        tests=str(len(report.results)),
        failures=str(len(report.by(Status.FAILED))),
        skipped=str(len(report.by(Status.DOES_NOT_APPLY))),
        errors=str(len(report.by(Status.NOT_SEEN))),
    )
    for result in report.results:
        case = ET.SubElement(
            suite, "testcase", classname=printable(f"verify.{report.image}"), name=f"{result.id} {result.check.title}"
        )
        _describe(case, result)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _describe(case: ET.Element, result: Result) -> None:
    outcome = result.outcome
    match result.status:
        case Status.FAILED:
            failure = ET.SubElement(case, "failure", message=printable(outcome.found))
            text = [f"looked at: {outcome.looked_at}", *outcome.details, f"how to fix it: {result.check.mend}"]
            failure.text = printable("\n".join(text), lines=True)
        case Status.NOT_SEEN:
            ET.SubElement(case, "error", message=printable(outcome.found))
        case Status.DOES_NOT_APPLY:
            ET.SubElement(case, "skipped", message=printable(outcome.found))
        case Status.PASSED:
            ET.SubElement(case, "system-out").text = printable(f"{outcome.looked_at}: {outcome.found}")
