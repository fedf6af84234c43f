"""Processes by name: what the launcher starts, with which words, and what the project has for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy

from copier_slim import catalog
from copier_slim.detect import queues
from tests.conftest import Render
from tests.render.test_launcher import launcher, run

TELL = "import os; print(os.environ['CONTAINER_PROCESS'], os.environ.get('ZONE'))"
GIVES_BACK = ["--worker-shutdown-timeout", "50000"]
CELERY = ["python", "-P", "/opt/celery.py"]
PROCESSES = """\
worker: echo work "$QUEUE" ${LEVEL:-info} $NONE
tell: ZONE=Europe/Vienna python tell.py
pipe: echo one two | tr ' ' '\\n' > made.txt; echo "$QUEUE"
made: python -c 'print(5)' > made.txt"""


@pytest.fixture
def started(render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The launcher of a project whose processes end by themselves, in its directory."""
    path = render(tmp_path / "shop", processes=PROCESSES, release="echo released", prestart="echo prepared")
    (path / "tell.py").write_text(TELL, encoding="utf-8")
    monkeypatch.chdir(path)
    return launcher(path)


def argv(project: Path, name: str) -> Any:
    """What the launcher starts by a name: words, or a line for the shell."""
    text = (project / "container/launch.py").read_text(encoding="utf-8")
    table: dict[str, Any] = {}
    exec(text[text.index("PROCESSES = ") : text.index("named = ")], table)  # noqa: S102 the template's own
    return table["PROCESSES"][name]


def test_a_name_starts_its_process_without_what_goes_before_the_default_one(started: Path) -> None:
    ended = run(started, "worker", QUEUE="mail and more")
    assert (ended.returncode, ended.stdout) == (0, "work mail and more info\n"), ended.stderr
    assert run(started, "release").stdout == "released\n"


def test_a_process_has_its_name_and_the_variables_in_front_of_it(started: Path) -> None:
    assert run(started, "tell").stdout == "tell Europe/Vienna\n"


def test_the_default_process_is_prepared_for(started: Path) -> None:
    assert run(started, str(started), "echo", "$HOME", HOME="/tmp").stdout == "prepared\n/tmp\n"  # noqa: S108 a word


def test_other_words_are_run_as_they_are(started: Path) -> None:
    assert run(started, "echo", "worker", "$HOME", "${A:-b}").stdout == "worker $HOME ${A:-b}\n"
    assert run(started, "echo").stdout == "\n"


def test_a_line_for_the_shell_is_run_by_it(started: Path) -> None:
    ended = run(started, "pipe", QUEUE="a  b")
    assert (ended.returncode, ended.stdout) == (0, "a  b\n"), ended.stderr
    assert Path("made.txt").read_text(encoding="utf-8") == "one\ntwo\n"
    assert run(started, "made").returncode == 0
    assert Path("made.txt").read_text(encoding="utf-8") == "5\n"


@pytest.mark.parametrize("word", ["wroker", "workers"])
def test_an_unknown_name_lists_those_that_there_are(started: Path, word: str) -> None:
    ended = run(started, word)
    assert (ended.returncode, ended.stdout) == (127, "")
    assert ended.stderr == f"{word}: No such file or directory; the processes are worker, tell, pipe, made, release\n"


