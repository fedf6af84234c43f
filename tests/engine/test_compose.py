"""compose.yaml as its head says: passwords made, the database first, the app hardened and answering from it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render
from tests.engine.project import Project

APP = """
import os, psycopg

def app(environ, start_response):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        user = connection.execute("SELECT current_user").fetchone()[0]
    with open("uploads/seen", "w") as file:
        file.write(user)
    start_response("200 OK", [])
    return [user.encode()]
"""

# What the official image does with the same variables, made of Debian's packages
STAND_IN = r"""
services:
  postgres:
    image: copier-slim-test:stand-in-postgres
    build:
      dockerfile_inline: |
        FROM python:3.13-slim-trixie
        RUN apt-get update && apt-get install --yes --no-install-recommends postgresql && rm -rf /var/lib/apt/lists/*
        COPY --chmod=755 <<'EOF' /start
        #!/bin/sh
        set -e
        export PATH=$$PATH:$$(echo /usr/lib/postgresql/*/bin) PGDATA=/var/lib/postgresql/data
        as_postgres="setpriv --reuid=postgres --regid=postgres --init-groups"
        install --directory --owner=postgres --mode=700 $$PGDATA
        $$as_postgres initdb --username="$$POSTGRES_USER" --pwfile="$$POSTGRES_PASSWORD_FILE" \
          --auth=scram-sha-256 --encoding=UTF8
        echo "host all all all scram-sha-256" >> $$PGDATA/pg_hba.conf
        echo "CREATE DATABASE $$POSTGRES_USER" | $$as_postgres postgres --single postgres
        exec $$as_postgres postgres -c listen_addresses='*'
        EOF
        ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin
        CMD ["/start"]
"""


class Compose:
    """A project started by docker compose, with the stand-in in place of the official image."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *words: str) -> str:
        """What a docker compose command prints; raises AssertionError with its complaint where it fails."""
        done = subprocess.run(
            ["docker", "compose", "--file", "compose.yaml", "--file", "stand-in.yaml", *words],
            cwd=self.path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of each service's container, in the order in which they started."""
        names = self.run("ps", "--quiet").split()
        found = json.loads(subprocess.run(["docker", "inspect", *names], capture_output=True, check=True).stdout)
        found.sort(key=lambda container: container["State"]["StartedAt"])
        return {container["Config"]["Labels"]["com.docker.compose.service"]: container for container in found}


@pytest.fixture(scope="module")
def port() -> int:
    """A free port of this machine."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def compose(engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Compose]:  # noqa: ARG001
    """A WSGI app and its database, up."""
    path = render(
        tmp_path_factory.mktemp("compose") / "project",
        project_name="copier-slim-test-compose",
        framework="wsgi",
        starter=False,
        base="distroless",
        python_version="3.13",
        package_tool="uv",
        dependencies="psycopg[binary]",
        profiler="py-spy",
        writable_paths="uploads",
        health_path="",
        port=port,
        extras=["compose"],
    )
    (path / "main.py").write_text(APP, encoding="utf-8")
    (path / "stand-in.yaml").write_text(STAND_IN, encoding="utf-8")
    Project(path, tag="").lock()
    make_passwords(path)
    compose = Compose(path)
    try:
        compose.run("up", "--build", "--quiet-pull", "--wait")
        yield compose
    finally:
        compose.run("--profile", "*", "down", "--volumes", "--rmi", "all", "--timeout", "0")


def make_passwords(project: Path) -> None:
    """Runs the commands that the head of compose.yaml names."""
    head = (project / "compose.yaml").read_text(encoding="utf-8").partition("\nname:")[0]
    commands = re.findall(r"^#   (.*)$", head, re.MULTILINE)
    assert commands
    subprocess.run(["sh", "-euc", "\n".join(commands)], cwd=project, check=True)


pytestmark = pytest.mark.xdist_group("compose")


def ask(port: int) -> tuple[int, bytes]:
    """The status and body of GET /."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/")
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


def test_the_app_answers_from_its_database(compose: Compose, port: int) -> None:
    assert ask(port) == (200, b"app"), compose.run("logs", "app")


def test_the_app_starts_when_the_database_is_healthy(compose: Compose) -> None:
    containers = compose.containers()
    assert list(containers) == ["postgres", "app"]
    assert {container["State"]["Health"]["Status"] for container in containers.values()} == {"healthy"}


def test_the_app_runs_as_verify_runs_it(compose: Compose) -> None:
    app = compose.containers()["app"]
    assert app["HostConfig"]["ReadonlyRootfs"]
    assert app["HostConfig"]["CapDrop"] == ["ALL"]
    assert app["HostConfig"]["SecurityOpt"] == ["no-new-privileges:true"]
    assert app["HostConfig"]["Tmpfs"] == {"/tmp": ""}  # noqa: S108 the container's
    assert app["Config"]["User"] == "10001:10001"
    assert {bindings[0]["HostIp"] for bindings in app["HostConfig"]["PortBindings"].values()} == {"127.0.0.1"}


def test_the_debug_profile_shows_what_the_app_does(compose: Compose) -> None:
    assert "debug" not in compose.containers()
    assert "gunicorn" in compose.run("run", "--build", "--rm", "debug")


def test_what_it_writes_outlasts_the_container(compose: Compose, port: int) -> None:
    ask(port)
    compose.run("up", "--force-recreate", "--no-deps", "--wait", "app")
    assert compose.run("exec", "app", "python", "-c", "print(open('uploads/seen').read())").strip() == "app"


def test_the_password_is_in_its_files_alone(compose: Compose) -> None:
    password = (compose.path / "secrets/postgres_password").read_text(encoding="utf-8").strip()
    assert len(password) >= 32
    holding = [path for path in compose.path.rglob("*") if path.is_file() and password in path.read_text("utf-8")]
    assert {path.parent.name for path in holding} == {"secrets"}
    assert (compose.path / "secrets/.gitignore").read_text(encoding="utf-8") == "*\n"
    database = compose.containers()["postgres"]
    assert password not in json.dumps(database)
    image = compose.containers()["app"]["Image"]
    saved = subprocess.run(["docker", "save", image], capture_output=True, check=True).stdout
    assert password.encode() not in saved
