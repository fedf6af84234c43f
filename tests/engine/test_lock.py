"""The lock stage: what it keeps, what it upgrades, what it never writes; and a build without a lock."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.engine.project import DockerException, Project

pytestmark = pytest.mark.xdist_group("lock")


@pytest.fixture(params=["pip-tools", "uv"])
def project(request: pytest.FixtureRequest, render: Render, tmp_path: Path) -> Project:
    """A project with two small dependencies, not locked yet."""
    answers = {"framework": "wsgi", "dependencies": "itsdangerous\nclick", "package_tool": request.param}
    return Project(render(tmp_path / "project", **answers), tag="copier-slim-test:lock")


def pins(lock: str) -> dict[str, str]:
    """The pinned versions by name."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))


def test_keeps_an_existing_lock_as_far_as_it_goes_and_upgrades_on_request(project: Project) -> None:
    newest = pins(project.lock())
    assert set(newest) >= {"click", "gunicorn", "itsdangerous"}

    old = "click==8.1.7\ngunicorn==23.0.0\n"
    (project.path / "requirements.txt").write_text(old, encoding="utf-8")
    kept = pins(project.lock())
    assert kept.items() >= {**newest, "click": "8.1.7", "gunicorn": "23.0.0"}.items()

    requirements = project.path / "requirements.in"
    requirements.write_text(requirements.read_text(encoding="utf-8") + "click>8.1.7\n", encoding="utf-8")
    moved = pins(project.lock())
    assert moved["click"] == newest["click"]
    assert moved["gunicorn"] == "23.0.0"

    assert pins(project.lock(UPGRADE="now")) == newest


def test_the_lock_is_the_same_when_made_again(project: Project) -> None:
    assert project.lock() == project.lock()


def test_never_holds_the_machine_s_index_settings(project: Project) -> None:
    dockerfile = project.path / "Dockerfile"
    settings = (
        "RUN mkdir /srv/wheels\nENV PIP_FIND_LINKS=/srv/wheels PIP_TRUSTED_HOST=localhost UV_FIND_LINKS=/srv/wheels\n"
    )
    text = dockerfile.read_text(encoding="utf-8")
    dockerfile.write_text(text.replace("WORKDIR /app\n", f"WORKDIR /app\n{settings}", 1), encoding="utf-8")
    lock = project.lock()
    assert "/srv/wheels" not in lock
    assert "localhost" not in lock


def test_a_build_without_a_lock_says_how_to_make_one(project: Project) -> None:
    with pytest.raises(
        DockerException, match=r"No requirements\.txt yet, make it: docker build --target lock --output \. \."
    ):
        project.build()


def test_a_wrong_hash_stops_the_build(project: Project) -> None:
    lock = re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", project.lock())
    (project.path / "requirements.txt").write_text(lock, encoding="utf-8")
    with pytest.raises(DockerException, match=r"(?i)hash"):
        project.build()


# What a person writes into requirements.in, and what the build then says that the lock does not have
NEWER = {
    "another package": ("redis>=5  # ask jo@example.com", "redis>=5"),
    "another version": ("itsdangerous<2", "itsdangerous and itsdangerous<2"),
    "another version of what others need": ("packaging<20", "packaging<20"),
    "an extra": ("gunicorn[setproctitle]", 'setproctitle; extra == "setproctitle"'),
    "a marker that holds": ('redis; python_version >= "3.8"', "redis"),
}
# What asks for nothing that the lock lacks, or is told by other means
CURRENT = (
    '# redis\nClick>=8  # redis\r\nredis; sys_platform == "win32"\n'
    "theme @ git+https://example.com/theme.git@v2\nfile:///srv/theme\n./libs/theme\nlibs/theme.whl\n"
    "-c constraints.txt\n-r other.in\n-e ./libs\n--extra-index-url https://example.com/simple\n"
)


def test_a_lock_that_lacks_what_is_asked_for_stops_the_build(project: Project) -> None:
    project.lock()
    requirements = project.path / "requirements.in"
    text = requirements.read_text(encoding="utf-8")
    requirements.write_text(text + CURRENT, encoding="utf-8")
    project.build("build")
    for line, lacking in NEWER.values():
        requirements.write_text(f"{text}{line}\n", encoding="utf-8")
        with pytest.raises(DockerException) as failure:
            project.build("build")
        said = r"requirements\.txt is older than requirements\.in, lock again \(docker build .*\); it lacks "
        assert re.search(rf"{said}{re.escape(lacking)}(?m:$)", str(failure.value))
