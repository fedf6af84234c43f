"""What `tune` says before it starts anything: an older Python, no answers, no engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim import tune
from copier_slim.errors import ToolError
from copier_slim.prove import rewriting
from copier_slim.rendering.source import Source
from copier_slim.tune.result import Tuned
from copier_slim.tune.trial import Measured
from tests.command.running import command
from tests.conftest import Render


def test_an_older_python(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", framework="flask", python_version="3.14")
    command("tune", cwd=project).fails(
        3, "lazy imports need Python 3.15, and the image has 3.14", "copier-slim update --data python_version=3.15"
    )


def test_a_folder_without_an_image(tmp_path: Path) -> None:
    command("tune", cwd=tmp_path).fails(3, "has no Dockerfile; run copier-slim copy first")


def test_a_dockerfile_of_another(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.15-slim\n", encoding="utf-8")
    command("tune", cwd=tmp_path).fails(3, "has no answers to tune; run copier-slim copy first")


def test_no_engine(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", framework="flask", python_version="3.15")
    command("tune", cwd=project, DOCKER_HOST="unix:///nowhere.sock").fails(4, "no Docker Engine answers")


@pytest.mark.parametrize("number", ["0", "2", "x"])
def test_too_few_runs(tmp_path: Path, number: str) -> None:
    assert command("tune", "--runs", number, cwd=tmp_path).code == 2


def proven(**changes: object) -> Tuned:
    """A gain of a fifth."""
    made = Tuned("shop", "3.15", Measured([0.5] * 3, [9] * 3), Measured([0.4] * 3, [9] * 3))
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_what_is_proven_is_written_once(render: Render, template: Path, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", framework="flask", python_version="3.15")
    (project / "container/launch.py").write_text("# mine\n", encoding="utf-8")
    made = proven(eager={"shop.signals": "GET / is answered otherwise"})
    tune.write(made, project, Source(str(template)))
    assert made.written
    assert "PYTHON_LAZY_IMPORTS=all" in (project / "Dockerfile").read_text(encoding="utf-8")
    assert '"shop.signals",' in (project / "container/eager_imports.py").read_text(encoding="utf-8")
    assert (project / "container/launch.py").read_text(encoding="utf-8") == "# mine\n"
    again = proven(eager={"shop.signals": "GET / is answered otherwise"})
    tune.write(again, project, Source(str(template)))
    assert not again.written


@pytest.mark.parametrize("made", [proven(problem="it ends with 1"), proven(after=Measured([0.5] * 3, [9] * 3))])
def test_nothing_is_written_where_nothing_is_gained(
    render: Render, template: Path, tmp_path: Path, made: Tuned
) -> None:
    project = render(tmp_path / "shop", framework="flask", python_version="3.15")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    tune.write(made, project, Source(str(template)))
    assert not made.written
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_answers_that_cannot_be_written(
    render: Render, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = render(tmp_path / "shop", framework="flask", python_version="3.15")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(project / "Dockerfile"))

    monkeypatch.setattr(rewriting.journal, "write", refuse)
    with pytest.raises(ToolError, match="cannot be written: Permission denied; nothing was changed"):
        tune.write(proven(), project, Source(str(template)))
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
