"""`docker stop` while a request is answered: every server of FastAPI finishes it, whatever its other workers do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
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


OTHERS = {  # the framework, and the command that is stated
    "daphne": ("fastapi", "daphne main:app -b 0.0.0.0 -p $PORT"),
    "waitress-serve": ("flask", "waitress-serve --listen=0.0.0.0:$PORT main:app"),
}
OF_FLASK = """

@app.get("/slow")
def slow() -> str:
    import time

    print("in flight", flush=True)
    time.sleep(3)
    return "done"


@app.get("/large")
def large() -> str:
    return "x" * 30_000_000
"""
OF_FASTAPI = """

@app.get("/large")
def large():
    from fastapi.responses import PlainTextResponse

    return PlainTextResponse("x" * 30_000_000)
"""
ROUTES_OF = {"fastapi": ROUTES + OF_FASTAPI, "flask": OF_FLASK}


@contextmanager
def stated(build: Build, name: str, folder: Path) -> Iterator[Service]:
    """A server that has no option for it, by a stated command."""
    framework, command = OTHERS[name]
    package = name.removesuffix("-serve")
    project = build(
        f"stop-{name}", framework=framework, command=command, dependencies=package, package_tool="uv",
        python_version="3.13",
    )  # fmt: skip
    main = folder / "main.py"
    main.write_text((project.path / "main.py").read_text(encoding="utf-8") + ROUTES_OF[framework], encoding="utf-8")
    with project.running(**HARDENED, volumes=[(main, "/app/main.py", "ro")]) as service:
        service.wait("/healthz")
        yield service


def test_each_server_without_an_option_is_tried() -> None:
    assert OTHERS.keys() == catalog.finishing().keys()


OTHER_SERVERS = [
    sampling.case(name, name=name, group=f"stop-{name}", sampled=name == "waitress-serve") for name in OTHERS
]


@pytest.mark.parametrize("server", OTHER_SERVERS)
def test_servers_without_an_option_for_it_answer_a_request_in_flight(build: Build, server: str, tmp_path: Path) -> None:
    with stated(build, server, tmp_path) as service, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(service.ask, "/slow", 15)
        service.wait_for_log("in flight")
        stop = service.stop()
        assert answer.result().status == 200
        assert "done" in answer.result().body
    assert stop.seconds < 8
    assert stop.exit_code == 0


@pytest.mark.parametrize("server", OTHER_SERVERS)
def test_they_send_what_a_slow_client_has_not_got_yet(build: Build, server: str, tmp_path: Path) -> None:
    with stated(build, server, tmp_path) as service, ThreadPoolExecutor(1) as pool:
        with closing(HTTPConnection(*service.address, timeout=15)) as connection:
            connection.request("GET", "/large")
            response = connection.getresponse()
            stopping = pool.submit(service.stop)
            time.sleep(2)
            assert len(response.read()) == 30_000_000
        assert stopping.result().exit_code == 0
        assert 1.5 < stopping.result().seconds < 8


@pytest.mark.parametrize("server", OTHER_SERVERS)
def test_they_wait_for_no_connection_that_is_idle(build: Build, server: str, tmp_path: Path) -> None:
    with stated(build, server, tmp_path) as service:
        with closing(HTTPConnection(*service.address, timeout=15)) as connection:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            stop = service.stop()
        assert stop.seconds < 3
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
