"""A stated command in a container: all of its words are in effect, with no shell, and it ends within its grace time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from copier_slim.detect.repository import detect
from tests.conftest import Render
from tests.engine.project import HARDENED, Answer, Project

APP = """\
import os
import sys
import time

from flask import Flask, request


def create_app(stage, greeting=""):
    app = Flask(__name__)

    @app.get("/")
    def home():
        server = request.environ["gunicorn.socket"].getsockname()[1]
        return f"{stage}, {greeting}, {os.getppid() == 1}, {server}"

    @app.get("/slow")
    def slow():
        print("in flight", flush=True)
        time.sleep(3)
        return "done"

    return app
"""
COMMAND = (
    'gunicorn "shop:create_app(\'violet\', greeting=\\"a b\\")" --bind 0.0.0.0:${PORT:-8000} --workers ${WORKERS:-1}'
    " -k gthread --threads=4 $MORE --graceful-timeout 8 --worker-tmp-dir /dev/shm --access-logformat '%(s)s for %(U)s'"
    " --access-logfile -"
)


@pytest.fixture(scope="module", params=["slim", "distroless"])
def stated(request: pytest.FixtureRequest, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """An app that is made by a factory with arguments, which the command gives."""
    path: Path = tmp_path_factory.mktemp("stated")
    (path / "shop.py").write_text(APP, encoding="utf-8")
    answers = {"framework": "flask", "app": "shop:create_app()", "command": COMMAND, "port": 8014, "health_path": "/"}
    render(path, **answers, base=request.param, package_tool="uv")
    project = Project(path, tag=f"copier-slim-test:stated-{request.param}")
    project.lock()
    project.build()
    return project


@pytest.mark.xdist_group("stated")
def test_its_words_are_in_effect_and_a_request_in_flight_is_answered(stated: Project) -> None:
    with stated.running(**HARDENED, cpus=2) as service, ThreadPoolExecutor(1) as pool:
        assert service.wait("/") == Answer(200, "violet, a b, True, 8014")
        service.wait_for_health("healthy")
        assert "200 for /" in service.log()
        assert service.log().count("Booting worker") == 1
        slow = pool.submit(service.ask, "/slow", 15)
        service.wait_for_log("in flight")
        stop = service.stop()
        assert slow.result() == Answer(200, "done")
    assert stop.seconds < 8
    assert stop.exit_code == 0


@pytest.mark.xdist_group("stated")
def test_its_variables_are_filled_in_at_start(stated: Project) -> None:
    variables = {"PORT": "8015", "WORKERS": "2", "MORE": "--max-requests 9 --name shop"}
    with stated.running(**HARDENED, port=8015, envs=variables) as service:
        assert service.wait("/").body == "violet, a b, True, 8015"
        service.wait_for_log("Booting worker")
        arguments = service.python("print(open('/proc/1/cmdline').read().split(chr(0)))")
    assert "'--workers', '2'" in arguments
    assert "'--max-requests', '9', '--name', 'shop'" in arguments


SERVERS: dict[str, tuple[dict[str, str], str, str]] = {
    "waitress": (
        {"Procfile": "web: STAGE=violet waitress-serve --threads=3 --url-prefix=/shop plain:app\n"},
        "slim",
        "violet /shop waitress 8000",
    ),
    "configured": (
        {
            "Procfile": "web: gunicorn -c deploy/gunicorn.py plain:app\n",
            "deploy/gunicorn.py": "bind = '0.0.0.0:8016'\nworkers = 2\nraw_env = ['STAGE=north']\n",
        },
        "distroless",
        "north  gunicorn 8016",
    ),
}
PLAIN = """\
import os

from flask import Flask, request

app = Flask(__name__)


@app.get("/")
def home():
    software = request.environ["SERVER_SOFTWARE"].partition("/")[0]
    return f"{os.environ['STAGE']} {request.script_root} {software} {request.environ['SERVER_PORT']}"
"""


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group("stated")) for name in SERVERS])
def test_what_is_detected_runs_as_it_is_stated(name: str, render: Render, tmp_path: Path) -> None:
    files, base, expected = SERVERS[name]
    for path, text in {"plain.py": PLAIN, "requirements.txt": "flask\ngunicorn\nwaitress\n", **files}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    render(tmp_path, **detect(tmp_path, online=False).findings.answers | {"base": base, "package_tool": "uv"})
    project = Project(tmp_path, tag=f"copier-slim-test:stated-{name}")
    project.lock()
    project.build()
    with project.running(**HARDENED) as service:
        assert service.wait("/").body == expected
        service.wait_for_health("healthy")
        assert service.stop().seconds < 5
