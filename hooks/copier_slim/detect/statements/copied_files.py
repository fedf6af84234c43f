"""The files that an existing Dockerfile puts into its image: the code, and those that have a place of their own."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim import credentials

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from copier_slim.detect.findings import Evidence, Findings
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.tree import Tree

# Where files are put for a step of the build alone, and parts of their names
IN_PASSING = {"tmp", "build", "install", "wheels", "deps", "requirements", "root"}
FOR_THE_BUILD = ("requirements", "constraints", ".lock", ".toml", ".cfg", ".whl", "Pipfile")
# Directories of the system, where what stands is never the code
SYSTEM = re.compile(r"/(?:etc|var|usr/(?:local/)?share)/")
# Links of Debian's, which stand for the folders below /usr
LINKED = re.compile(r"\A/(?=(?:bin|sbin|lib|lib64)/)")
# What a stage with Python makes, and the template makes in its own way
INSTALLED = re.compile(
    r"site-packages|dist-packages|venv|/wheels?\b|/root/\.local|/install\b|/\.local\b|/usr/local(?:/(?:bin|lib))?/?$"
)
# The patterns `place` and `image_file` of questions/patterns.jinja
SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
PLACE = re.compile(
    r"/(?!(?:bin|sbin|lib|lib32|lib64|libx32|dev|proc|sys|tmp|run|var/run|var/lock|app|opt/(?:venv|project|launch\.py))(?:/|$))"
    rf"{SEGMENT}(?:/{SEGMENT})*"
)
SOURCE = re.compile(rf"{SEGMENT}(?:/{SEGMENT})*")
URL = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?/[A-Za-z0-9._~%+/=&?-]+")
CHECKSUM = re.compile(r"--checksum=(sha256:[0-9a-f]{64})")
# What ADD unpacks, and where update-ca-certificates looks
ARCHIVE = re.compile(r"\.(?:tar(?:\.(?:gz|bz2|xz|zst))?|tgz|tbz2|txz)$")
AUTHORITY = re.compile(r"^(?!https:|--from)\S+[^/] /usr/local/share/ca-certificates/")
CODE = "/app"
NAMES_PATHS = (".py", ".ini", ".cfg", ".conf", ".toml", ".yaml", ".yml", ".json", ".sh")
# What says how it is built and run, and is read for that elsewhere
NO_CODE = {
    "pyproject.toml",
    "fly.toml",
    "render.yaml",
    "app.yaml",
    "skaffold.yaml",
    "package.json",
    "devcontainer.json",
}


@dataclass(frozen=True, slots=True)
class Copy:
    """A COPY or an ADD: its sources, its target as an absolute path of the image, and its options.

    `origin` is the image or the stage that the sources are from, "" for the build's context.
    """

    sources: tuple[str, ...]
    target: str
    into: bool
    origin: str
    options: tuple[str, ...]
    evidence: Evidence


def read(value: str, workdir: str, evidence: Evidence) -> Copy | None:
    """What a COPY or an ADD, with its variables filled in, copies; None where its words cannot be read."""
    options, paths = _words(value)
    if len(paths) < 2:  # noqa: PLR2004 a source and a target
        return None
    *sources, target = paths
    origin = next((word.removeprefix("--from=") for word in options if word.startswith("--from=")), "")
    into = len(sources) > 1 or target.endswith(("/", "."))
    return Copy(tuple(sources), posixpath.normpath(posixpath.join(workdir, target)), into, origin, options, evidence)


def _words(value: str) -> tuple[tuple[str, ...], list[str]]:
    """The options in front, and the paths behind them, in either form; that of JSON is for those with spaces."""
    options, rest = [], value.strip()
    while rest.startswith("--"):
        option, *following = rest.split(maxsplit=1)
        options.append(option)
        rest = following[0] if following else ""
    try:
        words = json.loads(rest) if rest.startswith("[") else None
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, list):
        words = [word.strip('",[]') for word in rest.split()]
    return tuple(options), [str(word) for word in words if word]


def answer(findings: Findings, existing: Dockerfile, tree: Tree, imported: Collection[str]) -> None:
    """Adds the files that an existing Dockerfile puts elsewhere, and its labels.

    `imported` are the names at the top of what the app imports.
    """
    installed = str(findings.value("local_packages", "")).split()
    files = dict(lines(existing, tree)) | dict(
        packages(existing, tree, str(findings.value("python_path", "")), imported)
    )
    files = {line: place for line, place in files.items() if not any(line.startswith(f"{path}/") for path in installed)}
    if made := link(existing, tree):
        files[made[0]] = made[1]
    trusted = {line.partition(" ")[0]: place for line, place in files.items() if AUTHORITY.search(line)}
    if trusted:
        findings.add("certificates", "\n".join(trusted), *trusted.values())
        files = {line: place for line, place in files.items() if not AUTHORITY.search(line)}
    if files:
        findings.add("image_files", "\n".join(files), *files.values())
    if existing.labels:
        text = "\n".join(f"{name}={value}" for name, (value, _) in existing.labels.items())
        findings.add("labels", text, *(evidence for _, evidence in existing.labels.values()))


def lines(facts: Dockerfile, tree: Tree) -> Iterator[tuple[str, Evidence]]:
    """The lines of the answer `image_files`; what cannot be one is left for the user, in `facts`."""
    for copy in facts.copies:
        found = list(_of(copy, facts, tree))
        for line in found:
            if line:
                yield line, copy.evidence
        if None in found:
            facts.left.append(copy.evidence)


def _of(copy: Copy, facts: Dockerfile, tree: Tree) -> Iterator[str | None]:
    """Its lines; None for what a person has to look at."""
    if copy.origin:
        yield from _from_image(copy, facts)
        return
    for source in copy.sources:
        if re.match(r"(?:https?|git|ssh)://|git@", source):
            yield _fetched(copy, source)
        else:
            yield from _from_tree(copy, source, facts, tree)


def _from_image(copy: Copy, facts: Dockerfile) -> Iterator[str | None]:
    """What comes from another image; of a stage with Python, nothing but what the template makes in its own way."""
    if "astral-sh/uv" in copy.origin or "/uv:" in copy.origin:
        return
    image = facts.images.get(copy.origin.lower())
    origin = image or copy.origin
    has_python = None if image else facts.stages.get(copy.origin.lower())
    for source in copy.sources:
        place = _placed(copy, source)
        if facts.workdir != "/" and place.startswith(f"{facts.workdir.rstrip('/')}/"):
            place = f"{CODE}/{place.removeprefix(facts.workdir).strip('/')}"
        if has_python:
            own = facts.workdir != "/" and any(
                f"{path}/".startswith(f"{facts.workdir.rstrip('/')}/") for path in (source, copy.target)
            )
            if not own and not INSTALLED.search(source) and not INSTALLED.search(copy.target):
                yield None
        elif has_python is None and _fits(place) and SOURCE.fullmatch(source.strip("/")):
            yield f"--from={origin} /{source.strip('/')} {place}"
        else:
            yield None


def _fetched(copy: Copy, url: str) -> str | None:
    place = _placed(copy, url.partition("?")[0])
    digest = next((match[1] for option in copy.options if (match := CHECKSUM.fullmatch(option))), "")
    if not URL.fullmatch(url) or credentials.masked(url) != url or not PLACE.fullmatch(place):
        return None
    return f"{url} {place} {digest}".rstrip()


def _placed(copy: Copy, source: str) -> str:
    """The path of a source in the image, below /usr where Debian has a link."""
    place = f"{copy.target}/{posixpath.basename(source.rstrip('/'))}" if copy.into else copy.target
    return LINKED.sub("/usr/", place)


def _from_tree(copy: Copy, word: str, facts: Dockerfile, tree: Tree) -> Iterator[str | None]:
    plain = posixpath.normpath(posixpath.join(facts.context, word.removeprefix("./").strip("/") or "."))
    if any(part in plain.rpartition("/")[2] for part in FOR_THE_BUILD):
        return
    if set("*?[") & set(plain):
        if _is_elsewhere(copy.target, facts):
            yield None
        return
    is_file = tree.has(plain)
    if is_file and copy.evidence.text.startswith("ADD") and ARCHIVE.search(plain):
        yield None
        return
    below = [] if is_file else [path for path in tree.files if plain != "." and path.startswith(f"{plain}/")]
    place = _placed(copy, plain) if is_file else LINKED.sub("/usr/", copy.target)
    if any(path.endswith(".py") for path in below):
        return
    if _is_elsewhere(place, facts):
        yield _line(plain, place, is_file=is_file) if is_file or below else None
    elif (is_file or below) and (moved := _moved(plain, place, facts)):
        yield _line(plain, moved, is_file=is_file)


def packages(
    facts: Dockerfile, tree: Tree, python_path: str, imported: Collection[str]
) -> Iterator[tuple[str, Evidence]]:
    """The lines for packages that the app imports from where the Dockerfile puts them, and that are not there else."""
    for copy in facts.copies:
        name = posixpath.relpath(copy.target, facts.workdir)
        if copy.origin or name.partition("/")[0] not in imported or len(copy.sources) > 1:
            continue
        source = posixpath.normpath(posixpath.join(facts.context, copy.sources[0].strip("/")))
        found = [posixpath.normpath(posixpath.join(folder, name)) for folder in ("", facts.context, python_path)]
        if source not in found and not any(map(tree.has_folder, found)) and tree.has_folder(source):
            line = _line(source, f"{CODE}/{found[-1]}", is_file=False)
            if line:
                yield line, copy.evidence


def _fits(place: str) -> bool:
    """Whether an answer may name a place in the image."""
    return bool(PLACE.fullmatch(place) or (place.startswith(f"{CODE}/") and SOURCE.fullmatch(place[len(CODE) + 1 :])))


def _line(source: str, place: str, *, is_file: bool) -> str | None:
    if not SOURCE.fullmatch(source) or not (_fits(place) or place == CODE) or credentials.secret_file(source):
        return None
    return f"{source} {place}" if is_file else f"{source}/ {place}/"


def _is_elsewhere(place: str, facts: Dockerfile) -> bool:
    """Whether a file stands outside the directory of the code, and is neither in passing nor the start's."""
    inside = f"{place}/".startswith(f"{facts.workdir.rstrip('/')}/")
    inside = inside and not (facts.workdir == "/" and SYSTEM.match(f"{place}/"))
    return (
        not inside
        and place.strip("/").partition("/")[0] not in IN_PASSING
        and place not in (facts.command[0] if facts.command else "")
    )


