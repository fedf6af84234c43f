"""Killed at a random moment, a run loses nothing, and the next one finds nothing that it left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.command.conftest import Made
from tests.command.killing import STOPPED, Ended, Kill, ended, kills, run, timed
from tests.command.running import FLASK, command, commit, environment, git, state, write

VERBS = {"new": 50, "copy": 70, "update": 80, "detect": 40, "advise": 20}
OWN = {*FLASK}
WRITTEN = "already uses the template"


@pytest.fixture(scope="session")
def projects(made: Made, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What each verb is run on."""
    home = tmp_path_factory.mktemp("projects")
    (home / "new" / "shop").mkdir(parents=True)
    commit(write(home / "copy" / "shop", FLASK | {"Dockerfile": "FROM scratch\n", ".dockerignore": "mine\n"}))
    shutil.copytree(made.project, home / "update" / "shop")
    lock = "flask==3.1.2\nclick==8.3.0\n"
    commit(write(home / "detect" / "shop", FLASK))
    commit(write(home / "advise" / "shop", FLASK | {"requirements.txt": lock}))
    return {verb: home / verb / "shop" for verb in VERBS}


@pytest.fixture(scope="session")
def arguments(template: Path) -> Callable[[str], list[str]]:
    """The command line of a verb."""
    copy = ["copy", "--defaults", "--no-lock", "--offline", "--template", str(template)]
    lines = {
        "new": copy,
        "copy": copy,
        "update": ["update", "--defaults", "--no-lock"],
        "detect": ["detect", "--offline"],
        "advise": ["advise", "--platform", "linux/amd64"],
    }
    return lambda verb: lines[verb]


@pytest.fixture(scope="session")
def whole(
    projects: dict[str, Path], arguments: Callable[[str], list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[float, dict[str, str]]]:
    """How long a verb takes, and what it makes."""

    @cache
    def once(verb: str) -> tuple[float, dict[str, str]]:
        home = tmp_path_factory.mktemp("whole")
        project = home / "shop"
        shutil.copytree(projects[verb], project)
        (home / "temporary").mkdir()
        line = arguments(verb) if verb != "advise" else ["detect", "--offline"]  # it needs the network
        return timed(line, project, home / "temporary"), state(project)

    return once


@pytest.mark.parametrize("kill", kills(VERBS))
def test_killed(
    kill: Kill,
    tmp_path: Path,
    projects: dict[str, Path],
    arguments: Callable[[str], list[str]],
    whole: Callable[[str], tuple[float, dict[str, str]]],
) -> None:
    seconds, after = whole(kill.verb)
    project, temporary = tmp_path / "shop", tmp_path / "temporary"
    shutil.copytree(projects[kill.verb], project)
    temporary.mkdir()
    before = state(project)
    result = ended(kill, arguments(kill.verb), project, temporary, seconds)
    result.is_in_order((0, 4) if kill.verb == "advise" else (0,))
    left = state(project)
    assert {name: left.get(name) for name in OWN} == {name: before.get(name) for name in OWN}, result
    if kill.number is not signal.SIGKILL:
        assert not list(temporary.iterdir()), result
        assert left in (before, after), result
        assert "nothing is written" not in result.err or left == before, result
    if (project / ".git").exists():
        assert ".copier-slim-" not in git(project, "status", "--porcelain", "--ignored=no"), result
    goes_on(result, arguments, project, temporary, after)


def ours(temporary: Path) -> list[Path]:
    """What is left there, but the file with which Python's tempfile tries a directory at its first use."""
    return [path for path in temporary.iterdir() if path.is_dir() or path.read_bytes() not in {b"", b"blat"}]


def goes_on(
    result: Ended, arguments: Callable[[str], list[str]], project: Path, temporary: Path, after: dict[str, str]
) -> None:
    """The next run makes all right, and nothing of the killed one is left."""
    verb = result.kill.verb
    complete = state(project) == after
    if verb == "update" and complete:
        commit(project)
    again = run(arguments(verb) if verb != "advise" else ["detect", "--offline"], project, temporary)
    out, err = again.communicate(timeout=120)
    if complete and verb in {"new", "copy"}:
        assert again.returncode == 3, (result, err)
        assert WRITTEN in err, result
    else:
        assert again.returncode == 0, (result, out, err)
    assert state(project) == after, result
    assert not ours(temporary), result
    if (project / ".git").exists():
        assert len(git(project, "worktree", "list").splitlines()) == 1, result


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("verb", ["copy", "update", "lock", "detect", "advise", "verify", "tune"])
def test_the_first_moment(tmp_path: Path, verb: str, number: signal.Signals) -> None:
    """Before anything is imported but what listens: one line and the same code."""
    result = ended(Kill(verb, number, 0), [verb], write(tmp_path / "shop", FLASK), tmp_path, 0)
    assert (result.code, result.err) == (STOPPED, "copier-slim: stopped; nothing is written\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_is_ignored_stays_ignored(tmp_path: Path, number: signal.Signals) -> None:
    """As under nohup."""
    process = subprocess.Popen(
        [sys.executable, "-m", "copier_slim", "detect", "--offline"], cwd=write(tmp_path / "shop", FLASK),
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_IGN),  # noqa: PLW1509 this process has one thread
    )  # fmt: skip
    for _ in range(20):
        process.send_signal(number)
        if process.poll() is not None:
            break
        signal.sigtimedwait([], 0.02)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


IN_A_FINALIZER = """
import os, signal, sys, time
from copier_slim.process import interruption
interruption.listen()
interruption.begin()
class Dropped:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)
try:
    Dropped()
    time.sleep(10)
except KeyboardInterrupt:
    print("stopped")
"""


def test_one_that_a_finalizer_swallows_comes_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_A_FINALIZER],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=9,
    )
    assert (done.stdout, done.stderr) == ("stopped\n", "")


