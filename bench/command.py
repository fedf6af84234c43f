"""What the commands that measure on the engine have in common: options, progress, cleaning up, exit codes."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench import engine

if TYPE_CHECKING:
    from collections.abc import Callable

FAILED = 1
NO_ENGINE = 4
INTERRUPTED = 130


def run(measure: Callable[[Path], None]) -> int:
    """Calls `measure` with a directory for its files; the exit code, after what is left on the engine is removed."""
    if not engine.engine_answers():
        say("no Docker Engine answers; start it, then run this again")
        return NO_ENGINE
    try:
        with engine.cleaned(), tempfile.TemporaryDirectory() as workspace:
            settings = Path(workspace, "settings.yml")
            settings.write_text("{}", encoding="utf-8")
            os.environ["COPIER_SETTINGS_PATH"] = str(settings)  # without the defaults of whoever runs this
            measure(Path(workspace))
    except engine.BenchError as error:
        say(str(error))
        return FAILED
    except KeyboardInterrupt:
        say("interrupted; its containers and images are removed")
        return INTERRUPTED
    return 0


def table(module: str, about: str | None, counted: str, results: Path, measure: Callable[[Path, int], str]) -> int:
    """The command of a module that measures in rounds: prints and keeps the table. The exit code is that of `run`.

    `counted` says what --runs counts.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--runs", type=positive, default=7, help=f"{counted} (default: %(default)s)")
    runs = parser.parse_args().runs

    def write(workspace: Path) -> None:
        text = measure(workspace, runs)
        print(text, end="")
        results.write_text(text, encoding="utf-8")

    return run(write)


def measured() -> str:
    """When, and with what, for people."""
    return f"Measured {datetime.now(tz=UTC):%Y-%m-%d} with Python {platform.python_version()} on {platform.machine()}."


def positive(text: str) -> int:
    """A count of at least 1, for argparse."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def say(text: str) -> None:
    """A line about the progress."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
