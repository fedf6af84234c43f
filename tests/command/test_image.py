"""The aim in one test: `copy --defaults .`, `docker build`, `docker run`, and the app answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from python_on_whales import docker

from tests.command.running import EMITTED, FLASK, changed, command, commit, write
from tests.engine.conftest import engine
from tests.engine.project import HARDENED, Project

__all__ = ["engine"]


@pytest.fixture
def tag() -> Iterator[str]:
    """The name of an image that is removed afterwards."""
    name = "copier-slim-test:command"
    yield name
    docker.image.remove(name, force=True)


def test_a_flask_repository_without_a_server_answers(tmp_path: Path, template: Path, tag: str) -> None:
    files = {**FLASK, "Procfile": "web: flask --app web:site run --host 0.0.0.0 --port $PORT\n"}
    repository = commit(write(tmp_path / "shop", files))
    done = command("copy", "--defaults", "--template", template, "--data", "package_tool=uv", ".", cwd=repository)
    assert (done.code, done.err) == (0, "")
    assert changed(repository) == {" M requirements.txt", *(f"?? {name}" for name in EMITTED)}
    lock = (repository / "requirements.txt").read_text(encoding="utf-8")
    assert "flask==3.1." in lock
    assert "gunicorn==" in lock
    assert "--hash=sha256:" in lock

    project = Project(repository, tag)
    project.build()
    with project.running(**HARDENED) as service:
        answer = service.wait("/health")
        assert (answer.status, answer.body) == (200, "fine")
        assert "gunicorn" in service.log()
        stop = service.stop()
        assert stop.exit_code == 0
        assert stop.seconds < 10
    checked = command("lock", "--check", cwd=repository)
    assert checked.code == 0, checked.err
