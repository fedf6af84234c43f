"""A package index that asks for a password, on loopback: the build gets it from a secret, and nothing keeps it."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from python_on_whales import docker

from copier_slim import catalog
from tests.conftest import Render

PASSWORD = "canary-2f6c1e9ab7d04853"  # noqa: S105 of an index that lives as long as the test
TAG = "copier-slim-test:private-index"


class Index(SimpleHTTPRequestHandler):
    """Serves wheels as a simple index (PEP 503) to those who know the password."""

    refused: list[str]

    def do_GET(self) -> None:
        expected = "Basic " + base64.b64encode(f"builder:{PASSWORD}".encode()).decode()
        if self.headers["Authorization"] != expected:
            self.refused.append(self.path)
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""


def index_of(wheels: Path, root: Path) -> None:
    """Links the wheels as root/simple/NAME/FILE, which is what an index is."""
    for wheel in wheels.glob("*.whl"):
        folder = root / "simple" / wheel.name.split("-")[0].replace("_", "-").lower()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / wheel.name).hardlink_to(wheel)


def make_wheel(folder: Path) -> None:
    """The package that only this index has."""
    info = "house_style-1.0.dist-info"
    with zipfile.ZipFile(folder / "house_style-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("house_style.py", "print('in the house style')\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: house-style\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"house_style.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


@pytest.fixture(scope="module")
def index(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: ARG001
    """The address of an index with the lock's tools and a package of its own."""
    wheels, root = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("index")
    tools = [f"{name}=={catalog.tools()[name]}" for name in ("pip-tools", "uv")]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", wheels, *tools]
    subprocess.run(command, check=True)
    make_wheel(wheels)
    index_of(wheels, root)
    Index.refused = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()


class Build:
    """docker build of a project, its index reached through the network of this machine."""

    def __init__(self, project: Path, secret: Path) -> None:
        self.project = project
        self.secret = secret

    def run(self, *options: str | Path, secret: bool = True) -> subprocess.CompletedProcess[str]:
        """One build, its log in stderr."""
        given = ["--secret", f"id=netrc,src={self.secret}"] if secret else []
        command = [
            "docker",
            "buildx",
            "build",
            "--no-cache",
            "--progress",
            "plain",
            "--network",
            "host",
            *given,
            *options,
        ]
        # The whole provenance, which the classic image store cannot keep beside the image
        environment = os.environ | {"BUILDX_METADATA_PROVENANCE": "max"}
        return subprocess.run([*command, self.project], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", params=["pip-tools", "uv"])
def build(
    request: pytest.FixtureRequest, render: Render, index: str, tmp_path_factory: pytest.TempPathFactory
) -> Build:
    """A project that needs the package, and the netrc file that knows the password."""
    project = render(
        tmp_path_factory.mktemp("private") / "shop",
        framework="command",
        app="python -m house_style",
        starter=False,
        python_version="3.13",
        package_tool=request.param,
        dependencies="house-style",
        private_index=index,
    )
    secret = tmp_path_factory.mktemp("home") / ".netrc"
    secret.write_text(f"machine 127.0.0.1 login builder password {PASSWORD}\n", encoding="utf-8")
    return Build(project, secret)


pytestmark = pytest.mark.xdist_group("private-index")


def test_the_password_reaches_the_index_and_nothing_else(build: Build, tmp_path: Path) -> None:
    lock = build.run("--target", "lock", "--output", build.project)
    assert lock.returncode == 0, lock.stderr
    metadata = tmp_path / "metadata.json"
    logs = [lock.stderr]
    for target in "build", "runtime":
        built = build.run("--target", target, "--tag", f"{TAG}-{target}", "--load", "--metadata-file", metadata)
        assert built.returncode == 0, built.stderr
        logs.append(built.stderr)
    try:
        assert docker.run(f"{TAG}-runtime", remove=True) == "in the house style"
        for target in "build", "runtime":
            saved = subprocess.run(["docker", "save", f"{TAG}-{target}"], capture_output=True, check=True).stdout
            assert b"house_style" in saved
            assert PASSWORD.encode() not in saved
            for command in ["docker", "inspect"], ["docker", "history", "--no-trunc"]:
                told = subprocess.run([*command, f"{TAG}-{target}"], capture_output=True, text=True, check=True).stdout
                assert PASSWORD not in told
    finally:
        docker.image.remove([f"{TAG}-build", f"{TAG}-runtime"], force=True)
    assert PASSWORD not in "".join(logs)
    assert not [path for path in build.project.rglob("*") if path.is_file() and PASSWORD in path.read_text("utf-8")]
    provenance = metadata.read_text(encoding="utf-8")
    assert "buildx.build.provenance" in provenance
    assert '"netrc"' in provenance, "the provenance is the one that tells of secrets"
    assert PASSWORD not in provenance


def test_without_the_secret_the_build_says_which_is_missing(build: Build) -> None:
    done = build.run("--target", "lock", "--output", build.project, secret=False)
    assert done.returncode == 1
    assert "netrc" in done.stderr
