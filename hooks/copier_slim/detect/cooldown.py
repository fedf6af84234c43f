"""How old a release has to be before the project takes it, as uv's settings and a Dockerfile state it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.detect.dependencies.documents import place, table, text, toml
from copier_slim.detect.dependencies.settings import PIP, settings_of_pip, settings_of_uv
from copier_slim.detect.statements.stated import COOLDOWN_VARIABLES
from copier_slim.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.findings import Evidence, Findings
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.tree import Tree

PYPROJECT = "pyproject.toml"
# As in 7 days, 1w and P7D; uv knows points in time too, which stand still
SPAN = re.compile(r"P?(?P<number>\d{1,3}) ?(?P<unit>d|days?|w|weeks?)", re.IGNORECASE)


def answer(findings: Findings, tree: Tree, declared: Dependencies, existing: Dockerfile | None) -> None:
    """Records the days where requirements.txt is made here; a lock of the project's own keeps to its tool's setting."""
    if catalog.sources()[declared.answer].lock:
        return
    path, settings = settings_of_uv(tree, PYPROJECT, toml(tree, PYPROJECT))
    for name, value, evidence in _stated(
        tree, path, text(settings.get("exclude-newer")) or text(table(settings, "pip").get("exclude-newer")), existing
    ):
        span = SPAN.fullmatch(value)
        days = int(span["number"]) * (7 if span["unit"].lower().startswith("w") else 1) if span else 0
        if not days:
            findings.note(f"{evidence.place}: {name} {printable(value)} is left out: the answer cooldown is in days")
            continue
        findings.add("cooldown", days, evidence)
        exempt = [name for name, one in table(settings, "exclude-newer-package").items() if one is False]
        if exempt and declared.source == "uv":
            findings.add("cooldown_exempt", " ".join(exempt), evidence)
        return


def _stated(tree: Tree, path: str, of_uv: str, existing: Dockerfile | None) -> Iterator[tuple[str, str, Evidence]]:
    if of_uv:
        yield "exclude-newer", of_uv, place(tree, path, ["exclude-newer"])
    if of_pip := settings_of_pip(tree).get("uploaded-prior-to", ""):
        yield "uploaded-prior-to", of_pip, place(tree, PIP, ["uploaded-prior-to"])
    for name in COOLDOWN_VARIABLES:
        if existing and name in existing.environment:
            yield name, *existing.environment[name]
