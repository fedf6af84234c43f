"""A profiler sees the app from the debug image and from beside it, without a privilege; the image that ships lacks it.

That is py-spy, and from Python 3.15 on the standard library's own, for which the same holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from python_on_whales import docker

from tests.conftest import ROOT, Render
from tests.engine.project import HARDENED, Project, Service

pytestmark = pytest.mark.xdist_group("profiler")

PICTURE = ROOT / "docs/flame-graph.svg"
BUSY = """

@app.get("/busy")
def busy() -> dict[str, int]:
    return {"primes": count_primes(20_000)}


def count_primes(limit: int) -> int:
    return sum(all(number % divisor for divisor in range(2, int(number**0.5) + 1)) for number in range(2, limit))
"""


@dataclass(frozen=True)
class Profiler:
    """The words that show what a process does, and those that draw how it spends two seconds, but for the file."""

    name: str
    python: str
    dump: tuple[str, ...]
    record: tuple[str, ...]
    main_thread: str


PY_SPY = Profiler(
    "py-spy",
    "3.13",
    ("py-spy", "dump", "--pid"),
    ("py-spy", "record", "--duration", "2", "--rate", "50", "--pid", "1", "--output"),
    "MainThread",
)
MODULE = ("python", "-m", "profiling.sampling")
SAMPLING = Profiler(
    "sampling",
    "3.15",
    (*MODULE, "dump"),
    (*MODULE, "attach", "--duration", "2", "--all-threads", "--flamegraph", "1", "--output"),
    "main thread",
)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(PY_SPY, id="py-spy"),
        pytest.param(SAMPLING, id="sampling", marks=pytest.mark.matrix),
    ],
)
def profiler(request: pytest.FixtureRequest) -> Profiler:
    """Each of them, on a Python that it is for."""
    found = request.param
    assert isinstance(found, Profiler)
    return found


@pytest.fixture(scope="module")
def project(profiler: Profiler, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A FastAPI service with a route that computes."""
    path = render(
        tmp_path_factory.mktemp("profiler") / "shop",
        project_name="Shop",
        profiler=profiler.name,
        python_version=profiler.python,
        package_tool="uv",
    )
    main = path / "main.py"
    main.write_text(main.read_text(encoding="utf-8") + BUSY, encoding="utf-8")
    project = Project(path, tag=f"copier-slim-test:profiler-{profiler.name}")
    project.lock()
    project.build()
    return project


@pytest.fixture(scope="module")
def debug(profiler: Profiler, project: Project) -> Project:
    """The same project's image by `--target debug`."""
    debug = Project(project.path, tag=f"copier-slim-test:profiler-{profiler.name}-debug")
    debug.build(target="debug")
    return debug


@contextmanager
def load(service: Service) -> Iterator[None]:
    """Asks for the busy route all the time."""
    done = Event()

    def ask() -> None:
        while not done.is_set():
            service.ask("/busy")

    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(ask)
        try:
            yield
        finally:
            done.set()


def test_the_image_that_ships_has_no_profiler_and_no_ps(project: Project) -> None:
    code = "import shutil; print([name for name in ('py-spy', 'ps', 'top', 'gdb') if shutil.which(name)])"
    assert project.output("python", "-c", code) == "[]"


def test_dump_shows_the_main_thread_as_the_app_s_user_without_capabilities(profiler: Profiler, debug: Project) -> None:
    with debug.running(**HARDENED) as service:
        service.wait("/healthz")
        dump = service.run(*profiler.dump, "1")
    assert profiler.main_thread in dump
    assert "uvicorn" in dump


def test_a_container_beside_the_live_one_attaches_to_it(profiler: Profiler, project: Project, debug: Project) -> None:
    with project.running(**HARDENED) as service:
        service.wait("/healthz")
        beside = debug.output(*profiler.dump, "1", **HARDENED, pid=f"container:{service.container.id}")
    assert profiler.main_thread in beside
    assert "uvicorn" in beside


def test_root_attaches_with_the_capability_where_the_host_restricts_ptrace(profiler: Profiler, debug: Project) -> None:
    options = HARDENED | {"cap_add": ["SYS_PTRACE"]}
    with debug.running(**options) as service:
        service.wait("/healthz")
        assert profiler.main_thread in service.run(*profiler.dump, "1", user="0")


def test_a_flame_graph_names_the_function_that_computes(
    profiler: Profiler,
    project: Project,
    debug: Project,
    tmp_path: Path,
    update_golden: bool,  # noqa: FBT001
) -> None:
    tmp_path.chmod(0o777)
    with project.running(**HARDENED) as service:
        service.wait("/healthz")
        with load(service):
            debug.output(
                *profiler.record,
                "/out/flame-graph.svg",
                **HARDENED,
                pid=f"container:{service.container.id}",
                volumes=[(tmp_path, "/out")],
            )
    picture = (tmp_path / "flame-graph.svg").read_text(encoding="utf-8")
    if profiler is not PY_SPY:
        assert "count_primes" in picture
        return
    assert re.search(r"<title>count_primes \(/?app/main\.py|<title>count_primes \(main\.py", picture), picture[:2000]
    if update_golden:
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(picture, encoding="utf-8")


def test_the_workers_are_seen(profiler: Profiler, debug: Project) -> None:
    if profiler is not PY_SPY:
        pytest.skip("its dump is of one process")
    with debug.running(**HARDENED, envs={"WEB_CONCURRENCY": "2"}) as service:
        service.wait("/healthz")
        dump = service.run("py-spy", "dump", "--pid", "1", "--subprocesses")
    assert len(set(re.findall(r"^Process (\d+):", dump, re.MULTILINE))) >= 3


def test_the_program_runs_on_alpine(profiler: Profiler, debug: Project) -> None:
    """Linked statically, so the base does not matter."""
    if profiler is not PY_SPY:
        pytest.skip("it is a module of the image's own Python")
    image = "python:3.13-alpine"
    if not docker.image.exists(image):
        docker.image.pull(image)
    binary = "/usr/local/bin/py-spy"
    made = docker.create(debug.tag)
    try:
        docker.copy((made, binary), Path(debug.path) / "py-spy")
    finally:
        docker.remove(made)
    dump = docker.run(
        image,
        ["sh", "-c", "python -c 'import time; time.sleep(60)' & sleep 1; /py-spy dump --pid $!"],
        remove=True,
        user="10001",
        cap_drop=["ALL"],
        volumes=[(Path(debug.path) / "py-spy", "/py-spy", "ro")],
    )
    assert "<module>" in str(dump)
