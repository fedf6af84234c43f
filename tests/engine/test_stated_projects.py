"""What small projects state of how they are started is what runs, hardened, on the engine."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from python_on_whales import docker

from copier_slim.detect.repository import detect
from tests.command.running import write
from tests.conftest import Render
from tests.engine import sampling
from tests.engine.project import HARDENED, Project, Service
from tests.stated_projects import PROJECTS
from tests.stated_projects import Project as Stated


def reply(service: Service, stated: Stated) -> str:
    """What the app says to the request that the project names."""
    with closing(HTTPConnection(*service.address, timeout=10)) as connection:
        connection.request("GET", stated.asked, headers=dict(stated.headers))
        response = connection.getresponse()
        assert response.status == stated.status
        return response.read().decode()


@pytest.mark.parametrize(
    "name", [sampling.case(name, name=name, group=f"stated-{name}", sampled=False) for name in PROJECTS]
)
def test_it_is_what_runs(name: str, render: Render, tmp_path: Path, engine: None) -> None:  # noqa: ARG001
    stated = PROJECTS[name]
    answers = detect(write(tmp_path / "shop", dict(stated.files)), online=False).findings.answers
    tag = f"copier-slim-test:stated-project-{list(PROJECTS).index(name)}"
    project = Project(render(tmp_path / "shop", **{**answers, "package_tool": "uv"}), tag=tag)
    project.lock()
    project.build()
    try:
        with project.running(**HARDENED, cpus=stated.cpus, health_interval=1) as service:
            service.wait_for_health("healthy")
            said = reply(service, stated) if stated.asked else ""
            for text in stated.says:
                if stated.asked:
                    assert text in said
                else:
                    service.wait_for_log(text)
            assert not stated.once or service.log().count(stated.once) == 1
            assert service.stop().seconds < 9
        for other in stated.named:
            with project.running(other, **HARDENED, health_interval=1, init=True) as service:
                service.wait_for_health("healthy")
                assert service.stop().seconds < 9
        for other, printed in stated.printed.items():
            assert printed in project.output(other, **HARDENED)
    finally:
        docker.image.remove(tag, force=True)
