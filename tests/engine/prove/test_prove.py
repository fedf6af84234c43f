"""`copy --prove` on repositories that fail in one way each: what it mends, what it says, and what it leaves behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command.running import commit, environment, write
from tests.engine.prove.bad_input import BAD
from tests.engine.prove.repositories import MENDED, TOLD, Case
from tests.engine.sampling import case
from tests.render.test_readme import check_shown

SAMPLED = {"several", "variable"}
CASES = {**MENDED, **TOLD, **BAD}


def proven(project: Path, template: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "copier_slim", "copy", "--defaults", "--prove", "--template", str(template), *options],
        cwd=project, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip


def left_on_the_engine() -> set[str]:
    """Containers, images, networks and volumes of runs."""
    lists: tuple[tuple[str, ...], ...] = (
        ("ps", "--all", "--filter", "label=copier-slim.verify", "--format", "{{.Names}}"),
        ("image", "ls", "--filter", "reference=copier-slim-verify-*", "--format", "{{.Repository}}"),
        ("network", "ls", "--filter", "label=copier-slim.verify", "--format", "{{.Name}}"),
        ("volume", "ls", "--filter", "label=copier-slim.verify", "--format", "{{.Name}}"),
    )
    return {
        name
        for words in lists
        for name in subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.split()
    }


def answers_of(project: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "item", [case(item, name=name, group=f"prove-{name}", sampled=name in SAMPLED) for name, item in CASES.items()]
)
def test_a_start_is_mended_or_told(item: Case, template: Path, tmp_path: Path) -> None:
    project = commit(write(tmp_path / "shop", item.files))
    done = proven(project, template, *item.options)
    shown = " ".join(f"{done.stdout} {done.stderr}".split())
    assert done.returncode == item.code, shown
    for words in item.says:
        assert words in shown
    assert {name: answers_of(project)[name] for name in item.answers} == item.answers
    assert (project / "Dockerfile").is_file()
    assert done.stderr.count("\n") == (1 if item.code else 0)
    assert "Traceback" not in shown


@pytest.mark.matrix
@pytest.mark.xdist_group("prove-shown")
def test_the_pages_show_a_mended_start_as_it_goes(
    template: Path,
    tmp_path: Path,
    update_golden: bool,  # noqa: FBT001
) -> None:
    project = commit(write(tmp_path / "shop", MENDED["several"].files))
    done = proven(project, template, "-d", "python_version=3.13")
    assert done.returncode == 0, done.stderr
    shown = done.stdout[done.stdout.index("proving") :]
    said = f"$ copier-slim copy --defaults --prove .\n…\n{shown}"
    check_shown("proven", said, update_golden=update_golden)


@pytest.mark.matrix
@pytest.mark.xdist_group("prove-interrupted")
def test_an_interrupted_run_leaves_nothing_on_the_engine(template: Path, tmp_path: Path) -> None:
    project = commit(write(tmp_path / "shop", BAD["silent"].files))
    argv = [sys.executable, "-m", "copier_slim", "copy", "--defaults", "--prove", "--template", str(template)]
    before = left_on_the_engine()
    with subprocess.Popen(
        argv, cwd=project, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        until = time.monotonic() + 120
        mine = f"-{run.pid}-"
        while not any(mine in name for name in left_on_the_engine() - before) and time.monotonic() < until:
            time.sleep(0.3)
        time.sleep(2)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130, said
    assert "everything is written" in said
    assert not any(mine in name for name in left_on_the_engine())
    assert (project / "Dockerfile").is_file()
    assert not list(project.glob(".copier-slim*"))


@pytest.mark.matrix
@pytest.mark.xdist_group("prove-verify")
def test_verify_names_the_answer_and_mends_it(template: Path, tmp_path: Path) -> None:
    project = commit(write(tmp_path / "shop", MENDED["undeclared"].files))
    argv = [sys.executable, "-m", "copier_slim"]
    adopted = subprocess.run(
        [*argv, "copy", "--defaults", "--template", str(template)], cwd=project, env=environment(), check=True,
        capture_output=True,
    )  # fmt: skip
    assert adopted.returncode == 0
    failed = subprocess.run(
        [*argv, "verify", "--no-rebuild"], cwd=project, env=environment(), capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    assert "to mend: dependencies=flask tabulate" in " ".join(failed.stdout.split())
    mended = subprocess.run(
        [*argv, "verify", "--no-rebuild", "--mend"], cwd=project, env=environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert answers_of(project)["dependencies"] == "flask\ntabulate", mended.stdout + mended.stderr
    assert "passed R8" in " ".join(mended.stdout.split()) or "R8 passed" in " ".join(mended.stdout.split())
