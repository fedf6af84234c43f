"""A pin gives way only where its release does not build: no other failure of a lock loosens one."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim import console
from copier_slim import copy as copying
from copier_slim import lock as locks
from copier_slim.engine import builds
from copier_slim.errors import CopierSlimError, InputError, ToolError
from copier_slim.package_index import index
from copier_slim.package_index.index import File
from copier_slim.rendering.source import Source
from tests.command.running import FLASK, state, write

PINNED = FLASK | {".python-version": "3.13\n", "requirements.txt": "flask==3.1.2\nold-one==1.0\nold-two==2.0\n"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two pins that have no wheel for its Python, and an index that knows that."""
    files = {
        name: [File(f"{name}-{version}.tar.gz"), File(f"{name}-99.0-cp313-cp313-manylinux_2_17_x86_64.whl")]
        for name, version in (("old-one", "1.0"), ("old-two", "2.0"))
    }
    monkeypatch.setattr(index, "files", lambda *_, **__: files)
    monkeypatch.setattr(builds, "answers", lambda: True)
    monkeypatch.setattr(builds, "build", lambda *_, **__: "")
    return write(tmp_path / "shop", PINNED)


def copy(project: Path, template: Path) -> str:
    out = console.console(file=(project.parent / "shown").open("w+", encoding="utf-8"), width=200)
    try:
        copying.copy(project, Source(str(template)), copying.Options(ask=False), out)
    finally:
        out.file.flush()
        shown = (project.parent / "shown").read_text(encoding="utf-8")
        out.file.close()
    return shown


def test_what_no_longer_fits_beside_it_gives_way_too_and_up_to_a_wheel(
    project: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "old-one": [File("old-one-1.0.tar.gz"), File("old_one-1.9-cp313-cp313-manylinux_2_17_x86_64.whl")],
        "old-two": [File("old-two-2.0.tar.gz"), File("old_two-3.1-cp313-cp313-manylinux_2_17_x86_64.whl")],
    }
    monkeypatch.setattr(index, "files", lambda *_, **__: files)

    def compile_lock(staging: Path, **_: object) -> locks.Lock:
        asked = (staging / "requirements.in").read_text(encoding="utf-8")
        if "old-two==2.0" in asked:
            raise InputError("old-two does not compile", not_built="old-two")
        if "old-one==1.0" in asked:
            raise InputError("old-two asks for old-one>=1.5 and old-one==1.0, and no version is both")
        return locks.Lock("flask==3.1.2\n", [], "in a test")

    monkeypatch.setattr(locks, "compile_lock", compile_lock)
    copy(project, template)
    requirements = (project / "requirements.in").read_text(encoding="utf-8")
    assert "old-two<4,>=2.0" in requirements
    assert "old-one<2,>=1.0" in requirements


def test_what_does_not_compile_although_it_gave_way_ends_the_copy(
    project: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_lock(*_: object, **__: object) -> locks.Lock:
        raise InputError("old-two does not compile", not_built="old-two")

    monkeypatch.setattr(locks, "compile_lock", compile_lock)
    with pytest.raises(InputError, match="old-two does not compile"):
        copy(project, template)


def test_the_release_that_does_not_build_gives_way_and_no_other(
    project: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_lock(staging: Path, **_: object) -> locks.Lock:
        if "old-two==2.0" in (staging / "requirements.in").read_text(encoding="utf-8"):
            raise InputError("old-two does not compile", not_built="old-two")
        return locks.Lock("flask==3.1.2\n", [], "in a test")

    monkeypatch.setattr(locks, "compile_lock", compile_lock)
    shown = copy(project, template)
    requirements = (project / "requirements.in").read_text(encoding="utf-8")
    assert "old-one==1.0" in requirements
    assert "old-two<3,>=2.0" in requirements
    assert "old-two==2.0 does not compile for this Python: old-two<3,>=2.0 takes its place" in shown


@pytest.mark.parametrize(
    "error",
    [
        ToolError("house: git cannot fetch https://git.example/house.git; check the network"),
        ToolError("the Docker Engine failed at pip-compile: Device does not exist"),
        InputError("requirements.in asks for nosuch, and the index has none that fits; ask for another"),
        InputError("one asks for idna<2, other for idna>3, and no version is both; loosen one", with_python=True),
        InputError("flask has no wheel and does not compile", not_built="flask"),
    ],
)
def test_no_other_failure_loosens_a_pin(
    project: Path, template: Path, monkeypatch: pytest.MonkeyPatch, error: CopierSlimError
) -> None:
    tries = []

    def compile_lock(*_: object, **__: object) -> None:
        tries.append(error)
        raise error

    monkeypatch.setattr(locks, "compile_lock", compile_lock)
    before = state(project)
    with pytest.raises(type(error)) as caught:
        copy(project, template)
    assert caught.value is error
    assert tries == [error], "what fails for all is told once"
    assert "takes its place" not in (project.parent / "shown").read_text(encoding="utf-8")
    assert state(project) == before


@pytest.mark.parametrize(
    ("output", "relaxed"),
    [
        ("ERROR: Failed building wheel for old-one\n", True),
        ("OSError: [Errno 28] No space left on device\nERROR: Failed building wheel for old-one\n", False),
        (
            "c++: fatal error: Killed signal terminated program cc1plus\nERROR: Failed building wheel for old-one\n",
            False,
        ),
    ],
)
def test_what_is_installed_is_looked_at_likewise(
    project: Path, template: Path, monkeypatch: pytest.MonkeyPatch, output: str, *, relaxed: bool
) -> None:
    def build(context: Path, **_: object) -> str:
        if "old-one==1.0" in (context / "requirements.in").read_text(encoding="utf-8"):
            raise builds.BuildError("docker build: pip failed", output, "pip --python /opt/venv install", output)
        return ""

    monkeypatch.setattr(builds, "build", build)
    monkeypatch.setattr(locks, "compile_lock", lambda *_, **__: locks.Lock("flask==3.1.2\n", [], "in a test"))
    if not relaxed:
        with pytest.raises(ToolError):
            copy(project, template)
        return
    assert "old-one==1.0 does not compile for this Python: old-one<2,>=1.0 takes its place" in copy(project, template)


UV_LOCK = """version = 1
requires-python = ">=3.13"

[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "flask" }, { name = "old-one" }]

[[package]]
name = "flask"
version = "3.1.2"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://files.example/flask-3.1.2-py3-none-any.whl", hash = "sha256:00" }]

[[package]]
name = "old-one"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.example/old-one-1.0.tar.gz", hash = "sha256:00" }
"""


def test_a_lock_of_the_projects_own_gives_way_where_a_release_of_it_does_not_build(
    project: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(context: Path, *, target: str, **_: object) -> str:
        if target == "build" and (context / "uv.lock").exists():
            output = "ERROR: Failed building wheel for old-one\n"
            raise builds.BuildError("docker build: pip failed", output, "pip --python /opt/venv install", output)
        return ""

    (project / "requirements.txt").unlink()
    write(
        project,
        {
            "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask", "old-one"]\n',
            "uv.lock": UV_LOCK,
        },
    )
    monkeypatch.setattr(builds, "build", build)
    monkeypatch.setattr(locks, "compile_lock", lambda *_, **__: locks.Lock("flask==3.1.2\n", [], "in a test"))
    shown = copy(project, template)
    assert "uv.lock pins it: its versions are taken once, into requirements.in and requirements.txt" in shown
    assert (project / "requirements.in").read_text(encoding="utf-8").count("\nflask\nold-one\n") == 1
