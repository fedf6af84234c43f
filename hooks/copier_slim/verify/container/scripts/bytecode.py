"""Looks at the bytecode of every module below the directories in argv; prints what is wrong with it as JSON.

Right is, by PEP 552: a file for each module that compiles, made by this Python, valid by the source's hash and not by
its time, which copying and rebuilding change; and root's, so that the application cannot put another in its place.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

MOST = 20
HASHED, CHECKED = 1, 3


def problem(source: Path) -> str:
    """What is wrong with a module's bytecode, "" if nothing is or the module does not compile."""
    cached = Path(importlib.util.cache_from_source(str(source)))
    try:
        content = cached.read_bytes()
        owner = cached.stat().st_uid
    except OSError:
        return "has no bytecode" if compiles(source) else ""
    if content[:4] != importlib.util.MAGIC_NUMBER:
        return "has another Python's bytecode"
    if content[4] not in (HASHED, CHECKED):
        return "has bytecode that counts by its time"
    if content[4] == CHECKED and content[8:16] != importlib.util.source_hash(source.read_bytes()):
        return "has the bytecode of another text"
    return f"has bytecode that user {owner} owns" if owner else ""


def compiles(source: Path) -> bool:
    """Whether it is code for this Python, and no template."""
    try:
        compile(source.read_bytes(), str(source), "exec")
    except (SyntaxError, ValueError, OSError):
        return False
    return True


def main(roots: list[str]) -> None:
    seen = 0
    wrong: list[str] = []
    for root in roots:
        for source in sorted(Path(root).rglob("*.py")):
            seen += 1
            if len(wrong) < MOST and (what := problem(source)):
                wrong.append(f"{source} {what}")
    print(json.dumps({"seen": seen, "wrong": wrong}))  # noqa: T201


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(sys.argv[1:])
