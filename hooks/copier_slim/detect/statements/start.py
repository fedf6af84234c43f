"""What a start command starts, and in which image it is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copier_slim.detect.findings import Evidence


@dataclass(frozen=True, slots=True)
class Image:
    """Where a command is run: the image's directories that stand for folders of the repository, and its variables.

    `directory` is the folder that is the working directory, "" for the root.
    """

    folders: tuple[tuple[str, str], ...] = ()
    directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def folder(self, path: str) -> str:
        """An image's absolute path as one of the repository; as it is where it stands for none."""
        for target, source in sorted(self.folders, key=lambda item: -len(item[0])):
            if path == target or path.startswith(f"{target.rstrip('/')}/"):
                return "/".join(filter(None, [source, path[len(target) :].strip("/")])) or "."
        return path


HERE = Image()


@dataclass(frozen=True, slots=True)
class Start:
    """What a command starts.

    app      module:object behind a server; `interface` is what the server was, "asgi", "wsgi" or ""
    script   a path, run by python or streamlit; module: a name for `python -m`
    argv     the words as they are; front: those of programs before it that stay there, with their packages
    given    whether the app is made by a call with arguments
    before   commands in front of it that must run at each start; build: those that make files
    set_here the variables that the command itself sets; left: what it has beside, and why it is left out
    unused   commands beside it of which it is not known what they do; beside: processes by their names
    kept     why a script of the repository's is run as it is, which `argv` then are
    """

    evidence: Evidence
    argv: tuple[str, ...]
    app: str = ""
    script: str = ""
    module: str = ""
    server: str = ""
    interface: str = ""
    django: bool = False
    streamlit: bool = False
    celery: str = ""
    port: int | None = None
    directory: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    before: tuple[tuple[str, ...], ...] = ()
    build: tuple[tuple[str, ...], ...] = ()
    front: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    given: bool = False
    workdir: str = ""
    set_here: dict[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether it is told what of the repository is started."""
        return bool(self.app or self.script or self.module or self.django or self.celery)
