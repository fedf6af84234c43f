"""Places with the files of several packages, as pip's --find-links and uv's flat indexes name them."""

from __future__ import annotations

from posixpath import dirname
from typing import TYPE_CHECKING

from copier_slim.credentials import masked
from copier_slim.detect.dependencies import requirement as single

if TYPE_CHECKING:
    from copier_slim.detect.dependencies.collector import Collector
    from copier_slim.detect.findings import Evidence

PAGE = ".html"


def add(
    collector: Collector, value: str, evidence: Evidence, *, said: str = "", name: str = "", explicit: bool = False
) -> None:
    """Takes the wheels of a directory of the tree that fit on Linux, and a page of links as one more index.

    Other places are noted, as `said` states them. An index may have a `name`; an `explicit` one has nothing but what is
    taken from it by that. https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-find-links
    """
    path = single.local_path(value, dirname(evidence.path)) if single.is_local(value) else None
    if path is not None and (wheels := _wheels(collector, path)):
        collector.indexes.directories.add(name.lower())
        for wheel in wheels:
            collector.files.setdefault(wheel, evidence)
    elif "://" in value and value.partition("#")[0].endswith(PAGE):
        collector.indexes.state(name, value, evidence, explicit=explicit)
    else:
        collector.note(
            f"{evidence.place}: {f'{said} {masked(value)}'.strip()} is left out: it is neither a directory of wheels in"
            f" the repository nor a page named …{PAGE}; state it as an index"
        )


def _wheels(collector: Collector, directory: str) -> list[str]:
    return [
        file
        for file in collector.tree.files
        if dirname(file) == directory and file.endswith(".whl") and single.archive_name(file)[0] and _is_for_linux(file)
    ]


def _is_for_linux(wheel: str) -> bool:
    """Whether a wheel's platform tag, the last part of its name, is one of Linux or of any system."""
    platform = wheel.removesuffix(".whl").rpartition("-")[2]
    return platform == "any" or "linux" in platform
