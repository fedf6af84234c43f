"""The table of system packages: each row's package, installed beside what the row says, works on slim.

The rows of tests/data/packages.yml by group, an image each. A sample of the groups is proven on each change, the others
by `make test-all`; `pytest -m hours` compiles from source what has wheels, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
import yaml
from python_on_whales import docker

from copier_slim import catalog
from tests.conftest import Render
from tests.engine.project import HARDENED, Project, Service


class Proof(msgspec.Struct, forbid_unknown_fields=True):
    """How a row is proven; the fields are explained at the head of tests/data/packages.yml."""

    smoke: str
    requires: list[str] = []
    compiled: bool | str = False


class Group(msgspec.Struct, forbid_unknown_fields=True):
    """Rows that go into one image."""

    rows: dict[str, Proof]
    heavy: str = ""

    def chosen(self, *, from_source: bool) -> dict[str, Proof]:
        """The rows that are compiled, or those that are installed as a user gets them."""
        return {name: row for name, row in self.rows.items() if row.compiled is True or not from_source}


SAMPLE = {"databases", "pyuwsgi", "vision"}
DATA = Path(__file__).parents[1] / "data" / "packages.yml"
GROUPS = msgspec.convert(yaml.safe_load(DATA.read_text(encoding="utf-8")), dict[str, Group])


def cases() -> Iterator[Any]:
    """Each row of each group: as a user gets it, and from source."""
    for name, group in GROUPS.items():
        for from_source in (False, True):
            image = (name, from_source)
            marks = [pytest.mark.xdist_group(f"packages-{name}")]
            if from_source:
                marks.append(pytest.mark.hours)
            elif name not in SAMPLE:
                marks.append(pytest.mark.matrix)
            for row, proof in group.chosen(from_source=from_source).items():
                yield pytest.param(image, proof.smoke, id=f"{name}{'-source' * from_source}-{row}", marks=marks)


@pytest.fixture(scope="module")
def service(
    request: pytest.FixtureRequest, render: Render, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A container of the image that holds a group's rows."""
    group, from_source = request.param
    rows = GROUPS[group].chosen(from_source=from_source)
    only_named = [name for name in rows if catalog.packages()[name].ask]
    path = render(
        tmp_path_factory.mktemp(group) / "project",
        framework="command",
        app="sleep infinity",
        starter=False,
        python_version="3.13",
        package_tool="uv",
        dependencies="\n".join(line for name, row in rows.items() for line in row.requires or [name]),
        system_packages=" ".join(debian(only_named, "runtime") + debian(rows if from_source else (), "linked")),
        build_packages=" ".join(["build-essential", *debian(rows, "build")] if from_source else []),
    )
    project = Project(path, tag=f"copier-slim-test:packages-{group}{'-source' if from_source else ''}")
    lock = project.lock()
    if from_source:
        options = "".join(f"--no-binary {name}\n" for name in rows)
        (path / "requirements.txt").write_text(lock + options, encoding="utf-8")
    project.build()
    try:
        with project.running(**HARDENED) as service:
            yield service
    finally:
        docker.image.remove(project.tag, force=True)


def debian(rows: Iterable[str], field: Literal["build", "linked", "runtime"]) -> list[str]:
    """What trixie calls the packages of a field of rows: those that the template leaves to the user."""
    return [package for row in rows for package in catalog.packages()[row].names(field, "trixie")]


@pytest.mark.parametrize(("service", "smoke"), list(cases()), indirect=["service"], scope="module")
def test_row_works_on_slim(service: Service, smoke: str) -> None:
    service.python(smoke)
