"""What could not be seen is not passed: by the exit code, the verdict, and where docker fails."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from copier_slim.engine import docker
from copier_slim.errors import CheckFailedError, CopierSlimError, ToolError
from copier_slim.verify import Options, command
from copier_slim.verify import report as verify_report
from copier_slim.verify.checks import stopping
from copier_slim.verify.container import Answer, Container, Stop, experiments, requests_at_stop
from copier_slim.verify.container.processes import in_front, server, switches
from copier_slim.verify.not_seen import CannotLookError, NotSeen
from copier_slim.verify.observations import InFlight, Moment, Process
from copier_slim.verify.outcome import Outcome, Status
from copier_slim.verify.result import Report, Result
from tests.verify.test_judging import facts, statuses

CUT_OFF = InFlight("a request", None, Stop(0.1, 0))
ANSWERED = InFlight("a request", Answer(200, b""), Stop(0.1, 0))


def report(**outcomes: Status) -> Report:
    """One of checks that came out so."""
    results = [
        Result(name, catalog.checks()[name], Outcome(status, "it", "found", option="without X" * (name == "R11")))
        for name, status in outcomes.items()
    ]
    return Report("shop", "sha256:0", results, NotSeen("not weighed"), "")


@pytest.mark.parametrize(
    ("outcomes", "error", "verdict"),
    [
        (
            {"R1": Status.PASSED, "R11": Status.DOES_NOT_APPLY, "R18": Status.DOES_NOT_APPLY},
            None,
            "shop: 1 checks passed; 2 do not apply: R11 without X, R18",
        ),
        (
            {"R1": Status.PASSED, "R10": Status.NOT_SEEN, "R24": Status.NOT_SEEN},
            ToolError,
            "shop: 1 checks passed; 2 could not be seen, R10: found; also R24",
        ),
        (
            {"R1": Status.FAILED, "R10": Status.NOT_SEEN, "R11": Status.DOES_NOT_APPLY},
            CheckFailedError,
            "shop: 1 of 1 checks failed, R1: found; 1 could not be seen, R10: found; 1 does not apply: R11 without X",
        ),
    ],
)
def test_the_exit_code_and_the_verdict(
    outcomes: dict[str, Status],
    error: type[CopierSlimError] | None,
    verdict: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = report(**outcomes)
    assert verify_report.verdict(seen) == verdict
    assert seen.passed is (error is None)
    monkeypatch.setattr(command, "verify", lambda *_: seen)
    if error:
        with pytest.raises(error) as caught:
            command.run(None, "shop", Options(), as_json=True, junit=None)
        assert caught.value.exit_code == (4 if error is ToolError else 1)
        assert str(caught.value) == verdict
    else:
        command.run(None, "shop", Options(), as_json=True, junit=None)
    assert f'"passed": {"false" if error else "true"}' in capsys.readouterr().out


Fake = Callable[..., Container]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A container on a docker that does as told for some of its commands; the others print nothing."""

    def make(**commands: str) -> Container:
        cases = "".join(f"{name}) {does};;\n" for name, does in commands.items())
        (tmp_path / "docker").write_text(f'#!/bin/sh\ncase "$1" in\n{cases}esac\n', encoding="utf-8")
        (tmp_path / "docker").chmod(0o755)
        return Container(docker.Scope(), "an-image", port=80)

    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return make


FAILS = "echo 'Error response from daemon: the disk is full' >&2; exit 1"
GONE = "echo 'Error response from daemon: No such container: x' >&2; exit 1"
RUNS = "exec sleep 30"
HOWS = [pytest.param(FAILS, id="fails"), pytest.param("kill -INT $$; sleep 5", id="interrupted"),
        pytest.param("kill -KILL $$", id="killed"), pytest.param("exit 0", id="says nothing")]  # fmt: skip


@pytest.mark.parametrize("how", HOWS)
def test_docker_fails_at_inspect(fake: Fake, how: str) -> None:
    with fake(start=RUNS, inspect=how) as running:
        for look in running.state, lambda: running.health, lambda: running.wait_for_health("healthy", 5):
            with pytest.raises(docker.DockerError):
                look()
        running.client.kill()


def test_a_container_that_is_gone_is_no_failure_of_docker(fake: Fake) -> None:
    with fake(start="exit 3", inspect=GONE, port=GONE) as running:
        assert running.state() == {}
        assert running.address() is None
        assert running.wait_for_end(5) == 3
        with pytest.raises(CannotLookError, match="it ended by itself with exit code 3"):
            running.stop()


@pytest.mark.parametrize("command", ["stop", "kill", "exec", "port"])
@pytest.mark.parametrize("how", HOWS[:3])
def test_docker_fails_at(fake: Fake, command: str, how: str) -> None:
    looks: dict[str, Callable[[Container], Any]] = {
        "stop": Container.stop,
        "kill": lambda running: running.signal("STOP"),
        "exec": lambda running: running.run("true"),
        "port": Container.address,
    }
    with fake(start=RUNS, **{command: how}) as running:
        with pytest.raises(docker.DockerError) as caught:
            looks[command](running)
        assert caught.value.exit_code == 4
        running.client.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_client_dies_and_the_container_does_not(fake: Fake, number: signal.Signals) -> None:
    with fake(start=RUNS) as running:
        running.client.send_signal(number)
        running.client.wait()
        with pytest.raises(docker.DockerError, match="docker start ended with -"):
            _ = running.exit_code
    with fake(start="exit 0", inspect="""echo '{"Running": true}'""") as running:
        running.client.wait()
        with pytest.raises(docker.DockerError, match="docker start ended with 0, and its container did not"):
            _ = running.exit_code


