"""The answers that are not asked: each is built into one project and looked at in its container."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from python_on_whales import docker

from tests.conftest import Render
from tests.engine.conftest import Build
from tests.engine.project import HARDENED, DockerException, Project

APP = """
import os, pathlib, sqlite3, shutil, site_of_its_own

def app(environ, start_response):
    for folder in "uploads", "/data":
        database = sqlite3.connect(f"{folder}/db.sqlite3")
        database.execute("CREATE TABLE IF NOT EXISTS t (x)")
        database.close()
    start_response("200 OK", [])
    facts = [os.environ["GREETING"], pathlib.Path("made.txt").read_text(), pathlib.Path("/tmp/prestart").read_text()]
    return [" ".join([*facts, shutil.which("tree") or "", site_of_its_own.__file__]).encode()]
"""
PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "site-of-its-own"
version = "1"
scripts = {greet = "site_of_its_own:greet"}
[tool.setuptools]
package-dir = {"" = "src"}
py-modules = ["site_of_its_own"]
"""


@pytest.fixture(scope="module", params=["pip-tools", "uv"])
def project(request: pytest.FixtureRequest, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that uses every answer, its files as restrictive as a umask of 077 makes them."""
    path = render(
        tmp_path_factory.mktemp("options") / "project",
        framework="wsgi",
        starter=False,
        package_tool=request.param,
        install_project=True,
        system_packages="tree",
        build_packages="make",
        environment="GREETING=hello, world",
        build_commands="make made.txt",
        prestart="python before.py",
        writable_paths="uploads\n/data",
        uid=12345,
        health_path="",
    )
    (path / "src").mkdir()
    (path / "main.py").write_text(APP, encoding="utf-8")
    (path / "Makefile").write_text("made.txt:\n\tprintf made > $@\n", encoding="utf-8")
    (path / "before.py").write_text("open('/tmp/prestart', 'w').write('prestart')\n", encoding="utf-8")
    (path / "src/site_of_its_own.py").write_text("def greet():\n    print('greetings')\n", encoding="utf-8")
    (path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (path / "broken.py").write_text("print 'for another Python'\n", encoding="utf-8")
    for file in path.rglob("*"):
        file.chmod(0o700 if file.is_dir() else 0o600)
    project = Project(path, tag=f"copier-slim-test:options-{request.param}")
    project.lock()
    project.build()
    return project


pytestmark = pytest.mark.xdist_group("options")


@pytest.mark.parametrize("user", ["12345:12345", "123456:0"])
def test_every_answer_is_in_effect(project: Project, user: str) -> None:
    with project.running(**HARDENED, health_interval=1, user=user) as service:
        answer = service.wait("/")
        assert answer.body == "hello, world made prestart /usr/bin/tree /opt/project/site_of_its_own.py"
        service.wait_for_health("healthy")
        assert service.stop().exit_code == 0


def test_a_console_script_of_the_project_runs(project: Project) -> None:
    assert project.output("greet") == "greetings"


def test_build_packages_do_not_ship(project: Project) -> None:
    assert project.output("python", "-c", "import shutil; print(shutil.which('make'))") == "None"


def test_a_failing_prestart_stops_the_start(project: Project, tmp_path: Path) -> None:
    before = tmp_path / "before.py"
    before.write_text("raise SystemExit(7)\n", encoding="utf-8")
    with pytest.raises(DockerException) as failure:
        project.output(volumes=[(before, "/app/before.py", "ro")])
    assert failure.value.return_code == 7


def test_sigterm_ends_a_prestart_that_is_under_way(project: Project, tmp_path: Path) -> None:
    before = tmp_path / "before.py"
    before.write_text("import time\nprint('started')\ntime.sleep(60)\n", encoding="utf-8")
    with project.running(**HARDENED, volumes=[(before, "/app/before.py", "ro")]) as service:
        service.wait_for_log("started")
        stop = service.stop()
    assert stop.exit_code == 143
    assert stop.seconds < 5


def test_full_is_slim_with_compilers(build: Build) -> None:
    full = build("full", framework="wsgi", base="full")
    with full.running(**HARDENED) as service:
        assert service.wait("/healthz").status == 200
        assert "/gcc" in service.run("python", "-c", "import shutil; print(shutil.which('gcc'))")


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_python_serves(build: Build, python: str) -> None:
    project = build(f"python-{python}", framework="fastapi", python_version=python, package_tool="uv")
    with project.running(**HARDENED) as service:
        assert service.wait("/healthz").status == 200
        assert service.python("import sys; print('%d.%d' % sys.version_info[:2])") == python


def test_bake_locks_and_builds(render: Render, tmp_path: Path) -> None:
    path = render(tmp_path / "project", framework="wsgi", extras=["bake"], project_name="Baked Service")
    for target in ["lock"], []:
        subprocess.run(["docker", "buildx", "bake", *target], cwd=path, check=True, capture_output=True)
    assert "gunicorn==" in (path / "requirements.txt").read_text(encoding="utf-8")
    project = Project(path, tag="baked-service:latest")
    try:
        with project.running(**HARDENED) as service:
            assert service.wait("/healthz").status == 200
    finally:
        docker.image.remove(project.tag, force=True)


def test_bake_dates_an_image_by_a_commit_or_not_at_all(render: Render, tmp_path: Path) -> None:
    path = render(tmp_path / "project", framework="command", python_version="3.13", package_tool="uv", extras=["bake"])
    Project(path, tag="").lock()
    tag = "copier-slim-test:dated"
    kept = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}

    def bake(**date: str) -> subprocess.CompletedProcess[str]:
        argv = ["docker", "buildx", "bake", "--set", f"*.tags={tag}"]
        return subprocess.run(argv, cwd=path, env=kept | date, capture_output=True, text=True, check=False)

    # Nothing, as where git finds no commit; the start of time; milliseconds; a date for people
    for nonsense in ("", "0", "-1", "1700000000000", "1700000000.5", "2023-11-14", "1700000000 "):
        done = bake(SOURCE_DATE_EPOCH=nonsense)
        assert done.returncode == 1, nonsense
        assert "it is set and no commit's date in seconds" in done.stderr, done.stderr
        assert not docker.image.exists(tag), nonsense
    try:
        done = bake()
        assert done.returncode == 0, done.stderr
        assert docker.image.inspect(tag).created.year > 2025
        done = bake(SOURCE_DATE_EPOCH="1700000000")
        if "conflicts with" in done.stderr:
            pytest.skip("an engine with containerd's image store needs a builder of its own")
        assert done.returncode == 0, done.stderr
        assert docker.image.inspect(tag).created.isoformat().startswith("2023-11-14T22:13:20")
    finally:
        docker.image.remove(tag, force=True)
