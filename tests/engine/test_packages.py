"""The table of system packages: each row's package, installed beside what the row says, works on slim.

The rows of tests/data/packages.yml by group, an image each. Heavy groups, and rows compiled from source, take hours:
they are proven where PROVE_ALL is set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from python_on_whales import docker

from copier_slim import catalog
from copier_slim.detect import system
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


DATA = Path(__file__).parents[1] / "data" / "packages.yml"
GROUPS = msgspec.convert(yaml.safe_load(DATA.read_text(encoding="utf-8")), dict[str, Group])


def cases() -> Iterator[Any]:
    """Each row of each group: as a user gets it, and from source."""
    for name, group in GROUPS.items():
        for from_source in (False, True):
            image = f"{name}-source" if from_source else name
            marks = [pytest.mark.xdist_group(f"packages-{name}")]
            if (group.heavy or from_source) and not os.environ.get("PROVE_ALL"):
                marks.append(pytest.mark.skip(reason="PROVE_ALL is not set"))
            for row, proof in group.chosen(from_source=from_source).items():
                yield pytest.param((name, from_source), proof.smoke, id=f"{image}-{row}", marks=marks)


@pytest.fixture(scope="module")
def service(
    request: pytest.FixtureRequest, render: Render, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A container of the image that holds a group's rows."""
    group, from_source = request.param
    rows = GROUPS[group].chosen(from_source=from_source)
    needs = needs_of(rows, from_source=from_source)
    path = render(
        tmp_path_factory.mktemp(group) / "project",
        framework="command",
        app="sleep infinity",
        starter=False,
        python_version="3.13",
        package_tool="uv",
        dependencies="\n".join(line for name, row in rows.items() for line in row.requires or [name]),
        system_packages="\n".join(needs.system),
        build_packages="\n".join(needs.build),
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


def needs_of(rows: dict[str, Proof], *, from_source: bool) -> system.Needs:
    """What the table says of rows; what it only names to the user included."""
    requirements = [Requirement(line) for name, row in rows.items() for line in row.requires or [name]]
    extras = {canonicalize_name(requirement.name): requirement.extras for requirement in requirements}
    needs = system.of_packages(extras, extras, dict.fromkeys(rows, "no wheel") if from_source else {})
    for name in rows:
        if catalog.packages()[name].ask:
            needs.system |= dict.fromkeys(catalog.packages()[name].names("runtime", "trixie"), name)
    return needs


@pytest.mark.parametrize(("service", "smoke"), list(cases()), indirect=["service"])
def test_row_works_on_slim(service: Service, smoke: str) -> None:
    service.python(smoke)