def test_what_a_shell_has_started_is_asked_to_stop_and_waited_for(render: Render, tmp_path: Path) -> None:
    script = tmp_path / "tidy.py"
    script.write_text(
        "import signal, sys, time\n"
        "def stop(*_):\n    time.sleep(0.5); print('tidied', file=sys.stderr, flush=True); sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop); print('started', file=sys.stderr, flush=True); time.sleep(20)\n",
        encoding="utf-8",
    )
    path = launcher(render(tmp_path / "shop", processes=f"tidy: {sys.executable} {script} | cat; echo never >&2"))
    environment = {**os.environ, "DEFAULT_PORT": "8123"}
    with subprocess.Popen(
        [sys.executable, "-IS", str(path), "tidy"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        assert process.stderr.readline() == "started\n"
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143
        assert process.stderr.read().endswith("tidied\n")
        assert time.monotonic() - began < 5


def test_signals_are_left_to_the_process_where_a_shell_runs_another(render: Render, tmp_path: Path) -> None:
    path = launcher(
        render(
            tmp_path / "shop",
            processes="a: python -c 'import signal; print(len(signal.pthread_sigmask(0, [])))'\nb: c | d",
        )
    )
    assert run(path, "a").stdout == "1\n"  # SIGTERM alone, which stop.pth unblocks


def test_celery_is_started_with_its_heartbeat_however_it_is_called(render: Render, tmp_path: Path) -> None:
    lines = {
        "plain": "celery -A a worker",
        "module": "python -m celery -A a worker",
        "traced": "ddtrace-run celery -A a worker",
        "elsewhere": "exec celery -A a worker",
    }
    processes = "\n".join(f"{name}: {line}" for name, line in lines.items())
    project = render(tmp_path / "shop", framework="flask", processes=processes)
    own = ["python", "-P", "/opt/celery.py", "-A", "a", "worker"]
    assert [argv(project, name) for name in lines] == [own, own, ["ddtrace-run", *own], own]
    assert (project / "container/celery.py").exists()


def test_a_program_of_that_name_among_other_words_is_no_celery(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", processes="a: python run.py celery worker\nb: rq worker celery")
    assert argv(project, "a") == ["python", "run.py", "celery", "worker"]
    assert argv(project, "b") == ["rq", "worker", "celery"]
    assert not (project / "container/celery.py").exists()


def test_without_processes_nothing_is_started_by_name(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", processes="\n", schedules=" ")
    assert not (project / "container/health.py").exists()
    assert "ENTRYPOINT" not in (project / "Dockerfile").read_text(encoding="utf-8")


def test_beside_a_command_too_a_name_starts_its_process(render: Render, tmp_path: Path) -> None:
    answers = {"framework": "command", "app": "echo $HOME", "prestart": "echo prepared"}
    project = render(tmp_path / "shop", **answers, processes="one: echo $LEVEL one\ntwo: echo two | cat", release="a")
    path = launcher(project)
    assert run(path, "echo", "other").stdout == "prepared\nother\n"
    assert run(path, "one", LEVEL="info").stdout == "info one\n"
    assert run(path, "two").stdout == "two\n"
    ended = run(path, "three")
    assert (ended.returncode, ended.stderr) == (
        127,
        "three: No such file or directory; the processes are one, two, release\n",
    )
    assert not (project / "container/health.py").exists()


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("worker: celery -A beat worker", ("heartbeat", 60, False)),
        ("worker: celery --app=worker beat", ("heartbeat", 30, True)),
        ("worker: celery -A a worker -B", ("heartbeat", 60, True)),
        ("worker: celery -A a worker | cat", ("", 60, False)),
        ("worker: /opt/venv/bin/rq worker", ("heartbeat", 60, False)),
        ("worker: ddtrace-run python -m rq.cli worker", ("heartbeat", 60, False)),
        ("worker: rq worker celery", ("heartbeat", 60, False)),
        ("worker: python run.py celery worker", ("", 30, False)),
        ("rq: rqscheduler", ("heartbeat", 30, True)),
        ("rq: rq worker-pool -n 3", ("heartbeat", 60, False)),
        ("worker: python manage.py rqworker high", ("heartbeat", 60, False)),
        ("worker: arq tasks.WorkerSettings", ("heartbeat", 60, False)),
        ("worker: dramatiq tasks", ("heartbeat", 60, False)),
        ("worker: python manage.py run_huey", ("heartbeat", 60, True)),
        ("worker: python -u -m huey.bin.huey_consumer tasks.huey", ("heartbeat", 60, True)),
        ("worker: taskiq worker tasks:broker", ("heartbeat", 60, False)),
        ("worker: taskiq scheduler tasks:scheduler", ("heartbeat", 30, True)),
        ("clock: python tick.py", ("", 30, True)),
        ("socket: daphne -p ${PORT:-8000} a:b", ("tcp", 30, False)),
        ("flower: celery -A a flower --port=5555", ("http", 30, False)),
        ("admin: uvicorn admin:app", ("tcp", 30, False)),
        ("admin: python -m gunicorn admin:app -b 127.0.0.1:9000", ("tcp", 30, False)),
        ("board: streamlit run board.py", ("http", 30, False)),
        ("worker: echo $PORTS", ("", 30, False)),
    ],
)
def test_a_process_is_known_by_its_words(
    template: Path, tmp_path: Path, line: str, known: tuple[str, int, bool]
) -> None:
    data = {"framework": "flask", "processes": line}
    worker = run_copy(str(template), tmp_path / "shop", data=data, defaults=True, quiet=True)
    (row,) = worker.answers.combined["process_rows"].values()
    assert (row["probe"], row["grace"], row["single"]) == known
    name, command = line.split(": ", 1)
    found = queues.row_of(name, command)  # detection knows it by the same
    assert (found[1].grace, found[1].single) == known[1:] if found else known[1:] == (30, False)
    assert row["listens"] == (known[0] in ("tcp", "http"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dramatiq tasks", ["dramatiq", "tasks", "--processes", "$WEB_CONCURRENCY", *GIVES_BACK]),
        ("dramatiq tasks -p4 --watch .", ["dramatiq", "tasks", "-p4", *GIVES_BACK]),
        ("dramatiq x -p 4 --worker-shutdown-timeout=9", ["dramatiq", "x", "-p", "4", "--worker-shutdown-timeout=9"]),
        ("huey_consumer.py tasks.huey -w 4 -l /var/huey.log", ["huey_consumer", "tasks.huey", "-w", "4"]),
        ("taskiq worker tasks:broker -r", ["taskiq", "worker", "tasks:broker", "--workers", "$WEB_CONCURRENCY"]),
        ("rq worker --pid /run/rq.pid high", ["rq", "worker", "high"]),
        ("arq tasks.WorkerSettings --watch src", ["arq", "tasks.WorkerSettings"]),
        ("celery -A a beat -s /var/lib/beat --pidfile= -l info", [*CELERY, "-A", "a", "beat", "-l", "info"]),
        ("celery -A a beat -s /app/state/beat", [*CELERY, "-A", "a", "beat", "-s", "/app/state/beat"]),
        ("celery -A a beat -s /tmp/beat", [*CELERY, "-A", "a", "beat", "-s", "/tmp/beat"]),  # noqa: S108 a container's
        ("celery -A a worker --detach -f w.log -- -f x", [*CELERY, "-A", "a", "worker", "--", "-f", "x"]),
        ("celery -A a flower --port 5555", [*CELERY, "-A", "a", "flower", "--port=$PORT", "--address=0.0.0.0"]),
        ("echo --pid 1 --watch", ["echo", "--pid", "1", "--watch"]),
        ("uvicorn a:b --reload", ["uvicorn", "a:b", "--host", "0.0.0.0", "--port", "$PORT"]),  # noqa: S104 likewise
        ("gunicorn -b :80 -w 2 a:b", ["gunicorn", "-w", "2", "a:b", "--bind", "0.0.0.0:$PORT"]),
        ("daphne a:b -p 80", ["python", "-P", "/opt/daphne.py", "a:b", "-b", "0.0.0.0", "-p", "$PORT"]),  # noqa: S104 likewise
    ],
)  # fmt: skip
def test_a_container_s_needs_are_put_in_and_what_is_of_no_use_there_left_out(
    render: Render, tmp_path: Path, line: str, words: list[str]
) -> None:
    project = render(tmp_path / "shop", framework="flask", processes=f"worker: {line}", writable_paths="state")
    assert argv(project, "worker") == words


def test_where_nothing_listens_a_second_server_keeps_its_port(render: Render, tmp_path: Path) -> None:
    processes = "admin: uvicorn a:b --port 9000\nflower: celery -A a flower --port=5555"
    project = render(tmp_path / "shop", framework="celery", processes=processes)
    assert argv(project, "admin") == ["uvicorn", "a:b", "--port", "9000", "--host", "0.0.0.0"]  # noqa: S104 a container's
    assert argv(project, "flower") == [*CELERY, "-A", "a", "flower", "--port=5555", "--address=0.0.0.0"]


def test_a_queue_s_worker_gets_its_heartbeat_in_each_python_of_its_container(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", processes="worker: rq worker\nother: echo")
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    assert 'os.environ.get("CONTAINER_PROCESS") in ["worker"] and exec(' in text
    assert "COPY --chmod=644 container/heartbeat.py /opt/heartbeat.py" in text
    compile((project / "container/heartbeat.py").read_text(encoding="utf-8"), "heartbeat.py", "exec")


def test_a_script_is_watched_for_the_queues_that_the_project_has(template: Path, tmp_path: Path) -> None:
    data = {"framework": "flask", "processes": "clock: python clock.py\nworker: python -m jobs.worker"}
    for dependencies, hooks in ("rq\napscheduler", ["rq", "apscheduler"]), ("requests", []):
        worker = run_copy(
            str(template), tmp_path / f"shop{len(hooks)}", data=data | {"dependencies": dependencies, "starter": False},
            defaults=True, quiet=True,
        )  # fmt: skip
        assert worker.answers.combined["hooks"] == hooks
        assert worker.answers.combined["by_loop"] == (["clock", "worker"] if hooks else [])


@pytest.mark.parametrize(
    ("framework", "line", "path"),
    [
        ("django", "celery -A config worker", "config/celery.py"),
        ("flask", "celery -A jobs.app:queue worker", "jobs/app.py"),
        ("flask", "rq worker high", "tasks.py"),
        ("fastapi", "arq main.WorkerSettings", "tasks.py"),
        ("fastapi", "arq jobs.Settings", "jobs.py"),
        ("litestar", "dramatiq main", "tasks.py"),
        ("quart", "huey_consumer tasks.queue", "tasks.py"),
        ("aiohttp", "taskiq worker main:broker", "tasks.py"),
        ("starlette", "taskiq worker tasks:broker", "tasks.py"),
    ],
)
def test_a_new_project_has_a_task_where_its_worker_looks_for_it(
    render: Render, tmp_path: Path, framework: str, line: str, path: str
) -> None:
    project = render(tmp_path / "shop", framework=framework, processes=f"worker: {line}", extras=["compose"])
    text = (project / path).read_text(encoding="utf-8")
    modules = [file for file in project.rglob("*.py") if "container" not in file.parts]
    for module in modules:
        compile(module.read_text(encoding="utf-8"), str(module), "exec")
    assert any("tasks.send" in module.read_text(encoding="utf-8") for module in modules)
    queue = line.split(" ", 1)[0].removesuffix("_consumer")
    assert f"import {queue}" in text or f"from {queue}" in text
    required = (project / "requirements.in").read_text(encoding="utf-8").splitlines()
    assert set(catalog.queues()[queue].requires) <= set(required)
    assert "redis" in yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_a_project_that_is_updated_gets_no_task(render: Render, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/Dockerfile").touch()
    project = render(tmp_path / "shop", framework="flask", processes="worker: rq worker")
    assert not (project / "tasks.py").exists()
    assert "tasks" not in (project / "main.py").read_text(encoding="utf-8")
