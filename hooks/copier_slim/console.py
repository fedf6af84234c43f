"""Terminal output: tables of findings, progress, questions and errors. All output is written through this module."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar

from copier_slim.credentials import masked
from copier_slim.errors import ToolError
from copier_slim.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text


MOST_NAMED = 5
LONG = 2  # seconds after which it is said how many
LONGEST_STEP = 100
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


def table() -> Table:
    """An empty table in the form of all that are shown: no lines, two spaces between columns."""
    from rich.table import Table  # noqa: PLC0415 slow to import

    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


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


class _Doing:
    """What the spinner says, anew each time that it is drawn."""

    def __init__(self, what: str) -> None:
        self._what, self._step, self._begun = what, "", time.monotonic()

    def step(self, step: str) -> None:
        self._step = f": {step[:LONGEST_STEP]}"

    def __rich__(self) -> Text:
        seconds = time.monotonic() - self._begun
        return styled(printable(f"{self._what}{self._step}{f', {seconds:.0f} s' if seconds >= LONG else ''}"))


@contextmanager
def progress(out: Console, what: str, *, beside_json: bool = False) -> Iterator[Callable[[str], None]]:
    """Shows what is being done, how far it is and for how long, as a spinner in a terminal; as a plain line elsewhere.

    Outside a terminal nothing is shown `beside_json`: whoever reads JSON gets at most one line on stderr.
    """
    if out.is_terminal:
        spinner = "dots" if out.encoding.startswith("utf") else "line"
        doing = _Doing(what)
        with out.status(doing, spinner=spinner):
            yield doing.step
    else:
        if not beside_json:
            out.print(f"{what} …")
        yield lambda _: None


def a_few(words: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first words of a list, and how many more there are: "redis, six and 3 more"."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")
