"""Task queues: a task goes in by HTTP, a worker does it, and finishes what it has when it stops; a scheduler fires.

The projects are new ones: their tasks are those of the starters, with a slow one beside them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

import pytest
from python_on_whales import docker

from tests.conftest import Render
from tests.engine import sampling
from tests.engine.project import HARDENED, Project, Service
from tests.engine.queues import BY_RABBITMQ, COUNTING, GO_ON, HANG, RABBITMQ, REDIS, SLOW, broker

GRACE = 60
# The processor's seconds of one check
COST = """
import resource, subprocess
subprocess.run(["/opt/health.py"], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""
# Returns when RabbitMQ takes connections
WAIT = """
import socket, time
while True:
    try:
        socket.create_connection(("rabbitmq", 5672))
        break
    except OSError:
        time.sleep(0.5)
"""
COUNT = "import os; from redis import Redis; print(int(Redis.from_url(os.environ['REDIS_URL']).get({name!r}) or 0))"


@dataclass(frozen=True)
class Case:
    """A queue in a project: its answers, the file with its starter's tasks, the brokers, what ticks by itself."""

    queue: str
    worker: str
    answers: dict[str, Any]
    tasks: str = "tasks.py"
    scheduler: str = ""
    by_rabbitmq: bool = False
    ticks: tuple[str, float] = ("", 0)  # the process and the most seconds that the first tick takes


CASES = {
    "rq": Case("rq", "rq worker --with-scheduler", {"framework": "flask", "base": "distroless"}),
    "celery": Case(
        "celery",
        "celery -A config worker",
        {"framework": "django"},
        tasks="config/tasks.py",
        scheduler="celery -A config beat",
        ticks=("scheduler", 30),
    ),
    "arq": Case("arq", "arq tasks.WorkerSettings", {"framework": "fastapi", "base": "alpine"}, ticks=("worker", 20)),
    "dramatiq": Case(
        "dramatiq",
        "dramatiq jobs.work",
        {"framework": "starlette", "base": "distroless", "dependencies": "dramatiq[rabbitmq,redis]"},
        tasks="jobs/work.py",
        by_rabbitmq=True,
    ),
    "dramatiq-redis": Case("dramatiq", "dramatiq tasks", {"framework": "quart", "base": "alpine"}),
    "huey": Case(
        "huey",
        "huey_consumer.py tasks.huey",
        {"framework": "flask", "base": "alpine"},
        ticks=("worker", 75),
    ),
    "huey-processes": Case("huey", "huey_consumer tasks.huey --worker-type process -w 2", {"framework": "aiohttp"}),
    "taskiq": Case(
        "taskiq",
        "taskiq worker tasks:broker",
        {"framework": "litestar", "base": "distroless"},
        scheduler="taskiq scheduler tasks:scheduler",
        ticks=("scheduler", 30),
    ),
}
BEAT = """
from celery import current_app

@shared_task
def tick():
    Redis.from_url(os.environ["REDIS_URL"]).incr("ticks")
"""
SCHEDULE = 'CELERY_BEAT_SCHEDULE = {"often": {"task": "config.tasks.tick", "schedule": 1.0}}\n'


@dataclass
class Running:
    """A project whose web process is up, beside its brokers; its worker is started by each test."""

    case: Case
    project: Project
    web: Service
    options: dict[str, Any]

    def ask(self, method: str, path: str) -> Any:
        """What the web process answers."""
        connection = HTTPConnection(*self.web.address, timeout=30)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read()
            assert response.status < 300, (body, self.web.log())
            return json.loads(body)
        finally:
            connection.close()

    def send_slow(self, name: str, seconds: float) -> None:
        """Queues a task that takes so long."""
        module = self.case.tasks.removesuffix(".py").replace("/", ".")
        setup = "import django; django.setup()" if self.case.queue == "celery" else "pass"
        code = f"{setup}; import importlib; importlib.import_module({module!r}).send_slow({name!r}, {seconds})"
        self.web.run("env", "DJANGO_SETTINGS_MODULE=config.settings", "python", "-c", code) if (
            self.project.path / "manage.py"
        ).exists() else self.web.python(code)

    def count(self, name: str) -> int:
        """How often something was counted in Redis."""
        return int(self.web.python(COUNT.format(name=name)))

    def wait_for(self, name: str, seconds: float = 60) -> None:
        """Returns when it was counted for the first time."""
        deadline = time.monotonic() + seconds
        while not self.count(name):
            assert time.monotonic() < deadline, f"no {name} after {seconds} s"
            time.sleep(0.2)

    def process(self, name: str = "worker", **options: Any) -> Any:
        """A process of the project, started."""
        return self.project.running(name, **{**self.options, **options}, health_interval=1, health_start_period=0)


@pytest.fixture(
    scope="module",
    params=[sampling.case(name, name=name, group=f"queue-{name}", sampled=name == "rq") for name in CASES],
)
def running(
    request: pytest.FixtureRequest, engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory  # noqa: ARG001
) -> Iterator[Running]:  # fmt: skip
    """A new project with a queue, locked, built, and its web process up beside the brokers."""
    name: str = request.param
    case = CASES[name]
    others = {"scheduler": case.scheduler, "flower": "celery -A config flower" if case.queue == "celery" else ""}
    lines = [f"worker: {case.worker}", *(f"{name}: {line}" for name, line in others.items() if line)]
    path = render(
        tmp_path_factory.mktemp(name) / "shop",
        **{"python_version": "3.13", "package_tool": "uv", **case.answers},
        processes="\n".join(lines),
    )
    if case.by_rabbitmq:
        (path / case.tasks).write_text(BY_RABBITMQ, encoding="utf-8")
    with (path / case.tasks).open("a", encoding="utf-8") as tasks:
        tasks.write(COUNTING + SLOW[case.queue] + (BEAT if case.queue == "celery" else ""))
    if case.queue == "celery":
        with (path / "config/settings.py").open("a", encoding="utf-8") as settings:
            settings.write(SCHEDULE)
    project = Project(path, tag=f"copier-slim-test:queue-{name}")
    project.lock()
    project.build()
    network = docker.network.create(f"copier-slim-test-{uuid4()}")
    with ExitStack() as stack:
        stack.callback(network.remove)
        for alias, text in {"redis": REDIS, **({"rabbitmq": RABBITMQ} if case.by_rabbitmq else {})}.items():
            stack.enter_context(broker(alias, text, network, tmp_path_factory.mktemp(alias)))
        envs = {"REDIS_URL": "redis://redis:6379/0"}
        if case.by_rabbitmq:
            envs["RABBITMQ_URL"] = "amqp://guest:guest@rabbitmq:5672/"
        options = {**HARDENED, "networks": [network], "envs": envs}
        web = stack.enter_context(project.running(**options))
        web.wait("/healthz")
        if case.by_rabbitmq:
            web.python(WAIT)
        yield Running(case, project, web, options)


def test_a_task_of_the_web_process_is_done_by_a_healthy_worker_at_little_cost(running: Running) -> None:
    name = running.ask("POST", "/tasks")["id"]
    with running.process() as worker:
        deadline = time.monotonic() + 60
        while (result := running.ask("GET", f"/tasks/{name}")["result"]) is None:
            assert time.monotonic() < deadline, worker.log()
            worker.assert_running()
            time.sleep(0.2)
        assert result == 5
        worker.wait_for_health("healthy")
        assert float(worker.python(COST)) < 0.05
        assert "launch.py" not in worker.python("print(open('/proc/1/cmdline').read())")


def test_one_that_hangs_is_seen_and_one_that_goes_on_again_too(running: Running) -> None:
    with running.process() as worker:
        worker.wait_for_health("healthy")
        docker.kill(worker.container, "STOP")
        worker.python(HANG)
        worker.wait_for_health("unhealthy", seconds=30)
        docker.kill(worker.container, "CONT")
        worker.python(GO_ON)
        worker.wait_for_health("healthy", seconds=60)


def test_what_a_worker_does_when_it_is_stopped_is_not_lost(running: Running) -> None:
    name = f"stopped-{uuid4()}"
    with running.process() as worker:
        worker.wait_for_health("healthy")
        for _ in range(3):
            running.send_slow(name, 4)
        running.wait_for(f"begun-{name}")
        started = time.monotonic()
        docker.stop(worker.container, time=GRACE)
        assert time.monotonic() - started < 30, worker.log()
        worker.container.reload()
        assert worker.container.state.exit_code in (0, 143), worker.log()
    with running.process() as worker:
        deadline = time.monotonic() + 90
        while running.count(f"done-{name}") < 3:
            assert time.monotonic() < deadline, worker.log()
            time.sleep(0.5)


def test_a_worker_that_does_nothing_stops_at_once(running: Running) -> None:
    with running.process() as worker:
        worker.wait_for_health("healthy")
        stop = worker.stop()
        assert (stop.exit_code in (0, 143), stop.seconds < 9) == (True, True), worker.log()


@pytest.mark.matrix
def test_a_broker_that_comes_back_is_found_again(running: Running) -> None:
    """Of itself, or by the restart that a platform gives to what ends."""
    with running.process(restart="always") as worker:
        worker.wait_for_health("healthy")
        brokers = [container for container in docker.ps() if "queue-broker-" in container.config.image]
        networks = set(running.web.container.network_settings.networks)
        for own in (each for each in brokers if networks & set(each.network_settings.networks)):
            docker.restart(own, time=1)
        name = f"again-{uuid4()}"
        deadline = time.monotonic() + 60
        while True:
            try:
                running.send_slow(name, 0)
                break
            except Exception:  # noqa: BLE001 the broker is not up yet
                assert time.monotonic() < deadline
                time.sleep(1)
        running.wait_for(f"done-{name}", seconds=90)
        worker.wait_for_health("healthy", seconds=60)


@pytest.mark.matrix
def test_a_scheduler_fires_and_is_healthy(running: Running) -> None:
    process, seconds = running.case.ticks
    # The lock of a scheduler that was killed outlives it
    running.web.python("import os; from redis import Redis; Redis.from_url(os.environ['REDIS_URL']).flushall()")
    if running.case.queue == "rq":
        with running.process() as worker:
            worker.wait_for_health("healthy")
            running.web.python("import tasks; tasks.send_later('later', 2)")
            running.wait_for("done-later", seconds=90)
        return
    if not process:
        pytest.skip("the queue has no scheduler of its own")
    with ExitStack() as stack:
        started = [stack.enter_context(running.process(name)) for name in dict.fromkeys(["worker", process])]
        running.wait_for("ticks", seconds=seconds)
        started[-1].wait_for_health("healthy")
        assert float(started[-1].python(COST)) < 0.05
        assert started[-1].stop().exit_code in (0, 143)


@pytest.mark.matrix
def test_flower_is_asked_where_it_listens(running: Running) -> None:
    if running.case.queue != "celery":
        pytest.skip("Flower shows Celery alone")
    with running.process("flower", port=9000, envs=running.options["envs"] | {"PORT": "9000"}) as flower:
        flower.wait_for_health("healthy")
        assert flower.ask("/healthcheck").status == 200
        assert flower.stop().seconds < 9


@pytest.mark.matrix
def test_what_a_killed_worker_had_goes_back_at_once_where_the_broker_knows_that(running: Running) -> None:
    if not running.case.by_rabbitmq:
        pytest.skip("the broker waits for an acknowledgement for a time")
    name = f"killed-{uuid4()}"
    with running.process() as worker:
        worker.wait_for_health("healthy")
        running.send_slow(name, 4)
        running.wait_for(f"begun-{name}")
        docker.kill(worker.container)
    with running.process():
        running.wait_for(f"done-{name}")
