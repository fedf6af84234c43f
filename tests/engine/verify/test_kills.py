"""Killed at a random moment, `verify` and `lock` leave nothing on the engine that the next run would not remove."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from copier_slim.engine import docker
from copier_slim.process import runs
from tests.command.killing import Kill, ended, kills, run, timed
from tests.command.running import command, state
from tests.engine.verify.conftest import Build, made_by, write_project

VERBS = {"verify": 24, "build": 8, "lock": 8}
LOCK_STAGE = "FROM scratch AS lock\nCOPY requirements.txt /\n"


def line(verb: str, image: str) -> list[str]:
    """`build` is a `verify` that builds the project first."""
    return {"verify": ["verify", "--image", image, "--no-rebuild"], "build": ["verify"], "lock": ["lock"]}[verb]


@pytest.fixture(scope="session")
def whole() -> dict[str, float]:
    """How long each takes, as far as it is known."""
    return {"verify": 12, "build": 25}


@pytest.mark.parametrize("kill", kills(VERBS, "kills on the engine"))
def test_killed(kill: Kill, build: Build, tmp_path: Path, whole: dict[str, float]) -> None:
    image = build() if kill.verb == "verify" else ""
    project, temporary = write_project(tmp_path / "project"), tmp_path / "temporary"
    temporary.mkdir()
    if kill.verb == "lock":
        (project / "requirements.in").write_text("six==1.17.0\n", encoding="utf-8")
        dockerfile = project / "Dockerfile"
        dockerfile.write_text(f"{LOCK_STAGE}\n{dockerfile.read_text(encoding='utf-8')}", encoding="utf-8")
    if kill.verb not in whole:
        whole[kill.verb] = timed(line(kill.verb, image), project, temporary)
    before = state(project)
    result = ended(kill, line(kill.verb, image), project, temporary, whole[kill.verb])
    result.is_in_order()
    assert state(project) == before, result
    if kill.number is not signal.SIGKILL:
        assert not made_by(lambda pid: pid == result.pid), result
        assert not list(temporary.iterdir()), result
    # One that gets no further than to the engine is a run, too
    again = run(["verify", "--image", "copier-slim-test:nosuch"], project, temporary)
    _, err = again.communicate(timeout=60)
    assert again.returncode == 3, err
    settled(result.pid)
    assert not list(temporary.iterdir()), result


def settled(pid: int) -> None:
    """Nothing of a run is left; what docker was just making when it was killed, the next run gets."""
    for _ in range(3):
        if not made_by(lambda other: other == pid):
            return
        time.sleep(1)
        docker.remove_left()
    assert not made_by(lambda other: other == pid)


def begun(name: str) -> str:
    """A container, an image and a volume of a run with a name; their name."""
    scope = f"{docker.PREFIX}{name}-0123abcd"
    label = f"{docker.LABEL}={scope}"
    docker.call("volume", "create", "--label", label, f"{scope}-1-volume")
    docker.call("build", "--tag", f"{scope}:2-image", "-", stdin=b"FROM scratch\nLABEL a=b\n")
    docker.call(
        "create",
        "--label",
        label,
        "--volume",
        f"{scope}-1-volume:/data",
        "--name",
        f"{scope}-3",
        f"{scope}:2-image",
        "x",
    )
    return scope


def there(scope: str) -> list[int]:
    """How many containers, images and volumes of a run there are."""
    label = f"label={docker.LABEL}={scope}"
    return [
        len(docker.call("ps", "--all", "--quiet", "--filter", label).split()),
        len(docker.call("image", "ls", "--quiet", scope).split()),
        len(docker.call("volume", "ls", "--quiet", "--filter", label).split()),
    ]


def test_what_a_dead_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    pid, start, host, now = runs.own().split("-")
    dead = subprocess.Popen(["true"])
    dead.wait()
    mine = [f"{pid}-1-{host}-{now}", f"{dead.pid}-{start}-{host}-{now}", f"{pid}-{start}-00000000-1700000000"]
    theirs = [runs.own(), f"{os.getppid()}-{runs.started(os.getppid())}-{host}-{now}", f"{pid}-{start}-00000000-{now}"]
    scopes = {name: begun(name) for name in mine + theirs}
    try:
        command("verify", "--image", "copier-slim-test:nosuch", cwd=tmp_path).fails(3, "nosuch")
        assert [there(scopes[name]) for name in mine] == [[0, 0, 0]] * 3
        assert [there(scopes[name]) for name in theirs] == [[1, 1, 1]] * 3
    finally:
        for scope in scopes.values():
            docker.remove_all(scope)


def test_sigterm_ends_a_build_that_says_nothing(tmp_path: Path) -> None:
    """It comes to this process alone, and docker has to be told."""
    project = write_project(
        tmp_path / "project", {"Dockerfile": {"USER 10001:10001": f"RUN sleep 60 # {time.time()}\nUSER 10001:10001"}}
    )
    process = run(["verify"], project, tmp_path)
    time.sleep(4)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "copier-slim: stopped; nothing is written\n")
    assert time.monotonic() - started < 15
