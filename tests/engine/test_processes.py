"""Processes beside the web app, from its image: a Celery worker and beat, a release and a job, by compose.yaml.

The image has no shell; lines that need one are tried on an image that has.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from python_on_whales import DockerException

from tests.conftest import Render
from tests.engine.conftest import Build
from tests.engine.project import HARDENED, Project
from tests.engine.test_compose import Compose, port  # noqa: F401 a fixture
from tests.engine.test_workers import BROKER

MAIN = """
import tasks
from celery.result import AsyncResult
from flask import Flask

app = Flask(__name__)

@app.get("/healthz")
def healthz():
    return "ok"

@app.get("/add")
def add():
    return str(tasks.add.delay(2, 3).get(timeout=20))

@app.get("/slow")
def slow():
    return tasks.slow.delay().id

@app.get("/result/<name>")
def result(name):
    return AsyncResult(name, app=tasks.app).get(timeout=20)

@app.get("/count/<name>")
def count(name):
    return str(int(tasks.redis.get(name) or 0))
"""
TASKS = """
import os, sys, time
from celery import Celery
from redis import Redis

app = Celery("tasks")
app.conf.beat_schedule = {"often": {"task": "tasks.tick", "schedule": 1.0}}
redis = Redis.from_url(os.environ["REDIS_URL"])

@app.task
def add(x, y):
    return x + y

@app.task
def slow():
    redis.incr("begun")
    time.sleep(4)
    return "done"

@app.task
def tick():
    redis.incr("ticks")

if __name__ == "__main__":
    print(sys.argv[1], redis.incr(sys.argv[1]))
