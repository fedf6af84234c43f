"""What has a heartbeat beside plain workers of queues: schedulers, pools, scripts, and a worker that is the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from python_on_whales import docker

from tests.conftest import Render
from tests.engine.project import HARDENED, Project
from tests.engine.queues import COUNTING, GO_ON, HANG, REDIS, broker

pytestmark = pytest.mark.matrix

# What else has a loop, with the files that it needs: the name and command of each process
OTHERS = {
    "clock": "python clock.py",
    "script": "python -u worker.py",
    "cron": "rq cron jobs.py",
    "pool": "rq worker-pool high --num-workers 2",
    "scheduler": "rqscheduler --interval 1",
    "none": "python none.py",
}
FILES = {
    "clock.py": "from apscheduler.schedulers.blocking import BlockingScheduler\n"
    "clock = BlockingScheduler()\nclock.add_job(print, 'interval', seconds=5)\nclock.start()\n",
    "worker.py": "import os\nfrom redis import Redis\nfrom rq import Worker\n"
    "Worker(['default'], connection=Redis.from_url(os.environ['REDIS_URL'])).work()\n",
    "jobs.py": "from rq import cron\nfrom tasks import work\n"
    "cron.register(work, 'default', args=['cron', 0], interval=2)\n",
    "none.py": "import time\ntime.sleep(600)\n",
}


@pytest.fixture(scope="module")
def others(
    engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory  # noqa: ARG001
) -> Iterator[tuple[Project, dict[str, Any]]]:  # fmt: skip
    """A project with what is no worker's plain command, and the options by which it runs beside Redis."""
    path = render(
        tmp_path_factory.mktemp("others") / "shop",
        framework="flask",
        starter=False,
        base="distroless",
        python_version="3.14",
        package_tool="uv",
        dependencies="rq\nrq-scheduler\napscheduler",
        processes="\n".join(f"{name}: {line}" for name, line in OTHERS.items()),
    )
    for name, text in {**FILES, "tasks.py": COUNTING}.items():
        (path / name).write_text(text, encoding="utf-8")
    project = Project(path, tag="copier-slim-test:queue-others")
    project.lock()
    project.build()
    network = docker.network.create(f"copier-slim-test-{uuid4()}")
    with ExitStack() as stack:
        stack.callback(network.remove)
        stack.enter_context(broker("redis", REDIS, network, tmp_path_factory.mktemp("redis")))
        yield project, {**HARDENED, "networks": [network], "envs": {"REDIS_URL": "redis://redis:6379/0"}}


@pytest.mark.xdist_group("queue-others")
@pytest.mark.parametrize("name", OTHERS)
def test_however_a_loop_is_started_it_has_its_heartbeat(others: tuple[Project, dict[str, Any]], name: str) -> None:
    project, options = others
    with project.running(name, **options, health_interval=1, health_start_period=0) as process:
        process.wait_for_health("healthy")
        files = process.python("import os; print([file for file in os.listdir('/dev/shm') if 'heartbeat' in file])")
        assert ("heartbeat." in files) == (name != "none"), process.log()
        if name != "none":
            docker.kill(process.container, "STOP")
            process.python(HANG)
            process.wait_for_health("unhealthy")
            docker.kill(process.container, "CONT")
            process.python(GO_ON)
            process.wait_for_health("healthy", seconds=90)
        stop = process.stop()
        assert (stop.exit_code in (0, 143), stop.seconds < 9) == (True, True), process.log()


@pytest.mark.xdist_group("queue-default")
def test_a_worker_that_is_all_there_is_has_its_heartbeat_too(
    engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory  # noqa: ARG001
) -> None:  # fmt: skip
    path = render(
        tmp_path_factory.mktemp("default") / "shop",
        framework="command",
        app="huey_consumer.py tasks.huey",
        starter=False,
        base="distroless",
        python_version="3.13",
        package_tool="uv",
        dependencies="huey\nredis",
    )
    tasks = "import os\nfrom huey import RedisHuey\nhuey = RedisHuey(url=os.environ['REDIS_URL'])\n"
    (path / "tasks.py").write_text(tasks, encoding="utf-8")
    project = Project(path, tag="copier-slim-test:queue-default")
    project.lock()
    project.build()
    network = docker.network.create(f"copier-slim-test-{uuid4()}")
    with ExitStack() as stack:
        stack.callback(network.remove)
        stack.enter_context(broker("redis", REDIS, network, tmp_path_factory.mktemp("redis")))
        options = {**HARDENED, "networks": [network], "envs": {"REDIS_URL": "redis://redis"}, "cpus": 2}
        with project.running(**options, health_interval=1) as worker:
            worker.wait_for_health("healthy")
            assert "started with 2 thread" in worker.log()
            worker.python(HANG)
            docker.kill(worker.container, "STOP")
            worker.python("import os; [os.utime(file.path, (0, 0)) for file in os.scandir('/dev/shm')]")
            worker.wait_for_health("unhealthy")
