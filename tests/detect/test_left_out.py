"""What files state and the image does not take: it is named, with why, and never a secret's value."""

from __future__ import annotations

import pytest

from .conftest import CODE, Detect, Files, notes
from .test_processes import WEB, WORKER

# What is named and not carried over, by a sentence: the files, what the notes say, and the answers that do not have it
NAMED: dict[str, tuple[Files, list[str], list[str]]] = {
    "a process for development": (
        {"Procfile": f"web: {WEB}\nassets: python manage.py tailwind --watch\ndev: python main.py\n"},
        ["Procfile: left out: assets, dev (for development)"],
        ["processes"],
    ),
    "a Procfile for development": (
        {"Procfile": f"web: {WEB}\n", "Procfile.dev": f"web: flask run\nworker: {WORKER}\n"},
        ["Procfile.dev: left out: web, worker (for development)"],
        ["processes"],
    ),
    "a program that the image does not have": (
        {"Procfile": f"web: {WEB}\nfront: cd front && npm start\n"},
        ["Procfile: left out: front (npm is not in the image)"],
        ["processes"],
    ),
    "lines that are none": (
        {"Procfile": f"web: {WEB}\nweb: python main.py\n? what\n"},
        ["web (line 2) (stated above, too)", "line 3 (not understood)"],
        ["processes"],
    ),
    "what has another form": (
        {
            "Procfile": f"web: {WEB}\n",
            "fly.toml": "processes = 3\n",
            "app.json": "[1]",
            "heroku.yml": "run: x\n",
            "compose.yaml": "services: [a]\n",
        },
        [
            "fly.toml: left out: processes (not understood)",
            "app.json: left out: all of it (not understood)",
            "heroku.yml: left out: run (not understood)",
            "compose.yaml: left out: services (not understood)",
        ],
        ["processes"],
    ),
    "a process of another Dockerfile": (
        {
            "heroku.yml": (
                "build:\n  docker:\n    web: Dockerfile\n    worker: other.Dockerfile\n"
                f"run:\n  worker:\n    command: [{WORKER}]\n    image: worker\n"
            ),
            "Dockerfile": "FROM python:3.13\nWORKDIR /x\nCOPY . .\nCMD gunicorn shop.web:app\n",
        },
        ["heroku.yml: left out: run.worker (of an image of its own)"],
        ["processes"],
    ),
    "secrets": (
        {
            "render.yaml": (
                f"services:\n- type: web\n  startCommand: {WEB}\n  envVars:\n"
                "  - {key: API_KEY, value: s3cr3tv4lue99}\n  - {key: DB_PASSWORD, value: hunter2}\n"
            )
        },
        ["not carried over from render.yaml: API_KEY, DB_PASSWORD may be secret; set them at run time"],
        ["environment"],
    ),
    "variables that are set elsewhere": (
        {
            "render.yaml": (
                f"services:\n- type: web\n  name: shop\n  startCommand: {WEB}\n  envVars:\n"
                "  - {key: DATABASE_URL, fromDatabase: {name: db}}\n  - {key: STAGE, sync: false}\n"
            )
        },
        ["services.shop.envVars.DATABASE_URL, STAGE (set at run time)"],
        ["environment"],
    ),
    "the address of another service": (
        {
            "compose.yaml": (
                f"services:\n  web:\n    build: .\n    command: {WEB}\n    environment: [REDIS_URL=redis://cache:6379/0]\n"
                "  cache: {image: redis}\n"
            )
        },
        ["environment.REDIS_URL (names another service; set it where the image runs)"],
        ["environment"],
    ),
    "a file that is mounted and not in the repository": (
        {
            "compose.yaml": (
                f"services:\n  web:\n    build: .\n    command: {WEB}\n    environment: [SHOP_CONFIG=/etc/shop.cfg]\n"
                "    volumes: ['./shop.cfg:/etc/shop.cfg']\n"
            )
        },
        ["environment.SHOP_CONFIG (names a file that is mounted where it runs)"],
        ["environment"],
    ),
    "code that is mounted": (
        {"compose.yaml": f"services:\n  web:\n    build: .\n    command: {WEB}\n    volumes: ['.:/app']\n"},
        ["volumes .:/app (for development: the code is in the image)"],
        ["writable_paths"],
    ),
    "targets of make": (
        {
            "Procfile": f"web: {WEB}\n",
            "Makefile": "X := 1\n\nrun: install\n\t@flask --app shop.web run --debug\n\ntest:\n\tpytest\n",
        },
        ["Makefile: left out: run (flask --app shop.web run --debug) (for development)"],
        [],
    ),
    "a dev container": (
        {
            "Procfile": f"web: {WEB}\n",
            ".devcontainer/devcontainer.json": '{\n  // a comment\n  "name": "x", "forwardPorts": [8000],\n}\n',
        },
        [".devcontainer/devcontainer.json: left out: name, forwardPorts (for development)"],
        ["port"],
    ),
    "files that a Dockerfile puts elsewhere": (
        {
            "Dockerfile": (
                "FROM node:22 AS front\nRUN true\nFROM python:3.13\nCOPY requirements.txt /tmp/\n"
                "COPY --from=front /w /srv/w\n"
                "ADD rates.json /etc/shop/rates.json\nWORKDIR /srv\nCOPY . .\nCMD gunicorn shop.web:app\n"
            ),
            "rates.json": "{}",
            "requirements.txt": "flask\n",
        },
        ["not carried over from Dockerfile:5: COPY --from=front"],
        [],
    ),
    "a script in front of each process": (
        {
            "Dockerfile": 'FROM python:3.13\nWORKDIR /x\nCOPY . .\nENTRYPOINT ["./entry.sh"]\nCMD ["gunicorn"]\n',
            "entry.sh": '#!/bin/sh\npython seed.py\nexec "$@"\n',
            "compose.yaml": f"services:\n  web: {{build: .}}\n  jobs:\n    build: .\n    command: {WORKER}\n",
        },
        ["compose.yaml:5: python seed.py does not run before jobs"],
        [],
    ),
    "a server's configuration among examples": (
        {"contrib/uwsgi.ini": "[uwsgi]\nhttp = :9191\nmodule = app:app\nspooler = %d/mail\n"},
        ["contrib/uwsgi.ini is left out: it is an example"],
        ["command", "port"],
    ),
    "a Dockerfile that starts nothing": (
        {"Dockerfile.wheels": "FROM python:3.11\nENV STAGE=one\nRUN pip wheel .\n"},
        ["Dockerfile.wheels is left out: it starts nothing"],
        ["environment"],
    ),
    "a Dockerfile that hands over what it built": (
        {
            "packaging/Dockerfile": (
                'FROM python:3.11\nENV STAGE=one\nRUN python build.py\nENTRYPOINT ["mv", "/x/dist", "/artifacts"]\n'
            )
        },
        ["packaging/Dockerfile is left out: it starts nothing"],
        ["environment", "build_commands"],
    ),
    "Dockerfiles for development": (
        {
            ".devcontainer/Dockerfile": "FROM python:3.11\nENV STAGE=one\n",
            "Dockerfile.dev": "FROM python:3.11\nENV STAGE=one\n",
        },
        [
            ".devcontainer/Dockerfile is left out: it is for development",
            "Dockerfile.dev is left out: it is for development",
        ],
        ["environment"],
    ),
    "instructions of a Dockerfile": (
        {
            "Dockerfile": (
                "FROM python:3.13\nARG REVISION=1\nENV PYTHONUNBUFFERED=1\nLABEL team=shop\nUSER 5\nSTOPSIGNAL SIGINT\n"
                'SHELL ["bash"]\nMAINTAINER me\nONBUILD RUN x\nCOPY . /srv\nWORKDIR /srv\nCMD gunicorn shop.web:app\n'
            )
        },
        [
            *("ARG REVISION", "ENV PYTHONUNBUFFERED", "MAINTAINER me", "USER 5 ("),
            *("STOPSIGNAL SIGINT", 'SHELL ["bash"]', "ONBUILD RUN x"),
        ],
        [],
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_is_left_out_is_named(name: str, detecting: Detect) -> None:
    files, expected, absent = NAMED[name]
    findings = detecting({**CODE, **files}).findings
    assert [text for text in expected if text not in notes(findings)] == []
    assert [answer for answer in absent if answer in findings.answers] == []
    assert "hunter2" not in notes(findings)


def test_files_in_the_working_directory_are_nothing_to_name(detecting: Detect) -> None:
    dockerfile = (
        "FROM python:3.13\nWORKDIR /srv\nCOPY rates.json /srv\nCOPY rates.json data/\nCMD gunicorn shop.web:app\n"
    )
    findings = detecting({**CODE, "Dockerfile": dockerfile, "rates.json": "{}"}).findings
    assert "COPY" not in notes(findings)
