"""A project to lock, and a `docker` that says what a test wants."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

DOCKER = """#!{python}
import json, os, pathlib, sys

home = pathlib.Path(__file__).parent.parent
answer = json.loads((home / "answer.json").read_text(encoding="utf-8"))
if sys.argv[1] == "version":
    sys.exit(not answer["engine"])
context = pathlib.Path(sys.argv[-1])
files = {{path.name: path.read_text(encoding="utf-8") for path in context.iterdir() if path.is_file()}}
call = {{"argv": sys.argv[1:], "context": str(context), "files": files, "buildkit": os.environ.get("DOCKER_BUILDKIT")}}
(home / "call.json").write_text(json.dumps(call), encoding="utf-8")
sys.stderr.write(answer["log"])
if answer["lock"] is not None:
    out = pathlib.Path(sys.argv[sys.argv.index("--output") + 1].partition("dest=")[2])
    out.mkdir()
    (out / "requirements.txt").write_text(answer["lock"], encoding="utf-8")
sys.exit(answer["code"])
"""


class Docker:
    """The `docker` that is first on the PATH; `call` is what the last `docker build` was given."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.answers()

    def answers(self, *, engine: bool = True, log: str = "", lock: str | None = None, code: int = 0) -> None:
        """What it does from now on: whether an engine answers, and how a build goes."""
        answer = {"engine": engine, "log": log, "lock": lock, "code": code}
        (self.home / "answer.json").write_text(json.dumps(answer), encoding="utf-8")

    def fails(self, command: str, output: str, why: str = "exit code: 1") -> None:
        """From now on a RUN of the Dockerfile fails with this output; `why` is what BuildKit says of it."""
        lines = "".join(f"#9 0.{at:03} {line}\n" for at, line in enumerate(output.splitlines()))
        error = f'process "/bin/sh -c {command}" did not complete successfully: {why}'
        log = f"#9 [compile 3/3] RUN {command}\n{lines}#9 ERROR: {error}\n------\nERROR: failed to solve: {error}\n"
        self.answers(log=log, code=1)

    @property
    def call(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / "call.json").read_text(encoding="utf-8"))
        return found

    @property
    def called(self) -> bool:
        return (self.home / "call.json").exists()


@pytest.fixture
def fake_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Takes the place of docker on the PATH; an engine answers, and builds give nothing."""
    home = tmp_path / "fake"
    (home / "bin").mkdir(parents=True)
    script = home / "bin" / "docker"
    script.write_text(DOCKER.format(python=sys.executable), encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    return Docker(home)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, so that a test sees what is left."""
    found = tmp_path / "temporary"
    found.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(found))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as the template makes it, with more in it than a lock needs."""
    found = tmp_path / "project"
    found.mkdir()
    shutil.copy(ROOT / "tests/golden/fastapi/Dockerfile", found)
    (found / "requirements.in").write_text("six\n", encoding="utf-8")
    (found / ".copier-answers.yml").write_text(
        "package_tool: pip-tools\npython_version: '3.14'\nenvironment: ''\n", encoding="utf-8"
    )
    (found / "main.py").write_text("print()\n", encoding="utf-8")
    return found
