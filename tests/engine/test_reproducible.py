"""Two builds of one commit under different circumstances give the same image, whatever is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from copier_slim.engine import docker
from copier_slim.verify.reproduction.twice import build_project_twice
from copier_slim.verify.target import Project
from tests.command.running import commit, replace, write
from tests.conftest import Render
from tests.engine.layers import changed_layers
from tests.engine.project import Project as Built
from tests.engine.sampling import case

PACKAGE = """\
[project]
name = "shop"
version = "1.0"

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
py-modules = ["main"]
"""
FRONT_END = {
    "package.json": '{"name": "shop", "scripts": {"build": "mkdir -p dist && cp src/index.js dist"}}',
    "package-lock.json": '{"name": "shop", "lockfileVersion": 3, "packages": {"": {"name": "shop"}}}',
    "src/index.js": "console.log(1)\n",
}
# A name: answers, and files beside the starter
CASES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    # Users, logs and caches of file times that system packages leave
    "system-packages": ({"framework": "command", "system_packages": "dbus fontconfig fonts-dejavu-core libpq5"}, {}),
    "system-packages-distroless": ({"base": "distroless", "system_packages": "dbus fonts-dejavu-core libpq5"}, {}),
    "slim": ({"framework": "fastapi"}, {}),
    "distroless": ({"framework": "litestar", "base": "distroless"}, {}),
    "alpine": ({"framework": "flask", "base": "alpine"}, {}),
    "full": ({"framework": "starlette", "base": "full"}, {}),
    "pip": ({"framework": "flask", "package_tool": "pip-tools"}, {}),
    "pip-alpine": ({"framework": "aiohttp", "base": "alpine", "package_tool": "pip-tools"}, {}),
    "django": ({"framework": "django"}, {}),
    "django-distroless": ({"framework": "django", "base": "distroless", "package_tool": "pip-tools"}, {}),
    "celery": ({"framework": "celery"}, {}),
    "streamlit": ({"framework": "streamlit"}, {}),
    "compiled": ({"framework": "fastapi", "dependencies": "psycopg2"}, {}),
    "opentelemetry": ({"framework": "fastapi", "apm": "opentelemetry", "gc_monitor": True}, {}),
    "datadog": ({"framework": "flask", "apm": "datadog"}, {}),
    "sentry": ({"framework": "quart", "apm": "sentry", "base": "distroless"}, {}),
    "elastic": ({"framework": "django", "apm": "elastic"}, {}),
    "prometheus": ({"framework": "fastapi", "apm": "prometheus", "base": "alpine"}, {}),
    "tool-hashes": ({"framework": "command", "tool_hashes": True}, {}),
    "tool-hashes-pip": ({"framework": "flask", "tool_hashes": True, "package_tool": "pip-tools"}, {}),
    "locales": ({"framework": "command", "locales": "de_DE.UTF-8"}, {}),
    "writes": ({"framework": "flask", "writable_paths": "uploads\n/data\n."}, {}),
    "front-end": ({"framework": "flask", "assets": "npm", "assets_output": "dist", "assets_sources": "src"}, FRONT_END),
    "package": ({"framework": "flask", "install_project": True}, {"pyproject.toml": PACKAGE}),
}


# Each base, under four frameworks, and what most needs mending
SAMPLE = {"system-packages", "slim", "distroless", "alpine", "full"}


@pytest.mark.parametrize(
    "answers",
    [case(name, name=name, group=f"reproducible-{name}", sampled=name in SAMPLE) for name in CASES],
)
def test_two_builds_give_the_same_image(
    answers: str,
    render: Render,
    tmp_path: Path,
    engine: None,  # noqa: ARG001
) -> None:
    given, files = CASES[answers]
    path = write(render(tmp_path / "shop", **{"python_version": "3.13", "package_tool": "uv", **given}), files)
    Built(path, tag="").lock()
    commit(path)
    with docker.Scope() as scope:
        twice = build_project_twice(Project(path), scope)
    # The classic store cannot set the times of files
    assert [str(one) for one in twice.differences if twice.rewritten or not one.only_time] == []
    assert not twice.dirty


# Of a project that is installed as a package
INSTALLED: dict[str, dict[str, Any]] = {
    "uv": {"package_tool": "uv"},
    "pip": {"package_tool": "pip-tools"},
    "uv-distroless": {"package_tool": "uv", "base": "distroless"},
    # Such a step may change the packages, so their layer comes from the stage with the code
    "uv-step": {"package_tool": "uv", "build_commands": "python -m main"},
    "pip-step": {"package_tool": "pip-tools", "build_commands": "python -m main"},
}


@pytest.mark.parametrize(
    "answers", [case(name, name=name, group=f"changed-{name}", sampled=name == "uv") for name in INSTALLED]
)
def test_a_change_of_code_leaves_the_layers_of_everything_else(answers: str, render: Render, tmp_path: Path) -> None:
    if answers.endswith("-step") and "io.containerd.snapshotter" not in docker.call(
        "info", "--format", "{{json .DriverStatus}}"
    ):
        pytest.skip("where COPY --link is no link, a layer is anew where one below it is")
    path = render(
        tmp_path / "shop", framework="flask", python_version="3.13", install_project=True, **INSTALLED[answers]
    )
    project = Built(write(path, {"pyproject.toml": PACKAGE}), tag=f"copier-slim-test:changed-{answers}")
    project.lock()

    def change() -> None:
        replace(path / "main.py", "app = ", "changed = 1\napp = ")

    assert changed_layers(project, change) == {"COPY /app /app", "COPY /project /"}
