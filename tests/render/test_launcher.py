"""What /opt/launch.py does before the server: run as a process, as the container would, though not as PID 1."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests import dockerfile
from tests.conftest import Render

TIDY = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); print('step', flush=True); time.sleep(20)"


def launcher(project: Path) -> Path:
    """The launcher of a rendered project, where the Dockerfile copies it from."""
    found = dockerfile.parse((project / "Dockerfile").read_text(encoding="utf-8"))
    copies = [item.arguments.split() for item in found if item.keyword == "COPY"]
    copied = next(words for words in copies if words[-1] == "/opt/launch.py")
    assert copied[:-2] == ["--chmod=755"]
    return project / copied[-2]


def run(script: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-IS", str(script), *command]
    environment = {**os.environ, "DEFAULT_PORT": "8123", **variables}
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY"])
@pytest.mark.parametrize("value", ["0", "-1", "abc", "70000", "1e3", " ", "80 80", "٨٠٠٠", "8000.0", "9" * 5000])
def test_an_impossible_number_ends_with_one_line(render: Render, tmp_path: Path, name: str, value: str) -> None:
    script = launcher(render(tmp_path / "project", framework="fastapi", prestart="echo migrated"))
    ended = run(script, "echo", "served", **{name: value})
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(f"{name}=")
    assert "from 1 to" in ended.stderr


def test_an_empty_number_is_an_unset_one(render: Render, tmp_path: Path) -> None:
    script = launcher(render(tmp_path / "project", framework="fastapi"))
    ended = run(script, "echo", "$PORT", "$WEB_CONCURRENCY", PORT="", WEB_CONCURRENCY="")
    assert ended.returncode == 0
    port, workers = ended.stdout.split()
    assert port == "8123"
    assert int(workers) >= 1


@pytest.mark.parametrize("framework", ["fastapi", "command"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("delay", [0.0, 0.1])
def test_nothing_starts_after_a_signal_in_a_step(
    render: Render, tmp_path: Path, framework: str, number: signal.Signals, code: int, delay: float
) -> None:
    step = tmp_path / "step.py"
    step.write_text(TIDY.replace("signal.signal(15,", f"signal.signal({int(number)},"), encoding="utf-8")
    project = render(tmp_path / "project", framework=framework, prestart=f"{sys.executable} {step}\necho second")
    argv = [sys.executable, "-IS", str(launcher(project)), "echo", "served"]
    environment = {**os.environ, "DEFAULT_PORT": "8123"}
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "step\n"
        time.sleep(delay)
        began = time.monotonic()
        process.send_signal(number)
        assert (process.wait(10), process.stdout.read(), process.stderr.read()) == (code, "", "")
        assert time.monotonic() - began < 5


def test_a_command_that_handles_sigterm_keeps_its_own_code(render: Render, tmp_path: Path) -> None:
    script = launcher(render(tmp_path / "project", framework="command"))
    argv = [sys.executable, "-IS", str(script), sys.executable, "-c", TIDY]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "step\n"
        process.terminate()
        assert process.wait(10) == 0


@pytest.mark.parametrize("answers", [{"framework": "fastapi"}, {"framework": "command"}, {"prestart": "no-such-step"}])
def test_a_missing_program_ends_with_one_line(render: Render, tmp_path: Path, answers: dict[str, str]) -> None:
    ended = run(launcher(render(tmp_path / "project", **answers)), "no-such-step")
    assert (ended.returncode, ended.stdout) == (127, "")
    assert ended.stderr == "no-such-step: No such file or directory\n"


@pytest.mark.parametrize(
    ("word", "at_ipv6"),
    [
        ("0.0.0.0", "::"),  # noqa: S104 what is looked at
        ("0.0.0.0:8000", "[::]:8000"),
        ("--host=0.0.0.0", "--host=::"),
        ("tcp://0.0.0.0:80", "tcp://[::]:80"),
        ("10.0.0.0", "10.0.0.0"),
        ("10.0.0.0:80", "10.0.0.0:80"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("main:app", "main:app"),
    ],
)
def test_only_an_address_to_listen_at_becomes_one_of_ipv6(
    render: Render, tmp_path: Path, word: str, at_ipv6: str
) -> None:
    text = launcher(render(tmp_path / "project", framework="fastapi")).read_text(encoding="utf-8")
    defined: dict[str, Any] = {}
    exec(text[text.index("def to_ipv6") :].split("\n\n\n")[0], defined)  # noqa: S102 the template's own
    assert defined["to_ipv6"](word) == at_ipv6
