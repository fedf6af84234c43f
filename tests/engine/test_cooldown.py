"""Nothing younger than the answer `cooldown` enters a lock: a package index on loopback that states upload times."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from copier_slim.errors import InputError
from copier_slim.lock import compile_lock
from tests.conftest import Render
from tests.engine import loopback
from tests.engine.credentials import build
from tests.engine.sampling import case

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PACKAGES = ["house-news", "house-style"]
AGES = {"1.0": 30, "2.0": 3}
BOTH = {"house-news": "1.0", "house-style": "1.0"}
TOOLS = ["pip-tools", "uv"]

pytestmark = pytest.mark.xdist_group("cooldown")


class Index(BaseHTTPRequestHandler):
    """Serves a folder of wheels as a simple index in JSON (PEP 691), with upload times (PEP 700) where it has any."""

    wheels: Path
    states_times: bool

    def do_GET(self) -> None:
        folder, _, name = self.path.strip("/").rpartition("/")
        file = self.wheels / name
        if folder == "files" and file.is_file():
            self.answer(file.read_bytes(), "application/octet-stream")
        else:
            page = {"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": self.files(name)}
            self.answer(json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json")

    do_HEAD = do_GET  # noqa: N815 the name that the server looks for

    def files(self, package: str) -> list[dict[str, Any]]:
        """What the index says of a package's files."""
        found = []
        for wheel in sorted(self.wheels.glob(f"{package.replace('-', '_')}-*.whl")):
            age = AGES.get(wheel.name.split("-")[1], 1000) if package in PACKAGES else 1000
            uploaded = (datetime.now(UTC) - timedelta(days=age)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            digest = sha256(wheel.read_bytes()).hexdigest()
            file = {"filename": wheel.name, "url": f"/files/{wheel.name}", "hashes": {"sha256": digest}}
            found.append(
                file | {"size": wheel.stat().st_size} | ({"upload-time": uploaded} if self.states_times else {})
            )
        return found

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""


def make_wheel(folder: Path, name: str, version: str) -> None:
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{module}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lock's tools, and two packages with an old release and a young one."""
    folder = tmp_path_factory.mktemp("wheels")
    rows = catalog.tools()
    tools = [f"{name}=={rows[name].version}" for name in TOOLS] + [rows["pip-tools"].knows or ""]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", folder, *tools]
    subprocess.run(command, check=True)
    for name in PACKAGES:
        for version in AGES:
            make_wheel(folder, name, version)
    return folder


@contextmanager
def serving(wheels: Path, *, states_times: bool) -> Iterator[str]:
    handler = type("Handler", (Index,), {"wheels": wheels, "states_times": states_times})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()


@pytest.fixture(scope="module")
def index(wheels: Path) -> Iterator[str]:
    """The address of an index that states upload times."""
    with serving(wheels, states_times=True) as address:
        yield address


@pytest.fixture(scope="module")
def without_times(wheels: Path) -> Iterator[str]:
    """The address of one that does not."""
    with serving(wheels, states_times=False) as address:
        yield address


@pytest.fixture
def uv_here(wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pinned uv first on the PATH, which finds no engine."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--find-links", wheels]
    subprocess.run([*command, "--target", tmp_path / "uv", "uv"], check=True)
    monkeypatch.setenv("PATH", f"{tmp_path / 'uv/bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


def made(render: Render, path: Path, index: str, tool: str, **answers: Any) -> Path:
    """A project that needs both packages."""
    return render(
        path,
        **{
            "framework": "command", "app": "python -m house_style", "starter": False, "python_version": VERSION,
            "package_tool": tool, "dependencies": "\n".join(PACKAGES), "private_index": index, **answers,
        },
    )  # fmt: skip


def locked(project: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """The lock stage, run anew."""
    netrc = project.parent / ".netrc"
    netrc.touch()
    secret = "--secret", f"id=netrc,src={netrc}"
    return build(project, "--no-cache", "--target", "lock", *secret, *options, "--output", project)


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z-]+)==(\S+)", text, re.MULTILINE))


def text(project: Path) -> str:
    return (project / "requirements.txt").read_text(encoding="utf-8")


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("tool", "answers", "expected"),
    [
        ("pip-tools", {}, {"house-news": "2.0", "house-style": "2.0"}),
        ("pip-tools", {"cooldown": 7}, BOTH),
        ("uv", {"cooldown": 7}, BOTH),
        ("uv", {"cooldown": 7, "cooldown_exempt": "House_News"}, BOTH | {"house-news": "2.0"}),
        ("uv", {"cooldown": 2}, {"house-news": "2.0", "house-style": "2.0"}),
    ],
)
def test_the_image_locks_what_is_old_enough_or_exempt(
    render: Render, tmp_path: Path, index: str, tool: str, answers: dict[str, Any], expected: dict[str, str]
) -> None:
    project = made(render, tmp_path / "shop", index, tool, **answers)
    for options in ([], ["--build-arg", "UPGRADE=now"]):
        done = locked(project, *options)
        assert done.returncode == 0, done.stderr
        assert pins(text(project)) == expected


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("tool", [case(tool, name=tool, group="cooldown", sampled=False) for tool in TOOLS])
def test_a_wheel_of_the_tree_may_be_of_today(render: Render, tmp_path: Path, index: str, tool: str) -> None:
    path = tmp_path / "shop"
    wheel = loopback.wheel(path / "vendor", "house-own", "1.0", requires=["house-news"])
    project = made(
        render, path, index, tool, cooldown=7, dependencies="house-own", workspace_files=f"vendor/{wheel.name}"
    )
    done = locked(project)
    assert done.returncode == 0, done.stderr
    assert pins(text(project)) == {"house-own": "1.0", "house-news": "1.0"}


@pytest.mark.usefixtures("uv_here")
@pytest.mark.parametrize(
    ("tool", "answers", "expected"),
    [
        ("pip-tools", {"cooldown": 7}, BOTH),
        ("uv", {"cooldown": 7, "cooldown_exempt": "House_News"}, BOTH | {"house-news": "2.0"}),
    ],
)
def test_this_machine_locks_the_same(
    render: Render, tmp_path: Path, index: str, tool: str, answers: dict[str, Any], expected: dict[str, str]
) -> None:
    project = made(render, tmp_path / "shop", index, tool, **answers)
    for upgrade in (False, True):
        lock = compile_lock(project, upgrade=upgrade)
        assert lock.where.endswith("on this machine")
        assert pins(lock.text) == expected


@pytest.mark.usefixtures("uv_here")
@pytest.mark.parametrize("tool", TOOLS)
def test_an_index_without_upload_times_is_named(render: Render, tmp_path: Path, without_times: str, tool: str) -> None:
    project = made(render, tmp_path / "shop", without_times, tool, cooldown=7)
    with pytest.raises(InputError, match=r"states no upload times, which the answer cooldown goes by"):
        compile_lock(project)
