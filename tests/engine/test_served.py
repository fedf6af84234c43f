"""What brings its own server: gRPC asked by its own protocol, MCP over HTTP and stdio, libraries' own programs."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest
from python_on_whales import docker

from copier_slim import catalog
from copier_slim.detect.repository import detect
from tests.conftest import Render
from tests.detect.conftest import Files
from tests.detect.test_launchers import MESOP, PROGRAMS, RAY
from tests.engine import sampling
from tests.engine.conftest import Build
from tests.engine.project import HARDENED, Project

# Musl wheels of the newest Python come last
PYTHON = {"alpine": {"python_version": "3.13"}}
BASES = [sampling.case(base, name=base, group=f"served-{base}", sampled=False) for base in catalog.bases()]
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
CALL = """
import grpc
from google.protobuf.wrappers_pb2 import StringValue
channel = grpc.insecure_channel("localhost:8000")
to_bytes, from_bytes = StringValue.SerializeToString, StringValue.FromString
hello = channel.unary_unary("/example.Greeter/Hello", request_serializer=to_bytes, response_deserializer=from_bytes)
print(hello(StringValue(value="you"), timeout=10).value)
"""
# Stops to serve, and goes on listening, where the starter would stop
NOT_SERVING = ("await server.start()", "await server.start()\n    await health_servicer.enter_graceful_shutdown()")


@pytest.fixture(scope="module", params=[sampling.case("slim", name="slim", group="grpc", sampled=True), *BASES[1:]])
def grpc_project(request: pytest.FixtureRequest, build: Build) -> Project:
    base = request.param
    return build(f"grpc-{base}", framework="grpc", base=base, package_tool="uv", **PYTHON.get(base, {}))


def test_a_grpc_server_is_asked_by_its_own_protocol_and_stops_in_time(grpc_project: Project) -> None:
    with grpc_project.running(**HARDENED, health_interval=1) as service:
        service.wait_for_health("healthy")
        assert service.python(CALL).strip() == "Hello, you"
        stop = service.stop()
        assert stop.exit_code == 0
        assert stop.seconds < 5


def test_a_grpc_server_that_says_it_does_not_serve_is_unhealthy(grpc_project: Project) -> None:
    source = (grpc_project.path / "server.py").read_text(encoding="utf-8")
    assert NOT_SERVING[0] in source
    with grpc_project.running("python", "-c", source.replace(*NOT_SERVING), health_interval=1) as service:
        service.wait_for_health("unhealthy", seconds=90)


@pytest.fixture(scope="module", params=BASES)
def mcp_project(request: pytest.FixtureRequest, build: Build) -> Project:
    base = request.param
    return build(f"mcp-{base}", framework="mcp", base=base, package_tool="uv", **PYTHON.get(base, {}))


def test_an_mcp_server_answers_by_any_host_name(mcp_project: Project) -> None:
    with mcp_project.running(**HARDENED, health_interval=1) as service:
        assert service.wait("/healthz").body == "ok"
        service.wait_for_health("healthy")
        connection = HTTPConnection(*service.address, timeout=10)
        headers = {
            "Host": "notes.example.com", "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }  # fmt: skip
        with closing(connection):
            connection.request("POST", "/mcp", json.dumps(INITIALIZE), headers)
            response = connection.getresponse()
            assert response.status == 200
            assert b'"serverInfo"' in response.read()
        assert service.stop().seconds < 9


@pytest.fixture(scope="module", params=BASES)
def stdio_project(request: pytest.FixtureRequest, build: Build) -> Project:
    base, python = request.param, PYTHON.get(request.param, {})
    return build(f"mcp-stdio-{base}", framework="mcp", server="stdio", base=base, package_tool="uv", **python)


def test_an_mcp_server_over_stdio_answers_there_and_has_no_health_check(stdio_project: Project) -> None:
    config = stdio_project.image.config
    assert not config.exposed_ports
    assert config.healthcheck is None
    asked = ["docker", "run", "--interactive", "--rm", "--read-only", "--cap-drop", "ALL", stdio_project.tag]
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin
        assert client.stdout
        client.stdin.write(json.dumps(INITIALIZE) + "\n")
        client.stdin.flush()
        answer = json.loads(client.stdout.readline())
        client.stdin.close()
        assert "serverInfo" in answer["result"]
        assert client.wait(timeout=20) == 0


# What is served in another way than at PORT by a program of the library's
OTHERS: dict[str, tuple[str, Files, str]] = {
    "mesop": ("mesop", {"main.py": MESOP}, ""),
    "ray": ("ray[serve]", {"main.py": RAY}, ""),
}


def sources() -> Iterator[Any]:
    """A project for each program that a library brings."""
    for name in (*PROGRAMS, *OTHERS):
        if name not in ("adk at the top", "mlflow's model"):
            yield sampling.case(name, name=name, group=f"program-{name}", sampled=False)


@pytest.mark.parametrize("name", list(sources()))
def test_a_library_s_own_program_turns_healthy_and_stops(
    name: str, render: Render, tmp_path_factory: pytest.TempPathFactory
) -> None:
    declared, files, _ = (PROGRAMS | OTHERS)[name]
    path = tmp_path_factory.mktemp("program") / "shop"
    for place, text in {"requirements.txt": f"{declared}\n", **files}.items():
        file = path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    answers = detect(path, online=False).findings.answers
    project = Project(render(path, **{**answers, "package_tool": "uv"}), tag=f"copier-slim-test:program-{name}")
    project.lock()
    project.build()
    # What makes files beside its code is the only one that may
    hardened = {**HARDENED, "read_only": "." not in answers.get("writable_paths", "").splitlines()}
    with project.running(**hardened, health_interval=2, health_retries=60) as service:
        started = time.monotonic()
        service.wait_for_health("healthy", seconds=120)
        assert time.monotonic() - started < 120
        assert service.stop().seconds < 9
    docker.image.remove(project.tag, force=True)
