"""The memory of processes, and the time that they take to start and to stop, as the project states them."""

from __future__ import annotations

import pytest

from copier_slim.detect.statements import values
from tests.detect.conftest import FLASK, Answers, Detect, Files, lines, notes

CODE: Files = {
    "requirements.txt": "flask\ngunicorn\nrq\n",
    "app.py": FLASK,
    "manage.py": "print('migrate')\n",
    "Dockerfile": "FROM python:3.13\nCMD gunicorn app:app\n",
}
COMPOSE = """
services:
  web:
    build: .
    command: gunicorn app:app
    stop_grace_period: 1m30s
    mem_limit: 1.5gb
    healthcheck: {test: [NONE], start_period: 120s}
  worker:
    build: .
    command: rq worker
    stop_grace_period: 5m
    deploy: {resources: {limits: {memory: 300M}}}
"""
FLY = """
app = "shop"
kill_timeout = "2m"
[processes]
web = "gunicorn app:app"
worker = "rq worker"
[http_service]
internal_port = 8000
processes = ["web"]
[[http_service.checks]]
grace_period = "45s"
path = "/"
[[vm]]
memory = "1gb"
"""
POD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: GRACE
      containers:
        - name: it
          image: shop:1
          command: [COMMAND]
          resources: {limits: {memory: 768Mi}}
          startupProbe: {httpGet: {path: /up, port: 8000}, failureThreshold: 30, periodSeconds: 5}
"""
SUPERVISORD = """
[program:web]
command=gunicorn app:app
[program:worker]
command=rq worker
stopwaitsecs=600
[program:off]
command=rq worker low
autostart=false
stopwaitsecs=700
"""
STATED: dict[str, tuple[Files, list[str]]] = {
    "compose": ({"compose.yaml": COMPOSE}, ["app: memory=1536M grace=90 start=120", "worker: memory=300M grace=300"]),
    "fly.toml": ({"fly.toml": FLY}, ["app: memory=1G grace=120 start=45", "worker: memory=1G grace=120"]),
    "Kubernetes": (
        {
            "k8s/web.yaml": POD.replace("NAME", "web").replace("GRACE", "40").replace("COMMAND", "gunicorn, 'app:app'"),
            "k8s/work.yaml": POD.replace("NAME", "work").replace("GRACE", "75").replace("COMMAND", "rq, worker"),
        },
        ["app: memory=768M grace=40 start=150", "work: memory=768M grace=75 start=150"],
    ),
    "supervisord": ({"supervisord.conf": SUPERVISORD}, ["worker: grace=600"]),
    "render.yaml": (
        {
            "render.yaml": "services:\n- {type: web, name: shop, runtime: python, startCommand: 'gunicorn app:app'}\n"
            "- {type: worker, name: work, runtime: python, startCommand: rq worker, maxShutdownDelaySeconds: 200}\n"
        },
        ["work: grace=200"],
    ),
    "a Dockerfile": (
        {"Dockerfile": "FROM python:3.13\nHEALTHCHECK --start-period=2m CMD curl localhost\nCMD gunicorn app:app\n"},
        ["app: start=120"],
    ),
    "a server's own time": ({"Procfile": "web: gunicorn app:app --graceful-timeout 60\n"}, ["app: grace=62"]),
    "gunicorn's settings": (
        {"Procfile": "web: gunicorn app:app\n", "gunicorn.conf.py": "graceful_timeout = 60\n"}, ["app: grace=62"],
    ),
    "a server's time for an app that loads long": (
        {"Procfile": "web: newrelic-admin run-program gunicorn app:app -t 180\n"}, ["app: start=180"],
    ),
    "the same by a variable": (
        {"Dockerfile": "FROM python:3.13\nENV GUNICORN_CMD_ARGS='--timeout=120'\nCMD gunicorn app:app\n"},
        ["app: start=120"],
    ),
    "the same by gunicorn's settings": (
        {"Procfile": "web: gunicorn app:app\n", "gunicorn.conf.py": "timeout = 90\n"}, ["app: start=90"],
    ),
    "the time that loading has anyway": ({"Procfile": "web: gunicorn app:app --timeout 30\n"}, []),
    "a time that another says": (
        {
            "Dockerfile": "FROM python:3.13\nHEALTHCHECK --start-period=2m CMD curl localhost\n"
            "CMD gunicorn app:app --timeout 600\n"
        },
        ["app: start=120"],
    ),
    "less than a container has": ({"Procfile": "web: gunicorn app:app --graceful-timeout 5\n"}, []),
    "the production file": (
        {"compose.yaml": COMPOSE, "fly.toml": FLY},
        ["app: memory=1G grace=120 start=45", "worker: memory=1G grace=120"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STATED)
def test_what_is_stated_of_a_process_is_carried_over(name: str, answers: Answers) -> None:
    files, expected = STATED[name]
    assert lines(answers({**CODE, **files}), "limits") == expected


def test_a_stated_grace_is_what_the_server_s_requests_get(answers: Answers) -> None:
    found = answers({**CODE, "compose.yaml": COMPOSE.replace("app:app", "app:app --timeout 70", 1)})
    assert "--graceful-timeout 88" in found["command"]


def test_a_time_that_is_changed_is_named(detecting: Detect) -> None:
    found = detecting({**CODE, "compose.yaml": COMPOSE.replace("app:app", "app:app --timeout 70", 1)}).findings
    assert "compose.yaml:6: requests in flight get --graceful-timeout 88" in notes(found)


def test_a_time_that_the_command_states_is_not_changed(answers: Answers) -> None:
    found = answers(
        {**CODE, "compose.yaml": COMPOSE.replace("app:app", "app:app --graceful-timeout 8 --timeout 70", 1)}
    )
    assert "--graceful-timeout 8 " in f"{found['command']} "


def test_what_is_stated_of_what_is_not_carried_over_is_named(detecting: Detect) -> None:
    found = detecting({**CODE, "supervisord.conf": SUPERVISORD}).findings
    assert "program:off.stopwaitsecs (of no process of the image's)" in notes(found)


def test_a_value_that_gives_way_is_named(detecting: Detect) -> None:
    found = detecting({**CODE, "compose.yaml": COMPOSE, "fly.toml": FLY}).findings
    assert "grace of worker: fly.toml:3 is taken, not compose.yaml:12 (300)" in notes(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", "90"), (90, "90"), ("1h", "3600"), ("1m30s", "90"), ("500ms", "1"), ("0", ""), ("soon", ""), (True, "")],
)
def test_durations(text: object, expected: str) -> None:
    assert values.seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("512m", "512M"), ("512MiB", "512M"), ("1024Mi", "1G"), ("1.5 GB", "1536M"), (536870912, "512M"), ("2g", "2G"),
        ("100k", ""), ("lots", ""), ("${MEMORY}", ""), (None, ""),
    ],
)  # fmt: skip
def test_amounts_of_memory(text: object, expected: str) -> None:
    assert values.memory(text) == expected
