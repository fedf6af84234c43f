"""The Python that the application runs by, found in the image's files, and the distributions it can import."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from copier_slim.verify.image import Image
    from copier_slim.verify.image.filesystem import Files

INTERPRETER = re.compile(r"python(?:3(?:\.\d+)?)?t?")
VERSIONED = re.compile(r"python(3\.\d+t?)")
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python: `path` to run it, its minor `version`, and the directories that imports of dependencies come from.

    Paths of directories have no slash at their beginning; `standard_library` has what comes with Python.
    """

    path: str
    version: str
    standard_library: str
    site: tuple[str, ...]
    virtual: bool


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed distribution: its normalized name, version, requirements, and the files that its RECORD names."""

    name: str
    version: str
    requires: tuple[str, ...]
    path: str
    files: frozenset[str] = field(repr=False, default=frozenset())


def interpreter_of(files: Files, image: Image) -> Interpreter | None:
    """The application's Python: the command's own, its script's, the PATH's, or the only one; None without any."""
    path = image.environment.get("PATH") or DEFAULT_PATH
    words = image.command
    candidates = []
    for word in words:
        found = files.which(word, path)
        if found and INTERPRETER.fullmatch(posixpath.basename(word)):
            candidates.append(found)
        elif found and (line := re.match(r"#! *(\S+)(?: +(\S+))?", files.text(found))):
            program = line[2] if posixpath.basename(line[1]) == "env" and line[2] else line[1]
            candidates.append(files.which(program, path) or "")
    candidates += [files.which(name, path) or "" for name in ("python3", "python")]
    anywhere = (at for at in files.all if posixpath.dirname(at).endswith("bin"))
    candidates += sorted(at for at in anywhere if INTERPRETER.fullmatch(posixpath.basename(at)))
    interpreters = (
        _interpreter(files, image, at) for at in candidates if INTERPRETER.fullmatch(posixpath.basename(at))
    )
    return next(filter(None, interpreters), None)


def _interpreter(files: Files, image: Image, path: str) -> Interpreter | None:
    real = files.resolve(path)
    entry = files.all.get(real)
    version = VERSIONED.fullmatch(posixpath.basename(real))
    if not entry or not entry.is_file or not version:
        return None
    name = version[0]
    prefix = posixpath.dirname(posixpath.dirname(real))
    library = f"{prefix}/lib/{name}"
    debian = [f"{prefix}/lib/python3/dist-packages", f"{prefix}/local/lib/{name}/dist-packages"]
    # The way to a virtual environment's interpreter is kept: its directory is what makes it one
    folder = posixpath.dirname(posixpath.dirname(path))
    settings = files.text(f"{folder}/pyvenv.cfg")
    site = [f"{folder}/lib/{name}/site-packages"] if settings else []
    if not settings or re.search(r"^include-system-site-packages *= *true", settings, re.MULTILINE | re.IGNORECASE):
        site += [f"{library}/site-packages", *debian]
    site += [item for item in image.environment.get("PYTHONPATH", "").split(":") if item.startswith("/")]
    existing = dict.fromkeys(item for item in map(files.resolve, site) if item in files.all)
    return Interpreter(f"/{path}", version[1].rstrip("t"), library, tuple(existing), bool(settings))


def distributions(files: Files, folders: tuple[str, ...]) -> list[Distribution]:
    """What is installed in directories, by name; the first of two counts, as for imports."""
    found: dict[str, Distribution] = {}
    for folder in folders:
        for path in files.all:
            if posixpath.dirname(posixpath.dirname(path)) == folder and path.endswith(".dist-info/METADATA"):
                message = HeaderParser().parsestr(files.text(path))
                name = canonicalize_name(message["Name"] or "")
                requires = tuple(message.get_all("Requires-Dist") or ())
                record = files.text(f"{posixpath.dirname(path)}/RECORD").splitlines()
                names = (line.rsplit(",", 2)[0].strip('"') for line in record if line)
                owned = frozenset(posixpath.normpath(f"{folder}/{name}") for name in names)
                if name and name not in found:
                    info = posixpath.dirname(path)
                    found[name] = Distribution(name, message["Version"] or "", requires, info, owned)
    return sorted(found.values(), key=lambda item: item.name)
