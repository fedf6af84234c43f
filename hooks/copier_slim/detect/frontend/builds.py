"""Which script makes front-end files, with which tool, and where they go."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.frontend import javascript

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from copier_slim.catalog import Builder
    from copier_slim.detect.frontend.manifest import Manifest
    from copier_slim.detect.tree import Tree

SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".json")
CALLS = re.compile(
    r"(?:npm|pnpm|yarn|bun)(?:\s+(?:run|run-script))?\s+(?P<name>[\w:.-]+)"
    r"|(?:run-[sp]|npm-run-all2?)\s+(?P<several>[\w:. *-]+)"
)
DEEPEST = 4
PARTS = re.compile(r"&&|\|\||;|(?<!\d)&")
# A script for a part of the build, and those that are not for production
PART = re.compile(
    r"^(?!build[:-]prod)(?:build|css|js|tailwind|sass|scss|styles?|scripts?)[:-]|[:-](?:build|css|js|styles?|scripts?)$|^css$"
)
ASIDE = re.compile(r"watch|dev|debug|test|storybook|docs|serve|prod")
# Scripts that make nothing for production, whatever they start
NO_BUILD = re.compile(
    r"watch|dev|debug|test|storybook|docs|serve|start|preview|lint|format|check|analy|clean|stats|^pre"
)
MOVES = ("cp", "mv", "cpy", "copyfiles")
# In front of a builder's own name
LEADS = ("env", "npx", "bunx", "cross-env", "shx", "dotenv", "--", "-y", "--yes", "--bun")


@dataclass(frozen=True, slots=True)
class Build:
    """A script of package.json that a builder is started by; `outputs` are paths from the project's root.

    `beside` are more scripts, where each makes a part; `server` is whether what it makes is a server of Node's, which
    no Python serves.
    """

    script: str
    builder: str
    outputs: tuple[str, ...]
    server: bool = False
    beside: tuple[str, ...] = ()


def find(tree: Tree, found: Manifest) -> Build | None:
    """The build of a package.json; None where no script starts a builder that is known."""
    rows = catalog.frontends()
    scripts = [script for script in rows.scripts if script in found.scripts]
    for script in sorted(scripts, key=lambda script: "development" in found.scripts[script]):
        build = _build(tree, found, script)
        if build is None or not PART.search(script):
            if build:
                return build
            continue
        # One for each part, as build:css and build:js, and none for all
        others = [name for name in found.scripts if PART.search(name) and name != script and not ASIDE.search(name)]
        parts = [part for name in others if (part := _build(tree, found, name))]
        outputs = dict.fromkeys([*build.outputs, *(path for part in parts for path in part.outputs)])
        beside = tuple(part.script for part in parts if set(part.outputs) - set(build.outputs))
        return Build(script, build.builder, tuple(outputs), build.server, beside)
    others = [name for name in found.scripts if name not in (*rows.scripts, *rows.development)]
    named = (_build(tree, found, name) for name in others if not NO_BUILD.search(name))
    return next((build for build in named if build and _is_for_production(found, build)), None)


def _is_for_production(found: Manifest, build: Build) -> bool:
    """Whether a script of any name builds, rather than starts the development server of its builder."""
    row = catalog.frontends().builders[build.builder]
    words = [words for words in commands(found, build.script) if builder(words, found.packages) == build.builder]
    return not row.develops or any("build" in line or "export" in line for line in words)


def of_commands(tree: Tree, found: Manifest, lines: Iterable[str]) -> Build | None:
    """The build by commands that no script of package.json has; None where none of them starts a builder."""
    started = [
        (name, words) for line in lines if (words := _plain(line.split())) and (name := builder(words, found.packages))
    ]
    outputs = dict.fromkeys(path for name, words in started for path in _outputs(tree, found, name, words))
    return Build("", started[0][0], tuple(outputs)) if started else None


def _build(tree: Tree, found: Manifest, script: str) -> Build | None:
    names: list[str] = []
    outputs: list[str] = []
    for command in [*commands(found, script), *commands(found, f"post{script}")]:
        if name := builder(command, found.packages):
            names.append(name)
            outputs += _outputs(tree, found, name, command)
        elif names and command[0] in MOVES:
            outputs = _moved(found, outputs, command)
    if not names:
        return None
    outputs = [path for path in outputs if not any(path.startswith(f"{other}/") for other in outputs)]
    server = any(_is_server(tree, found, catalog.frontends().builders[name]) for name in names)
    return Build(script, names[0], tuple(dict.fromkeys(outputs)), server)


def commands(found: Manifest, script: str, depth: int = 0) -> Iterator[list[str]]:
    """The words of each command of a script, and of the scripts that it calls."""
    for part in PARTS.split(found.scripts.get(script, "")):
        try:
            words = _plain(shlex.split(part))
        except ValueError:  # a quote that is not closed
            continue
        if words[:1] == ["concurrently"]:
            words = ["run-p", *(word.removeprefix("npm:").removeprefix("npm run ") for word in words[1:])]
        called = CALLS.match(" ".join(words))
        names = (called["name"] or called["several"]).split() if called else []
        inner = [name for name in found.scripts for wish in names if _is_called(name, wish)]
        if inner and depth < DEEPEST:
            for name in inner:
                yield from commands(found, name, depth + 1)
        elif words:
            yield words


def _plain(words: list[str]) -> list[str]:
    """The words of a command without variables, and without what starts a builder."""
    words = [word for word in words if not re.fullmatch(r"[A-Z][A-Z0-9_]*=.*", word)]
    while words and words[0] in LEADS:
        words = words[1:]
    if words[1:2] and words[0] in ("pnpm", "yarn", "npm", "bun") and words[1] in ("dlx", "exec", "x"):
        words = [word for word in words[2:] if word not in LEADS]
    return words


def _is_called(name: str, wish: str) -> bool:
    return name == wish or (wish.endswith("*") and name.startswith(wish.rstrip("*")))


def builder(words: list[str], packages: Collection[str]) -> str | None:
    """The builder that a command starts; None where it starts none, or only watches."""
    line = " ".join(words)
    rows = catalog.frontends().builders
    for name, row in rows.items():
        if row.only and name not in packages:
            continue
        if any(line == start or line.startswith(f"{start} ") for start in row.words or [name]):
            return None if "--watch" in words and "build" not in words else name
    if words[0] == "node" and len(words) > 1:  # a program of the project's own that calls esbuild
        base = posixpath.basename(words[1]).partition(".")[0]
        return next((name for name, row in rows.items() if base in row.config and name in packages), None)
    return None


def _is_server(tree: Tree, found: Manifest, row: Builder) -> bool:
    """Whether a builder of both kinds makes a server, as its configuration does not ask for files alone."""
    return bool(row.files) and not any(
        re.search(row.files or "", tree.text(path) or "") for path in _configurations(tree, found, row, [])
    )


def _moved(found: Manifest, outputs: list[str], words: list[str]) -> list[str]:
    """The outputs where cp or mv puts them."""
    paths = [posixpath.normpath(posixpath.join(found.folder, word)) for word in words[1:] if not word.startswith("-")]
    if len(paths) < 2:  # noqa: PLR2004 from where and where to
        return outputs
    sources = [path.removesuffix("/*").removesuffix("/.") for path in paths[:-1]]
    kept = [path for path in outputs if not any(_is_below(source, path) for source in sources)]
    return outputs if kept == outputs else [*kept, *_inside(found, *paths[-1:])]


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _outputs(tree: Tree, found: Manifest, name: str, words: list[str]) -> list[str]:
    """Where a command puts what it makes; none where it cannot be told."""
    row = catalog.frontends().builders[name]
    said = _options(words, row.options)
    if not row.options and not row.config and not row.output:  # sass FROM:TO, lessc FROM TO
        said = [word.rpartition(":")[2] for word in words if ":" in word] or [
            word for word in words[2:3] if not word.startswith("-")
        ]
    if row.variable:
        said += re.findall(rf"\b{row.variable}=(\S+)", " ".join(found.scripts.values()))[:1]
    root = _vite_root(tree, found, row, words) if row.root else found.folder
    if said:
        return _inside(found, *(posixpath.join(root, path) for path in said))
    configured = _configured(tree, found, row, words, root)
    if configured is None:
        configured = [posixpath.join(root, row.output)] if row.output else []
    return _inside(found, *configured)


def _options(words: list[str], options: Collection[str]) -> list[str]:
    found = []
    for at, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option in options:
            found += [value] if equals else words[at + 1 : at + 2]
    return found


def _configurations(tree: Tree, found: Manifest, row: Builder, words: list[str]) -> Iterator[str]:
    stated = _options(words, ("--config", "-c", "--configFile")) + [
        word for word in words[1:2] if word.endswith(SUFFIXES)
    ]
    paths = [found.beside(posixpath.normpath(path)) for path in stated]
    paths += [found.beside(name + suffix) for name in row.config for suffix in SUFFIXES]
    return (path for path in dict.fromkeys(paths) if tree.has(path))


def _configured(tree: Tree, found: Manifest, row: Builder, words: list[str], root: str) -> list[str] | None:
    """What the first configuration says that says where to, from `root`; None where none does."""
    for path in _configurations(tree, found, row, words):
        folder = posixpath.dirname(path)
        text = tree.text(path) or ""
        if row.call:  # gulp.dest("…")
            text = re.sub(rf"\b(?:\w+\.)?{row.call}\s*\(", f"{row.call}: ", text)
        outputs = javascript.stated(text, row.key, folder, root, whole=bool(row.call)) if row.key else None
        if outputs is not None:
            return outputs
        if named := javascript.named(text, row.mapped, row.second):
            return [posixpath.normpath(posixpath.join(folder, path)) for path in named]
    return None


def _vite_root(tree: Tree, found: Manifest, row: Builder, words: list[str]) -> str:
    """The folder that Vite's paths begin at: its first word, its `root`, else where package.json is."""
    given = [word for word in words[1:3] if word not in ("build", "dev") and not word.startswith("-")]
    if given and "build" in words[1:2] and tree.has(posixpath.join(found.beside(given[0]), "index.html")):
        return posixpath.normpath(found.beside(given[0]))
    for path in _configurations(tree, found, row, words):
        roots = javascript.stated(tree.text(path) or "", "root", posixpath.dirname(path), found.folder)
        if roots:
            return roots[0]
    return found.folder


def _inside(found: Manifest, *paths: str) -> list[str]:
    """Paths from the project's root, without those that leave it or are all of it."""
    whole = [posixpath.normpath(path) for path in paths]
    whole = [path for path in whole if not any(path.startswith(f"{other}/") for other in whole)]
    return [path for path in whole if path not in (".", found.folder) and not path.startswith(("..", "/"))]
