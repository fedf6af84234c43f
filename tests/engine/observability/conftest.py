"""A collector beside the containers under test, and projects whose agent is to report to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

import brotli
import pytest
import yaml
from python_on_whales import Container, Network, docker

from tests.conftest import Render
from tests.engine.observability import sink as collector
from tests.engine.observability.received import Received
from tests.engine.project import Project, Service

HERE = Path(__file__).parent
ROUTES: dict[str, dict[str, str]] = yaml.safe_load((HERE / "routes.yml").read_text(encoding="utf-8"))
SINK_IMAGE = "python:3.13-slim-trixie"
PYTHON = "3.13"


@dataclass
class Sink:
    """The collector's container, and the network where it is called `sink`."""

    container: Container
    network: Network

    def take(self) -> Received:
        """What arrived since the last time."""
        with closing(HTTPConnection(*Service(self.container, collector.PORT).address, timeout=10)) as connection:
            connection.request("DELETE", "/sent")
            messages = json.loads(connection.getresponse().read())
        received = Received()
        for message in messages:
            body = base64.b64decode(message["body"])
            # Not in the standard library, so that it is left to this side; Sentry uses it where it is installed
            received.add(message["path"], brotli.decompress(body) if message["encoding"] == "br" else body)
        return received


@pytest.fixture(scope="session")
def sink(engine: None) -> Iterator[Sink]:  # noqa: ARG001
    """A collector, alone on a network with what the tests put there."""
    network = docker.network.create(f"copier-slim-test-{uuid4()}")
    container = docker.run(
        SINK_IMAGE,
        ["python", "/sink.py"],
        detach=True,
        init=True,
        networks=[network],
        network_aliases=["sink"],
        publish=[("127.0.0.1:", collector.PORT)],
        volumes=[(HERE / "sink.py", "/sink.py", "ro")],
    )
    assert isinstance(container, Container)
    try:
        service = Service(container, collector.PORT)
        service.wait("/")
        yield Sink(container, network)
    finally:
        docker.remove(container, force=True, volumes=True)
        network.remove()


@pytest.fixture(scope="session")
def observed(
    engine: None,  # noqa: ARG001
    render: Render,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Project]]:
    """Renders, locks and builds a starter with the routes of routes.yml, once for each set of answers.

    The images are removed in the end: the matrix has more of them than a disk has room.
    """
    tags = []

    @cache
    def built(answers: tuple[tuple[str, Any], ...]) -> Project:
        given = dict(answers)
        name = "-".join(str(value) for value in given.values()).lower()
        path = render(
            tmp_path_factory.mktemp(name) / "shop",
            project_name="Shop",
            python_version=PYTHON,
            package_tool="uv",
            **given,
        )
        if routes := ROUTES.get(given["framework"]):
            add_routes(path / routes["file"], routes["code"])
        project = Project(path, tag=f"copier-slim-test:observed-{name}")
        tags.append(project.tag)
        project.lock()
        project.build()
        return project

    yield lambda **answers: built(tuple(answers.items()))
    docker.image.remove([tag for tag in tags if docker.image.exists(tag)], force=True)


def add_routes(path: Path, code: str) -> None:
    """Puts `code` before the line that attaches the agent, or at the end."""
    before, attach, after = path.read_text(encoding="utf-8").partition("app = monitoring.attach(")
    path.write_text(f"{before}\n{code}\n{attach}{after}", encoding="utf-8")
