"""A web app and its worker from one image: what they do for one request is one trace, and each has its own name."""

from __future__ import annotations

import json
import time

import pytest

from tests.conftest import Render
from tests.engine import sampling
from tests.engine.observability import sink as collector
from tests.engine.observability.conftest import PYTHON, Sink
from tests.engine.observability.received import Received
from tests.engine.observability.test_delivery import SWITCHES
from tests.engine.observability.test_tasks import broker, options
from tests.engine.project import Project

__all__ = ["broker"]  # a fixture

MAIN = """
{head}
from celery import Celery
from flask import Flask

celery_app = Celery("main")
app = Flask(__name__)

@celery_app.task
def add(x, y):
    return x + y

@app.get("/healthz")
def healthz():
    return "ok"

@app.get("/add")
def ask():
    return str(add.delay(2, 3).get(timeout=20))
{foot}
"""
# Agents that carry a trace over to a task; what they call a service, of those that name it
AGENTS = {"opentelemetry": "service.name", "sentry": None, "datadog": "service.name"}


@pytest.fixture(
    scope="module",
    params=[sampling.case(name, name=name, group="celery-agents", sampled=name != "datadog") for name in AGENTS],
)
def traced(
    request: pytest.FixtureRequest, engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory  # noqa: ARG001
) -> tuple[str, Project]:  # fmt: skip
    """A Flask app with a worker, and the agent that watches both."""
    agent = request.param
    path = render(
        tmp_path_factory.mktemp("traced") / "shop",
        project_name="Shop",
        python_version=PYTHON,
        package_tool="uv",
        framework="flask",
        app="main:app",
        starter=False,
        apm=agent,
        gc_monitor=True,
        dependencies="celery[redis]",
        processes="worker: celery --app main:celery_app worker --concurrency 1 --loglevel INFO",
    )
    monitoring = (path / "container/monitoring.py").exists()
    head = "from container import monitoring; monitoring.start()" if monitoring else ""
    (path / "main.py").write_text(MAIN.format(head=head, foot=""), encoding="utf-8")
    project = Project(path, tag=f"copier-slim-test:traced-{agent}")
    project.lock()
    project.build()
    return agent, project


@pytest.mark.usefixtures("broker")
def test_a_request_and_its_task_are_one_trace_of_two_services(traced: tuple[str, Project], sink: Sink) -> None:
    agent, project = traced
    variable, value, _ = SWITCHES[agent]
    switch = {variable: value.format(f"sink:{collector.PORT}")}
    sink.take()
    with (
        project.running(**options(sink, **switch)) as web,
        project.running("worker", **options(sink, **switch, GC_MONITOR="1", GC_MONITOR_INTERVAL="1")) as worker,
    ):
        web.wait("/healthz")
        worker.wait_for_log("ready")
        assert web.ask("/add", timeout=30).body == "5"
        time.sleep(2)
        assert "gc" in json.loads(next(line for line in worker.log().splitlines() if line.startswith('{"gc"')))
        assert {web.stop().exit_code, worker.stop().exit_code} <= {0, 143}
    received: Received = sink.take()
    entries = [name for name in received.requests if "healthz" not in name]
    assert len(entries) == 2, received.requests
    assert len(received.traces) == 1, received.requests
    if name := AGENTS[agent]:
        assert {service[name] for service in received.services} == {"shop", "shop-worker"}
