"""What has no requests: Celery's tasks, a command's exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from python_on_whales import docker

from copier_slim import catalog
from tests.engine import sampling
from tests.engine.observability import sink as collector
from tests.engine.observability.conftest import ROUTES, Sink
from tests.engine.observability.test_delivery import KILLED, SWITCHES
from tests.engine.project import HARDENED, DockerException, Project
from tests.engine.test_workers import BROKER

AGENTS = [
    sampling.case(agent, name=agent, group="celery-agents", sampled=agent == "sentry")
    for agent in SWITCHES
    if "celery" in catalog.agents()[agent].frameworks
]
URL = "redis://broker"
BROKERED = {"CELERY_BROKER_URL": URL, "CELERY_RESULT_BACKEND": URL}
# Hands out tasks from another process without an agent, and waits for what becomes of them
HAND_OUT = """
import tasks
handed = [tasks.hello.delay("Ada") for _ in range({count})]
print(sorted({{result.get(timeout=30)["pid"] for result in handed}}))
"""
FAIL = "import tasks; print(type(tasks.fail.delay().get(timeout=30, propagate=False)).__name__)"


@pytest.fixture(scope="module")
def broker(sink: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Redis on the sink's network."""
    context = tmp_path_factory.mktemp("broker")
    (context / "Dockerfile").write_text(BROKER, encoding="utf-8")
    docker.buildx.build(context, tags="copier-slim-test:broker", load=True, progress=False)
    redis = docker.run("copier-slim-test:broker", detach=True, networks=[sink.network], network_aliases=["broker"])
    try:
        yield
    finally:
        docker.remove(redis, force=True, volumes=True)


def options(sink: Sink, **envs: str) -> dict[str, Any]:
    """What a container beside broker and sink is run with."""
    return {**HARDENED, "networks": [sink.network], "envs": BROKERED | envs}


@pytest.fixture(params=AGENTS)
def agent(request: pytest.FixtureRequest) -> str:
    """An agent that serves Celery."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def worker(agent: str, broker: None, observed: Callable[..., Project]) -> Project:  # noqa: ARG001
    """The Celery starter with the agent."""
    return observed(apm=agent, framework="celery", server="celery")


@pytest.mark.parametrize("processes", ["1", "2"])
def test_tasks_and_exceptions_arrive_once_the_last_before_the_stop_too(
    agent: str, worker: Project, sink: Sink, processes: str
) -> None:
    variable, value, _ = SWITCHES[agent]
    switch = {variable: value.format(f"sink:{collector.PORT}"), "WEB_CONCURRENCY": processes}
    sink.take()
    with worker.running(**options(sink, **switch)) as service:
        service.wait_for_log("ready")
        assert worker.output("python", "-c", FAIL, **options(sink)) == "ValueError"
        worker.output("python", "-c", HAND_OUT.format(count=10), **options(sink))
        stop = service.stop()
    assert stop.exit_code != KILLED
    received = sink.take()
    route = ROUTES["celery"]["route"]
    assert len([name for name in received.requests if route in name]) == 10, received.requests
    assert len(received.requests) == 11, received.requests
    assert [name for name in received.exceptions if name.endswith("ValueError")], received.exceptions


@pytest.mark.parametrize("port", [9, collector.SILENT_PORT], ids=["refuses", "never-answers"])
def test_a_dead_collector_costs_no_task_and_does_not_hold_up_the_stop(
    agent: str, worker: Project, sink: Sink, port: int
) -> None:
    variable, value, _ = SWITCHES[agent]
    with worker.running(**options(sink, **{variable: value.format(f"sink:{port}")})) as service:
        service.wait_for_log("ready")
        worker.output("python", "-c", HAND_OUT.format(count=10), **options(sink))
        stop = service.stop()
    assert stop.exit_code != KILLED
    assert stop.seconds < 10


def test_off_unless_told_where_to_send_to(agent: str, worker: Project, sink: Sink) -> None:
    sink.take()
    code = "import tasks; print(tasks.hello.delay('Ada').get(timeout=30)['modules'])"
    with worker.running(**options(sink)) as service:
        service.wait_for_log("ready")
        modules = worker.output("python", "-c", code, **options(sink))
        assert not [package for package in SWITCHES[agent][2] if f"'{package}'" in modules]
        service.stop()
    assert not sink.take().requests


@pytest.mark.xdist_group("celery-agents")
def test_a_command_s_exception_arrives(observed: Callable[..., Project], sink: Sink, tmp_path: Path) -> None:
    project = observed(apm="sentry", framework="command", server="command")
    main = (project.path / "main.py").read_text(encoding="utf-8")
    script = tmp_path / "main.py"
    script.write_text(
        main.replace('print(f"Hello', 'raise ValueError("on purpose")\n    print(f"Hello'), encoding="utf-8"
    )
    sink.take()
    mounted = {**HARDENED, "networks": [sink.network], "volumes": [(script, "/app/main.py", "ro")]}
    with pytest.raises(DockerException):
        project.output(**mounted, envs={"SENTRY_DSN": f"http://key@sink:{collector.PORT}/1"})
    assert sink.take().exceptions == ["ValueError"]
    with pytest.raises(DockerException):
        project.output(**mounted)
    assert sink.take().exceptions == []
