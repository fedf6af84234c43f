"""Which engine is called, and what is read of Buildah's log; the lines are those of Podman 5.8 with Buildah 1.43."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from copier_slim.engine import buildah, builds, engines
from copier_slim.errors import InputError, ToolError, UsageError
from tests.command.running import command

LOG = """\
[1/3] STEP 1/2: FROM python:3.13-slim-trixie AS base
Trying to pull docker.io/library/python:3.13-slim-trixie...
[1/3] STEP 2/2: WORKDIR /app
--> Using cache 648f39178b15
[2/3] STEP 1/3: FROM 648f39178b15 AS compile
[2/3] STEP 2/3: RUN --mount=type=cache,target=/root/.cache/pip     pip install --no-input pip-tools==7.6.2
--> Using cache 48f4c012cb10
[2/3] STEP 3/3: RUN --mount=type=cache,target=/root/.cache     pip-compile --quiet
WARNING: STEP 1/3 is no step here
--> 6cb5f24913b9
[3/3] STEP 1/2: FROM scratch AS lock
[3/3] STEP 2/2: COPY --from=compile /app/requirements.txt /
"""
STEP = 'STEP 2/2: RUN make it\n{}Error: building at STEP "RUN make it": {}\n'
UNMOUNTED = 'resolving mountpoints for container "4": secret required but no secret with id "{}" found'
NO_HOST = "pinging container registry registry-1.docker.io: no such host"
FEW_IDS = "potentially insufficient UIDs or GIDs available in user namespace (requested 0:42 for /etc/shadow)"
FAILURES = {
    STEP.format("no rule\n", "while running runtime: exit status 2"): "podman build: make it failed",
    STEP.format("", "while running runtime: exit status 137"): "it was killed, for want of memory",
    STEP.format("", UNMOUNTED.format("netrc")): "there is no ~/.netrc",
    STEP.format("", UNMOUNTED.format("COMPANY_CA")): "COMPANY_CA is not set",
    "Error: creating build executor: SSH_AUTH_SOCK not set in environment\n": "no ssh agent is running",
    'Error: the target "no" was not found in the provided Dockerfile\n': 'Dockerfile: the target "no" was not found',
    "Error: creating build container: unable to copy from source docker://python:3.99: initializing source "
    f"docker://python:3.99: {NO_HOST}\n": "the base image python:3.99 cannot be pulled: ",
    f"Error: writing blob: {FEW_IDS}\n": "Podman has no subordinate ids for this user",
    "cannot clone: Operation not permitted\nError: cannot re-exec process\n": "Podman may not build here: cannot clone",
    'Error: Unknown instruction: "RUNN"\n': 'Dockerfile: Unknown instruction: "RUNN"; mend it',
    "Error: something else\n": "Podman failed: something else",
}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes programs that answer `version` with a text, or print a log and fail otherwise; the PATH has no others."""
    monkeypatch.delenv(engines.CHOICE, raising=False)
    monkeypatch.setattr(os, "environ", os.environ | {"PATH": str(tmp_path / "bin")})

    def make(log: str = "", **versions: str) -> None:
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "log").write_text(log, encoding="utf-8")
        for name, said in versions.items():
            path = tmp_path / "bin" / name
            text = f'#!/bin/sh\n[ "$1" != version ] || {{ echo "{said}"; exit; }}\n'
            path.write_text(
                text + f'/bin/cat "{tmp_path}/log" >&2; exit {125 if "Error:" in log else 0}\n', encoding="utf-8"
            )
            path.chmod(0o755)
        engines.find.cache_clear()

    return make


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What was found on one test's PATH does not hold for another's."""
    engines.find.cache_clear()
    engines.buildah_version.cache_clear()
    yield
    engines.find.cache_clear()
    engines.buildah_version.cache_clear()


@pytest.mark.parametrize(
    ("there", "chosen", "program", "podman"),
    [
        ({"docker": "Client: Docker Engine", "podman": "Podman Engine"}, "", "docker", False),
        ({"podman": "Podman Engine"}, "", "podman", True),
        ({"docker": "Client: Docker Engine", "podman": "Podman Engine"}, "podman", "podman", True),
        ({"docker": "Client: Podman Engine"}, "", "docker", True),
        ({}, "", "docker", False),
        ({}, "podman", "podman", True),
    ],
)
def test_the_chosen_engine_is_called_else_the_first_that_answers(
    programs: Callable[..., None], monkeypatch: pytest.MonkeyPatch,
    there: dict[str, str], chosen: str, program: str, podman: Any,
) -> None:  # fmt: skip
    programs(**there)
    monkeypatch.setitem(os.environ, engines.CHOICE, chosen)
    assert (engines.current().program, engines.current().podman) == (program, podman)
    assert engines.answers() == (program in there)


def test_another_engine_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(engines.CHOICE, "nerdctl")
    with pytest.raises(UsageError, match=r"nerdctl; use one of: docker, podman"):
        engines.current()
    command("lock", "--engine", "nerdctl", cwd=tmp_path).fails(2, "nerdctl")


def test_podman_builds_in_docker_s_format_and_tells_each_step(programs: Callable[..., None], tmp_path: Path) -> None:
    programs(LOG, podman="Podman Engine")
    told: list[str] = []
    (tmp_path / "context").mkdir()
    log = builds.build(tmp_path / "context", target="lock", output=None, tag=None, progress=told.append)
    assert told == [
        "look up docker.io/library/python:3.13-slim-trixie",
        "base: WORKDIR /app",
        "compile: pip install …",
        "compile: pip-compile …",
        "lock: COPY --from=compile /app/requirements.txt /",
    ]
    assert engines.current().build == ("--format", "docker")
    assert buildah.commands_run(log) == ["pip-compile --quiet"]


@pytest.mark.parametrize("log", FAILURES)
def test_a_failure_of_podman_is_one_line(programs: Callable[..., None], tmp_path: Path, log: str) -> None:
    programs(log, podman="Podman Engine")
    (tmp_path / "context").mkdir()
    with pytest.raises((InputError, ToolError)) as caught:
        builds.build(tmp_path / "context", target=None, output=None, tag=None, progress=lambda _: None)
    assert FAILURES[log] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("version", "dockerfile", "lacking"),
    [
        ("1.43.2", "COPY --link a b\nCOPY <<EOF /c\nx\nEOF\n", ""),
        ("1.41.0", "COPY --link a b\n", ""),
        ("1.39.3", "FROM a\nCOPY --chmod=755 --link a b\n", "COPY --link, which is in 1.41"),
        ("1.39.3", "FROM a\nCOPY <<'EOF' /b\nx\nEOF\n", ""),
        ("1.33.7", "FROM a\nCOPY <<'EOF' /b\nx\nEOF\n", "here-documents, which is in 1.36"),
        ("1.33.7", "FROM a\n# COPY --link\nRUN echo --link-mode '<< x' && cat < y\nCOPY --from=link a b\n", ""),
    ],
)
def test_a_buildah_that_is_too_old_is_told_before_it_builds(
    programs: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    version: str, dockerfile: str, lacking: str,
) -> None:  # fmt: skip
    programs(podman="Podman Engine")
    monkeypatch.setattr(engines, "buildah_version", cache(lambda: tuple(map(int, version.split(".")))))
    (tmp_path / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    told = rf"Buildah {version[:4]} does not know {lacking}.*--data builder=older"
    with pytest.raises(ToolError, match=told) if lacking else nullcontext():
        builds.build(tmp_path, target=None, output=None, tag=None, progress=lambda _: None)


@pytest.mark.parametrize(
    ("there", "chosen", "said"),
    [
        ([], "", "neither Docker nor Podman answers; start one of them, then go on"),
        ([], "docker", "no Docker Engine answers; start Docker, then go on"),
        ([], "podman", "Podman does not answer; install or start it, then go on"),
        (["docker"], "podman", "start it, then go on; the Docker Engine answers: --engine docker"),
        (["podman"], "docker", "start Docker, then go on; Podman answers: --engine podman"),
    ],
)
def test_no_engine_is_one_line_that_names_the_other(
    programs: Callable[..., None], monkeypatch: pytest.MonkeyPatch, there: list[str], chosen: str, said: str
) -> None:
    programs(**dict.fromkeys(there, "Engine"))
    monkeypatch.setitem(os.environ, engines.CHOICE, chosen)
    assert str(engines.silent(", then go on")).endswith(said)


def test_what_a_failing_command_wrote_is_kept_apart(programs: Callable[..., None], tmp_path: Path) -> None:
    programs(next(iter(FAILURES)), podman="Podman Engine")
    (tmp_path / "context").mkdir()
    with pytest.raises(builds.BuildError) as caught:
        builds.build(tmp_path / "context", target=None, output=None, tag=None, progress=lambda _: None)
    assert (caught.value.command, caught.value.output) == ("make it", "no rule")
