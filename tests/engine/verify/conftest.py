"""Projects that keep the contract or break it, built once for each way."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from copier_slim.engine import docker
from tests.conftest import ROOT

DATA = Path(__file__).parent
TRIM = ROOT / "template/container/{{ 'trim.py' if trim }}"
GOOD: dict[str, str] = {
    **yaml.safe_load((DATA / "good.yml").read_text(encoding="utf-8")),
    "container/trim.py": TRIM.read_text(encoding="utf-8"),
}
BROKEN: dict[str, list[dict[str, Any]]] = yaml.safe_load((DATA / "broken.yml").read_text(encoding="utf-8"))
KEPT: dict[str, list[dict[str, Any]]] = yaml.safe_load((DATA / "kept.yml").read_text(encoding="utf-8"))

Make = Callable[..., Path]
Build = Callable[..., str]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes good.yml's project with changes: texts replaced in a file by name, files added."""

    def write(replace: dict[str, dict[str, str]] | None = None, add: dict[str, str] | None = None) -> Path:
        return write_project(tmp_path / "project", replace, add)

    return write


def write_project(
    path: Path, replace: dict[str, dict[str, str]] | None = None, add: dict[str, str] | None = None
) -> Path:
    """The project in a directory."""
    files = {**GOOD, **(add or {})}
    for name, changes in (replace or {}).items():
        for old, new in changes.items():
            text = files.get(name, "")
            assert old in text, f"{name} has no {old!r}"
            files[name] = text.replace(old, new) if old else new
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def build(make: Make) -> Iterator[Callable[..., str]]:
    """Builds such a project; its image is removed afterwards."""
    built = []

    def run(**changes: Any) -> str:
        tag = f"copier-slim-test:verify-{os.getpid()}-{len(built)}"
        subprocess.run(
            ["docker", "build", "--quiet", "--tag", tag, str(make(**changes))], check=True, capture_output=True
        )
        built.append(tag)
        return tag

    yield run
    for tag in built:
        docker.call("image", "rm", "--force", tag)


def made_by(whose: Callable[[int], bool]) -> list[str]:
    """The containers, volumes and images on the engine that runs of verify in such processes have made."""
    found = docker.call("ps", "--all", "--filter", f"name={docker.PREFIX}", "--format", "{{.Names}}").split()
    found += docker.call("volume", "ls", "--filter", f"name={docker.PREFIX}", "--format", "{{.Name}}").split()
    found += docker.call("image", "ls", "--format", "{{.Repository}}").split()
    names = ((name, name.removeprefix(docker.PREFIX).partition("-")[0]) for name in found)
    return [name for name, pid in names if name.startswith(docker.PREFIX) and pid.isdigit() and whose(int(pid))]


def ended(pid: int) -> bool:
    """Whether the run of a process has to be over: it is this one, or none."""
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture(autouse=True)
def nothing_is_left_behind(engine: None) -> Iterator[None]:  # noqa: ARG001
    """Fails a test after which something is left on the engine."""
    before = set(made_by(ended))
    yield
    assert set(made_by(ended)) <= before
