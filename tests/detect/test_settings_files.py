"""Files of programs and platforms beside those that start the app: crontabs, Streamlit's settings, Vercel's."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CODE, Answers, Detect, Files, lines, notes, of

STREAMLIT: dict[str, str | bytes] = {
    "requirements.txt": "streamlit\n",
    "app.py": "import streamlit as st\nst.title('x')\n",
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("*/5 * * * * python jobs.py --all", "jobs: */5 * * * * python jobs.py --all"),
        ("0 3 * * 1 cd /app && /usr/local/bin/python a.py >> /var/log/cron.log 2>&1", "a: 0 3 * * 1 python a.py"),
        ("@daily python manage.py clearsessions", "clearsessions: @daily python manage.py clearsessions"),
        ("15 4 * * * root python jobs.py", "jobs: 15 4 * * * python jobs.py"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["crontab", "docker/crontab.txt", "deploy/cron.d/shop"])
def test_a_job_of_a_crontab_is_a_schedule(path: str, line: str, expected: str, answers: Answers) -> None:
    assert lines(answers({**CODE, path: f"# jobs\n{line}\n"}), "schedules") == [expected]


def test_what_else_a_crontab_has_is_named(detecting: Detect) -> None:
    found = detecting({**CODE, "crontab": "MAILTO=me\nSTAGE=teal\n* * * * * python jobs.py\nnonsense\n"}).findings
    assert of(found.answers, {"environment": "", "schedules": ""}) == {
        "environment": "STAGE=teal", "schedules": "jobs: * * * * * python jobs.py"
    }  # fmt: skip
    assert "crontab: left out: MAILTO (cron's own); line 4 (not understood)" in notes(found)


SETTINGS: dict[str, tuple[Files, dict[str, Any]]] = {
    "port": ({".streamlit/config.toml": "[server]\nport = 8600\n"}, {"port": 8600}),
    "a command's port first": (
        {
            ".streamlit/config.toml": "[server]\nport = 8600\n",
            "Procfile": "web: streamlit run app.py --server.port 8700\n",
        },
        {"port": 8700},
    ),
    "a command without one": (
        {".streamlit/config.toml": "[server]\nport = 8600\n", "Procfile": "web: streamlit run app.py\n"},
        {"port": 8600},
    ),
    "addresses below a folder": (
        {".streamlit/config.toml": '[server]\nbaseUrlPath = "board/"\n'},
        {"health_path": "/board/_stcore/health"},
    ),
    "the same by an option": (
        {"Procfile": "web: streamlit run app.py --server.baseUrlPath=/board\n"},
        {"health_path": "/board/_stcore/health"},
    ),
    "neither": ({".streamlit/config.toml": '[theme]\nbase = "dark"\n'}, {"health_path": None, "port": None}),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_the_settings_of_streamlit(name: str, answers: Answers) -> None:
    files, expected = SETTINGS[name]
    assert of(answers({**STREAMLIT, **files}), expected) == expected


def test_jobs_that_a_platform_asks_the_app_for_are_named(detecting: Detect) -> None:
    files = {
        "vercel.json": '{"crons": [{"path": "/job", "schedule": "0 5 * * *"}], "rewrites": []}',
        "cron.yaml": "cron:\n- url: /job\n  schedule: every 24 hours\n",
    }
    said = notes(detecting({**CODE, **files}).findings)
    assert "vercel.json: left out: crons (the platform's, which asks the app for a path by the clock)" in said
    assert "cron.yaml: left out: cron (the platform's, which asks the app for a path by the clock)" in said


def test_a_package_that_a_build_command_runs_is_for_the_build_alone(answers: Answers) -> None:
    dockerfile = (
        "FROM python:3.13\nRUN apt-get update && apt-get install -y gettext\nWORKDIR /app\nCOPY . .\n"
        "RUN python manage.py compilemessages\nCMD gunicorn shop.web:app\n"
    )
    found = answers({**CODE, "manage.py": "print()\n", "Dockerfile": dockerfile})
    expected = {
        "build_packages": "gettext",
        "system_packages": None,
        "build_commands": "python manage.py compilemessages",
    }
    assert of(found, expected) == expected


def test_the_options_of_an_old_health_check_are_named(detecting: Detect) -> None:
    probe = "HEALTHCHECK --start-period=120s --interval=5s --retries=9 CMD curl http://localhost:8000/up"
    found = detecting(
        {**CODE, "Dockerfile": f"FROM python:3.13\nCOPY . /app\nCMD gunicorn shop.web:app\n{probe}\n"}
    ).findings
    assert "HEALTHCHECK --interval=5s, HEALTHCHECK --retries=9 (the template's image has its own)" in notes(found)
    assert found.answers["limits"] == "app: start=120"