HELD = """
import os, signal
from copier_slim.process import interruption
interruption.listen()
interruption.begin()
try:
    with interruption.held():
        os.kill(os.getpid(), signal.SIGTERM)
        print("written")
    print("never")
except KeyboardInterrupt:
    interruption.wrote("all is written")
    print(interruption.line())
"""


def test_what_is_held_together_comes_to_its_end() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELD], env=environment(), capture_output=True, text=True, check=False, timeout=9
    )
    assert (done.stdout, done.stderr) == ("written\nstopped; all is written\n", "")


SILENT = """#!/bin/sh
[ "$1" = version ] && exit 0
echo $$ > "$(dirname "$0")/pid"
exec sleep 60
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("verb", ["copy", "lock"])
def test_what_it_runs_ends_with_it(
    project: Path, template: Path, tmp_path: Path, verb: str, number: signal.Signals
) -> None:
    """A signal that comes to the command alone ends the docker that says nothing, too."""
    docker = write(tmp_path / "bin", {"docker": SILENT}) / "docker"
    docker.chmod(0o755)
    line = {"copy": ["copy", "--defaults", "--offline", "--force", "--template", str(template)], "lock": ["lock"]}
    before = state(project)
    process = subprocess.Popen(
        [sys.executable, "-m", "copier_slim", *line[verb]], cwd=project, stderr=subprocess.PIPE, text=True,
        stdout=subprocess.DEVNULL, env=environment() | {"PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    while not (docker.parent / "pid").is_file() or not (docker.parent / "pid").read_text(encoding="utf-8"):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (STOPPED, "copier-slim: stopped; nothing is written\n")
    assert not Path("/proc", (docker.parent / "pid").read_text(encoding="utf-8").strip()).exists()
    assert state(project) == before


def test_threads_do_not_hold_the_end(tmp_path: Path) -> None:
    code = (
        "import sys, threading, time\n"
        "from copier_slim import cli, __main__\n"
        "cli.main = lambda: threading.Thread(target=time.sleep, args=[30]).start() or print('done') or sys.exit(3)\n"
        "__main__.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
        timeout=10,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (3, "done\n", "")


def test_a_checkout_that_an_older_version_left_is_forgotten(project: Path, tmp_path: Path) -> None:
    """0.7.0 registered it in the project's repository."""
    git(project, "worktree", "add", "--quiet", "--detach", str(tmp_path / "copier-slim-abcdefgh" / "shop"), "HEAD")
    git(project, "worktree", "add", "--quiet", "--detach", str(tmp_path / "elsewhere"), "HEAD")
    shutil.rmtree(tmp_path / "copier-slim-abcdefgh")
    shutil.rmtree(tmp_path / "elsewhere")
    assert command("update", "--defaults", "--no-lock", cwd=project).code == 0
    listed = git(project, "worktree", "list")
    assert "copier-slim-" not in listed
    assert "elsewhere" in listed, "that is the user's own"
