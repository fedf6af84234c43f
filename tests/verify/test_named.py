"""A process that lacks only a service is told from one with a fault of its own; names, and what can be started."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.errors import UsageError
from copier_slim.verify.container import Answer
from copier_slim.verify.container.scripts import startable
from copier_slim.verify.named import jobs_of, processes_of, require
from copier_slim.verify.observations import Started
from copier_slim.verify.services import lonely

ANSWERS = {"processes": "worker: rq worker\n\n beat: x: y", "release": "python -c 1", "schedules": "report: @daily x"}


@pytest.mark.parametrize(
    ("log", "needs_a_service"),
    [
        (
            "consumer: Cannot connect to redis://localhost: Error 111 connecting. Connection refused.",
            True,
        ),
        ("redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. Name or service not known.", True),
        ("pika.exceptions.AMQPConnectionError", True),
        ('psycopg.OperationalError: failed to resolve host "db": Temporary failure in name resolution', True),
        ("ModuleNotFoundError: No module named 'tasks'", False),
        ("ImportError: cannot import name 'ConnectionError' from 'x'", False),
        ("KeyError: 'REDIS_URL'", False),
        ("OSError: [Errno 30] Read-only file system: '/app/x'; connection refused", False),
        ("working", False),
        ("", False),
    ],
)
def test_a_service_that_is_not_there(log: str, needs_a_service: bool) -> None:  # noqa: FBT001
    assert bool(lonely(Started(None, 3.0, 1, log, len(log)))) is needs_a_service
    assert not lonely(Started(Answer(0, b""), 3.0, None, log, len(log)))
    assert not lonely(Started(None, 3.0, 127, log, len(log)))


def test_the_names() -> None:
    assert processes_of(ANSWERS) == ["worker", "beat"]
    assert jobs_of(ANSWERS) == ["release", "report"]
    assert jobs_of({}) == processes_of({}) == []
    for name in "worker", "release", "report":
        require(name, ANSWERS)
    with pytest.raises(UsageError, match="the processes are worker, beat, release, report"):
        require("wrker", ANSWERS)
    with pytest.raises(UsageError, match="none beside its default one"):
        require("worker", {})


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (["python", "-P", "there.py", "x"], ""),
        (["python", "-u", "nowhere.py"], "there is no nowhere.py"),
        (["python", "-m", "json.tool"], ""),
        (["python", "-m", "nowhere.of.that"], "there is no module nowhere.of.that"),
        (["python", "-c", "1"], ""),
        (["env", "A=1", "nowhere-program"], "there is no nowhere-program"),
        (["$PROGRAM"], ""),
        ("echo 1 | cat", ""),
        ("echo 'x | (", "unterminated"),
    ],
)
def test_what_can_be_started(
    command: list[str] | str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there.py").touch()
    monkeypatch.chdir(tmp_path)
    said = startable.why_not(command)
    assert (problem.lower() in said.lower()) if problem else said == ""
