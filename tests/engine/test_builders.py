"""Engines that are reached otherwise than by this machine's socket, a builder elsewhere, a registry on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from copier_slim.engine import docker as engine_calls
from copier_slim.engine import engines
from tests.command.running import command
from tests.conftest import Render
from tests.engine.registry import REGISTRY, require_registry

NAME = f"{REGISTRY}/copier-slim-test/builders"
SOCKET = "/var/run/docker.sock"
# An engine whose builder may export its cache: with containerd's image store
HOST = os.environ.get("CONTAINERD_STORE_HOST", "")

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("builders")]


def docker(*words: str, **environment: str) -> str:
    done = subprocess.run(["docker", *words], env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def tcp(command: list[str] | None = None) -> Iterator[int]:
    """A port of this machine that leads to the engine's socket, or to a command's both streams."""

    def pump(source: int, target: int) -> None:
        try:
            while data := os.read(source, 1 << 16):
                view = memoryview(data)
                while view:
                    view = view[os.write(target, view) :]
        except OSError:
            pass

    def serve(client: socket.socket) -> None:
        with client:
            if command:
                with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                    assert process.stdin
                    assert process.stdout
                    back = threading.Thread(target=pump, args=(process.stdout.fileno(), client.fileno()), daemon=True)
                    back.start()
                    pump(client.fileno(), process.stdin.fileno())
                    process.terminate()
                return
            with socket.socket(socket.AF_UNIX) as engine:
                engine.connect(SOCKET)
                back = threading.Thread(target=pump, args=(engine.fileno(), client.fileno()), daemon=True)
                back.start()
                pump(client.fileno(), engine.fileno())
                engine.shutdown(socket.SHUT_WR)
                back.join(60)

    def accept() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield int(listening.getsockname()[1])


@pytest.fixture
def project(engine: None, render: Render, tmp_path: Path) -> Path:  # noqa: ARG001
    """A command with its lock; skips where no registry listens."""
    require_registry()
    path = render(tmp_path / "shop", framework="command", python_version="3.13", package_tool="uv")
    docker("build", "--quiet", "--target", "lock", "--output", str(path), str(path))
    return path


def test_an_engine_by_tcp_and_by_a_context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    engine_calls._of_context.cache_clear()  # noqa: SLF001
    assert engine_calls.host() == ("127.0.0.1", "127.0.0.1")
    with tcp() as port:
        address = f"tcp://localhost:{port}"
        monkeypatch.setenv("DOCKER_HOST", address)
        engines.find.cache_clear()
        assert engines.answers()
        assert engine_calls.host() == ("0.0.0.0", "localhost")  # noqa: S104 as a container is published
        monkeypatch.delenv("DOCKER_HOST")
        docker("context", "create", "elsewhere", "--docker", f"host={address}")
        docker("context", "use", "elsewhere")
        engines.find.cache_clear()
        engine_calls._of_context.cache_clear()  # noqa: SLF001 asked for once in a process
        assert engines.answers()
        assert engine_calls.host() == ("0.0.0.0", "localhost")  # noqa: S104 the same
        assert engine_calls.call("version", "--format", "{{.Server.Os}}").strip() == "linux"
    engine_calls._of_context.cache_clear()  # noqa: SLF001


SSHD = """
FROM python:3.13-slim-trixie
RUN apt-get update && apt-get install --yes --no-install-recommends openssh-server && rm -rf /var/lib/apt/lists/*
RUN mkdir -p /run/sshd && ssh-keygen -q -t ed25519 -N "" -f /key \\
 && install -D --mode=600 /key.pub /root/.ssh/authorized_keys
COPY docker /usr/local/bin/docker
CMD ["/usr/sbin/sshd", "-D", "-e"]
"""


@pytest.fixture
def ssh(engine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:  # noqa: ARG001
    """The address of this machine's engine by ssh: a container has the engine's socket, and lets one key in."""
    (tmp_path / "sshd").mkdir()
    (tmp_path / "sshd/Dockerfile").write_text(SSHD, encoding="utf-8")
    shutil.copy(Path(shutil.which("docker") or "").resolve(), tmp_path / "sshd/docker")
    name = "copier-slim-test-sshd"
    docker("build", "--quiet", "--tag", name, str(tmp_path / "sshd"))
    socket_there = f"{Path(SOCKET).resolve()}:{SOCKET}"
    run = ["run", "--detach", "--publish", "127.0.0.1::22", "--volume", socket_there, "--name", name, name]
    docker(*run)
    try:
        port = docker("port", name, "22").rpartition(":")[2]
        key = tmp_path / "key"
        key.write_text(docker("exec", name, "cat", "/key") + "\n", encoding="utf-8")
        key.chmod(0o600)
        shim = tmp_path / "bin/ssh"
        shim.parent.mkdir()
        options = f"-i {key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        shim.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} {options} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
        yield f"ssh://root@127.0.0.1:{port}"
    finally:
        subprocess.run(["docker", "rm", "--force", name], check=False, capture_output=True)
        subprocess.run(["docker", "image", "rm", "--force", name], check=False, capture_output=True)


@pytest.mark.skipif(not shutil.which("ssh"), reason="no ssh")
def test_an_engine_by_ssh_locks_and_verifies(
    ssh: str, render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = render(tmp_path / "shop", framework="flask", python_version="3.13", package_tool="uv")
    locked = command("lock", cwd=path, seconds=600, DOCKER_HOST=ssh)
    assert locked.code == 0, locked.err
    verified = command("verify", "--no-rebuild", cwd=path, seconds=600, DOCKER_HOST=ssh)
    assert verified.code == 0, verified.out + verified.err
    monkeypatch.setenv("DOCKER_HOST", ssh)
    engines.find.cache_clear()
    assert engine_calls.host() == ("0.0.0.0", "127.0.0.1")  # noqa: S104 as a container is published


def test_what_is_pushed_is_pulled_by_its_digest(project: Path) -> None:
    docker("build", "--quiet", "--tag", f"{NAME}:1", str(project))
    try:
        pushed = docker("push", f"{NAME}:1")
        digest = re.findall(r"digest: (sha256:[0-9a-f]{64})", pushed)[0]
        docker("image", "rm", f"{NAME}:1")
        docker("pull", "--quiet", f"{NAME}@{digest}")
        assert docker("run", "--rm", f"{NAME}@{digest}") == "Hello, world"
    finally:
        subprocess.run(["docker", "image", "rm", "--force", f"{NAME}:1"], check=False, capture_output=True)


@pytest.mark.skipif(not HOST, reason="no engine that exports a cache: name it by CONTAINERD_STORE_HOST")
def test_a_remote_builder_pushes_an_index_and_takes_its_cache_from_the_registry(project: Path, tmp_path: Path) -> None:
    environment = {"DOCKER_HOST": HOST, "BUILDX_CONFIG": str(tmp_path / "buildx")}
    cache = f"type=registry,ref={NAME}:cache"
    with tcp(["docker", "--host", HOST, "buildx", "--builder", "default", "dial-stdio"]) as port:
        docker(
            "buildx", "create", "--name", "elsewhere", "--driver", "remote", f"tcp://127.0.0.1:{port}", **environment
        )
        build = ["buildx", "build", "--builder", "elsewhere", "--progress", "plain", "--provenance", "mode=max"]
        docker(*build, "--tag", f"{NAME}:2", "--push", "--cache-to", f"{cache},mode=max", str(project), **environment)
        index = json.loads(docker("buildx", "imagetools", "inspect", "--raw", f"{NAME}:2", **environment))
        assert index["mediaType"] == "application/vnd.oci.image.index.v1+json"
        kinds = [item.get("annotations", {}).get("vnd.docker.reference.type") for item in index["manifests"]]
        assert kinds == [None, "attestation-manifest"]
        again = subprocess.run(
            ["docker", *build, "--no-cache-filter", "none", "--cache-from", cache, str(project)],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert again.returncode == 0, again.stderr
        assert "importing cache manifest" in again.stderr
    docker("pull", "--quiet", f"{NAME}:2")
    try:
        assert docker("run", "--rm", f"{NAME}:2") == "Hello, world"
    finally:
        docker("image", "rm", "--force", f"{NAME}:2")
