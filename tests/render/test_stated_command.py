"""What a stated command does to the output, beside CMD: its agent, its server's packages, the launcher's variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import dockerfile
from tests.conftest import Render

from .test_launcher import launcher, run

GUNICORN = "gunicorn main:app --bind 0.0.0.0:$PORT --workers 1"


def command(project: Path) -> list[str]:
    """CMD's words behind the launcher."""
    found = dockerfile.parse((project / "Dockerfile").read_text(encoding="utf-8"))
    argv = next(item.argv for item in found if item.keyword == "CMD")
    return argv[1:] if argv[0] == "/opt/launch.py" else argv


AGENTS: dict[str, tuple[str, list[str]]] = {
    "the agent starts in front": (GUNICORN, ["opentelemetry-instrument", "gunicorn"]),
    "once where the command has it": (
        f"opentelemetry-instrument --service_name x {GUNICORN}",
        ["opentelemetry-instrument", "--service_name", "x", "gunicorn"],
    ),
    "before others": (
        f"newrelic-admin run-program {GUNICORN}",
        ["opentelemetry-instrument", "newrelic-admin", "run-program", "gunicorn"],
    ),
}


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent(render: Render, tmp_path: Path, name: str) -> None:
    stated, expected = AGENTS[name]
    project = render(tmp_path / "project", framework="flask", apm="opentelemetry", command=stated)
    assert command(project)[: len(expected)] == expected
    assert command(project).count("opentelemetry-instrument") == 1


@pytest.mark.parametrize(
    ("answers", "required", "left"),
    [
        ({"framework": "flask", "command": GUNICORN}, "gunicorn", "waitress"),
        ({"framework": "flask", "command": "waitress-serve --port=$PORT main:app"}, "flask", "gunicorn"),
        (
            {"framework": "fastapi", "server": "gunicorn", "command": f"{GUNICORN} -k uvicorn_worker.UvicornWorker"},
            "uvicorn-worker",
            "hypercorn",
        ),
        (
            {"framework": "fastapi", "server": "gunicorn", "command": f"{GUNICORN} -k uvicorn.workers.UvicornWorker"},
            "gunicorn",
            "uvicorn-worker",
        ),
    ],
)
def test_only_the_server_that_is_named_is_required(
    render: Render, tmp_path: Path, answers: dict[str, str], required: str, left: str
) -> None:
    lines = (render(tmp_path / "project", **answers) / "requirements.in").read_text(encoding="utf-8").splitlines()
    assert required in lines
    assert left not in lines


PROGRAMS: dict[str, list[str]] = {
    "hypercorn main:app": ["python", "-P", "/opt/hypercorn.py", "main:app"],
    "python -W ignore -m hypercorn main:app": ["python", "-W", "ignore", "-m", "hypercorn", "main:app"],
}


@pytest.mark.parametrize("stated", PROGRAMS)
def test_hypercorn_s_own_starter_takes_its_place(render: Render, tmp_path: Path, stated: str) -> None:
    assert command(render(tmp_path / "project", server="hypercorn", command=stated)) == PROGRAMS[stated]


def test_a_server_that_is_chosen_against_it_wins(render: Render, tmp_path: Path) -> None:
    chosen = render(tmp_path / "chosen", framework="flask", server="granian", command=GUNICORN)
    plain = render(tmp_path / "plain", framework="flask", server="granian")
    for name in ("Dockerfile", "requirements.in", "container/launch.py"):
        assert (chosen / name).read_text() == (plain / name).read_text().replace("plain", "chosen")


def test_workers_share_their_metrics_however_many_the_command_states(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", framework="flask", apm="prometheus", command=GUNICORN.replace("1", "3"))
    shared = tmp_path / "shared"
    shown = run(launcher(project), "sh", "-c", "echo $PROMETHEUS_MULTIPROC_DIR", PROMETHEUS_MULTIPROC_DIR=str(shared))
    assert shown.stdout.strip() == str(shared)
    assert shared.is_dir()


FILLED: dict[str, list[str]] = {
    "$PORT": ["8123"],
    "0.0.0.0:${PORT:-9}": ["0.0.0.0:8123"],
    "${WORKERS:-2}": ["2"],
    "--name=${NAME-none}": ["--name=none"],
    "$EMPTY": [],
    "--set=$EMPTY": ["--set="],
    "${EMPTY:-a b}": ["a", "b"],
    "x$MORE": ["x--c 1  --d"],
    "$MORE": ["--c", "1", "--d"],
    "$": ["$"],
    "${MORE": ["${MORE"],
    "'$MORE'": ["'--c 1  --d'"],
    "a  b": ["a  b"],
}


@pytest.mark.parametrize("framework", ["flask", "command"])
def test_variables_are_filled_in_as_a_shell_does(render: Render, tmp_path: Path, framework: str) -> None:
    answers: dict[str, Any] = {"framework": framework, "port": 8123, "health_path": ""}
    project = render(tmp_path / "project", **answers, command="python main.py ${WORKERS:-2}")
    for word, expected in FILLED.items():
        ended = run(launcher(project), "printf", r"%s\n", ">", word, EMPTY="", MORE="--c 1  --d", PORT="")
        assert ended.stdout.split("\n")[1:-1] == expected, word


def test_a_command_of_no_server_is_the_launcher_s_child(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", framework="command", command="python main.py --to 'Ada and Bob'")
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    assert 'ENTRYPOINT ["/opt/launch.py"]\nCMD ["python", "main.py", "--to", "Ada and Bob"]\n' in text


def test_a_command_may_ask_for_the_number_of_workers(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "project", framework="command", app="litestar run --web-concurrency $WEB_CONCURRENCY")
    ended = run(launcher(project), "printf", "%s", "$WEB_CONCURRENCY", WEB_CONCURRENCY="")
    assert int(ended.stdout) >= 1
