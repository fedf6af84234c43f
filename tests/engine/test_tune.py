"""`tune` on Python 3.15: what cannot wait is found and written, and the image that this gives answers as before."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.command.running import Result, command, environment, write
from tests.conftest import Render
from tests.engine.project import Project
from tests.engine.verify.conftest import made_by
from tests.house.test_site_pages import check

pytestmark = pytest.mark.xdist_group("tune")

# Two imports that nothing names: one fills what a route needs at its first request, one what only the tests ask for
SHOP = {
    "shop/__init__.py": "",
    "shop/kinds.py": "KINDS = {}\n",
    "shop/plugins/__init__.py": "",
    "shop/plugins/paper.py": 'from shop.kinds import KINDS\n\nKINDS["paper"] = 3\n',
    "shop/ink.py": 'from shop.kinds import KINDS\n\nKINDS["ink"] = 4\n',
    "shop/web.py": """\
import time

from flask import Flask

import shop.plugins.paper
from shop import ink
from shop.kinds import KINDS

app = Flask(__name__)


@app.get("/healthz")
def health():
    return {"status": "ok"}


@app.get("/price")
def price():
    return {"price": KINDS["paper"]}


@app.get("/now")
def now():
    return {"now": time.time()}
""",
    "tests/test_ink.py": """\
from shop import web
from shop.kinds import KINDS


def test_ink():
    assert web.app
    assert KINDS["ink"] == 4
""",
}
ANSWERS = {
    "project_name": "shop", "framework": "flask", "app": "shop.web:app", "starter": False, "python_version": "3.15",
    "package_tool": "uv",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its project with a lock, committed."""
    path = render(tmp_path_factory.mktemp("tune") / "shop", **ANSWERS)
    write(path, SHOP)
    Project(path, tag="copier-slim-test:tune").lock()
    for words in (["init"], ["add", "--all"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--message=a"]):
        subprocess.run(["git", *words], cwd=path, check=True, capture_output=True)
    return path


@pytest.fixture
def project(shop: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(shop, tmp_path / "shop"))


def tune(project: Path, template: Path, *options: str) -> Result:
    return command("tune", "--template", str(template), "--runs", "3", *options, cwd=project, seconds=1200)


def changed(project: Path) -> str:
    done = subprocess.run(["git", "status", "--porcelain"], cwd=project, check=True, capture_output=True, text=True)
    return done.stdout


def test_what_cannot_wait_is_found_and_written(project: Path, template: Path) -> None:
    done = tune(project, template, "--json")
    assert done.code == 0, done.err
    found = check("tune", done.out)
    assert [row["module"] for row in found["eager_modules"]] == ["shop.ink", "shop.plugins.paper"]
    assert "its tests fail" in found["eager_modules"][0]["why"]
    assert found["eager_modules"][1]["why"] == "GET /price is answered with 500, and with 200 without"
    assert {"/healthz", "/price", "/now"} <= {*found["asked"]}
    assert found["tests"] == "1 pass with lazy imports as without"
    assert len(found["with"]["memory"]) == 3
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    if not found["written"]:  # a machine on which other things happen may show no gain
        assert found["gained"] is False
        assert recorded["lazy_imports"] is False
        return
    assert (recorded["lazy_imports"], recorded["eager_modules"]) == (True, "shop.ink\nshop.plugins.paper")
    built = Project(project, tag="copier-slim-test:tune")
    built.build()
    with built.running() as service:
        service.wait("/healthz")
        assert json.loads(service.ask("/price").body) == {"price": 3}
    code = "import sys; print(sys.get_lazy_imports(), sys.get_lazy_imports_filter().__module__)"
    assert built.output("python", "-c", code) == "all eager_imports"


def test_an_app_that_never_starts(project: Path, template: Path) -> None:
    (project / "shop/web.py").write_text("raise SystemExit('no database')\n", encoding="utf-8")
    before = changed(project)
    tune(project, template, "--no-tests", "--wait", "20").fails(
        1, "without lazy imports, too, it gave no answer", "run copier-slim verify first"
    )
    assert changed(project) == before


@pytest.mark.matrix
@pytest.mark.parametrize("seconds", [5, 25, 60])
def test_ctrl_c_leaves_nothing(project: Path, template: Path, seconds: int) -> None:
    before = changed(project)
    process = subprocess.Popen(
        [sys.executable, "-m", "copier_slim", "tune", "--runs", "50", "--template", str(template)], cwd=project,
        env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (130, "copier-slim: stopped; nothing is written\n")
    assert not made_by(lambda pid: pid == process.pid)
    assert changed(project) == before


@pytest.mark.matrix
def test_a_process_beside_the_server(render: Render, tmp_path: Path, template: Path) -> None:
    path = render(
        tmp_path / "shop", framework="flask", python_version="3.15", package_tool="uv",
        processes="worker: python worker.py\nother: python other.py",
    )  # fmt: skip
    register = 'KINDS = {}\n\n\ndef main():\n    import time\n\n    print(KINDS["ink"])\n    time.sleep(600)\n'
    worker = "import ink\nfrom kinds import main\n\nmain()\n"
    write(path, {
        "kinds.py": register, "ink.py": 'from kinds import KINDS\n\nKINDS["ink"] = 4\n', "worker.py": worker,
        "other.py": "raise SystemExit('no broker')\n",
    })  # fmt: skip
    Project(path, tag="copier-slim-test:tune").lock()
    done = tune(path, template, "--json")
    assert done.code == 0, done.err
    found = check("tune", done.out)
    assert [row["module"] for row in found["eager_modules"]] == ["ink"]
    assert "worker: it ended with exit code 1" in found["eager_modules"][0]["why"]
    assert [row["process"] for row in found["untried"]] == ["other"]


@pytest.mark.matrix
def test_answers_that_are_no_file_any_more(project: Path, template: Path) -> None:
    (project / ".copier-answers.yml").unlink()
    tune(project, template).fails(3, "has no answers to tune; run copier-slim copy first")


@pytest.mark.matrix
def test_a_dockerfile_that_was_changed_where_it_is_written(project: Path, template: Path) -> None:
    path = project / "Dockerfile"
    text = path.read_text(encoding="utf-8").replace("PYTHONDONTWRITEBYTECODE=1\n", "PYTHONDONTWRITEBYTECODE=1 A=1\n")
    path.write_text(text, encoding="utf-8")
    before = changed(project)
    done = tune(project, template, "--no-tests")
    if done.code:
        done.fails(3, "Dockerfile was changed at the place where an answer changes it")
    assert changed(project) == before


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("framework", "paths"),
    [
        ("fastapi", {"/healthz", "/", "/openapi.json", "/docs"}),
        ("django", {"/healthz", "/"}),
        ("litestar", {"/healthz", "/"}),
        ("starlette", {"/healthz", "/"}),
        ("quart", {"/healthz", "/"}),
        ("aiohttp", {"/healthz", "/"}),
    ],
)
def test_the_routes_of_each_framework(
    render: Render, tmp_path: Path, template: Path, framework: str, paths: set[str]
) -> None:
    path = render(tmp_path / "app", framework=framework, python_version="3.15", package_tool="uv")
    Project(path, tag="copier-slim-test:tune").lock()
    done = tune(path, template, "--json", "--no-tests")
    assert done.code == 0, done.err
    found = check("tune", done.out)
    assert paths <= {*found["asked"]}
    assert found["problem"] == ""
