"""Where the whole output of what failed stays to be read."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from copier_slim.printable import printable
from copier_slim.process import scratch


def keep(text: str, name: str) -> Path:
    """Where the log of what failed stays to be read: a file for each name in the user's state, that of the last time.

    In a temporary file where that cannot be written.
    """
    shown = printable(text, lines=True).encode()
    try:
        folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "copier-slim"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)[:100]}.log"
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:  # its mode hides it from others
            part.write(shown)
        Path(part.name).replace(path)
    except (OSError, RuntimeError):
        with tempfile.NamedTemporaryFile(
            prefix="copier-slim-", suffix=".log", dir=scratch.outside(), delete=False
        ) as file:
            file.write(shown)
        return Path(file.name)
    return path
