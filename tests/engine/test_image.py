"""What the layers hold and what they do not, and which of them a change makes anew."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from python_on_whales import docker

from tests.conftest import Render
from tests.engine import layers
from tests.engine.conftest import Build
from tests.engine.project import HARDENED, Project

pytestmark = pytest.mark.xdist_group("fastapi")

CONTEXT: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parent.parent / "data/context.yml").read_text(encoding="utf-8")
)
BASE = "python:3.14-slim-trixie"

# Prints every file that the app's user owns, can write or cannot read
NOT_READ_ONLY = """
import os, pathlib
for root in "/app", "/opt", "/usr/local":
    for path in pathlib.Path(root), *pathlib.Path(root).rglob("*"):
        if not path.is_symlink() and (path.stat().st_uid or os.access(path, os.W_OK) or not os.access(path, os.R_OK)):
            print(path)
"""


@pytest.fixture(scope="module")
def project(build: Build) -> Project:
    """The default project."""
    return build("fastapi", framework="fastapi")


def test_no_layer_holds_build_tools_wheels_caches_or_lists(project: Project) -> None:
    added = layers.added_files(project.tag, BASE)
    assert "opt/venv/bin/uvicorn" in added
    assert "app/main.py" in added
    litter = re.compile(
        r"\.whl$|\.tar\.gz$|(^|/)\.cache/|(^|/)pip/|(^|/)setuptools/|/wheel/|^root/|^tmp/.|^var/lib/apt/lists/.|^var/cache/apt/.|"
        r"(^|/)(gcc|cc|ld|make|g\+\+|uv|pip|pip3|pip-compile)$|^app/(requirements|Dockerfile|\.)"
    )
    assert [name for name in added if litter.search(name)] == []


def test_the_app_s_python_has_no_installer(project: Project) -> None:
    code = "import importlib.util as u; print([m for m in ('pip', 'setuptools', 'wheel', 'uv') if u.find_spec(m)])"
    assert project.output("python", "-c", code) == "[]"


def test_the_app_can_read_all_of_its_files_and_write_none(project: Project) -> None:
    assert project.output("python", "-c", NOT_READ_ONLY) == ""


def test_setuid_files_are_the_base_image_s(project: Project) -> None:
    assert [entry.name for entry in layers.added_entries(project.tag, BASE) if entry.mode & 0o6000] == []


def test_configuration_is_in_exec_form_and_has_no_secret(project: Project) -> None:
    config = project.image.config
    assert config.cmd[:4] == ["python", "-IS", "/opt/launch.py", "uvicorn"]
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


@pytest.fixture
def changing(project: Project, tmp_path: Path) -> Project:
    """A copy of the default project, to be changed; its code is like no other's, so no earlier build's cache has it."""
    copy = Project(shutil.copytree(project.path, tmp_path / "project"), tag="copier-slim-test:changing")
    main = copy.path / "main.py"
    main.write_text(f"{main.read_text(encoding='utf-8')}\n# {uuid4()}\n", encoding="utf-8")
    copy.build()
    return copy


def test_a_code_change_makes_only_the_code_layer_anew(changing: Project) -> None:
    before = changing.image.root_fs.layers
    main = changing.path / "main.py"
    main.write_text(main.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    changing.build()
    assert changed_layers(before, changing.image.root_fs.layers) == [len(before) - 1]


def test_a_dependency_change_leaves_the_code_layer_as_it_was(changing: Project) -> None:
    before = changing.image.root_fs.layers
    requirements = changing.path / "requirements.in"
    requirements.write_text(requirements.read_text(encoding="utf-8") + "itsdangerous\n", encoding="utf-8")
    assert "itsdangerous==" in changing.lock()
    changing.build()
    assert changed_layers(before, changing.image.root_fs.layers) == [len(before) - 2]


def changed_layers(before: list[str], after: list[str]) -> list[int]:
    """The positions at which two images of as many layers differ."""
    return [position for position, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]


def test_turns_unhealthy_when_the_app_hangs(project: Project) -> None:
    probes = {"health_interval": 1, "health_timeout": 1, "health_retries": 2, "health_start_period": 0}
    with project.running(**HARDENED, **probes) as service:
        service.wait("/healthz")
        service.wait_for_health("healthy")
        docker.kill(service.container, signal="STOP")
        service.wait_for_health("unhealthy")
