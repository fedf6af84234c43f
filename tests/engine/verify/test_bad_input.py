"""What goes wrong ends with one clear line, the right exit code, and nothing left on the engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from copier_slim.engine import docker
from tests.command.running import Result, command, environment
from tests.engine.verify.conftest import Make, ended, made_by
from tests.engine.verify.proxy import Proxy

pytestmark = pytest.mark.xdist_group("verify")

Build = Callable[..., str]
AT_START = "import six\n"


def verify(image: str, *options: str, cwd: Path) -> Result:
    return command("verify", "--image", image, "--wait", "8", *options, cwd=cwd)


def at_start(code: str) -> dict[str, dict[str, dict[str, str]]]:
    """Changes that run code when the server starts."""
    return {"replace": {"server.py": {AT_START: AT_START + code}}}


def test_no_engine(make: Make) -> None:
    result = engineless("verify", cwd=make())
    result.fails(4, "no Docker Engine answers", "start Docker")


def engineless(*arguments: str, cwd: Path) -> Result:
    """The command where docker has no engine to talk to."""
    done = subprocess.run(
        [sys.executable, "-m", "copier_slim", *arguments],
        cwd=cwd,
        env={**environment(), "DOCKER_HOST": "unix:///nowhere/docker.sock"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_no_docker_on_the_path(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make()
    monkeypatch.setenv("PATH", "/nowhere")
    command("verify", cwd=project).fails(4, "no Docker Engine answers")


def test_no_project(tmp_path: Path) -> None:
    command("verify", cwd=tmp_path).fails(3, "has no Dockerfile", "--image")


def test_no_such_image(tmp_path: Path) -> None:
    verify("copier-slim-test:none", cwd=tmp_path).fails(3, "has no image copier-slim-test:none")


def test_a_build_that_fails(make: Make) -> None:
    broken = "RUN echo compiling && sleep 1 && echo 'no such header' >&2 && false\nUSER 10001:10001"
    result = command("verify", cwd=make(replace={"Dockerfile": {"USER 10001:10001": broken}}))
    result.fails(3, "Dockerfile: echo compiling", "failed: no such header")
    assert "compiling\nno such header\n" in result.out


def test_a_dockerfile_that_cannot_be_read(make: Make) -> None:
    result = command("verify", cwd=make(replace={"Dockerfile": {"USER 10001:10001": "USSR 10001"}}))
    result.fails(3, "unknown instruction: USSR")


def test_exits_at_once(build: Build, tmp_path: Path) -> None:
    result = verify(build(**at_start("print('cannot find the settings')\nsys.exit(5)\n")), cwd=tmp_path)
    result.fails(1, "R8: it ended with exit code 5")
    assert "cannot find the settings" in result.out


def test_a_command_that_is_not_there(build: Build, tmp_path: Path) -> None:
    image = build(replace={"Dockerfile": {'CMD ["python", "server.py"]': 'CMD ["serve"]'}})
    verify(image, cwd=tmp_path).fails(4, "serve", "executable file not found")


def test_never_listens(build: Build, tmp_path: Path) -> None:
    result = verify(build(**at_start("print('waiting', flush=True)\ntime.sleep(600)\n")), cwd=tmp_path)
    result.fails(1, "R8: it gave no answer on port 8000 within 8 s; it listens nowhere")
    assert "waiting" in result.out


def test_listens_on_another_port(build: Build, tmp_path: Path) -> None:
    image = build(replace={"server.py": {'("0.0.0.0", 8000)': '("0.0.0.0", 9000)'}})
    verify(image, cwd=tmp_path).fails(1, "no answer on port 8000", "it listens at 0.0.0.0:9000")


def test_listens_for_itself_only(build: Build, tmp_path: Path) -> None:
    image = build(replace={"server.py": {'("0.0.0.0", 8000)': '("127.0.0.1", 8000)'}})
    verify(image, cwd=tmp_path).fails(1, "it listens at 127.0.0.1:8000, which only the container reaches")


def test_answers_with_errors(build: Build, tmp_path: Path) -> None:
    image = build(replace={"server.py": {"send_response(200)": "send_response(500)"}})
    verify(image, cwd=tmp_path).fails(1, "R8: / is answered with status 500")


def test_ignores_sigterm(build: Build, tmp_path: Path) -> None:
    image = build(replace={"server.py": {"signal.signal(": "(lambda *_: None)("}})
    verify(image, cwd=tmp_path).fails(1, "R10: it was killed after 10")


def test_fills_the_disk(build: Build, tmp_path: Path) -> None:
    fill = "with open('/tmp/full', 'wb') as file:\n    while True: file.write(bytes(1 << 20))\n"
    result = verify(build(**at_start(fill)), cwd=tmp_path)
    result.fails(1, "R8: it ended with exit code 1")
    assert "No space left on device" in result.out


def test_prints_a_hundred_megabytes(build: Build, tmp_path: Path) -> None:
    image = build(**at_start("for number in range(100): print(f'{number} ' + 'x' * 1_000_000)\n"))
    result = verify(image, "--json", cwd=tmp_path)
    result.fails(1, "R8: it wrote 100 MB of log")
    assert len(result.out) < 100_000
    assert json.loads(result.out)["passed"] is False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [1, 3, 6])
def test_is_interrupted(build: Build, tmp_path: Path, number: signal.Signals, seconds: float) -> None:
    image = build()
    process = subprocess.Popen(
        [sys.executable, "-m", "copier_slim", "verify", "--image", image],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for_a_container(process)
    time.sleep(seconds)
    # As a terminal does: the whole group gets it
    os.killpg(process.pid, number) if number is signal.SIGINT else process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "copier-slim: stopped; nothing is written\n"), out


def test_is_interrupted_while_it_builds(make: Make) -> None:
    project = make(replace={"Dockerfile": {"USER 10001:10001": f"RUN sleep 60 # {time.time()}\nUSER 10001:10001"}})
    process = subprocess.Popen(
        [sys.executable, "-m", "copier_slim", "verify"],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(4)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "copier-slim: stopped; nothing is written\n"), out


def wait_for_a_container(process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not made_by(lambda pid: pid == process.pid):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("seconds", [1, 4])
def test_the_engine_dies_and_returns(build: Build, tmp_path: Path, seconds: float) -> None:
    image = build()
    with Proxy(tmp_path / "docker.sock") as proxy:
        process = subprocess.Popen(
            [sys.executable, "-m", "copier_slim", "verify", "--image", image],
            cwd=tmp_path,
            env={**environment(), "DOCKER_HOST": f"unix://{proxy.path}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_for_a_container(process)
        time.sleep(seconds)
        proxy.die()
        time.sleep(3)
        proxy.serve()
        out, err = process.communicate(timeout=60)
    Result(process.returncode, out, err).fails(4, "the Docker Engine does not answer any more", "start it")


def test_what_is_left_behind_is_seen() -> None:
    """The check after every test here."""
    name = docker.call("volume", "create", f"{docker.PREFIX}{os.getpid()}-test").strip()
    try:
        assert made_by(ended) == [name]
    finally:
        docker.call("volume", "rm", name)
