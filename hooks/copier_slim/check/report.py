"""What `check` shows: a table for people, JSON for machines, and one line at the end."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from copier_slim import console
from copier_slim.printable import as_json as json_text
from copier_slim.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from copier_slim.check import Finding
    from copier_slim.check.drift import Drift


def show_drifts(drifts: Sequence[Drift], out: Console) -> None:
    """A row for each answer that no longer fits."""
    if not drifts:
        return
    table = console.table()
    for name in ("answer", "recorded", "found now", "evidence"):
        table.add_column(name, overflow="fold", no_wrap=name == "answer")
    for drift in drifts:
        table.add_row(*map(printable, (drift.answer, drift.recorded, drift.found)), str(drift.evidence))
    out.print(table)


def show(findings: Sequence[Finding], out: Console) -> None:
    """A row for each place, and below what to do about each advisory."""
    if not findings:
        return
    table = console.table()
    for name in ("advisory", "what is wrong", "where"):
        table.add_column(name, overflow="fold", no_wrap=name == "advisory")
    for finding in findings:
        table.add_row(finding.id, finding.advisory.title, str(finding.evidence))
    out.print(table)
    for name, mend in {finding.id: finding.advisory.mend for finding in findings}.items():
        out.print(f"{name}: {mend}", soft_wrap=True)


def as_json(findings: Sequence[Finding], drifts: Sequence[Drift] = ()) -> str:
    """Two lists: `parts`, the answers that no longer fit, and `findings`, what an advisory warns of.

    A part has the answer, what is recorded and found now, what to do, the place; a finding the advisory's id, title,
    first version with and without the fault, what to do, the place.
    """
    return json_text(
        {
            "parts": [
                {
                    "answer": drift.answer,
                    "recorded": drift.recorded,
                    "found": drift.found,
                    "mend": drift.mend,
                    "evidence": asdict(drift.evidence),
                }
                for drift in drifts
            ],
            "findings": [
                {
                    "advisory": finding.id,
                    "title": finding.advisory.title,
                    "since": finding.advisory.since,
                    "mended": finding.advisory.mended,
                    "mend": finding.advisory.mend,
                    "evidence": asdict(finding.evidence),
                }
                for finding in findings
            ],
        }
    )


def verdict(findings: Sequence[Finding], drifts: Sequence[Drift] = ()) -> str:
    """One line: how many answers no longer fit and what to do, how much is left of which advisories."""
    said = []
    if drifts:
        mends = list(dict.fromkeys(drift.mend for drift in drifts))
        said.append(
            f"project and image differ in {len(drifts)} place{'s' if len(drifts) > 1 else ''}; {'; '.join(mends)}"
        )
    if findings:
        names = list(dict.fromkeys(finding.id for finding in findings))
        places = f"{len(findings)} place{'s' if len(findings) > 1 else ''}"
        warn = f"warn{'s' if len(names) == 1 else ''}"
        said.append(f"{places} with what {' and '.join(names)} {warn} of; SECURITY.md says more")
    return "; ".join(said) or "project and image match, and no traces of known problems were found"