"""
STAND_IN = "services: {redis: {image: copier-slim-test:stand-in-redis, build: {dockerfile_inline: %s}}}"
# The processor's seconds of one check
COST = """
import resource, subprocess
subprocess.run(["/opt/health.py"], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""
# Sends a signal to the process, which is the child of Docker's init
SIGNAL = 'import os, signal; os.kill(int(open("/proc/1/task/1/children").read().split()[0]), signal.{name})'
# Moves the time forward by a minute
LATER = "import os, time; os.utime('/dev/shm/heartbeat', (os.stat('/dev/shm/heartbeat').st_mtime - 60,) * 2)"

pytestmark = pytest.mark.xdist_group("compose")


@pytest.fixture(scope="module")
def shop(
    engine: None,  # noqa: ARG001
    render: Render,
    tmp_path_factory: pytest.TempPathFactory,
    port: int,  # noqa: F811
) -> Iterator[Compose]:
    """The web app, its worker in three copies and its beat, up."""
    path = render(
        tmp_path_factory.mktemp("processes") / "project",
        project_name="copier-slim-test-processes",
        framework="flask",
        starter=False,
        base="distroless",
        python_version="3.13",
        package_tool="uv",
        dependencies="celery[redis]",
        processes="worker: celery --app ${APP:-tasks} worker\nbeat: celery --app tasks beat",
        release="python tasks.py released",
        schedules="report: @daily python tasks.py reported",
        limits="worker: memory=256M grace=90",
        profiler="py-spy",
        port=port,
        extras=["compose"],
    )
    (path / "main.py").write_text(MAIN, encoding="utf-8")
    (path / "tasks.py").write_text(TASKS, encoding="utf-8")
    (path / "stand-in.yaml").write_text(STAND_IN % json.dumps(BROKER), encoding="utf-8")
    Project(path, tag="").lock()
    compose = Compose(path)
    try:
        compose.run("up", "--build", "--quiet-pull", "--wait", "--scale", "worker=3")
        yield compose
    finally:
        compose.run("--profile", "*", "down", "--volumes", "--rmi", "local", "--timeout", "0")


def ask(port: int, path: str) -> str:  # noqa: F811
    """The body of the answer to GET `path`."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.status == 200, path
        return response.read().decode()
    finally:
        connection.close()


def is_well(compose: Compose, service: str) -> bool:
    """Whether the health check passes at this moment."""
    command = ["docker", "exec", compose.containers()[service]["Id"], "/opt/health.py"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def wait(*, until: bool, compose: Compose, service: str, seconds: float = 20) -> None:
    """Returns when the health check passes or, not `until`, fails."""
    deadline = time.monotonic() + seconds
    while is_well(compose, service) is not until:
        assert time.monotonic() < deadline, compose.run("logs", service)
        time.sleep(0.5)


def test_each_process_is_there_and_healthy(shop: Compose) -> None:
    found = shop.containers()
    assert set(found) == {"app", "worker", "beat", "redis"}
    own = {name: found[name] for name in ("app", "worker", "beat")}
    assert {container["State"]["Health"]["Status"] for container in own.values()} == {"healthy"}
    assert len({container["Image"] for container in own.values()}) == 1
    assert len(shop.run("ps", "--quiet", "worker").split()) == 3


def test_the_release_has_run_once_and_before_the_others(shop: Compose, port: int) -> None:  # noqa: F811
    assert ask(port, "/count/released") == "1"
    name = shop.run("ps", "--all", "--quiet", "release").strip()
    inspected = subprocess.run(["docker", "inspect", name], capture_output=True, check=True).stdout
    state = json.loads(inspected)[0]["State"]
    assert state["ExitCode"] == 0
    assert all(
        state["FinishedAt"] < shop.containers()[name]["State"]["StartedAt"] for name in ("app", "worker", "beat")
    )


@pytest.mark.usefixtures("shop")
def test_a_task_of_the_web_app_is_done_by_the_worker_and_the_clock_ticks(port: int) -> None:  # noqa: F811
    assert ask(port, "/add") == "5"
    before = int(ask(port, "/count/ticks"))
    time.sleep(4)
    assert int(ask(port, "/count/ticks")) > before


def test_a_worker_goes_by_the_quota_and_not_by_the_cpus_of_the_host(shop: Compose) -> None:
    assert shop.run("logs", "worker").count("concurrency: 1 (prefork)") == 3


def test_a_job_is_run_by_hand(shop: Compose) -> None:
    assert shop.run("run", "--rm", "--no-TTY", "report").strip() == "reported 1"


@pytest.mark.parametrize(("service", "shown"), [("debug", "gunicorn"), ("debug-worker", "celery")])
def test_the_profiler_shows_what_each_process_does(shop: Compose, service: str, shown: str) -> None:
    assert shown in shop.run("run", "--build", "--rm", "--no-TTY", service)


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_a_check_costs_next_to_nothing(shop: Compose, service: str) -> None:
    assert float(shop.run("exec", "--no-TTY", service, "python", "-c", COST)) < 0.05


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_one_that_hangs_is_seen_and_one_that_goes_on_again_too(shop: Compose, service: str) -> None:
    name = shop.containers()[service]["Id"]
    for code in SIGNAL.format(name="SIGSTOP"), LATER:
        subprocess.run(["docker", "exec", name, "python", "-c", code], check=True)
    wait(until=False, compose=shop, service=service)
    subprocess.run(["docker", "exec", name, "python", "-c", SIGNAL.format(name="SIGCONT")], check=True)
    wait(until=True, compose=shop, service=service)


def test_a_broker_that_is_away_makes_no_worker_unhealthy(shop: Compose, port: int) -> None:  # noqa: F811
    shop.run("stop", "redis")
    try:
        time.sleep(3)
        assert is_well(shop, "worker"), shop.run("logs", "worker")
    finally:
        shop.run("start", "redis")
    deadline = time.monotonic() + 60
    while True:
        try:
            assert ask(port, "/add") == "5"
        except AssertionError:
            assert time.monotonic() < deadline, shop.run("logs", "worker")
            time.sleep(1)
        else:
            break


def test_a_worker_finishes_what_it_does_before_it_stops(shop: Compose, port: int) -> None:  # noqa: F811
    begun = int(ask(port, "/count/begun"))
    task = ask(port, "/slow")
    while int(ask(port, "/count/begun")) == begun:
        time.sleep(0.1)
    names = shop.run("ps", "--quiet", "worker").split()
    shop.run("stop", "worker")
    inspected = subprocess.run(["docker", "inspect", *names], capture_output=True, check=True).stdout
    assert {container["State"]["ExitCode"] for container in json.loads(inspected)} == {0}
    assert ask(port, f"/result/{task}") == "done"


def test_a_deployment_over_what_runs_releases_once_and_stops_if_that_fails(shop: Compose, port: int) -> None:  # noqa: F811
    head = (shop.path / "compose.yaml").read_text(encoding="utf-8").partition("\nname:")[0]
    line = next(line for line in head.splitlines() if "docker compose build &&" in line)
    build, release, up = (command.split()[2:] for command in line.removeprefix("# ").split(" && "))
    released = int(ask(port, "/count/released"))
    shop.run(*build)
    with pytest.raises(AssertionError):
        shop.run(*release[:-1], "--env", "REDIS_URL=redis://nowhere", release[-1])
    assert ask(port, "/healthz") == "ok"
    shop.run(*release)
    shop.run(*up)
    assert int(ask(port, "/count/released")) == released + 1
    assert {"app", "worker", "beat"} <= set(shop.containers())


@pytest.mark.parametrize("ports", ["0", pytest.param("18210-18219", marks=pytest.mark.matrix)])
def test_three_copies_of_the_web_app_are_released_once(
    ports: str,
    shop: Compose,
    port: int,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def published(index: int) -> int:
        return int(shop.run("port", "--index", str(index), "app", str(port)).strip().rpartition(":")[2])

    released = int(ask(published(1), "/count/released"))
    head = (shop.path / "compose.yaml").read_text(encoding="utf-8").partition("\nname:")[0]
    line = next(line for line in head.splitlines() if "--scale app=3" in line)
    assert line.startswith("# APP_PORT=0 docker compose ")
    monkeypatch.setenv("APP_PORT", ports)
    shop.run(*line.split()[4:], "--wait")
    found = [published(index) for index in (1, 2, 3)]
    assert len({*found}) == 3
    assert ports == "0" or {*found} <= {*range(18210, 18220)}
    assert [int(ask(one, "/count/released")) for one in found] == [released + 1] * 3


def test_each_process_has_the_memory_that_its_answer_says(shop: Compose) -> None:
    found = shop.containers()
    megabytes = {name: found[name]["HostConfig"]["Memory"] >> 20 for name in ("app", "worker", "beat")}
    assert megabytes == {"app": 512, "worker": 256, "beat": 512}
    assert found["worker"]["Config"]["StopTimeout"] == 90


def test_an_unknown_name_lists_the_processes_without_a_shell_too(shop: Compose) -> None:
    with pytest.raises(AssertionError) as failure:
        shop.run("run", "--rm", "--no-deps", "--no-TTY", "app", "wroker")
    assert "wroker: No such file or directory; the processes are worker, beat, release, report" in str(failure.value)


@pytest.fixture(scope="module", params=["slim", "alpine"])
def lines(request: pytest.FixtureRequest, build: Build) -> Project:
    """A project whose processes are lines for the shell."""
    return build(
        f"lines-{request.param}",
        framework="flask",
        base=request.param,
        python_version="3.13",
        package_tool="uv",
        prestart="python -c 1",
        processes="piped: python -c 'import time; print(5, flush=True); time.sleep(60)' | tee /tmp/copy\n"
        "alone: python -m http.server $PORT 2> /dev/null",
        release='test -n "$HOME" && echo released',
    )


def test_a_line_for_the_shell_runs_and_stops(lines: Project) -> None:
    assert lines.output("release", **HARDENED) == "released"
    with lines.running("piped", **HARDENED) as service:
        service.wait_for_log("5")
        stop = service.stop()
        assert (stop.exit_code, stop.seconds < 5) == (143, True)


def test_one_program_of_a_line_takes_the_place_of_the_shell(lines: Project) -> None:
    with lines.running("alone", **HARDENED, health_interval=1) as service:
        service.wait("/")
        assert "http.server" in service.python("print(open('/proc/1/cmdline').read())")
        service.wait_for_health("healthy")
        stop = service.stop()
        assert (stop.exit_code, stop.seconds < 5) == (143, True)


def test_an_unknown_name_lists_the_processes(lines: Project, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DockerException) as failure:
        lines.output("pipde", **HARDENED)
    assert failure.value.return_code == 127
    assert "pipde: No such file or directory; the processes are piped, alone, release\n" in capfd.readouterr().err
