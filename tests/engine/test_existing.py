"""What existing repositories need beyond a new service: own packages, git, places to write, commands that listen."""

from __future__ import annotations

import functools
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from python_on_whales import DockerException, docker

from copier_slim.detect.repository import detect
from tests.conftest import Render
from tests.engine.project import HARDENED, Project

SCM_PROJECT = """\
[build-system]
requires = ["setuptools>=77", "setuptools-scm>=8"]
build-backend = "setuptools.build_meta"

[project]
name = "shop"
dynamic = ["version"]

[project.scripts]
shop = "shop.cli:main"

[tool.setuptools_scm]
"""
COMMON_PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "common"
version = "2.0"
"""
APP = """\
import importlib.metadata
from pathlib import Path

from flask import Flask

import common
import tiny

app = Flask(__name__)


@app.get("/")
def index():
    data = Path(__file__).with_name("data.txt").read_text()
    return " ".join([importlib.metadata.version("shop"), data.strip(), common.NAME, tiny.NAME])


@app.get("/write")
def write():
    Path("made.txt").write_text("made")
    Path("uploads/sent.txt").write_text("sent")
    return "written"


@app.get("/deface")
def deface():
    Path("/app/src/shop/web.py").write_text("")
    return "defaced"
"""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def git_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address, as containers see it, of a server with the git repository tiny.git."""
    root = tmp_path_factory.mktemp("git")
    work = root / "work"
    project = COMMON_PROJECT.replace("common", "tiny")
    write(work, {"pyproject.toml": project, "tiny.py": 'NAME = "from-git"\n'})
    for command in (
        ["git", "init", "--quiet", str(work)],
        ["git", "-C", str(work), "add", "."],
        ["git", "-C", str(work), "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "x"],
        ["git", "-C", str(work), "tag", "v1"],
        ["git", "clone", "--quiet", "--bare", str(work), str(root / "tiny.git")],
        ["git", "-C", str(root / "tiny.git"), "update-server-info"],
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
         "-keyout", str(root / "key.pem"), "-out", str(root / "cert.pem")],
    ):  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    shutil.rmtree(work)
    gateway = docker.network.inspect("bridge").ipam.config[0]["Gateway"]
    server = ThreadingHTTPServer((gateway, 0), functools.partial(SimpleHTTPRequestHandler, directory=root))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(root / "cert.pem", root / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://{gateway}:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=["pip-tools", "uv"])
def shop(
    request: pytest.FixtureRequest, git_server: str, render: Render, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A src layout whose version comes from git, with a package beside it and a requirement from a git repository."""
    path = tmp_path_factory.mktemp("shop")
    write(
        path,
        {
            "pyproject.toml": SCM_PROJECT,
            "src/shop/__init__.py": "",
            "src/shop/web.py": APP,
            "src/shop/cli.py": 'import tiny\n\n\ndef main():\n    print("the console script", tiny.NAME)\n',
            "src/shop/data.txt": "data\n",
            "libs/common/pyproject.toml": COMMON_PROJECT,
            "libs/common/common.py": 'NAME = "from-libs"\n',
        },
    )
    render(
        path,
        framework="flask",
        app="shop.web:app",
        starter=False,
        health_path="/",
        dependencies=f"tiny @ git+{git_server}/tiny.git@v1",
        environment="GIT_SSL_NO_VERIFY=true",
        install_project=True,
        scm_version="1.4.0",
        local_packages="libs/common",
        writable_paths=".\nuploads",
        package_tool=request.param,
    )
    project = Project(path, tag=f"copier-slim-test:existing-{request.param}")
    lock = project.lock()
    assert "tiny @ git+" in lock
    project.build()
    return project


def test_a_project_with_packages_beside_it_and_one_from_git_answers(shop: Project) -> None:
    with shop.running(**HARDENED) as service:
        assert service.wait("/").body == "1.4.0 data from-libs from-git"
        service.wait_for_health("healthy")
    assert shop.output("shop").strip() == "the console script from-git"


def test_git_stays_in_the_build(shop: Project) -> None:
    assert shop.output("python", "-c", "import shutil; print(shutil.which('git'))").strip() == "None"


def test_it_may_make_files_beside_the_code_and_not_change_the_code(shop: Project) -> None:
    with shop.running() as service:
        service.wait("/")
        assert service.ask("/write").body == "written"
        assert service.ask("/deface").status == 500
        with pytest.raises(DockerException):
            service.run("rm", "/app/pyproject.toml")
        with pytest.raises(DockerException):
            service.run("mv", "/app/src", "/app/other")


@pytest.fixture(scope="module")
def listening(render: Render, tmp_path_factory: pytest.TempPathFactory, engine: None) -> Project:  # noqa: ARG001
    """A command that listens."""
    path = tmp_path_factory.mktemp("listening")
    render(path, framework="command", app="python -m http.server $PORT", port=8012, health_path="/", package_tool="uv")
    project = Project(path, tag="copier-slim-test:listening")
    project.lock()
    project.build()
    return project


def test_a_command_that_listens_has_a_port_and_a_health_check(listening: Project) -> None:
    with listening.running(**HARDENED) as service:
        assert service.wait("/").status == 200
        service.wait_for_health("healthy")
        assert service.stop().seconds < 5
    with listening.running(port=8013, envs={"PORT": "8013"}) as service:
        assert service.wait("/").status == 200


def test_an_option_is_no_command(listening: Project, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DockerException) as failure:
        listening.output("--version")
    assert failure.value.return_code == 2
    assert "Usage: docker run IMAGE" in capfd.readouterr().err


TRUSTED_HOST = """\
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

app = FastAPI()
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["shop.example.com"])


@app.get("/healthz")
def healthz():
    return {"ok": True}
"""


def test_an_app_that_refuses_other_hosts_is_healthy(render: Render, tmp_path: Path) -> None:
    write(tmp_path, {"main.py": TRUSTED_HOST, "requirements.txt": "fastapi\nuvicorn\n"})
    render(tmp_path, **detect(tmp_path, online=False).findings.answers | {"package_tool": "uv"})
    project = Project(tmp_path, tag="copier-slim-test:trusted-host")
    project.lock()
    project.build()
    with project.running(**HARDENED) as service:
        assert service.wait("/healthz").status == 400
        service.wait_for_health("healthy")
