"""Prints what the build's script finds missing in the directories in argv, as JSON; SCRIPT stands for its text."""

from __future__ import annotations

import json
import sys

scope = {"__name__": "libraries"}
exec("SCRIPT", scope)  # noqa: S102 the template's own
at = sys.argv.index("--optional")
print(json.dumps(scope["missing"](scope["elves"](sys.argv[1:at]), sys.argv[at + 1 :])))  # type: ignore[operator]  # noqa: T201
