"""A package index that asks for a password, on loopback: the build gets it from a secret, and nothing keeps it."""

from __future__ import annotations

import base64
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

from copier_slim import catalog
from tests.conftest import Render
from tests.engine.credentials import HOUSE_STYLE, assert_nothing_keeps, build

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
    tools = [f"{name}=={catalog.tools()[name].version}" for name in ("pip-tools", "uv")]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", wheels, *tools]
    subprocess.run(command, check=True)
    make_wheel(wheels)
    index_of(wheels, root)
    Index.refused = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()


@pytest.fixture(scope="module", params=["pip-tools", "uv"])
def project(
    request: pytest.FixtureRequest, render: Render, index: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A project that needs the package."""
    return render(
        tmp_path_factory.mktemp("private") / "shop",
        **HOUSE_STYLE,
        package_tool=request.param,
        dependencies="house-style",
        private_index=index,
    )


pytestmark = pytest.mark.xdist_group("private-index")


def test_the_password_reaches_the_index_and_nothing_else(project: Path, tmp_path: Path) -> None:
    netrc, metadata = tmp_path / ".netrc", tmp_path / "metadata.json"
    netrc.write_text(f"machine 127.0.0.1 login builder password {PASSWORD}\n", encoding="utf-8")
    lent = "--no-cache", "--secret", f"id=netrc,src={netrc}"
    assert_nothing_keeps(PASSWORD, project, TAG, *lent, metadata=metadata)
    assert '"netrc"' in metadata.read_text(encoding="utf-8"), "the provenance is the one that tells of secrets"


def test_without_the_secret_the_build_says_which_is_missing(project: Path) -> None:
    done = build(project, "--no-cache", "--target", "lock", "--output", project)
    assert done.returncode == 1
    assert "netrc" in done.stderr
