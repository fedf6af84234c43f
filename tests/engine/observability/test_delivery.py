"""What an agent sends arrives, once, the last of it too; and nothing of it holds up the app."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from copier_slim import catalog
from tests.engine import sampling
from tests.engine.observability import sink as collector
from tests.engine.observability.conftest import ROUTES, Sink
from tests.engine.observability.received import Received
from tests.engine.project import HARDENED, Project, Service

OTEL = {"opentelemetry.sdk", "opentelemetry.instrumentation"}
# What the deployer sets to switch an agent on, with {} for host and port, and the packages that are then imported
SWITCHES = {
    "opentelemetry": ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://{}", OTEL),
    "elastic": ("APM_SERVER_URL", "http://{}", {"elasticapm"}),
    "edot": ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://{}", OTEL),
    "sentry": ("SENTRY_DSN", "http://key@{}/1", {"sentry_sdk"}),
    "datadog": ("DD_TRACE_AGENT_URL", "http://{}", {"ddtrace"}),
}
# A sample of them for each change; `make test-all` has them all
SAMPLE = {
    ("opentelemetry", "fastapi", "uvicorn"),
    ("sentry", "fastapi", "uvicorn"),
    ("datadog", "flask", "gunicorn"),
}
WEB = [name for name, row in catalog.frameworks().items() if row.health_path]
MATRIX = [
    sampling.case(
        (agent, framework, server),
        name=f"{agent}-{framework}-{server}",
        group=f"{agent}-{framework}",
        sampled=(agent, framework, server) in SAMPLE,
    )
    for agent in SWITCHES
    for framework in catalog.agents()[agent].frameworks
    if framework in WEB
    for server in catalog.frameworks()[framework].servers
]
CONCURRENT = 8
KILLED = 137


@pytest.fixture(params=MATRIX)
def case(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """An agent, a framework and a server that the questionnaire lets through."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def project(case: tuple[str, str, str], observed: Callable[..., Project]) -> Project:
    """The starter of the framework with the agent."""
    agent, framework, server = case
    return observed(apm=agent, framework=framework, server=server)


@contextmanager
def running(project: Project, sink: Sink, agent: str, address: str, **options: Any) -> Iterator[Service]:
    """The app, told to send to `address`; the sink is empty when it begins to serve."""
    variable, value, _ = SWITCHES[agent]
    envs = {variable: value.format(address), **options.pop("envs", {})}
    sink.take()
    with project.running(**HARDENED, networks=[sink.network], envs=envs, **options) as service:
        service.wait("/healthz")
        yield service


def hello(service: Service) -> dict[str, Any]:
    """Asks for the route with a parameter."""
    answer = service.ask("/hello/Ada")
    assert answer.status == 200, service.log()
    return json.loads(answer.body)  # type: ignore[no-any-return]


def routes(names: list[str]) -> list[str]:
    """Route templates in one spelling: <name>, <str:name> and {name} alike."""
    return [re.sub(r"[<{](?:\w+:)?(\w+)[>}]", r"{\1}", name) for name in names]


def test_requests_and_exceptions_arrive_once_the_last_before_the_stop_too(
    case: tuple[str, str, str], project: Project, sink: Sink
) -> None:
    agent, framework, _ = case
    with running(project, sink, agent, f"sink:{collector.PORT}", health_interval=1) as service:
        assert SWITCHES[agent][2] <= {*hello(service)["modules"]}
        assert service.ask("/fail").status == 500
        service.wait_for_health("healthy")
        hello(service)
        stop = service.stop()
    assert stop.seconds < 10
    received = sink.take()
    requests = routes(received.requests)
    assert len([name for name in requests if ROUTES[framework]["route"] in name]) == 2, requests
    assert len(requests) == 3, f"neither the health check, nor one twice: {requests}"
    assert [name for name in received.exceptions if name.endswith("ValueError")], received.exceptions
    assert_service(received.services)


def assert_service(services: list[dict[str, str]]) -> None:
    """Who it was: the name and the environment, as far as the protocol says them with the spans."""
    assert services
    for service in services:
        assert service.get("service.name", "shop") == "shop"
        assert service.get("deployment.environment.name", "production") == "production"


def test_two_workers_behind_an_init_lose_nothing(case: tuple[str, str, str], project: Project, sink: Sink) -> None:
    agent, framework, _ = case
    with running(project, sink, agent, f"sink:{collector.PORT}", init=True, envs={"WEB_CONCURRENCY": "2"}) as service:
        pids: list[int] = []
        with ThreadPoolExecutor(CONCURRENT) as pool:
            deadline = time.monotonic() + 60  # the second one begins to listen when it has loaded its agent
            while len(set(pids)) < 2:
                assert time.monotonic() < deadline, "one worker answers all"
                time.sleep(0.1)
                pids += [answer["pid"] for answer in pool.map(lambda _: hello(service), range(CONCURRENT))]
        stop = service.stop()
    assert stop.seconds < 10
    requests = routes(sink.take().requests)
    assert len([name for name in requests if ROUTES[framework]["route"] in name]) == len(pids)
    assert len(requests) == len(pids)


@pytest.mark.parametrize("port", [9, collector.SILENT_PORT], ids=["refuses", "never-answers"])
def test_a_dead_collector_costs_no_request_and_does_not_hold_up_the_stop(
    case: tuple[str, str, str], project: Project, sink: Sink, port: int
) -> None:
    with running(project, sink, case[0], f"sink:{port}") as service:
        for _ in range(20):
            hello(service)
        stop = service.stop()
    assert stop.exit_code != KILLED
    assert stop.seconds < 10


def test_off_unless_told_where_to_send_to(case: tuple[str, str, str], project: Project, sink: Sink) -> None:
    agent, framework, _ = case
    sink.take()
    with project.running(**HARDENED, networks=[sink.network]) as service:
        service.wait("/healthz")
        imported = SWITCHES[agent][2] & {*hello(service)["modules"]}
        assert imported <= {ROUTES[framework].get("imports")}
        launcher = catalog.agents()[agent].launcher
        assert launcher is None or launcher not in service.python("print(open('/proc/1/cmdline').read())")
        service.stop()
    assert sink.take() == Received()


@pytest.mark.xdist_group("opentelemetry-fastapi")
def test_the_version_of_the_build_is_reported(observed: Callable[..., Project]) -> None:
    project = observed(apm="opentelemetry", framework="fastapi", server="uvicorn")
    versioned = Project(project.path, tag="copier-slim-test:observed-version")
    versioned.build(VERSION="1.2.0")
    attributes = "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=production"
    assert attributes in project.image.config.env
    assert f"{attributes},service.version=1.2.0" in versioned.image.config.env
