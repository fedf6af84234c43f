"""`update` and plain Copier on a repository that moved on: what moved is taken, what was chosen by hand stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from copier_slim.lock.project import answers_of
from copier_slim.rendering import source
from tests.check.test_drift import FILES, MOVES, PROJECT, adopted, found
from tests.check.test_sources import LOCKS
from tests.command.running import command, commit, replace, write
from tests.conftest import ROOT
from tests.render.test_copier import copier


def test_plain_copier_keeps_what_was_found(tmp_path: Path, made_template: Path) -> None:
    project = adopted(tmp_path / "shop", made_template)
    before = (project / ".copier-answers.yml").read_text(encoding="utf-8")
    assert "detected:\n    app: main:app\n" in before
    done = copier("recopy", "--defaults", "--overwrite", "--quiet", project)
    assert done.returncode == 0, done.stderr
    assert (project / ".copier-answers.yml").read_text(encoding="utf-8") == before


@pytest.fixture
def made_template(tmp_path: Path, template: Path) -> Path:
    """The template in a repository of its own, which a project can be updated from."""
    shutil.copytree(template, tmp_path / "template")
    return commit(tmp_path / "template", f"v{source.version()}")


def test_an_update_shows_and_takes_what_moved(tmp_path: Path, made_template: Path) -> None:
    project = adopted(tmp_path / "shop", made_template)
    for name in ("port", "dependency", "directory"):
        write(project, MOVES[name][0])
    commit(project)
    done = command("update", "--defaults", "--no-lock", cwd=project)
    assert done.code == 0, done.err
    assert "pyproject.toml:7" in done.out
    after = answers_of(project)
    assert (after["port"], after["writable_paths"]) == (9000, "uploads")
    assert after["dependencies"].splitlines() == ["flask>=3", "redis>=5"]
    assert "redis>=5" in (project / "requirements.in").read_text(encoding="utf-8")
    assert found(project) == []


def test_an_update_keeps_a_process_that_is_stated_nowhere(tmp_path: Path, made_template: Path) -> None:
    files = FILES | {"Procfile": "web: gunicorn main:app\nworker: python drain.py\n", "drain.py": ""}
    project = adopted(tmp_path / "shop", made_template, files)
    commit(write(project, {"Procfile": "web: gunicorn main:app\n"}))
    assert [item[:3] for item in found(project)] == [("processes", "worker: python drain.py", "stated nowhere")]
    done = command("update", "--defaults", "--no-lock", cwd=project)
    assert done.code == 0, done.err
    assert "worker: python drain.py" in done.out
    assert answers_of(project)["processes"] == "worker: python drain.py"
    assert found(project) == []


def test_an_update_leaves_what_was_chosen_by_hand(tmp_path: Path, made_template: Path) -> None:
    files = FILES | {"gunicorn.conf.py": 'bind = "0.0.0.0:9000"\n'}
    project = adopted(tmp_path / "shop", made_template, files, port=7000)
    replace(project / "gunicorn.conf.py", "9000", "9500")
    commit(project)
    done = command("update", "--defaults", "--no-lock", cwd=project)
    assert done.code == 0, done.err
    assert "note: port stays 7000; 9500 is found now: gunicorn.conf.py:1" in done.out
    assert answers_of(project)["port"] == 7000
    assert found(project) == []


def test_a_migration_that_was_recorded_at_each_start_stays_there(tmp_path: Path, made_template: Path) -> None:
    files = FILES | {
        "pyproject.toml": PROJECT.replace('"flask>=3",', '"flask>=3", "psycopg>=3",'),
        "Procfile": "web: flask db upgrade && gunicorn main:app\n",
    }
    project = adopted(tmp_path / "shop", made_template, files)
    assert answers_of(project)["release"] == "flask db upgrade"
    path = project / ".copier-answers.yml"
    before = answers_of(project) | {"release": "", "prestart": "flask db upgrade"}
    del before["detected"]["release"]
    before["detected"]["prestart"] = ["flask db upgrade"]
    path.write_text(yaml.safe_dump(before), encoding="utf-8")
    assert found(project) == []


def test_what_the_template_writes_is_no_evidence() -> None:
    emitted = {f"container/{path.name}" for path in (ROOT / "tests/golden").glob("*/container/*.py")}
    assert emitted
    assert emitted <= source.support_files()


LIBRARY = '[project]\nname = "money"\nversion = "1"\ndependencies = []\n'
WITH_PATH = (
    PROJECT.replace('"flask>=3",\n', '"flask>=3",\n  "money",\n')
    + '[tool.uv.sources]\nmoney = { path = "libs/money" }\n'
)


@pytest.fixture
def with_lock(tmp_path: Path, made_template: Path) -> Path:
    """A project of uv's lock."""
    lock = "".join(LOCKS["uv.lock"].format(name=name, version="3.1.0") for name in ("flask", "gunicorn", "money"))
    return adopted(tmp_path / "shop", made_template, FILES | {"uv.lock": lock}, dependency_source="uv.lock")


def test_a_path_dependency_comes_and_goes(with_lock: Path) -> None:
    commit(write(with_lock, {"pyproject.toml": WITH_PATH, "libs/money/pyproject.toml": LIBRARY}))
    files, packages = "libs/money/pyproject.toml", "libs/money"
    assert [item[:3] for item in found(with_lock)] == [
        ("workspace_files", "-", files),
        ("local_packages", "-", packages),
    ]
    done = command("update", "--defaults", "--no-lock", cwd=with_lock)
    assert done.code == 0, done.err
    assert (answers_of(with_lock)["workspace_files"], answers_of(with_lock)["local_packages"]) == (files, packages)
    assert found(with_lock) == []
    shutil.rmtree(with_lock / "libs")
    commit(write(with_lock, {"pyproject.toml": PROJECT}))
    assert [item[:3] for item in found(with_lock)] == [
        ("workspace_files", files, "no such path"),
        ("local_packages", packages, "no such path"),
    ]
    assert command("update", "--defaults", "--no-lock", cwd=with_lock).code == 0
    assert (answers_of(with_lock)["workspace_files"], answers_of(with_lock)["local_packages"]) == ("", "")


def test_a_group_for_a_deployment_is_found(with_lock: Path) -> None:
    write(with_lock, {"pyproject.toml": PROJECT + '[project.optional-dependencies]\nprod = ["gunicorn"]\n'})
    assert found(with_lock) == [("dependency_groups", "", "[prod]", "pyproject.toml:9")]
    write(with_lock, {"pyproject.toml": PROJECT + '[project.optional-dependencies]\ntests = ["pytest"]\n'})
    assert found(with_lock) == []
