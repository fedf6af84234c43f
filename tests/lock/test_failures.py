"""What stops a lock, each as one line of the right kind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from copier_slim.errors import CopierSlimError, InputError, ToolError
from copier_slim.lock import compile_lock
from tests.lock.conftest import Docker

CASES = yaml.safe_load((Path(__file__).parent / "failures.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["message"][:40])
def test_each_failure_is_one_line_of_its_kind(
    fake_docker: Docker, project: Path, temporary: Path, case: dict[str, Any]
) -> None:
    fake_docker.fails(case["command"], case["output"], case.get("why", "exit code: 1"))
    with pytest.raises(CopierSlimError) as caught:
        compile_lock(project)
    assert type(caught.value).__name__ == case["error"]
    assert str(caught.value).startswith(case["message"])
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert getattr(caught.value, "not_built", "") == case.get("not_built", "")
    assert not list(temporary.iterdir()), "a clear failure leaves nothing behind"


@pytest.mark.parametrize("command", ["pip-compile --quiet", "pip install pip-tools==7.6.2"])
def test_an_unclear_failure_names_the_log(fake_docker: Docker, project: Path, command: str) -> None:
    fake_docker.fails(command, "Traceback (most recent call last):\nKeyError: 'x'\n\n")
    with pytest.raises(ToolError, match=r"failed: KeyError: 'x'; the log is \S+\.log$") as caught:
        compile_lock(project)
    log = re.search(r"the log is (\S+)", str(caught.value))
    assert log
    assert Path(log[1]).read_text(encoding="utf-8").startswith("#9 [compile 3/3] RUN")
    with pytest.raises(ToolError):
        compile_lock(project)
    assert [path.name for path in Path(log[1]).parent.iterdir()] == ["lock-project.log"], "logs do not pile up"


def test_a_dying_engine_names_the_log(fake_docker: Docker, project: Path) -> None:
    fake_docker.answers(log="ERROR: failed to receive status: rpc error: EOF\n", code=1)
    with pytest.raises(ToolError, match=r"^the Docker Engine failed: .* EOF; the log is \S+\.log$"):
        compile_lock(project)


def test_a_lock_stage_without_a_lock_is_told(fake_docker: Docker, project: Path) -> None:
    assert not fake_docker.called
    with pytest.raises(
        InputError, match=r"Dockerfile: its lock stage has no requirements\.txt; run: copier-slim update"
    ):
        compile_lock(project)


def test_a_step_that_fails_without_a_word_says_how_it_ended(fake_docker: Docker, project: Path) -> None:
    fake_docker.fails("pip-compile --quiet", "", "exit code: 3")
    with pytest.raises(ToolError, match=r"^pip-compile --quiet failed: exit code: 3; the log is \S+\.log$"):
        compile_lock(project)


@pytest.mark.parametrize(
    ("output", "why", "words"),
    [
        ("", "failed to create endpoint x on network bridge: Device does not exist", "Device does not exist"),
        ("Collecting six", "cannot allocate memory", "cannot allocate memory"),
        ("", "failed to add process to cgroup: device or resource busy", "cgroup"),
        ("Collecting six", "exit code: 137", "killed, for want of memory"),
        ("", "exit code: 143", "killed, from outside"),
        ("", "exit code: 137: context canceled", "context canceled"),
        ("runc run failed: unable to start container process: unable to apply cgroup", "exit code: 1", "apply cgroup"),
        ("OCI runtime create failed: no space left on device: unknown", "exit code: 1", "no space left"),
    ],
)
def test_the_engine_s_trouble_is_told_in_its_words(
    fake_docker: Docker, project: Path, output: str, why: str, words: str
) -> None:
    fake_docker.fails("pip-compile --quiet", output, why)
    with pytest.raises(
        ToolError, match=r"^the Docker Engine failed at pip-compile --quiet: .*; the log is \S+$"
    ) as caught:
        compile_lock(project)
    assert words in str(caught.value)


def test_a_program_that_the_image_lacks_is_no_trouble_of_the_engine(fake_docker: Docker, project: Path) -> None:
    fake_docker.fails("nosuch", 'runc run failed: exec: "nosuch": executable file not found in $PATH')
    with pytest.raises(ToolError, match=r"^nosuch failed: runc run failed: exec: \"nosuch\""):
        compile_lock(project)
