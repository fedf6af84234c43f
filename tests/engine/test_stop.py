"""`docker stop` while a request is answered: every server of FastAPI finishes it, whatever its other workers do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

from copier_slim import catalog
from tests.engine import sampling
from tests.engine.conftest import Build
from tests.engine.project import HARDENED, Answer, Service

SAMPLE = ["hypercorn", "uvicorn"]
ROUTES = """

@app.get("/slow")
async def slow() -> str:
    import asyncio

    print("in flight", flush=True)
    await asyncio.sleep(3)
    return "done"


@app.get("/stuck")
def stuck() -> None:
    import time

    print("in flight", flush=True)
    time.sleep(60)
"""


@contextmanager
def running(build: Build, server: str, workers: str, folder: Path) -> Iterator[Service]:
    """The starter with routes that take their time, as soon as it answers."""
    project = build(f"stop-{server}", framework="fastapi", server=server, package_tool="uv", python_version="3.13")
    main = folder / "main.py"
    main.write_text((project.path / "main.py").read_text(encoding="utf-8") + ROUTES, encoding="utf-8")
    mounted = {**HARDENED, "volumes": [(main, "/app/main.py", "ro")], "envs": {"WEB_CONCURRENCY": workers}}
    with project.running(**mounted) as service:
        service.wait("/healthz")
        yield service


@pytest.mark.parametrize(
    "server",
    [
        sampling.case(name, name=name, group=f"stop-{name}", sampled=name in SAMPLE)
        for name in catalog.frameworks()["fastapi"].servers
    ],
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_request_in_flight_is_answered(build: Build, server: str, workers: str, tmp_path: Path) -> None:
    with running(build, server, workers, tmp_path) as service, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(service.ask, "/slow", 15)
        service.wait_for_log("in flight")
        stop = service.stop()
        assert answer.result() == Answer(200, '"done"')
    assert stop.seconds < 8
    assert stop.exit_code == 0


@pytest.mark.xdist_group("stop-hypercorn")
def test_hypercorn_s_stuck_worker_is_given_up_before_docker_kills(build: Build, tmp_path: Path) -> None:
    with running(build, "hypercorn", "2", tmp_path) as service, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(service.ask, "/stuck", 30)
        service.wait_for_log("in flight")
        stop = service.stop()
        with pytest.raises((OSError, HTTPException)):
            answer.result()
    assert 8 < stop.seconds < 10
    assert stop.exit_code == 0


@pytest.mark.parametrize(
    "server",
    [
        sampling.case(name, name=f"start-{name}", group=f"stop-{name}", sampled=name in SAMPLE)
        for name in catalog.frameworks()["fastapi"].servers
    ],
)
@pytest.mark.parametrize("delay", [0.2, 1.5])
def test_an_app_that_is_still_imported_is_ended_at_once(
    build: Build, server: str, delay: float, tmp_path: Path
) -> None:
    project = build(f"stop-{server}", framework="fastapi", server=server, package_tool="uv", python_version="3.13")
    main = tmp_path / "main.py"
    main.write_text("import time\n\ntime.sleep(7)\n", encoding="utf-8")
    with project.running(**HARDENED, volumes=[(main, "/app/main.py", "ro")], envs={"WEB_CONCURRENCY": "1"}) as service:
        time.sleep(delay)
        stop = service.stop()
    assert stop.seconds < 9
    assert stop.exit_code in {0, 143}


ORPHANS = """
import os, pathlib, subprocess, time
for _ in range(5):
    subprocess.run(["python", "-c", "import subprocess; subprocess.Popen(['sleep', '0.2'])"], check=True)
time.sleep(1)
states = [path.read_text().rpartition(")")[2].split()[0] for path in pathlib.Path("/proc").glob("[0-9]*/stat")]
print(states.count("Z"))
"""


@pytest.mark.xdist_group("stop-uvicorn")
def test_docker_s_init_takes_up_what_the_app_leaves_behind(build: Build) -> None:
    project = build("stop-uvicorn", framework="fastapi", server="uvicorn", package_tool="uv", python_version="3.13")
    with project.running(**HARDENED, init=True) as service:
        service.wait("/healthz")
        assert service.python(ORPHANS).strip() == "0"
        assert service.stop().exit_code in {0, 143}
