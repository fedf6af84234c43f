"""Runs a Streamlit script as a visitor's browser makes it run, and prints the tracebacks that such a visitor would see.

The first argument is the script. Releases without Streamlit's own tests (before 1.28) are left unasked.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
from pathlib import Path

WITHIN = 15  # seconds for the whole script


def main() -> None:
    script = Path(sys.argv[1]).resolve()
    logging.disable(logging.WARNING)
    sys.path.insert(0, str(script.parent))  # as `streamlit run` does
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what the script prints is none of its errors
            app_test = importlib.import_module("streamlit.testing.v1").AppTest
            seen = app_test.from_file(str(script), default_timeout=WITHIN).run()
    except Exception:  # noqa: BLE001 what cannot be asked is no failure of the script
        return
    for raised in seen.exception:
        if raised.is_warning:
            continue
        print("\n".join(raised.stack_trace))  # noqa: T201
        print(f"{raised.proto.type}: {raised.message}")  # noqa: T201


if __name__ == "__main__":
    main()