def _moved(source: str, place: str, facts: Dockerfile) -> str:
    """The place among the code of what a Dockerfile puts at another path than the repository's; "" where it stays."""
    whole = next((target for target, folder in facts.folders if folder == facts.context), "")
    if not whole or whole == "/" or not place.startswith(f"{whole.rstrip('/')}/"):
        return ""
    path = place[len(whole.rstrip("/")) + 1 :]
    if posixpath.normpath(posixpath.join(facts.context, path)) == source or place in str(facts.command):
        return ""
    return f"{CODE}/{posixpath.normpath(posixpath.join(facts.context, path))}"


def link(facts: Dockerfile, tree: Tree) -> tuple[str, Evidence] | None:
    """The line that makes the old directory of the code lead to the code, where the repository names it in full."""
    directory = facts.workdir.rstrip("/")
    if not directory or f"{directory}/".startswith(f"{CODE}/") or not PLACE.fullmatch(directory):
        return None
    folder = facts.image.folder(directory).strip("/.")
    if folder and not SOURCE.fullmatch(folder):
        return None
    target = f"{CODE}/{folder}" if folder else CODE
    named = re.compile(rf"(?:^|[\"'=:,\s]){re.escape(directory)}(?=/|[\"'\s,:]|$)", re.MULTILINE)
    for name, (value, evidence) in facts.environment.items():
        if name not in ("PATH", "PYTHONPATH", "HOME", "VIRTUAL_ENV") and named.search(value):
            return f"{target} {directory}", evidence
    for path in tree.files:
        if path.endswith(NAMES_PATHS) and path.rpartition("/")[2] not in NO_CODE and "test" not in path:
            text = tree.text(path) or ""
            if directory in text and (match := named.search(text)):
                return f"{target} {directory}", tree.evidence(path, text[match.start() :].strip().split("\n")[0])
    return None
