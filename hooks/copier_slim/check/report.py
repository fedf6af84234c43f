"""What `check` shows: a table for people, JSON for machines, and one line at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim.printable import as_json as json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from copier_slim.check import Finding


def show(findings: Sequence[Finding], out: Console) -> None:
    """A row for each place, and below what to do about each advisory."""
    from rich.table import Table  # noqa: PLC0415 slow to import

    if not findings:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("advisory", "what is wrong", "where"):
        table.add_column(name, overflow="fold", no_wrap=name == "advisory")
    for finding in findings:
        table.add_row(finding.id, finding.advisory.title, str(finding.evidence))
    out.print(table)
    for name, mend in {finding.id: finding.advisory.mend for finding in findings}.items():
        out.print(f"{name}: {mend}", soft_wrap=True)


def as_json(findings: Sequence[Finding]) -> str:
    """A list of findings: the advisory's id, title, first version with and without the fault, what to do, the place."""
    return json_text(
        {
            "findings": [
                {
                    "advisory": finding.id,
                    "title": finding.advisory.title,
                    "since": finding.advisory.since,
                    "mended": finding.advisory.mended,
                    "mend": finding.advisory.mend,
                    "evidence": {
                        "path": finding.evidence.path, "line": finding.evidence.line, "text": finding.evidence.text,
                    },
                }
                for finding in findings
            ]
        }
    )  # fmt: skip


def verdict(findings: Sequence[Finding]) -> str:
    """One line: how much is left of which advisories."""
    if not findings:
        return "no traces of known problems were found"
    names = list(dict.fromkeys(finding.id for finding in findings))
    places = f"{len(findings)} place{'s' if len(findings) > 1 else ''}"
    return f"{places} with what {' and '.join(names)} warn{'s' if len(names) == 1 else ''} of; SECURITY.md says more"
