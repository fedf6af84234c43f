"""What is shown to people: findings as a table, progress, next steps."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from copier_slim.detect.findings import Findings

MOST_NAMED = 5


def console(*, stderr: bool = False) -> Console:
    """The terminal; plain text where it is none."""
    from rich.console import Console  # noqa: PLC0415 slow to import, and --format json needs none

    return Console(highlight=False, stderr=stderr)


def show_findings(findings: Findings, out: Console) -> None:
    """The findings with their evidence, what is a guess marked, and the notes below."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("answer", no_wrap=True)
    table.add_column("value", overflow="fold", max_width=44)
    table.add_column("read from", overflow="fold")
    for finding in findings.found.values():
        if finding.value in ("", [], None):
            continue
        value = "\n".join(_shortened(str(finding.value).splitlines()))
        evidence = "\n".join(_shortened([str(item) for item in dict.fromkeys(finding.evidence)]))
        table.add_row(finding.answer, Text(value), Text(evidence or ("" if not finding.guess else "a guess")))
    out.print(table)
    for note in findings.notes:
        out.print(Text(f"note: {note}", style="yellow"))


def _shortened(lines: list[str], most: int = 8) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], f"… and {len(lines) - most + 1} more"]


def as_yaml(findings: Findings) -> str:
    """The answers as a Copier data file, each with its evidence as a comment."""
    import yaml  # noqa: PLC0415

    lines = []
    for finding in findings.found.values():
        lines += [f"# {_one_line(str(item))}" for item in dict.fromkeys(finding.evidence)]
        lines.append(
            yaml.safe_dump({finding.answer: finding.value}, allow_unicode=True, width=10_000, sort_keys=False).rstrip()
        )
    lines += [f"# note: {_one_line(note)}" for note in findings.notes]
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
                "evidence": [{"path": item.path, "line": item.line, "text": item.text} for item in finding.evidence],
            }
            for finding in findings.found.values()
        ],
        "notes": findings.notes,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


@contextmanager
def progress(out: Console, what: str, *, beside_json: bool = False) -> Iterator[Callable[[str], None]]:
    """A line that says what is being done while it takes; it stays where there is no terminal.

    There is none there `beside_json`: a machine that reads JSON reads one line of stderr at most.
    """
    if out.is_terminal:
        with out.status(what) as status:
            yield lambda step: status.update(f"{what}: {step[:100]}")
    else:
        if not beside_json:
            out.print(f"{what} …")
        yield lambda _: None


def some(words: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first words of a list, and how many more there are: "redis, six and 3 more"."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")
