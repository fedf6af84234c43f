"""What decides on a server beside the words that start it: its configuration, its libraries, the image's variables."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE, Detect, Files, notes, of
from .test_django import project
from .test_stated_commands import FILES, UVICORN

DEFAULT_CONFIGURATION: dict[str, tuple[str, dict[str, Any]]] = {
    "what it sets is not overridden": (
        "bind = '0.0.0.0:9108'\nworker_class = 'gevent'\nthreads = 2\n",
        {
            "command": "gunicorn wsgi:application --graceful-timeout 8 --worker-tmp-dir /dev/shm --access-logfile -",
            "port": 9108,
        },
    ),
    "what it does not set stays the default": (
        "timeout = 90\n\n\ndef post_fork(server, worker): ...\n",
        {"command": ""},
    ),
    "what cannot be told is its own": (
        "import shop\nbind = shop.bind()\n",
        {
            "command": "gunicorn wsgi:application --threads 8 --graceful-timeout 8 --worker-tmp-dir /dev/shm"
            " --access-logfile -",
            "port": None,
        },
    ),
    "a broken one": ("bind = (\n", {"command": ""}),
}


@pytest.mark.parametrize("name", DEFAULT_CONFIGURATION)
def test_the_configuration_that_gunicorn_reads_by_itself(name: str, detecting: Detect) -> None:
    content, expected = DEFAULT_CONFIGURATION[name]
    found = detecting({"wsgi.py": CODE["wsgi.py"], "shop/web.py": CODE["shop/web.py"], "gunicorn.conf.py": content})
    answers = {"command": "", **found.findings.answers}
    assert of(answers, expected) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"Procfile": "web: gunicorn web:app --certfile a.pem --keyfile b.pem\n"}, ""),
        ({"Procfile": "web: gunicorn web:app\n", "gunicorn.conf.py": "certfile = 'a.pem'\n"}, ""),
        ({"Procfile": "web: flask --app web run\n", "gunicorn.conf.py": "certfile = 'a.pem'\n"}, ""),
        ({"Procfile": "web: gunicorn web:app --timeout 9\n"}, "/healthz"),
    ],
)
def test_a_server_that_speaks_https_is_not_asked_by_http(files: Files, expected: str, detecting: Detect) -> None:
    web = f"{CODE['shop/web.py']!s}\n\n@app.get('/healthz')\ndef healthz():\n    return 'ok'\n"
    assert detecting({"web.py": web, **files}).findings.value("health_path") == expected


def test_daphne_of_channels_stays(detecting: Detect) -> None:
    files = project(
        Procfile="web: daphne -b 0.0.0.0 -p $PORT shop.asgi:application\n",
        **{"requirements.txt": "django\nchannels[daphne]\n"},
    )
    found = detecting(files).findings
    assert found.value("command") == "daphne -b 0.0.0.0 -p $PORT shop.asgi:application"
    assert "daphne is added" not in notes(found)


def test_uvicorn_has_websockets_for_channels(detecting: Detect) -> None:
    declared = {"requirements.txt": "django\nchannels\n"}
    stated = {"Procfile": "web: uvicorn shop.asgi:application\n", **declared}
    assert "websockets" in detecting(project(**stated)).findings.value("dependencies")
    stated["Procfile"] = "web: hypercorn shop.asgi:application\n"
    assert "websockets" not in detecting(project(**stated)).findings.value("dependencies")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (
            'ENV GUNICORN_CMD_ARGS="--bind=0.0.0.0:9109 --workers=3"\nCMD ["gunicorn", "shop.web:app"]',
            {
                "command": "gunicorn shop.web:app --graceful-timeout 8 --worker-tmp-dir /dev/shm --access-logfile -",
                "port": 9109,
            },
        ),
        (
            'ENV PORT=9110\nCMD ["sh", "-c", "exec gunicorn -b :$PORT -w 1 shop.web:app"]',
            {
                "command": "gunicorn -b 0.0.0.0:$PORT -w 1 shop.web:app --graceful-timeout 8 --worker-tmp-dir /dev/shm"
                " --access-logfile -",
                "port": 9110,
            },
        ),
        (
            'WORKDIR /code/shop\nCOPY . /code\nCMD ["gunicorn", "-c", "../deploy/gunicorn.py", "web:app"]',
            {
                "command": "gunicorn -c deploy/gunicorn.py web:app --chdir shop --graceful-timeout 8"
                " --worker-tmp-dir /dev/shm",
                "python_path": "shop",
            },
        ),
    ],
)
def test_what_an_image_says_of_it(image: str, expected: dict[str, Any], detecting: Detect) -> None:
    found = detecting({**FILES, "Dockerfile": f"FROM python:3.13\n{image}\n"}).findings
    assert of(found.answers, expected) == expected


def test_an_app_of_a_dependency_runs_as_stated(detecting: Detect) -> None:
    files: Files = {
        **CODE,
        "requirements.txt": "mlflow\nuvicorn\n",
        "Procfile": "web: uvicorn mlflow.server:app --workers 2\n",
    }
    found = detecting(files).findings
    expected = {"framework": "command", "app": f"uvicorn mlflow.server:app --workers 2 {UVICORN}", "port": 8000}
    assert of(found.answers, expected) == expected


def test_a_credential_in_a_command_is_set_at_run_time(detecting: Detect) -> None:
    url = "postgres://shop:hunter2secret@db/shop?ssl=1"
    found = detecting(
        {**FILES, "Procfile": f"web: gunicorn shop.web:app -w 2 --env=DSN='{url}' --statsd-host '{url}'\n"}
    )
    assert "hunter2" not in str(found.findings.answers)
    assert found.findings.value("command").startswith("gunicorn shop.web:app -w 2 --env=")
    assert "credentials in command; set" in notes(found.findings)


def test_a_configuration_of_another_user_and_environment_is_overruled(detecting: Detect) -> None:
    ini = "[uwsgi]\nhttp-socket = :9105\nmodule = shop.web:app\nuid = 1000\nvirtualenv = /venv\n"
    found = detecting({**FILES, "Procfile": "web: uwsgi deploy/uwsgi.ini\n", "deploy/uwsgi.ini": ini}).findings
    command = str(found.answers["command"])
    assert command.startswith("uwsgi --ini deploy/uwsgi.ini ")
    assert "--uid 10001" in command
    assert "--virtualenv /opt/venv" in command
    assert "--gid" not in command
    assert "deploy/uwsgi.ini:4 says uid=1000: --uid 10001 is added, as the image has it" in notes(found)


def test_a_configuration_that_starts_from_a_place_the_image_lacks(detecting: Detect) -> None:
    ini = "[uwsgi]\nhttp-socket = :9105\nchdir = /srv/shop\nmodule = shop.web:app\n"
    found = detecting({**FILES, "Procfile": "web: uwsgi deploy/uwsgi.ini\n", "deploy/uwsgi.ini": ini}).findings
    assert of(found.answers, {"command": "", "port": 9105}) == {"command": "", "port": 9105}
    said = "deploy/uwsgi.ini:3 starts from /srv/shop, which the image does not have: gunicorn takes its place"
    assert said in notes(found)
    settings = {
        **FILES,
        "Procfile": "web: gunicorn -c deploy/g.py shop.web:app\n",
        "deploy/g.py": "chdir = '/srv/shop'\n",
    }
    found = detecting(settings).findings
    assert "--chdir /app" in str(found.answers["command"])
