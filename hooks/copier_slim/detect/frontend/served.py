"""Whether the Python side serves what a front end's build makes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.detect.code.apps import is_aside
from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from collections.abc import Collection

    from copier_slim.detect.code.apps import Code

LITERAL = re.compile(r"""["']([^"'\n]{1,200})["']""")
# Django finds the folder of this name in each app, Flask beside the app
STATIC = "static"
LIBRARIES = ("django-vite", "django-webpack-loader", "django-tailwind")


def by(code: Code, folder: str, output: str, declared: Collection[str]) -> Evidence | None:
    """Where the code names an output or what it is in, else the library or the folder by which it is served.

    None where nothing shows that the output is served.
    """
    parts = output.split("/")
    wholes = {"/".join(parts[:end]) for end in range(1, len(parts) + 1)}
    wholes -= {folder, *("/".join(folder.split("/")[:end]) for end in range(1, folder.count("/") + 1))}
    for path in code.tree.python_files:
        if is_aside(path):
            continue
        for line in (code.tree.text(path) or "").split("\n"):
            if line.lstrip().startswith(("#", "import ", "from ")):
                continue
            texts = LITERAL.findall(line)
            named = [part for text in texts for part in text.strip("./").split("/") if part not in ("", ".", "..")]
            if any(_ends_with(named, whole.split("/")) for whole in wholes):
                return code.tree.evidence(path, line.strip())
    if library := next((name for name in LIBRARIES if name in declared), None):
        return code.tree.evidence(_settings(code), library.replace("-", "_"))
    if STATIC in parts:
        return Evidence(output)
    return None


def _ends_with(named: list[str], parts: list[str]) -> bool:
    """Whether the last parts of a path are among what a line names, one behind the other."""
    return any(named[at : at + len(parts)] == parts for at in range(len(named) - len(parts) + 1))


def _settings(code: Code) -> str:
    return next((path for path in code.tree.python_files if path.endswith("settings.py")), "")
