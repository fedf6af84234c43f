"""`check` by where the dependencies are stated: a lock that parted from its file, that is gone, or that came later."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from copier_slim import catalog
from copier_slim.check import parts
from tests.check.test_drift import FILES, adopted, answer, found
from tests.command.running import write


@pytest.fixture
def project(tmp_path: Path, template: Path) -> Path:
    return adopted(tmp_path / "shop", template)


LOCKS = {
    "uv.lock": '[[package]]\nname = "{name}"\nversion = "{version}"\n',
    "poetry.lock": '[[package]]\nname = "{name}"\nversion = "{version}"\n',
    "pdm.lock": '[[package]]\nname = "{name}"\nversion = "{version}"\n',
    "pylock.toml": '[[packages]]\nname = "{name}"\nversion = "{version}"\n',
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_of_the_projects_own(name: str, project: Path) -> None:
    answer(project, dependency_source=name)
    write(project, {name: LOCKS[name].format(name="flask", version="3.1.0")})
    assert found(project) == []
    write(project, {name: LOCKS[name].format(name="flask", version="2.0.0")})
    assert found(project) == [("lock", f"{name} has 2.0.0", "flask>=3", "pyproject.toml:6")]


def test_a_pipfile_lock(project: Path) -> None:
    answer(project, dependency_source="Pipfile.lock")
    write(project, {"Pipfile": '[packages]\nredis = ">=5"\n', "Pipfile.lock": json.dumps({"default": {}})})
    assert ("lock", "Pipfile.lock has none", "redis>=5", "Pipfile:2") in found(project)
    write(project, {"Pipfile.lock": json.dumps({"default": {"redis": {"version": "==5.0.0"}}})})
    assert found(project) == []


def test_what_uv_recorded_of_the_project_counts(project: Path) -> None:
    answer(project, dependency_source="uv.lock")
    own = (
        '[[package]]\nname = "shop"\nversion = "1"\nsource = {{ virtual = "." }}\n'
        '[package.metadata]\nrequires-dist = [{{ name = "flask", specifier = "{}" }}]\n'
    )
    flask = LOCKS["uv.lock"].format(name="flask", version="3.1.0")
    write(project, {"uv.lock": flask + own.format(">=3")})
    assert found(project) == []
    write(project, {"uv.lock": flask + own.format(">=2")})
    assert found(project) == [("lock", "uv.lock has flask>=2", "flask>=3", "pyproject.toml:6")]


PIPENV = {"Pipfile": '[packages]\nflask = "*"\n', "Pipfile.lock": '{"default": {"flask": {"version": "==3.1.0"}}}'}
LOCKED = {name: {name: text.format(name="flask", version="3.1.0")} for name, text in LOCKS.items()}
SOURCES = {"requirements.in": {}, "pyproject.toml": {}, **LOCKED, "Pipfile.lock": PIPENV}


def test_every_source_is_here() -> None:
    assert SOURCES.keys() == catalog.sources().keys()


@pytest.mark.parametrize("source", [*LOCKED, "Pipfile.lock"])
def test_a_lock_that_is_gone_is_named_with_the_command_that_makes_it(project: Path, source: str) -> None:
    answer(project, dependency_source=source)
    write(project, {name: text for name, text in SOURCES[source].items() if name != source})
    (part,) = parts(project)
    row = catalog.sources()[source]
    assert (part.answer, part.recorded, part.found, part.evidence.path) == ("lock", source, "no such file", row.states)
    assert part.mend == row.mend


@pytest.mark.parametrize("before", ["requirements.in", "pyproject.toml", "poetry.lock", "Pipfile.lock"])
def test_a_project_that_moved_to_another_tool_is_told(tmp_path: Path, template: Path, before: str) -> None:
    project = adopted(tmp_path / "shop", template, {**FILES, **SOURCES[before]}, dependency_source=before)
    assert found(project) == []
    for name in SOURCES[before]:
        (project / name).unlink()
    write(project, SOURCES["uv.lock"])
    (part,) = parts(project)
    assert (part.answer, part.recorded, part.found) == ("dependency_source", before, "uv.lock")
    assert part.mend == "copier-slim update --data dependency_source=uv.lock"


def test_a_second_lock_beside_the_recorded_one_is_no_move(tmp_path: Path, template: Path) -> None:
    project = adopted(tmp_path / "shop", template, FILES | SOURCES["poetry.lock"], dependency_source="poetry.lock")
    write(project, SOURCES["uv.lock"])
    assert found(project) == []


@pytest.mark.parametrize("source", SOURCES)
def test_five_thousand_files_take_no_two_seconds(tmp_path: Path, template: Path, source: str) -> None:
    project = adopted(tmp_path / "shop", template, {**FILES, **SOURCES[source]}, dependency_source=source)
    write(project, {f"web/part{number % 70}/module{number}.py": "x = 1\n" for number in range(5000)})
    began = time.perf_counter()
    assert parts(project) == []
    assert time.perf_counter() - began < 2