def test_a_docker_that_does_not_end(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake(start=RUNS, exec=RUNS) as running:
        with pytest.raises(docker.EngineGoneError, match="docker exec took more than"):
            running.run("true", timeout=0.3)
        monkeypatch.setattr(docker, "PATIENCE", 0.3)
        with pytest.raises(docker.EngineGoneError, match="docker stop ended, and the container did not"):
            running.stop()
        running.client.kill()


def test_a_request_is_asked_again_before_the_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(*found: InFlight) -> tuple[InFlight, Status]:
        seen = facts()
        left = iter(found)
        monkeypatch.setattr(requests_at_stop, "_one", lambda *_: next(left))
        result = requests_at_stop.in_flight(docker.Scope(), seen.subject, list)
        assert next(left, None) is None
        return result, statuses(facts(in_flight=result))["R11"]

    assert tried(ANSWERED) == (ANSWERED, Status.PASSED)
    assert tried(CUT_OFF, ANSWERED)[1] is Status.PASSED
    again, status = tried(CUT_OFF, CUT_OFF)
    assert (again.tries, status) == (2, Status.FAILED)
    assert "twice" in stopping.finishes_what_is_in_flight(facts(in_flight=again)).looked_at


PYTHON = Process(first=True, command="python server.py")
SHELL = Process(first=True, command="/bin/sh -c sleep 5; exec python server.py")
TINI = Process(first=True, command="/usr/bin/tini -g -- start")


def child(command: str) -> Process:
    return Process(first=False, command=command, second=True)


def ends(processes: list[Process], *moments: Moment) -> Status:
    """How R10 comes out."""
    return statuses(facts(processes=processes, moments=list(moments), stop=Stop(0.1, 0)))["R10"]


def test_the_server_is_the_first_process_or_an_init_s_child() -> None:
    assert server([TINI, child("python server.py")]).command == "python server.py"
    assert server([PYTHON, child("python worker.py")]) is PYTHON
    assert ends([PYTHON]) is Status.PASSED
    assert ends([TINI, child("python server.py")]) is Status.PASSED
    assert ends([TINI, child("sh -c python server.py; true")]) is Status.FAILED
    assert ends([SHELL]) is Status.FAILED
    # What is known counts, whatever else could not be seen
    assert statuses(facts(processes=[SHELL]))["R10"] is Status.FAILED


def test_a_shell_that_waits_in_front() -> None:
    late = [Moment(0.2, (SHELL,)), Moment(4.9, (SHELL,)), Moment(5.2, (PYTHON,))]
    assert in_front(late, of_init=False)[0] == pytest.approx(4.7)
    assert ends([PYTHON], *late) is Status.FAILED
    assert ends([PYTHON], Moment(0.2, (SHELL,)), Moment(0.4, (PYTHON,))) is Status.PASSED
    # An init hands SIGTERM on to it, so only the start is slow
    under_init = [Moment(0.2, (TINI, child("sh start"))), Moment(4.9, (TINI, child("sh start")))]
    assert ends([TINI, child("python server.py")], *under_init) is Status.PASSED
    assert in_front(under_init, of_init=True)[0] == pytest.approx(4.7)
    assert statuses(facts(processes=[PYTHON], stop=Stop(0.1, 0)))["R10"] is Status.NOT_SEEN


def test_a_start_with_a_shell_in_front_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine lets a script that execs at once wait, too."""
    late = [Moment(0.2, (SHELL,)), Moment(4.9, (SHELL,))]
    soon = [Moment(0.2, (SHELL,)), Moment(0.4, (PYTHON,))]
    starts: list[list[Moment]] = []
    monkeypatch.setattr(experiments, "container", lambda *_: nullcontext())
    monkeypatch.setattr(experiments, "moments", lambda _: nullcontext(starts.pop()))
    monkeypatch.setattr(experiments, "start", lambda *_: None)

    def looked(first: list[Moment], *others: list[Moment]) -> list[Moment]:
        starts.extend(others)
        found = experiments.moments_again(docker.Scope(), facts().subject, first)
        assert not starts
        return found

    assert looked(soon) is soon
    assert looked(late, soon) is soon
    assert looked(late, late[:1] + late) is late


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("python -u server.py", ["-u"]),
        ("/opt/venv/bin/python3.13 -Iu -W ignore -X dev -m shop -u", ["-I", "-u"]),
        ("python -c print() -u", []),
        ("python --version", []),
        ("gunicorn -u 10001", []),
        ("", []),
    ],
)
def test_a_python_s_switches(line: str, found: list[str]) -> None:
    assert switches(line) == found
