"""Measures copier-slim's images beside the usual designs, with one app and one lock: `python -m bench --help`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "hooks"))  # a checkout that is not installed
