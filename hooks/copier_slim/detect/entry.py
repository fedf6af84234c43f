"""The entry point that was found, as what follows from it reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copier_slim.catalog import Launcher
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Evidence


@dataclass(frozen=True, slots=True)
class Entry:
    """What the container starts.

    `framework`, `app`, `command` and `server` are answers ("" for the default server); `module` is the source that it
    leads to. `python_path` is the directory that its imports start from, "" for the repository's root; `words` are a
    command's, `told` the variables that it sets itself. `stated_at` is where a command or a configuration says so,
    `port_at` where the port; `speaks_tls` whether it wants HTTPS. `notes` say what was changed in it, `packages` which
    modules its words name, `requires` what its program needs, as requirements.
    """

    framework: str
    app: str
    evidence: tuple[Evidence, ...]
    module: Module | None = None
    server: str = ""
    port: int | None = None
    python_path: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    before: tuple[tuple[str, ...], ...] = ()
    build: tuple[tuple[str, ...], ...] = ()
    command: str = ""
    stated_at: Evidence | None = None
    port_at: Evidence | None = None
    speaks_tls: bool = False
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    served: Launcher | None = None


def unique(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Without those that start the same."""
    seen = set()
    for entry in entries:
        if (entry.framework, entry.app) not in seen:
            seen.add((entry.framework, entry.app))
            yield entry
