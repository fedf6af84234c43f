"""What an existing Dockerfile says of a front end: how it makes it, where that goes, by which Node."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from copier_slim.detect.findings import Evidence
from copier_slim.detect.frontend.followed import Followed
from copier_slim.detect.statements import copied_files
from copier_slim.engine import stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.frontend.followed import Made
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.tree import Tree
    from copier_slim.engine.stages import Stage

NODE_IMAGE = re.compile(r"(?:^|/)(?:node|bun)(?=[:@]|$)")
ASIDE = re.compile(r"dev|test|debug|lint|ci\b")


def read(tree: Tree, existing: Dockerfile | None) -> dict[str, Made]:
    """The front ends that a Dockerfile makes, by the folder of their package.json.

    In a stage of Node whose files are copied into the image, or in the one with Python that installs Node beside.
    """
    text = tree.text(existing.path) if existing else None
    if existing is None or not text:
        return {}
    found = stages.read(text)
    made: dict[str, Made] = {}
    beside: dict[str, Made] = {}
    for number, stage in enumerate(found):
        chain = stages.chain(stage, found)
        has_node = bool(NODE_IMAGE.search(chain[0].base))
        if not has_node and ASIDE.search(stage.name):
            continue
        by_folder = Followed(tree, existing, has_node=has_node).follow(chain)
        if by_folder is None:
            continue
        item, home = by_folder
        if not has_node:
            if item.commands:
                item.sources = None
                beside.setdefault(item.folder, item)
            continue
        item.places.clear()
        for other in found:
            if other not in chain:
                _taken(item, home, stages.chain(other, found), {stage.name.lower(), str(number)} - {""}, existing)
        if item.outputs:
            made.setdefault(item.folder, item)
    return beside | made


def _taken(made: Made, home: str, chain: list[Stage], names: set[str], existing: Dockerfile) -> None:
    """Adds what the last stage of a chain copies from the one of Node."""
    for instruction, value, line, workdir in _last(chain):
        evidence = Evidence(existing.path, line, f"{instruction} {value}")
        copy = copied_files.read(value, workdir, evidence) if instruction == "COPY" else None
        if copy is None or copy.origin.lower() not in names:
            continue
        target = existing.image.folder(copy.target)
        for source in copy.sources:
            path = posixpath.relpath(posixpath.normpath(posixpath.join("/", source)), home)
            output = posixpath.normpath(posixpath.join(made.folder, path))
            name = posixpath.basename(output)
            is_file = "." in name and len(copy.sources) > 1
            into = posixpath.normpath(posixpath.join(target, name)) if is_file else target
            if "node_modules" in output.split("/"):  # for Node in the image, which has none
                continue
            if not output.startswith((".", "/")) and not into.startswith(("/", "..")):
                made.outputs[output] = into
                made.places.append(evidence)


def _last(chain: list[Stage]) -> Iterator[tuple[str, str, int, str]]:
    """The instructions of the last stage, filled in, each with the directory that it is in."""
    workdir = "/"
    for instruction, value, line, stage in stages.filled(chain):
        if instruction == "WORKDIR":
            workdir = posixpath.join(workdir, value)
        elif stage is chain[-1]:
            yield instruction, value, line, workdir
