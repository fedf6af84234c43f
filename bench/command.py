"""What the commands that measure on the engine have in common: options, progress, cleaning up, exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
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


def positive(text: str) -> int:
    """A count of at least 1, for argparse."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def say(text: str) -> None:
    """A line about the progress."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
