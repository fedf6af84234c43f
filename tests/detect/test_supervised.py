"""Programs that supervisord starts, by a configuration that a script or a Dockerfile names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.detect.conftest import CODE, Detect, lines, notes

JOBS = "[supervisord]\nuser=root\n[program:jobs]\ncommand=celery -A shop.tasks worker\nstopwaitsecs=90\n"
ALL = JOBS + "[program:web]\ncommand=gunicorn shop.web:app --timeout 99\n[program:off]\ncommand=x\nautostart=false\n"
SERVE = "exec gunicorn shop.web:app --timeout 99\n"
# A script, what the Dockerfile starts, and the configuration's path and text
STARTED: dict[str, tuple[str, str, str, str]] = {
    "behind which a server starts": (
        f"flask db upgrade\nsupervisord -c jobs.conf\n{SERVE}", "./run.sh", "jobs.conf", JOBS,
    ),
    "where something is asked": (
        f'if [ "$NO_TASKS" != "True" ]; then\n  supervisord -c jobs.conf\nfi\n{SERVE}', "./run.sh", "jobs.conf", JOBS,
    ),
    "of all": ("exec /usr/bin/supervisord -n -c deploy/all.conf\n", "./run.sh", "deploy/all.conf", ALL),
    "by a path of the image": ("", '["supervisord", "-n", "-c", "/code/deploy/all.conf"]', "deploy/all.conf", ALL),
    "of a known name": (f"supervisord\n{SERVE}", "./run.sh", "supervisord.conf", JOBS),
}  # fmt: skip


@pytest.mark.parametrize("name", STARTED)
def test_each_program_is_a_process_of_its_own(name: str, detecting: Detect) -> None:
    script, command, path, text = STARTED[name]
    dockerfile = f"FROM python:3.13-slim\nWORKDIR /code\nCOPY . .\nCMD {command}\n"
    files = {**CODE, "Dockerfile": dockerfile, path: text} | ({"run.sh": f"#!/bin/bash\n{script}"} if script else {})
    found = detecting(files).findings
    assert found.answers["command"].startswith("gunicorn shop.web:app --timeout 99")
    assert lines(found.answers, "processes") == ["jobs: celery -A shop.tasks worker"]
    assert "jobs: grace=90" in lines(found.answers, "limits")
    assert "run as it is" not in notes(found)
    assert "supervisord.user" in next(note for note in found.notes if note.startswith(f"{path}: left out: "))


ASKED: dict[str, tuple[str, Any]] = {
    "more than a process": ("supervisord -c jobs.conf; flask seed", "is asked at start"),
    "what is off by itself": ("supervisord -c jobs.conf", "is asked at start"),
    "a file that is not there": ("supervisord -c other.conf", "is asked at start"),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_only_the_start_decides_is_left_to_the_script(name: str, detecting: Detect) -> None:
    body, told = ASKED[name]
    asked = "= on" if "off" in name else "!= off"
    script = f'#!/bin/sh\nif [ "$TASKS" {asked} ]; then\n  {body}\nfi\n{SERVE}'
    found = detecting(
        {**CODE, "Dockerfile": "FROM python:3.13\nCMD ./run.sh\n", "run.sh": script, "jobs.conf": JOBS}
    ).findings
    assert told in notes(found)


def test_a_folder_that_the_image_does_not_have_is_named(detecting: Detect) -> None:
    text = "[program:web]\ncommand=gunicorn shop.web:app\ndirectory=/home/shop\n"
    assert "program:web.directory (the image does not have it)" in notes(
        detecting({**CODE, "supervisord.conf": text}).findings
    )
