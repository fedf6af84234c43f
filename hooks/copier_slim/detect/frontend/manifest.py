"""package.json and what lies beside it: scripts, packages, the package manager, the version of Node."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.reading import formats

if TYPE_CHECKING:
    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.tree import Tree

NODE_VERSION = re.compile(r"v?([1-9]\d(?:\.\d{1,3}){0,2})\Z")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A package.json in `folder`, "" for the root."""

    folder: str
    path: str
    scripts: dict[str, str]
    packages: dict[str, str]
    document: dict[str, Any]

    def beside(self, name: str) -> str:
        """The path of a file in the same folder."""
        return posixpath.join(self.folder, name)


def find(tree: Tree) -> list[Manifest]:
    """Those of the repository, in the order of frontends.yml: the folders that are known, then the shallow ones."""
    folders = catalog.frontends().folders

    def rank(path: str) -> tuple[int, int]:
        folder = path.rpartition("/")[0]
        known = next((at for at, name in enumerate(folders) if f"/{folder}".endswith(f"/{name}")), len(folders))
        return (path.count("/"), known)

    paths = [path for path in tree.files if path.rpartition("/")[2] == "package.json"]
    return [found for path in sorted(paths, key=rank) if (found := _read(tree, path))]


def _read(tree: Tree, path: str) -> Manifest | None:
    try:
        document = formats.json(tree.text(path) or "")
    except formats.BrokenError as error:
        tree.note(f"{path} is not read: {error}")
        return None
    if not isinstance(document, dict):
        return None
    packages = _texts(document.get("devDependencies")) | _texts(document.get("dependencies"))
    return Manifest(path.rpartition("/")[0], path, _texts(document.get("scripts")), packages, document)


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name): text for name, text in value.items() if isinstance(text, str)}


def manager(tree: Tree, found: Manifest) -> tuple[str, Evidence]:
    """The answer `assets`: what package.json states, else the one whose lock is there, else npm."""
    managers = catalog.frontends().managers
    stated = found.document.get("packageManager")
    if isinstance(stated, str):
        name, _, version = stated.partition("@")
        if name in managers:
            berry = name == "yarn" and not version.startswith(("0.", "1."))
            return "yarn-berry" if berry else name, tree.evidence(found.path, '"packageManager"')
    for name, row in managers.items():
        lock = found.beside(row.lock)
        if tree.has(lock):
            if name == "yarn" and "__metadata:" in (tree.text(lock) or ""):
                name = "yarn-berry"  # noqa: PLW2901 the row of the same lock
            return name, tree.evidence(lock)
    return next(iter(managers)), tree.evidence(found.path)


def node(tree: Tree, found: Manifest) -> tuple[str, Evidence] | None:
    """The version of Node that the project states, and where; None where it states none that names one."""
    for folder in dict.fromkeys((found.folder, "")):
        prefix = f"{folder}/" if folder else ""
        for name in catalog.frontends().versions:
            lines = (tree.text(prefix + name) or "").split()
            if lines and (exact := NODE_VERSION.fullmatch(lines[0])):
                return exact[1], tree.evidence(prefix + name, lines[0])
        for name, pattern in (
            (".tool-versions", r"(?m)^\s*nodejs[ \t]+v?([1-9]\d(?:\.\d{1,3}){0,2})\s*$"),
            ("mise.toml", r"(?m)^\s*node(?:js)?\s*=\s*[\"']v?([1-9]\d(?:\.\d{1,3}){0,2})[\"']"),
            (".mise.toml", r"(?m)^\s*node(?:js)?\s*=\s*[\"']v?([1-9]\d(?:\.\d{1,3}){0,2})[\"']"),
        ):
            if said := re.search(pattern, tree.text(prefix + name) or ""):
                return said[1], tree.evidence(prefix + name, "node")
    engines = found.document.get("engines")
    stated = engines.get("node") if isinstance(engines, dict) else None
    if not isinstance(stated, str):
        return None
    if version := _allowed(stated):
        return version, tree.evidence(found.path, '"engines"')
    return None


def _allowed(stated: str) -> str | None:
    """The current LTS where a range allows it, else the newest major release that it names."""
    default = catalog.frontends().node
    majors = []
    for part in stated.split("||"):
        low = re.search(r"(>=|>|\^|~|=)?\s{0,9}v?([1-9]\d)(?=[.\s]|$|x)", part)
        if low is None:
            continue
        high = re.search(r"<\s{0,9}(=?)\s{0,9}v?([1-9]\d)", part)
        is_open = low[1] in (">=", ">")
        least = int(low[2])
        most = int(high[2]) - (0 if high[1] else 1) if high else 99 if is_open else least
        if part.strip().startswith("<"):
            least = 0
        if least <= int(default) <= most:
            return default
        majors.append(min(most, least) if most == 99 else most)  # noqa: PLR2004 no end is stated
    return str(max(majors)) if majors else None
