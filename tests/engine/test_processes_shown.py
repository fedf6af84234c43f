"""The transcript of docs/processes.md is what a terminal shows: a Procfile of four, run by compose with no edit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.command.running import commit, environment, shell, write
from tests.engine.test_workers import BROKER
from tests.render.test_readme import check_shown

DJANGO = {
    "Procfile": """\
web: gunicorn config.wsgi --workers 1 --timeout 60
release: python manage.py migrate --noinput
worker: celery -A config worker --loglevel INFO
beat: celery -A config beat
""",
    "requirements.txt": "celery[redis]\ndjango~=5.2\ngunicorn\n",
    "manage.py": """\
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
execute_from_command_line(sys.argv)
""",
    "config/__init__.py": 'from config.celery import app\n\n__all__ = ["app"]\n',
    "config/celery.py": """\
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task
def add(x, y):
    return x + y
""",
    "config/settings.py": """\
import os

SECRET_KEY = os.environ.get("SECRET_KEY", "for development")
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "config.urls"
INSTALLED_APPS = ["django.contrib.contenttypes"]
CELERY_BROKER_URL = os.environ.get("REDIS_URL", "redis://localhost")
CELERY_RESULT_BACKEND = CELERY_BROKER_URL
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/tmp/db.sqlite3"}}
""",
    "config/urls.py": """\
from django.http import HttpResponse
from django.urls import path

from config.celery import add

urlpatterns = [
    path("healthz", lambda _: HttpResponse("ok")),
    path("add", lambda _: HttpResponse(add.delay(2, 3).get(timeout=20))),
]
""",
    "config/wsgi.py": """\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
""",
}
# Redis's own image is another matter, and the host's port may be taken
STAND_IN = """\
services:
  app: {ports: !override ["127.0.0.1::8000"]}
  redis: {image: copier-slim-test:stand-in-redis, build: {dockerfile_inline: %s}}
""" % json.dumps(BROKER)  # noqa: UP031 it has braces
# What changes nothing that is shown
QUICKER = "--data python_version=3.13 --data package_tool=uv > /dev/null"
COPY = "copier-slim copy --defaults --data extras=compose"
SHOWN = [
    "cat Procfile",
    COPY,
    "docker compose --progress quiet up --build --wait",
    "docker compose ps --all --format '{{.Service}}: {{.State}} {{.Health}}'",
    "docker compose exec app python -c 'import urllib.request as u; print(u.urlopen(\"http://localhost:8000/add\").read())'",
]


@pytest.mark.xdist_group("adoption-shown")
@pytest.mark.usefixtures("engine")
def test_the_page_shows_four_processes_as_they_run(
    template: Path,
    tmp_path: Path,
    update_golden: bool,  # noqa: FBT001
) -> None:
    project = commit(write(tmp_path / "market", DJANGO))
    (tmp_path / "stand-in.yaml").write_text(STAND_IN, encoding="utf-8")
    env = environment() | {"COMPOSE_FILE": f"compose.yaml:{tmp_path / 'stand-in.yaml'}"}

    def run(line: str) -> str:
        return shell(line, project, env)

    shown = ""
    try:
        for line in SHOWN:
            if line == COPY:
                said = run(f"{sys.executable} -m {COPY.replace('-', '_', 1)} --template {template} {QUICKER}")
            else:
                said = run(line)
            said = "".join(f"{text.rstrip()}\n" for text in said.splitlines())
            shown += f"$ {line}{' > /dev/null' if line == COPY else ''}\n{said}"
        states = dict(line.split(": ") for line in run(SHOWN[3]).splitlines())
        assert states == {
            **dict.fromkeys(("app", "worker", "beat", "redis"), "running healthy"),
            "release": "exited ",
        }
        assert shown.endswith("b'5'\n")
        check_shown("processes", shown, update_golden=update_golden)
    finally:
        if (project / "compose.yaml").exists():
            run("docker compose down --volumes --rmi all --timeout 0")
