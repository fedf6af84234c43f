"""Prints, as JSON, why commands of /opt/launch.py by their names cannot be started, without starting any of them.

The program has to be there, and where that is Python the script or module, too; a line for a shell needs one that can
parse it.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path


def main() -> None:
    tree = ast.parse(Path("/opt/launch.py").read_text(encoding="utf-8"))
    known = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "PROCESSES"
    )
    found = {name: why_not(known[name]) if name in known else "it is not in /opt/launch.py" for name in sys.argv[1:]}
    print(json.dumps(found))  # noqa: T201


def why_not(command: list[str] | str) -> str:
    """Why a command cannot be started; "" where nothing speaks against it."""
    if isinstance(command, str):
        if not shutil.which("sh"):
            return "there is no sh"
        parsed = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True, check=False)  # noqa: S603, S607
        return " ".join(parsed.stderr.split())
    words = command[1:] if command[0] == "env" else list(command)
    while words and "=" in words[0]:
        del words[0]
    if not words or "$" in words[0]:
        return ""
    if not shutil.which(words[0]):
        return f"there is no {words[0]}"
    return of_python(words[1:]) if Path(words[0]).name.startswith("python") else ""


def of_python(words: list[str]) -> str:
    """Why a Python does not start what its arguments name."""
    while words and words[0] in {"-P", "-u", "-B", "-I", "-E", "-s", "-S", "-O", "-OO"}:
        del words[0]
    if words[:1] == ["-m"] and len(words) > 1 and "$" not in words[1]:
        try:
            there = importlib.util.find_spec(words[1].partition(".")[0])  # a parent would be imported
        except ValueError:
            there = None
        return "" if there else f"there is no module {words[1]}"
    if words and not words[0].startswith("-") and "$" not in words[0] and not Path(words[0]).exists():
        return f"there is no {words[0]}"
    return ""


if __name__ == "__main__":
    main()
