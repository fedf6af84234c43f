"""Which script makes front-end files, with which tool, and where they go."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from copier_slim.catalog import Builder
    from copier_slim.detect.frontend.manifest import Manifest
    from copier_slim.detect.tree import Tree

SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".json")
TEXTS = re.compile(r"""(["'`])([^"'`\n$]{1,200})\1""")
CALLS = re.compile(
    r"(?:npm|pnpm|yarn|bun)(?:\s+(?:run|run-script))?\s+(?P<name>[\w:.-]+)|run-[sp]\s+(?P<several>[\w:. *-]+)"
)
DEEPEST = 4
PARTS = re.compile(r"&&|\|\||;|(?<!\d)&")


@dataclass(frozen=True, slots=True)
class Build:
    """A script of package.json that a builder is started by; `outputs` are paths from the project's root."""

    script: str
    builder: str
    outputs: tuple[str, ...]


def find(tree: Tree, found: Manifest) -> Build | None:
    """The build of a package.json; None where no script starts a builder that is known."""
    for script in catalog.frontends().scripts:
        if script not in found.scripts:
            continue
        names = []
        outputs: list[str] = []
        for command in commands(found, script):
            if (name := builder(command)) is None:
                continue
            names.append(name)
            outputs += _outputs(tree, found, name, command)
        if names:
            return Build(script, names[0], tuple(dict.fromkeys(path for path in outputs if path)))
    return None


def commands(found: Manifest, script: str, depth: int = 0) -> Iterator[list[str]]:
    """The words of each command of a script, and of the scripts that it calls."""
    for part in PARTS.split(found.scripts.get(script, "")):
        try:
            words = [word for word in shlex.split(part) if not re.fullmatch(r"[A-Z][A-Z0-9_]*=.*", word)]
        except ValueError:  # a quote that is not closed
            continue
        words = [word for at, word in enumerate(words) if at or word not in ("npx", "bunx", "cross-env")]
        if words and words[0] in ("dlx", "exec", "-y", "--yes"):
            words = words[1:]
        called = CALLS.match(" ".join(words))
        names = (called["name"] or called["several"]).split() if called else []
        inner = [name for name in found.scripts for wish in names if _is_called(name, wish)]
        if inner and depth < DEEPEST:
            for name in inner:
                yield from commands(found, name, depth + 1)
        elif words:
            yield words


def _is_called(name: str, wish: str) -> bool:
    return name == wish or (wish.endswith("*") and name.startswith(wish.rstrip("*")))


def builder(words: list[str]) -> str | None:
    """The builder that a command starts; None where it starts none, or only watches."""
    line = " ".join(words)
    for name, row in catalog.frontends().builders.items():
        if any(line == start or line.startswith(f"{start} ") for start in row.words or [name]):
            return None if "--watch" in words and "build" not in words else name
    if words[0] == "node" and len(words) > 1:  # a program of the project's own that calls esbuild
        base = posixpath.basename(words[1]).partition(".")[0]
        return next((name for name, row in catalog.frontends().builders.items() if base in row.config), None)
    return None


def _outputs(tree: Tree, found: Manifest, name: str, words: list[str]) -> list[str]:
    row = catalog.frontends().builders[name]
    said = _options(words, row.options)
    if name == "sass":
        said = [word.rpartition(":")[2] for word in words if ":" in word] or [
            word for word in words[2:3] if not word.startswith("-")
        ]
    if not said:
        said = _configured(tree, found, row, words) or ([row.output] if row.output else [])
    return [path for item in said if (path := _inside(found.folder, item))]


def _options(words: list[str], options: Collection[str]) -> list[str]:
    found = []
    for at, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option in options:
            found += [value] if equals else words[at + 1 : at + 2]
    return found


def _configured(tree: Tree, found: Manifest, row: Builder, words: list[str]) -> list[str]:
    stated = _options(words, ("--config", "-c")) + [word for word in words[1:2] if word.endswith(SUFFIXES)]
    paths = [found.beside(posixpath.normpath(path)) for path in stated]
    paths += [found.beside(name + suffix) for name in row.config for suffix in SUFFIXES]
    for path in paths:
        text = tree.text(path) if tree.has(path) else None
        if text is None or row.key is None:
            continue
        texts = re.sub(r"(?m)(?<![:\"'])//[^\n]*$", "", text)
        root = re.search(r"(?m)^[ \t]{0,99}root[ \t]{0,9}:\s{0,99}(?P<value>[^\n]{1,300})", texts)
        below = _joined(root["value"]) if root and row.key == "outDir" else ""
        values = [
            _joined(said["value"])
            for said in re.finditer(rf"(?<![\w.])(?:{row.key})\s*:\s*(?P<value>[^\n]{{1,300}})", texts)
        ]
        values = [value for value in values if value]
        if values:
            is_resolved = re.search(rf"(?:{row.key})\s*:\s*(?:\w+\.)?(?:resolve|join|fileURLToPath)\b", texts)
            return [value if is_resolved else posixpath.join(below, value) for value in values]
        if below and row.output:
            return [posixpath.join(below, row.output)]
    return []


def _joined(value: str) -> str:
    """The path that an expression of JavaScript means: a text, or those of path.resolve(__dirname, "…", "…")."""
    first = TEXTS.match(value.strip())
    if first:
        return first[2]
    if re.match(r"(?:\w+\.)?(?:resolve|join|fileURLToPath|new URL)\b", value.strip()):
        call = value.partition(")")[0]
        return posixpath.join(*(found[2].lstrip("/") for found in TEXTS.finditer(call))) if TEXTS.search(call) else ""
    return ""


def _inside(folder: str, path: str) -> str | None:
    """A path from the project's root; None where it leaves the project or is all of it."""
    joined = posixpath.normpath(posixpath.join(folder, path))
    return None if joined in (".", folder) or joined.startswith(("..", "/")) else joined
