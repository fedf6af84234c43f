"""Where several files state the same thing: which is taken, and that the others are named."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE, Detect, Files, notes, of
from .test_django import project
from .test_processes import DOCKERFILE, WEB, WORKER

# By a sentence: the files, what is taken, and what the note says of the other
ORDER: dict[str, tuple[Files, dict[str, Any], str]] = {
    "a Procfile over compose": (
        {"Procfile": f"web: {WEB}\n", "compose.yaml": "services:\n  web:\n    build: .\n    command: python main.py\n"},
        {"app": "shop.web:app"},
        "start command: Procfile:1 is taken, not compose.yaml:4 (python main.py)",
    ),
    "compose over a Dockerfile's CMD": (
        {"Dockerfile": DOCKERFILE, "compose.yaml": "services:\n  web:\n    build: .\n    command: gunicorn wsgi\n"},
        {"app": "wsgi:application"},
        "start command: compose.yaml:4 is taken, not Dockerfile:4 (gunicorn shop.web:app)",
    ),
    "a Dockerfile over a command of compose that reloads": (
        {
            "Dockerfile": DOCKERFILE,
            "compose.yaml": "services:\n  web:\n    build: .\n    command: uvicorn shop.api:app --reload\n",
        },
        {"app": "shop.web:app"},
        "start command: Dockerfile:4 is taken, not compose.yaml:4",
    ),
    "an override over the base": (
        {
            "compose.yaml": f"services:\n  web:\n    build: .\n    command: {WEB}\n    environment: {{STAGE: one}}\n",
            "compose.override.yaml": "services:\n  web:\n    command: gunicorn wsgi\n    environment: {STAGE: two}\n",
        },
        {"app": "wsgi:application", "environment": "STAGE=two"},
        "STAGE: compose.override.yaml:4 is taken, not compose.yaml:5 (one)",
    ),
    "a compose file for production over the base": (
        {
            "docker-compose.yml": f"services:\n  web:\n    build: .\n    command: {WEB}\n",
            "docker-compose.prod.yml": "services:\n  web:\n    build: .\n    command: gunicorn wsgi\n",
        },
        {"app": "wsgi:application"},
        "start command: docker-compose.prod.yml:4 is taken, not docker-compose.yml:4",
    ),
    "the port that a platform asks over EXPOSE": (
        {
            "Dockerfile": f"{DOCKERFILE}EXPOSE 5001\n",
            "fly.toml": "[http_service]\ninternal_port = 5002\n",
        },
        {"port": 5002},
        "port: fly.toml:2 is taken, not Dockerfile:5 (5001)",
    ),
    "a worker that two files start": (
        {
            "Procfile": f"web: {WEB}\nworker: {WORKER}\n",
            "compose.yaml": (
                f"services:\n  web:\n    build: .\n    command: {WEB}\n  tasks:\n    build: .\n"
                "    command: celery -A shop.tasks worker -c 1\n"
            ),
        },
        {"processes": f"worker: {WORKER}"},
        "tasks: Procfile:2 is taken, not compose.yaml:7 (celery -A shop.tasks worker -c 1)",
    ),
    "a variable of a Dockerfile over one that the code sets if there is none": (
        {**project(), "Dockerfile": "FROM python:3.13\nENV DJANGO_SETTINGS_MODULE=shop.production\n"},
        {"environment": "DJANGO_SETTINGS_MODULE=shop.production"},
        "",
    ),
    "a platform's variable over a Dockerfile's": (
        {"Dockerfile": "FROM python:3.13\nENV STAGE=one PORT=5001\n", "fly.toml": '[env]\nSTAGE = "two"\n'},
        {"environment": "STAGE=two", "port": 5001},
        "STAGE: fly.toml:2 is taken, not Dockerfile:2 (one)",
    ),
    "a command's port over that of settings": (
        {"Procfile": "web: gunicorn -b :5001 shop.web:app\n", "gunicorn.conf.py": "bind = ':5002'\n"},
        {"port": 5001},
        "",
    ),
    "settings of a server that is not started": (
        {"Procfile": "worker: python main.py\n", "gunicorn.conf.py": "bind = ':5002'\n"},
        {"app": "python main.py", "port": None},
        "",
    ),
    "a command for development over settings that no command names": (
        {"Procfile": "web: flask --app shop.web run --debug\n", "deploy/uwsgi.ini": "[uwsgi]\nmodule = wsgi\n"},
        {"app": "shop.web:app"},
        "start command: Procfile:1 is taken, not deploy/uwsgi.ini:1",
    ),
    "a command that names no port over the settings of a server that it does not start": (
        {"Procfile": "web: gunicorn shop.web:app\n", "uwsgi.ini": "[uwsgi]\nmodule = wsgi\nhttp = :5123\n"},
        {"app": "shop.web:app"},
        "port: Procfile:1 is taken, not uwsgi.ini:3 (5123)",
    ),
}


@pytest.mark.parametrize("name", ORDER)
def test_what_binds_more_is_taken_and_the_other_named(name: str, detecting: Detect) -> None:
    files, expected, note = ORDER[name]
    findings = detecting({**CODE, "requirements.txt": "flask\ncelery\n", **files}).findings
    assert of(findings.answers, expected) == expected
    assert note in notes(findings)
