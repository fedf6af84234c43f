"""Terminal output: tables of findings, progress, questions and errors. All output is written through this module."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar

from copier_slim.credentials import masked
from copier_slim.errors import ToolError
from copier_slim.printable import as_json as json_text
from copier_slim.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console
    from rich.text import Text

    from copier_slim.detect.findings import Findings

MOST_NAMED = 5
Item = TypeVar("Item")


def console(*, stderr: bool = False, file: IO[str] | None = None, width: int | None = None) -> Console:
    """The terminal, or `file`; plain text where it is none.

    A string is one line of `printable` text to it, in a table too, and never markup; what has several is `styled`.
    """
    from rich.console import Console  # noqa: PLC0415 slow to import, and --format json needs none

    class Screen(Console):
        def render_str(self, text: str, *, style: Any = "", **options: Any) -> Text:  # noqa: ANN401 rich's
            options |= {"markup": False, "emoji": False, "highlight": False, "highlighter": None}
            return super().render_str(printable(masked(text)), style=style, **options)

    return Screen(stderr=stderr, file=file, width=width, markup=False, emoji=False, highlight=False)


def styled(text: str, style: str = "") -> Text:
    """The text made safe to print with `printable`, with its line ends kept."""
    from rich.text import Text  # noqa: PLC0415 slow to import

    return Text(printable(masked(text), lines=True), style)


def write(text: str) -> None:
    """Writes machine-readable text to stdout unchanged."""
    sys.stdout.write(text)


def complain(text: str, *, lines: bool = False) -> None:
    """Writes a message to stderr, as one line unless `lines`."""
    sys.stderr.write(f"{printable(masked(text), lines=lines)}\n")


def flush() -> int:
    """Writes what is left to stdout and stderr.

    Returns an exit code: 0, 1 where whoever read one of them has closed it, that of a ToolError where a disk is full.
    """
    code = 0
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            code = code or 1
        except (OSError, ValueError):
            code = code or ToolError.exit_code
    return code


def trust_no_output() -> None:
    """Lets stdout and stderr escape what their encoding does not have, as LC_ALL=C has nothing but ASCII."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def choose(question: str, choices: Sequence[tuple[str, Item]]) -> Item:
    """Lets the user pick one of the named items. Raises KeyboardInterrupt if cancelled, as `agrees` does."""
    import questionary  # noqa: PLC0415 slow to import

    named = [questionary.Choice(printable(name), item) for name, item in choices]
    return questionary.select(printable(question), named).unsafe_ask()  # type: ignore[no-any-return]


def agrees(question: str) -> bool:
    """Asks a yes-or-no question; True for yes."""
    import questionary  # noqa: PLC0415 slow to import

    return bool(questionary.confirm(printable(question)).unsafe_ask())


def show_findings(findings: Findings, out: Console) -> None:
    """Prints the findings with their evidence, marks guesses, and lists the notes below."""
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("answer", no_wrap=True)
    table.add_column("value", overflow="fold", max_width=44)
    table.add_column("read from", overflow="fold")
    for finding in findings.found.values():
        if finding.value in ("", [], None):
            continue
        value = "\n".join(_shortened(str(finding.value).split("\n")))
        evidence = "\n".join(_shortened([str(item) for item in dict.fromkeys(finding.evidence)]))
        table.add_row(finding.answer, styled(value), styled(evidence or ("" if not finding.guess else "a guess")))
    out.print(table)
    for note in findings.notes:
        out.print(styled(f"note: {printable(note)}", "yellow"))


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
                "evidence": [{"path": item.path, "line": item.line, "text": item.text} for item in finding.evidence],
            }
            for finding in findings.found.values()
        ],
        "notes": findings.notes,
    }
    return json_text(document)


@contextmanager
def progress(out: Console, what: str, *, beside_json: bool = False) -> Iterator[Callable[[str], None]]:
    """Shows what is being done, as a spinner in a terminal and as a plain line elsewhere.

    Outside a terminal nothing is shown `beside_json`: whoever reads JSON gets at most one line on stderr.
    """
    if out.is_terminal:
        spinner = "dots" if out.encoding.startswith("utf") else "line"
        with out.status(styled(printable(what)), spinner=spinner) as status:
            yield lambda step: status.update(styled(printable(f"{what}: {step[:100]}")))
    else:
        if not beside_json:
            out.print(f"{what} …")
        yield lambda _: None


def a_few(words: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first words of a list, and how many more there are: "redis, six and 3 more"."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")
