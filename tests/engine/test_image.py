"""The default project keeps the whole contract; its configuration, and what reaches the build."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from copier_slim.verify import Status, verify
from tests.conftest import Render
from tests.engine import layers
from tests.engine.conftest import Build
from tests.engine.project import Project

pytestmark = pytest.mark.xdist_group("fastapi")

CONTEXT: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parent.parent / "data/context.yml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def project(build: Build) -> Project:
    """The default project."""
    return build("fastapi", framework="fastapi")


def test_keeps_the_whole_contract(project: Project) -> None:
    report = verify(project.path)
    assert {result.id: result.outcome for result in report.by(Status.FAILED)} == {}
    assert {result.id: result.outcome.found for result in report.by(Status.NOT_SEEN)} == {}
    others = {result.id: result.outcome.found for result in report.by(Status.DOES_NOT_APPLY)}
    assert others == {
        "R17": "--reproducible is not given",
        "R18": "no --budget is given",
        "R26": "no step of the Dockerfile takes files out of the packages (trim)",
    }


def test_configuration_is_in_exec_form_and_has_no_secret(project: Project) -> None:
    config = project.image.config
    assert config.cmd[:2] == ["/opt/launch.py", "uvicorn"]
    assert config.healthcheck.test[0] == "CMD"
    assert not {"curl", "wget", "sh", "/bin/sh"} & {*config.cmd, *config.healthcheck.test}
    assert "PYTHONUNBUFFERED=1" in config.env
    assert list(config.exposed_ports) == ["8000/tcp"]


@pytest.mark.parametrize("folder", ["", "package/deep/"])
def test_ignore_file_keeps_out_what_it_must_and_nothing_else(render: Render, tmp_path: Path, folder: str) -> None:
    path = render(tmp_path / "project", framework="wsgi", starter=False)
    for name in CONTEXT["ignored"] + CONTEXT["copied"]:
        planted = path / folder / name
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.write_text("x", encoding="utf-8")
    context = layers.context_of(path)
    assert [name for name in CONTEXT["ignored"] if f"{folder}{name}" in context] == []
    assert [name for name in CONTEXT["copied"] if f"{folder}{name}" not in context] == []
    assert {"requirements.in"} <= context
