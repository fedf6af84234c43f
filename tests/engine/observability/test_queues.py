"""Queues beside Celery: a request and its task are one trace, and the garbage collector is watched in both."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection

import pytest

from copier_slim import catalog
from tests.conftest import Render
from tests.engine.observability import sink as collector
from tests.engine.observability.conftest import PYTHON, Sink
from tests.engine.observability.test_delivery import SWITCHES
from tests.engine.observability.test_tasks import broker, options
from tests.engine.project import Project

__all__ = ["broker"]  # a fixture

# The queue and the agent, the framework, the worker
CASES = {
    "rq-sentry": ("flask", "rq worker"),
    # Of the instrumentations for RQ none is one that OpenTelemetry's launcher finds
    "rq-opentelemetry": ("flask", "rq worker"),
    "dramatiq-sentry": ("flask", "dramatiq tasks"),
    "arq-sentry": ("fastapi", "arq tasks.WorkerSettings"),
    "huey-sentry": ("flask", "huey_consumer tasks.huey"),
    "taskiq-opentelemetry": ("fastapi", "taskiq worker tasks:broker"),
}

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("queue-agents")]


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("case", CASES)
def test_a_request_and_its_task_are_one_trace_where_the_agent_sees_both(
    case: str, render: Render, tmp_path_factory: pytest.TempPathFactory, sink: Sink
) -> None:
    queue, _, agent = case.partition("-")
    framework, line = CASES[case]
    path = render(
        tmp_path_factory.mktemp(case) / "shop",
        python_version=PYTHON,
        package_tool="uv",
        framework=framework,
        apm=agent,
        gc_monitor=True,
        processes=f"worker: {line}",
    )
    project = Project(path, tag=f"copier-slim-test:traced-{case}")
    project.lock()
    project.build()
    variable, value, _ = SWITCHES[agent]
    switch = {variable: value.format(f"sink:{collector.PORT}"), "REDIS_URL": "redis://broker"}
    sink.take()
    with (
        project.running(**options(sink, **switch)) as web,
        project.running("worker", **options(sink, **switch, GC_MONITOR="1", GC_MONITOR_INTERVAL="1")) as worker,
    ):
        web.wait("/healthz")
        connection = HTTPConnection(*web.address, timeout=30)
        connection.request("POST", "/tasks")
        name = json.loads(connection.getresponse().read())["id"]
        connection.close()
        deadline = time.monotonic() + 60
        while '{"result":5}' not in web.ask(f"/tasks/{name}").body.replace(" ", ""):
            assert time.monotonic() < deadline, worker.log()
            time.sleep(0.5)
        worker.wait_for_log('{"gc"')
        time.sleep(2)
        assert {worker.stop().exit_code, web.stop().exit_code} <= {0, 143}
    received = sink.take()
    seen = queue in catalog.agents()[agent].queues
    assert bool([entry for entry in received.requests if "add" in entry]) is seen, received.requests
    # Each is a trace of its own, but for the task, which belongs to the request that sent it, except in arq
    assert len(received.traces) == len(received.requests) - (seen and queue != "arq"), received.requests
