"""Every framework on every base, and every server on one framework of its interface: locked, built, asked, stopped."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import yaml

from copier_slim import catalog
from copier_slim.verify import Options, Status, verify
from tests.engine import sampling
from tests.engine.conftest import Build
from tests.engine.project import HARDENED, Project, Service

# Prints the command line of every child of PID 1, one a line
CHILDREN = r"""
import os, pathlib
for status in pathlib.Path("/proc").glob("[0-9]*/status"):
    if "PPid:\t1\n" in status.read_text() and status.parent.name != str(os.getpid()):
        print(status.with_name("cmdline").read_text().replace("\0", " "))
"""

# Prints every module of the app, its dependencies, and the standard library as far as the modules in argv load it,
# that compiles and has no valid hash-based bytecode (PEP 552), with the header found
WITHOUT_BYTECODE = r"""
import importlib, importlib.util, os, pathlib, sys, sysconfig
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
for name in sys.argv[1:]:
    importlib.import_module(name)
sources = {pathlib.Path(module.__file__) for module in sys.modules.values() if getattr(module, "__file__", None)}
for root in sysconfig.get_path("purelib"), "/app":
    sources.update(pathlib.Path(root).rglob("*.py"))
for source in sources:
    if source.suffix != ".py":
        continue
    try:
        compile(source.read_bytes(), source, "exec")
    except (SyntaxError, ValueError):
        continue
    cached = pathlib.Path(importlib.util.cache_from_source(source))
    header = cached.read_bytes()[:8] if cached.exists() else b""
    if header[:4] != importlib.util.MAGIC_NUMBER or header[4] not in (1, 3):
        print(source, header)
"""
SERVER_MODULES = {
    "uvicorn": ["uvicorn.main", "uvicorn.protocols.http.h11_impl"],
    "gunicorn": ["gunicorn.app.wsgiapp", "gunicorn.workers.gthread"],
    "hypercorn": ["hypercorn.__main__", "hypercorn.asyncio.run"],
    "granian": ["granian.cli"],
    "streamlit": ["streamlit.web.cli", "streamlit.web.server"],
}
PROBE_MODULES = ["http.client", "socket"]

# pip-compile needs minutes for what hangs on numpy, pandas and pyarrow
HEAVY = {"streamlit", "gradio"}
# They answer to no plain request: test_served.py
OWN_PROTOCOL = {"mcp", "grpc"}
WEB = {name: row for name, row in catalog.frameworks().items() if row.health_path and name not in OWN_PROTOCOL}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every framework, the servers and interfaces not yet seen, the other bases: names with answers."""
    seen = set()
    for name, row in WEB.items():
        seen.add((row.default_server, row.servers[row.default_server]))
        yield name, {"framework": name, **({"package_tool": "uv"} if name in HEAVY else {})}
    for name, row in WEB.items():
        for server, interface in row.servers.items():
            if ((server, interface) not in seen) or (name, server) == ("django", "uvicorn"):
                seen.add((server, interface))
                yield f"{name}-{server}", {"framework": name, "server": server, "package_tool": "uv"}
    _, *others = catalog.bases()
    for name, base in product(WEB, others):
        # By uv: the lock's tool makes no difference to the image, and pip-compile takes most of the time
        yield f"{name}-{base}", {"framework": name, "base": base, "package_tool": "uv", **PYTHON.get(base, {})}


# Musl wheels of the newest Python come last
PYTHON = {"alpine": {"python_version": "3.13"}}
CASES = dict(cases())
# Each interface, server and base once
SAMPLE = {
    "django-alpine",
    "django-distroless",
    "fastapi",
    "fastapi-full",
    "fastapi-gunicorn",
    "flask",
}


def marked(name: str) -> Any:
    """A case as a parameter, in a group of its own."""
    return sampling.case(name, name=name, group=name, sampled=name in SAMPLE)


@pytest.fixture(scope="module", params=[marked(name) for name in CASES])
def project(request: pytest.FixtureRequest, build: Build) -> Project:
    """The built project of a case."""
    return build(request.param, **CASES[request.param])


@pytest.fixture(scope="module")
def framework(project: Project) -> catalog.Framework:
    """The catalog's row of the project's framework."""
    return catalog.frameworks()[answer(project, "framework")]


@pytest.fixture(scope="module")
def service(project: Project, framework: catalog.Framework) -> Iterator[Service]:
    """The project's container, hardened, as soon as it answers."""
    with project.running(**HARDENED, health_interval=1) as service:
        service.wait(framework.health_path or "/")
        yield service


