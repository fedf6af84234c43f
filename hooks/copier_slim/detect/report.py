"""The findings as people and programs read them: a table, a Copier data file, JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from copier_slim import console
from copier_slim.printable import as_json as json_text
from copier_slim.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from copier_slim.detect.findings import Findings


def show(findings: Findings, out: Console) -> None:
    """Prints the findings with their evidence, marks guesses, and lists the notes below."""
    table = console.table()
    table.add_column("answer", no_wrap=True)
    table.add_column("value", overflow="fold", max_width=44)
    table.add_column("read from", overflow="fold")
    for finding in findings.found.values():
        if finding.value in ("", [], None):
            continue
        value = "\n".join(_shortened(str(finding.value).split("\n")))
        evidence = "\n".join(_shortened([str(item) for item in dict.fromkeys(finding.evidence)]))
        table.add_row(
            finding.answer, console.styled(value), console.styled(evidence or ("" if not finding.guess else "a guess"))
        )
    out.print(table)
    for note in findings.notes:
        out.print(console.styled(f"note: {printable(note)}", "yellow"))


def _shortened(lines: list[str], most: int = 8) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], f"… and {len(lines) - most + 1} more"]


def as_yaml(findings: Findings) -> str:
    """The answers as a Copier data file, each with its evidence as a comment."""
    import yaml  # noqa: PLC0415

    lines = []
    for finding in findings.found.values():
        lines += [f"# {printable(str(item))}" for item in dict.fromkeys(finding.evidence)]
        value = str(finding.value)
        plain = printable(value, lines=True) == value
        lines.append(
            yaml.safe_dump({finding.answer: finding.value}, allow_unicode=plain, width=10_000, sort_keys=False).rstrip()
        )
    lines += [f"# note: {printable(note)}" for note in findings.notes]
    return "\n".join(lines) + "\n"


def as_json(findings: Findings) -> str:
    """The answers with their evidence, and the notes."""
    document: dict[str, Any] = {
        "answers": findings.answers,
        "findings": [
            {
                "answer": finding.answer,
                "value": finding.value,
                "guess": finding.guess,
                "evidence": [asdict(item) for item in finding.evidence],
            }
            for finding in findings.found.values()
        ],
        "notes": findings.notes,
    }
    return json_text(document)
