"""Where the server listens: at IPv6 where there is nothing else, and at the default port where PORT is empty."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from copier_slim import catalog
from tests.engine import sampling
from tests.engine.conftest import Build
from tests.engine.project import HARDENED

NETWORK = "copier-slim-ipv6-only"
ASK = """
import http.client
lines = [line.split() for line in open("/proc/net/if_inet6")]
digits = next(line[0] for line in lines if line[3] == "00")
for host in "::1", ":".join(digits[i:i + 4] for i in range(0, 32, 4)):
    app = http.client.HTTPConnection(host, 8000, timeout=4)
    app.request("GET", "/healthz")
    print(app.getresponse().status)
"""


@pytest.fixture
def ipv6_only() -> Iterator[str]:
    """A network without IPv4; skips on an engine before 28, which has none."""
    create = ["docker", "network", "create", "--ipv6", "--ipv4=false", NETWORK]
    made = subprocess.run(create, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(made.stderr)
    yield NETWORK
    subprocess.run(["docker", "network", "rm", NETWORK], capture_output=True, check=True)


@pytest.mark.parametrize(
    "server",
    [
        sampling.case(name, name=name, group="stop-network", sampled=name == "uvicorn")
        for name in catalog.frameworks()["fastapi"].servers
    ],
)
def test_a_host_without_ipv4_is_served(build: Build, server: str, ipv6_only: str) -> None:
    project = build(f"stop-{server}", framework="fastapi", server=server, package_tool="uv", python_version="3.13")
    with project.running(**HARDENED, networks=[ipv6_only], envs={"PORT": "", "WEB_CONCURRENCY": ""}) as service:
        service.wait_for_health("healthy", 90)
        assert service.python(ASK).split() == ["200", "200"]
