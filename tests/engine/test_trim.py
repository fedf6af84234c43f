"""An image that is trimmed still imports what it could, its records are true, and it says what it no longer has."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_on_whales import docker

from copier_slim.engine import builds
from copier_slim.verify import Status, verify
from tests.conftest import Render
from tests.engine.conftest import Build

pytestmark = [pytest.mark.xdist_group("trim"), pytest.mark.matrix]

# numpy.testing imports from numpy's tests, and scikit-image by its stubs
IMPORTED = """
import csv, pathlib, sysconfig
import numpy.testing, skimage.io, main
site = pathlib.Path(sysconfig.get_path("purelib"))
for record in site.glob("*.dist-info/RECORD"):
    for name, *_ in csv.reader(record.open(newline="")):
        assert (site / name).exists() or name.endswith(".pyc"), name
print(len([*site.rglob("*.pyi")]) + len([*site.rglob("*.pyx")]), (site / "skimage/__init__.pyi").exists())
"""


@pytest.mark.parametrize("package_tool", ["pip-tools", "uv"])
def test_what_could_be_imported_still_can(build: Build, package_tool: str) -> None:
    project = build(
        f"trim-{package_tool}", framework="fastapi", base="distroless", dependencies="scikit-image", trim=True,
        package_tool=package_tool,
    )  # fmt: skip
    left, stub = str(docker.run(project.tag, ["python", "-c", IMPORTED], remove=True)).split()
    assert stub == "True"
    assert int(left) < 100


def test_verify_tries_every_module_with_what_was_taken_out_and_without(build: Build) -> None:
    project = build(
        "trim-verified", framework="fastapi", base="distroless", dependencies="sqlalchemy\nuvloop", trim=True,
        package_tool="uv",
    )  # fmt: skip
    outcome = verify(project.path, project.tag)["R26"].outcome
    assert outcome.status is Status.PASSED, outcome
    tried = int(outcome.found.split()[1])
    assert tried > 400, outcome


def test_an_app_that_imports_what_is_taken_out_does_not_build(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", framework="fastapi", dependencies="numpy", trim=True, package_tool="uv")
    builds.build(project, target="lock", output=project, tag=None, progress=lambda _: None)
    (project / "main.py").write_text("import numpy.linalg.tests\n", encoding="utf-8")
    with pytest.raises(builds.BuildError) as failure:
        builds.build(project, target="build", output=None, tag=None, progress=lambda _: None)
    assert "main.py names numpy.linalg.tests, which trim takes out" in failure.value.output
