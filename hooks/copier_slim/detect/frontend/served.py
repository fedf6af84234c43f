"""Whether the Python side serves what a front end's build makes."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from copier_slim.detect.code.apps import is_aside
from copier_slim.detect.findings import Evidence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from copier_slim.detect.code.apps import Code

LITERAL = re.compile(r"""["']([^"'\n]{1,200})["']""")
# Django finds the folder of this name in each app, Flask beside the app
STATIC = "static"
TEMPLATES = (".html", ".jinja", ".jinja2", ".j2", ".htm")
TEMPLATE_FOLDER = re.compile(r"^(?!.*(?:^|/)tests?/).*(?:^|/)templates/")
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
            if named and any(_ends_with(named, rest) for whole in wholes for rest in _from(path, whole.split("/"))):
                return code.tree.evidence(path, line.strip())
    if library := next((name for name in LIBRARIES if name in declared), None):
        return code.tree.evidence(_settings(code), library.replace("-", "_"))
    if STATIC in parts:
        return Evidence(output)
    return _in_a_template(code, parts)


def _from(path: str, parts: list[str]) -> Iterator[list[str]]:
    """The parts of a path as a module may name them: from the root, and from the folders that the module is in."""
    yield parts
    for count, folder in enumerate(path.split("/")[:-1]):
        if parts[count : count + 1] != [folder]:
            return
        if rest := parts[count + 1 :]:
            yield rest


def _in_a_template(code: Code, parts: list[str]) -> Evidence | None:
    """Where a template names an output: a file by its name, a folder by what stands behind it."""
    name = parts[-1] if "." in parts[-1] else "/".join([*parts[-2:], ""])
    pattern = re.compile(rf"(?:src|href|static)\b[^\n>]{{0,200}}[\"'/]{re.escape(name)}")
    for path in code.tree.files:
        if not path.endswith(TEMPLATES) or not TEMPLATE_FOLDER.search(path):
            continue
        if found := pattern.search(code.tree.text(path) or ""):
            return code.tree.evidence(path, found[0])
    return None


def stats(code: Code, outputs: Collection[str]) -> dict[str, str]:
    """The file by which django-webpack-loader finds what webpack made, where that is outside of the outputs."""
    for path in code.tree.python_files:
        text = code.tree.text(path) or ""
        if is_aside(path) or not (said := re.search(r"[\"']STATS_FILE[\"']\s*:(?P<value>[^\n]{1,300})", text)):
            continue
        manage = next((file for file in code.tree.python_files if file.rpartition("/")[2] == "manage.py"), "")
        found = posixpath.normpath(posixpath.join(posixpath.dirname(manage), *LITERAL.findall(said["value"])))
        if "." in posixpath.basename(found) and not any(f"{found}/".startswith(f"{output}/") for output in outputs):
            return {found: found}
    return {}


def _ends_with(named: list[str], parts: list[str]) -> bool:
    """Whether the last parts of a path are among what a line names, one behind the other."""
    return any(named[at : at + len(parts)] == parts for at in range(len(named) - len(parts) + 1))


def _settings(code: Code) -> str:
    return next((path for path in code.tree.python_files if path.endswith("settings.py")), "")
