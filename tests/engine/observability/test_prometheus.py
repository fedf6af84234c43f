"""/metrics: what was asked is counted by route, with several workers the sum of them all."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from copier_slim import catalog
from tests.engine import sampling
from tests.engine.observability.conftest import ROUTES
from tests.engine.project import HARDENED, Project, Service

SAMPLE = {("fastapi", "uvicorn"), ("flask", "gunicorn")}
MATRIX = [
    sampling.case(
        (framework, server),
        name=f"{framework}-{server}",
        group=f"prometheus-{framework}",
        sampled=(framework, server) in SAMPLE,
    )
    for framework in catalog.agents()["prometheus"].frameworks
    for server in catalog.frameworks()[framework].servers
]
# What is no framework has no routes
NAMELESS = ("asgi", "wsgi")
WORKERS = 2


@pytest.mark.parametrize("case", MATRIX)
@pytest.mark.parametrize("workers", [1, WORKERS])
def test_counts_requests_by_route_over_all_workers(
    case: tuple[str, str], observed: Callable[..., Project], workers: int
) -> None:
    framework, server = case
    project = observed(apm="prometheus", framework=framework, server=server)
    with project.running(**HARDENED, envs={"WEB_CONCURRENCY": str(workers)}) as service:
        service.wait("/healthz")
        with ThreadPoolExecutor(8) as pool:
            assert {answer.status for answer in pool.map(service.ask, ["/hello/Ada"] * 100)} == {200}
        assert service.ask("/fail").status == 500
        nameless = framework in NAMELESS
        for _ in range(10):  # whichever worker answers
            # Without routes the one request that told that it serves is among them
            assert counted(service, 200, "" if nameless else ROUTES[framework]["route"]) == 100 + nameless
            assert counted(service, 500, "" if nameless else "fail") == 1


def counted(service: Service, status: int, route: str) -> float:
    """The requests of a route that ended with a status."""
    line = re.compile(rf'http_request_duration_seconds_count{{method="GET",route="/?(.*)",status="{status}"}} (.+)')
    found = line.findall(service.ask("/metrics").body)
    return sum(float(count) for name, count in found if re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", name) == route)
