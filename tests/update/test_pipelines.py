"""The pipelines that the template writes refuse what an update left in conflict; each runs here as its runner does."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command.running import commit, write
from tests.conftest import Render

FINE = {
    "README.md": "Heading\n=======\n\n> > > > > > > quoted\n",
    "notes/marks.txt": "a <<<<<<< b\n<<<<<<<\n>>>>>>>>>> c\n ||||||| d\n",
    "picture.bin": b"\0\1\n<<<<<<< x\n",
    "rejected.reject": "",
}
CONFLICTS: dict[str, dict[str, str | bytes]] = {
    "inline": {"Dockerfile": "a\n<<<<<<< before updating\nb\n=======\nc\n>>>>>>> after updating\n"},
    "below": {"deep/down/.hidden.yml": "<<<<<<< HEAD\n"},
    "crlf": {"a.txt": "a\r\n<<<<<<< before updating\r\nb\r\n"},
    "the rest of one": {"a.txt": "c\n>>>>>>> after updating\n"},
    "rejected": {"deep/Dockerfile.rej": "@@ -1 +1 @@\n"},
    "a name with blanks": {"a b.rej": ""},
}


def scripts(project: Path) -> dict[str, str]:
    """What looks for conflicts, by the shell that runs it."""
    github = yaml.safe_load((project / ".github/workflows/container.yml").read_text(encoding="utf-8"))
    gitlab = yaml.safe_load((project / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    steps: list[dict[str, Any]] = github["jobs"]["check"]["steps"]
    return {
        "bash": next(step["run"] for step in steps if "conflicts" in step.get("name", "")),
        "dash": next(line for line in gitlab["lint"]["script"] if "*.rej" in line),
    }


@pytest.fixture(scope="module")
def project(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of a project with both pipelines and nothing in conflict."""
    directory = tmp_path_factory.mktemp("pipelines") / "shop"
    return commit(write(render(directory, extras=["ci-github", "ci-gitlab"]), FINE))


def run(shell: str, project: Path) -> subprocess.CompletedProcess[str]:
    command = [shell, "-e", "-c", scripts(project)[shell] + "\necho passed"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_passes_where_nothing_is_in_conflict(project: Path, shell: str) -> None:
    done = run(shell, project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "passed\n", "")


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize("kind", CONFLICTS)
def test_refuses_a_conflict_and_names_it(project: Path, tmp_path: Path, shell: str, kind: str) -> None:
    subprocess.run(["git", "clone", "--quiet", project, tmp_path / "shop"], check=True)
    commit(write(tmp_path / "shop", CONFLICTS[kind]))
    done = run(shell, tmp_path / "shop")
    assert done.returncode == 1
    assert done.stdout == ""
    assert next(iter(CONFLICTS[kind])) in done.stderr


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_a_search_that_fails_does_not_pass(project: Path, tmp_path: Path, shell: str) -> None:
    subprocess.run(["git", "clone", "--quiet", project, tmp_path / "shop"], check=True)
    write(tmp_path, {"bin/grep": "#!/bin/sh\nexit 2\n"}).joinpath("bin/grep").chmod(0o755)
    script = f"PATH={tmp_path}/bin:$PATH\n{scripts(project)[shell]}\necho passed"
    done = subprocess.run([shell, "-e", "-c", script], cwd=tmp_path / "shop", capture_output=True, check=False)
    assert done.returncode != 0
    assert done.stdout == b""
