"""The collector's pauses: a line for every worker, true numbers, no deadlock, next to no cost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Render
from tests.engine.observability.conftest import Sink
from tests.engine.project import HARDENED, Project, Service

pytestmark = pytest.mark.xdist_group("gc-monitor")

ON = {"GC_MONITOR": "1", "GC_MONITOR_INTERVAL": "0.5"}
COLLECT = """

import gc


@app.get("/collect")
def collect() -> dict[str, int]:
    return {"found": gc.collect()}


@app.get("/state")
def state() -> dict[str, int]:
    return {"frozen": gc.get_freeze_count(), "enabled": gc.isenabled()}


@app.get("/threshold")
def threshold() -> dict[str, list[int]]:
    gc.set_threshold(1)
    return {"threshold": list(gc.get_threshold())}
"""
# CPU seconds of a collection with and without the callback, on an empty heap: the difference is what it costs
COST = """
import gc, os, time, timeit
os.environ["GC_MONITOR"] = "1"
from container import gc_monitor
gc.freeze()
collect = lambda: gc.collect(0)
plain = min(timeit.repeat(collect, timer=time.process_time, number=20000, repeat=5)) / 20000
gc_monitor.start()
print(min(timeit.repeat(collect, timer=time.process_time, number=20000, repeat=5)) / 20000 - plain)
"""


@pytest.fixture(scope="module")
def project(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A Flask service under gunicorn, with routes that set off collections."""
    path = render(
        tmp_path_factory.mktemp("gc") / "shop",
        framework="flask",
        gc_monitor=True,
        python_version="3.13",
        package_tool="uv",
    )
    main = path / "main.py"
    main.write_text(main.read_text(encoding="utf-8") + COLLECT, encoding="utf-8")
    project = Project(path, tag="copier-slim-test:gc-monitor")
    project.lock()
    project.build()
    return project


def lines(service: Service) -> Iterator[dict[str, Any]]:
    """What the monitor has written so far."""
    return (json.loads(line)["gc"] for line in service.log().splitlines() if line.startswith('{"gc"'))


def wait_for(service: Service, condition: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """The lines, as soon as they are as they should be."""
    deadline = time.monotonic() + 20
    while not condition(found := list(lines(service))):
        assert time.monotonic() < deadline, service.log()
        time.sleep(0.2)
    return found


def test_off_unless_it_is_switched_on(project: Project) -> None:
    with project.running(**HARDENED, envs={"GC_MONITOR_INTERVAL": "0.2"}) as service:
        service.wait("/healthz")
        time.sleep(1)
        assert not list(lines(service))


@pytest.mark.parametrize("options", ["", "--preload", "--config container/gunicorn_preload.py"])
def test_every_worker_writes_its_lines(project: Project, options: str) -> None:
    envs = ON | {"WEB_CONCURRENCY": "2", "GUNICORN_CMD_ARGS": options}
    with project.running(**HARDENED, envs=envs) as service:
        service.wait("/healthz")
        wait_for(service, lambda found: len({line["pid"] for line in found} - {1}) == 2)


@pytest.mark.parametrize(("options", "frozen"), [("", False), ("--config container/gunicorn_preload.py", True)])
def test_the_preload_configuration_freezes_what_the_workers_share(
    project: Project,
    options: str,
    frozen: bool,  # noqa: FBT001
) -> None:
    with project.running(**HARDENED, envs={"GUNICORN_CMD_ARGS": options}) as service:
        service.wait("/healthz")
        state = json.loads(service.ask("/state").body)
    assert (state["frozen"] > 10_000) is frozen
    assert state["enabled"] is True


def test_a_collection_counts(project: Project) -> None:
    with project.running(**HARDENED, envs=ON) as service:
        service.wait("/healthz")
        before = wait_for(service, bool)[-1]["pauses"][2]
        for _ in range(5):
            assert service.ask("/collect").status == 200
        found = wait_for(service, lambda found: found[-1]["pauses"][2]["count"] >= before["count"] + 5)
    pause = found[-1]["pauses"][2]
    assert 0 < pause["max"] <= pause["sum"] < 5
    assert len(found[-1]["stats"]) == 3


@pytest.mark.matrix
def test_no_deadlock_with_a_collection_at_every_allocation(project: Project) -> None:
    """For a minute, under load, with logging and JSON in every request."""
    with project.running(**HARDENED, envs=ON) as service:
        service.wait("/healthz")
        assert service.ask("/threshold").status == 200
        deadline = time.monotonic() + 60
        with ThreadPoolExecutor(8) as pool:
            while time.monotonic() < deadline:
                assert {answer.status for answer in pool.map(service.ask, ["/"] * 50)} == {200}
        assert service.stop().seconds < 10


def test_costs_less_than_two_microseconds_a_collection(project: Project) -> None:
    assert float(project.output("python", "-c", COST)) < 2e-6


def test_never_lists_all_objects(project: Project) -> None:
    assert "get_objects" not in (project.path / "container/gc_monitor.py").read_text(encoding="utf-8")


def test_opentelemetry_reports_the_collector_s_metrics(observed: Callable[..., Project], sink: Sink) -> None:
    project = observed(apm="opentelemetry", framework="flask", server="gunicorn", gc_monitor=True)
    sink.take()
    envs = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://sink:8000"}
    with project.running(**HARDENED, networks=[sink.network], envs=envs) as service:
        service.wait("/healthz")
        service.stop()
    metrics = sink.take().metrics
    assert {"cpython.gc.collections", "cpython.gc.collected_objects", "cpython.gc.uncollectable_objects"} <= metrics
    assert not [name for name in metrics if name.startswith(("system.", "process."))], metrics