def answer(project: Project, question: str) -> Any:
    """A recorded answer of the project; None where the question was not asked."""
    return yaml.safe_load((project.path / ".copier-answers.yml").read_text(encoding="utf-8")).get(question)


def workers(service: Service, expected: int) -> int:
    """How many processes of the server answer requests, given 10 seconds to become `expected`.

    They are the children of PID 1, or itself where it has none; Python's resource tracker is none of them.
    """
    for _ in range(20):
        found = len([line for line in service.python(CHILDREN).splitlines() if "resource_tracker" not in line]) or 1
        if found == expected:
            break
        time.sleep(0.5)
    return found


def test_lock_has_a_hash_for_every_pin_and_tells_how_it_was_made(project: Project) -> None:
    lock = (project.path / "requirements.txt").read_text(encoding="utf-8")
    assert "docker build --target lock --output . ." in lock
    pins = re.findall(r"^[a-z0-9][^ ]*==[^ ]+( \\\n    --hash=sha256:[0-9a-f]{64})?", lock, re.MULTILINE)
    assert pins
    assert all(pins)
    assert not re.search(r"^--", lock, re.MULTILINE), "the machine's index settings leaked into the lock"


def test_dockerfile_passes_the_builder_s_own_checks(project: Project) -> None:
    check = subprocess.run(
        ["docker", "build", "--check", str(project.path)], capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stdout + check.stderr
    assert "no warnings found" in check.stdout + check.stderr


def test_answers_and_turns_healthy(service: Service, framework: catalog.Framework) -> None:
    assert service.ask("/").status == 200
    assert service.ask(framework.health_path or "/").status == 200
    service.wait_for_health("healthy")


def test_keeps_the_container_contract(project: Project) -> None:
    report = verify(project.path, project.tag, Options(rebuild=False))
    assert {result.id: result.outcome for result in report.by(Status.FAILED)} == {}
    assert {result.id: result.outcome for result in report.by(Status.NOT_SEEN)} == {}
    # Streamlit's server takes a script and no application that a route could be added to, and waits for no half request
    without_routes = {"R11"} if answer(project, "framework") == "streamlit" else set()
    other = {result.id: result.outcome.found for result in report.by(Status.DOES_NOT_APPLY)}
    assert other.keys() == {"R14", "R15", "R16", "R17", "R18", "R26"} | without_routes, other


def test_runs_as_the_numeric_user_with_a_passwd_entry(project: Project, service: Service) -> None:
    assert project.image.config.user == "10001:10001"
    assert (
        service.python("import os, pwd; print(os.getuid(), os.getgid(), pwd.getpwuid(os.getuid()).pw_name)")
        == "10001 10001 app"
    )


def test_the_server_is_pid_1(project: Project, framework: catalog.Framework, service: Service) -> None:
    command = service.python("print(open('/proc/1/cmdline').read())")
    server = answer(project, "server") or framework.default_server
    assert server in command
    assert "launch" not in command


def test_every_module_it_loads_has_its_bytecode(
    project: Project, framework: catalog.Framework, service: Service
) -> None:
    server = answer(project, "server") or framework.default_server
    module = answer(project, "app").removesuffix(".py").split(":")[0]
    modules = [*SERVER_MODULES[server], *PROBE_MODULES, module]
    assert service.run("python", "-Wignore", "-c", WITHOUT_BYTECODE, *modules) == ""


def test_port_user_and_workers_follow_the_platform(project: Project, framework: catalog.Framework) -> None:
    options = {**HARDENED, "envs": {"PORT": "9001"}, "user": "123456:0", "cpus": 1.5}
    with project.running(port=9001, **options) as service:
        assert service.wait(framework.health_path or "/").status == 200
        assert service.python("import os; print(os.getuid(), os.getgid())") == "123456 0"
        if answer(project, "framework") != "streamlit":
            assert workers(service, 2) == 2


def test_one_worker_without_a_quota_and_as_many_as_the_environment_says(
    project: Project, framework: catalog.Framework
) -> None:
    if answer(project, "framework") == "streamlit":
        pytest.skip("Streamlit is one process")
    with project.running(**HARDENED) as service:
        service.wait(framework.health_path or "/")
        assert workers(service, 1) == 1
    with project.running(**HARDENED, envs={"WEB_CONCURRENCY": "3"}) as service:
        service.wait(framework.health_path or "/")
        assert workers(service, 3) == 3
