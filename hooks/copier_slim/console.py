"""What is shown to people: findings as a table, progress, questions, next steps; and the one place that writes it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar

from copier_slim.credentials import masked
from copier_slim.errors import ToolError
from copier_slim.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console
    from rich.text import Text


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
    """The text as `printable` has it, its line ends kept."""
    from rich.text import Text  # noqa: PLC0415 slow to import

    return Text(printable(masked(text), lines=True), style)


def write(text: str) -> None:
    """Writes what a machine reads to stdout, as it is."""
    sys.stdout.write(text)


def complain(text: str, *, lines: bool = False) -> None:
    """Writes one line to stderr, or several."""
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
    """What the user picks of what is named so. Raises KeyboardInterrupt where it is given up, as `agrees` does."""
    import questionary  # noqa: PLC0415 slow to import

    named = [questionary.Choice(printable(name), item) for name, item in choices]
    return questionary.select(printable(question), named).unsafe_ask()  # type: ignore[no-any-return]


def agrees(question: str) -> bool:
    """Whether the user says yes."""
    import questionary  # noqa: PLC0415 slow to import

    return bool(questionary.confirm(printable(question)).unsafe_ask())


@contextmanager
def progress(out: Console, what: str, *, beside_json: bool = False) -> Iterator[Callable[[str], None]]:
    """A line that says what is being done while it takes; it stays where there is no terminal.

    There is none there `beside_json`: a machine that reads JSON reads one line of stderr at most.
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
