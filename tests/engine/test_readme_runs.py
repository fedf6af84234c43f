"""The README's commands, as a new user types them; what they would fetch is taken from here."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.running import commit, environment, shell, write
from tests.conftest import ROOT
from tests.render.test_readme import README, check_shown

NAME = "copier-slim-readme"  # in place of the README's names, which somebody else's containers may have
FLASK = {
    "main.py": "from flask import Flask\n\napp = Flask(__name__)\n",
    "requirements.txt": "flask\n",
}


def typed(heading: str) -> list[str]:
    """The commands of the first block below a heading, or after the picture."""
    below = README.read_text(encoding="utf-8").partition(heading)[2]
    block = re.search(r"```console\n(.*?)```", below, re.DOTALL)
    assert block
    return [line.removeprefix("$ ") for line in block[1].splitlines() if line.startswith("$ ")]


def run(lines: list[str], folder: Path, template: Path) -> str:
    """What a shell shows that is given these lines one after the other."""
    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    own = f"{sys.executable} -m copier_slim copy --template {template}"
    instead = {
        "my-service": NAME, "--tag app": f"--tag {NAME}", "8000:8000": f"{port}:8000",
        "localhost:8000": f"localhost:{port}",
        "gh:copier-slim/copier-slim": str(template), "uvx copier ": f"{Path(sys.executable).parent}/copier ",
    }  # fmt: skip
    shown = ""
    for line in lines:
        here = re.sub(r"uvx --from \S+ copier-slim copy", own, line)
        for ours, theirs in instead.items():
            here = here.replace(ours, theirs)
        printed = shell(here, folder, environment())
        if line.startswith("cd "):
            folder /= here.removeprefix("cd ")
        said = printed if line.startswith(("curl", "docker stop")) else ""
        shown += f"$ {line}\n{said.replace(NAME, 'my-service')}"
        if said and not said.endswith("\n"):
            shown += "\n"
    return shown


@pytest.fixture
def cleared() -> Iterator[None]:
    """Takes away what the commands leave behind."""
    yield
    subprocess.run(["docker", "rm", "--force", NAME], capture_output=True, check=False)
    subprocess.run(["docker", "rmi", "--force", NAME], capture_output=True, check=False)


@pytest.mark.xdist_group("readme")
@pytest.mark.usefixtures("engine", "cleared")
def test_a_new_service_answers(template: Path, tmp_path: Path, update_golden: bool) -> None:  # noqa: FBT001
    check_shown("new", run(typed("## A new service"), tmp_path, template), update_golden=update_golden)


@pytest.mark.xdist_group("readme")
@pytest.mark.usefixtures("engine", "cleared")
def test_an_existing_repository_is_built(template: Path, tmp_path: Path) -> None:
    run(typed("## An existing repository"), commit(write(tmp_path / "shop", FLASK)), template)


@pytest.mark.xdist_group("readme")
@pytest.mark.usefixtures("engine")
def test_a_checkout_makes_a_service_and_runs_its_tests(tmp_path: Path) -> None:
    make, test = typed("docs/pictures/copy.svg")
    own = make.replace("../my-service", str(tmp_path / "my-service"))
    # The environment is there: what runs this test
    done = subprocess.run(
        ["bash", "-c", own.replace("make ", "make --old-file=.venv/.new ", 1)], cwd=ROOT, env=os.environ,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {"Dockerfile", "main.py", "requirements.txt"} <= {path.name for path in (tmp_path / "my-service").iterdir()}
    # That command, word for word, is what runs this test in CI
    assert test in (ROOT / ".ci/run").read_text(encoding="utf-8")
