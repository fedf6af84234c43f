"""Measures copier-slim's images beside the usual designs, with one app and one lock: `python -m bench --help`."""

import sys
from pathlib import Path

# The project's own package is not installed where it is worked on
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "hooks"))
