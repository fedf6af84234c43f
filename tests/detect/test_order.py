"""Where several files state the same thing: which is taken, and that the others are named."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE, Detect, Files, notes, of
from .test_django import project
from .test_processes import DOCKERFILE, WEB, WORKER

JSON = '["gunicorn", "shop.web:app"]'
STAGED = f"FROM python:3.13\nENV STAGE=one\nCMD {JSON}\n"
IN_DEVELOPMENT = "services:\n  web:\n    build: .\n    %s\n    environment:\n      STAGE: two\n"
OF_DJANGO = (
    "services:\n  web:\n    build: .\n    command: python manage.py runserver\n"
    "    environment: {DJANGO_SETTINGS_MODULE: %s}\n"
)
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
    "a Dockerfile's variable over that of a service that idles": (
        {"Dockerfile": STAGED, "compose.yaml": IN_DEVELOPMENT % "command: tail -f /dev/null"},
        {"environment": "STAGE=one"},
        "STAGE: Dockerfile:2 is taken, not compose.yaml:6 (two)",
    ),
    "a Dockerfile's variable over that of a service that reloads": (
        {"Dockerfile": STAGED, "compose.yaml": IN_DEVELOPMENT % "command: python manage.py runserver 0.0.0.0:8000"},
        {"environment": "STAGE=one"},
        "STAGE: Dockerfile:2 is taken, not compose.yaml:6 (two)",
    ),
    "a Dockerfile's variable over that of a service of a stage for development": (
        {
            "Dockerfile": f"FROM python:3.13 AS base\nENV STAGE=one\nFROM base AS prod\nCMD {JSON}\nFROM base AS dev\n",
            "compose.yaml": "services:\n  web:\n    build: {context: ., target: dev}\n    environment: {STAGE: two}\n",
        },
        {"environment": "STAGE=one"},
        "STAGE: Dockerfile:2 is taken, not compose.yaml:4 (two)",
    ),
    "a Dockerfile's settings over those for development": (
        {
            "Dockerfile": "FROM python:3.13\nENV APP_SETTINGS=shop.ProductionConfig\n",
            "compose.yaml": (
                "services:\n  web:\n    build: .\n    environment: {APP_SETTINGS: shop.DevelopmentConfig}\n"
            ),
        },
        {"environment": "APP_SETTINGS=shop.ProductionConfig"},
        "APP_SETTINGS: Dockerfile:2 is taken, not compose.yaml:4 (shop.DevelopmentConfig)",
    ),
    "compose's variable over a Dockerfile's": (
        {"Dockerfile": STAGED, "compose.yaml": IN_DEVELOPMENT % f"command: {WEB}"},
        {"environment": "STAGE=two"},
        "STAGE: compose.yaml:6 is taken, not Dockerfile:2 (one)",
    ),
    "a service's for development where nothing else states it": (
        {"Dockerfile": DOCKERFILE, "compose.yaml": IN_DEVELOPMENT % "command: tail -f /dev/null"},
        {"environment": "STAGE=two"},
        "",
    ),
    "a start command's own variable over those of files": (
        {"Procfile": f"web: STAGE=zero {WEB}\n", "Dockerfile": STAGED, "fly.toml": '[env]\nSTAGE = "two"\n'},
        {"environment": "STAGE=zero"},
        "STAGE: Procfile:1 is taken, not fly.toml:2 (two)",
    ),
    "a file's number of workers over a start command's default": (
        {
            "Procfile": "web: gunicorn shop.web:app --workers ${WEB_CONCURRENCY:-2}\n",
            "fly.toml": '[env]\nWEB_CONCURRENCY = "5"\n',
        },
        {"environment": "WEB_CONCURRENCY=5"},
        "",
    ),
    "settings that wsgi.py names over those of a service for development": (
        {**project(), "compose.yaml": OF_DJANGO % "shop.settings_dev", "shop/settings_dev.py": "DEBUG = True\n"},
        {"environment": None},
        "DJANGO_SETTINGS_MODULE: manage.py:4 is taken, not compose.yaml:5 (shop.settings_dev)",
    ),
    "settings of a service for development where the code names none that there are": (
        {
            **project(),
            "shop/settings.py": "",
            "compose.yaml": OF_DJANGO % "shop.settings_dev",
            "shop/settings_dev.py": "DEBUG = True\n",
        },
        {"environment": "DJANGO_SETTINGS_MODULE=shop.settings_dev"},
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
