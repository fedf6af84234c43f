"""What serves no HTTP: a Celery worker beside its broker, and a command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from python_on_whales import docker

from tests.engine.conftest import Build
from tests.engine.project import HARDENED, DockerException, Project

BROKER = """
FROM python:3.14-slim-trixie
RUN apt-get update && apt-get install --yes --no-install-recommends redis-server
CMD ["redis-server", "--save", "", "--protected-mode", "no"]
"""
ADD = "import tasks; print(tasks.add.delay(2, 3).get(timeout=20))"


@pytest.fixture(scope="module")
def broker(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:  # noqa: ARG001
    """The options that put a container beside a Redis broker."""
    context = tmp_path_factory.mktemp("broker")
    (context / "Dockerfile").write_text(BROKER, encoding="utf-8")
    docker.buildx.build(context, tags="copier-slim-test:broker", load=True, progress=False)
    network = docker.network.create(f"copier-slim-test-{uuid4()}")
    redis = docker.run("copier-slim-test:broker", detach=True, networks=[network], network_aliases=["broker"])
    try:
        url = "redis://broker"
        yield {"networks": [network], "envs": {"CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": url}}
    finally:
        docker.remove(redis, force=True, volumes=True)
        network.remove()


@pytest.fixture(scope="module")
def worker(build: Build) -> Project:
    """The Celery starter."""
    return build("celery", framework="celery")


@pytest.fixture(scope="module")
def command(build: Build) -> Project:
    """The command starter."""
    return build("command", framework="command")


@pytest.mark.xdist_group("celery")
def test_a_celery_worker_does_a_task_is_healthy_and_ends(worker: Project, broker: dict[str, Any]) -> None:
    probes = {"health_interval": 2, "health_start_period": 0}
    with worker.running(**HARDENED, **probes, **broker, cpus=1.5) as service:
        service.wait_for_log("ready")
        assert worker.output("python", "-c", ADD, **broker) == "5"
        service.wait_for_health("healthy")
        assert "concurrency: 2 (prefork)" in service.log()
        stop = service.stop()
    assert stop.exit_code in (0, 143)
    assert stop.seconds < 9


@pytest.mark.xdist_group("celery")
def test_a_celery_worker_has_one_process_without_a_quota(worker: Project, broker: dict[str, Any]) -> None:
    with worker.running(**HARDENED, **broker) as service:
        service.wait_for_log("ready")
        assert "concurrency: 1 (prefork)" in service.log()


@pytest.mark.xdist_group("command")
def test_a_command_prints_and_ends_with_its_own_code(command: Project) -> None:
    assert command.output(**HARDENED) == "Hello, world"
    assert command.output("python", "main.py", "Ada", **HARDENED, user="123456:0") == "Hello, Ada"
    with pytest.raises(DockerException) as failure:
        command.output("python", "main.py", "--unknown")
    assert failure.value.return_code == 2


@pytest.mark.xdist_group("command")
def test_a_command_that_handles_no_signal_ends_on_sigterm(command: Project, tmp_path: Path) -> None:
    script = tmp_path / "main.py"
    script.write_text("import time\nprint('started')\ntime.sleep(60)\n", encoding="utf-8")
    with command.running(**HARDENED, volumes=[(script, "/app/main.py", "ro")]) as service:
        service.wait_for_log("started")
        stop = service.stop()
    assert stop.exit_code == 143
    assert stop.seconds < 5


@pytest.mark.xdist_group("command")
def test_a_command_s_output_is_not_buffered_and_its_orphans_are_reaped(command: Project, tmp_path: Path) -> None:
    script = tmp_path / "main.py"
    script.write_text(
        "import os, subprocess, time\n"
        "subprocess.run(['sh', '-c', 'true & exec true'])\n"
        "time.sleep(1)\n"
        "states = [open(f'/proc/{pid}/stat').read().split()[2] for pid in os.listdir('/proc') if pid.isdigit()]\n"
        "print('zombies:', states.count('Z'))\n"
        "time.sleep(60)\n",
        encoding="utf-8",
    )
    with command.running(**HARDENED, volumes=[(script, "/app/main.py", "ro")]) as service:
        service.wait_for_log("zombies: 0")
