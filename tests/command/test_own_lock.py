"""`copy` of a project that has a lock of its own, and the move of an older one to that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from copier_slim import lock as locks
from copier_slim.engine import builds
from copier_slim.errors import InputError, ToolError
from tests.command.running import EMITTED, answers, changed, command, commit, copy_here, git, replace, write

PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = [
  "flask>=3",
]

[dependency-groups]
prod = ["redis>=5"]
"""
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"


def package(name: str, version: str = "3.1") -> str:
    """A package of uv.lock."""
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "https://pypi.org/simple" }}\n'


LOCK = "version = 1\n" + package("flask") + package("gunicorn", "25.0") + package("redis", "8.0")
FILES = {"main.py": FLASK, "pyproject.toml": PYPROJECT, "uv.lock": LOCK}
EXPORT = "uv export --locked > /tmp/exported.txt; python /mnt/exported.py uv.lock /exported"
STATED = {"pyproject.toml", "uv.lock"}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A Flask service with uv's lock, all of it committed."""
    return commit(write(tmp_path / "shop", FILES))


def test_nothing_of_the_list_is_written_elsewhere(own: Path, template: Path) -> None:
    shown = copy_here(own, template)
    assert "note: the image installs uv.lock as it is" in shown
    assert "copier-slim lock" not in shown
    recorded = answers(own)
    assert (recorded["dependency_source"], recorded["dependency_groups"]) == ("uv.lock", "prod")
    assert recorded["dependencies"] == ""
    assert "flask" not in (own / "requirements.in").read_text(encoding="utf-8")
    assert changed(own) == {f"?? {name}" for name in {*EMITTED, "container/exported.py"}}


@pytest.mark.parametrize("name", sorted(STATED))
def test_what_git_does_not_have_is_told(tmp_path: Path, template: Path, name: str) -> None:
    project = commit(write(tmp_path / "shop", {**FILES, ".gitignore": f"{name}\n"}))
    shown = copy_here(project, template)
    assert f"note: {name} is not in git, so that the image cannot be built from a clone" in shown
    assert f"note: {(STATED - {name}).pop()} is not in git" not in shown


def test_without_git_nothing_is_said_of_it(tmp_path: Path, template: Path) -> None:
    assert "is not in git" not in copy_here(write(tmp_path / "shop", FILES), template)


def test_a_requirements_txt_beside_it_is_out_of_use(own: Path, template: Path) -> None:
    commit(write(own, {"requirements.txt": "flask==3.1\n"}))
    assert "note: requirements.txt is out of use, as uv.lock is installed" in copy_here(own, template)
    assert (own / "requirements.txt").read_text(encoding="utf-8") == "flask==3.1\n"


def test_a_lock_that_is_not_there_is_no_source(own: Path, template: Path) -> None:
    done = command(
        "copy", "--defaults", "--no-lock", "--offline", "--template", template, "-d", "dependency_source=pdm.lock",
        cwd=own,
    )  # fmt: skip
    done.fails(3, "has no pdm.lock", "run: pdm lock")
    assert changed(own) == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "uv.lock is missing; run: uv lock"),
        ("version = 2\n", "uv.lock: its format, 2, is newer than the newest that is known"),
        (f"{LOCK}<<<<<<< HEAD\n", "a conflict of a merge is left; resolve it and run again"),
    ],
)
def test_a_lock_that_cannot_be_installed_is_told_by_lock(own: Path, template: Path, text: str, said: str) -> None:
    copy_here(own, template)
    assert "there is nothing to lock: uv.lock is what is installed" in command("lock", cwd=own).out
    (own / "uv.lock").unlink()
    write(own, {"uv.lock": text} if text else {})
    command("lock", cwd=own).fails(3, said)


def test_a_tool_that_cannot_be_had_is_not_the_lock_s_fault(
    own: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "answers", lambda: True)
    failure = builds.BuildError(
        "failed", "log", "pip install uv==0.13.8", "No matching distribution found for uv==0.13.8"
    )
    monkeypatch.setattr(builds, "build", raiser(failure))
    with pytest.raises(InputError, match=r"^the index has no uv==0\.13\.8 for this Python"):
        copy_here(own, template, lock=True)
    assert changed(own) == set()


def test_members_that_the_image_does_not_need_stay_out(tmp_path: Path, template: Path) -> None:
    def member(name: str) -> str:
        return PYPROJECT.partition("[dep")[0].replace("shop", name) + '[build-system]\nrequires = ["hatchling"]\n'

    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["apps/*"]\n',
        "uv.lock": LOCK,
        "apps/web/pyproject.toml": member("web"),
        "apps/web/main.py": FLASK,
        "apps/other/pyproject.toml": member("other"),
        "apps/other/jobs.py": "",
    }
    project = commit(write(tmp_path / "shop", files))
    copy_here(project, template)
    assert answers(project)["workspace_member"] == "web"
    ignored = (project / ".dockerignore").read_text(encoding="utf-8")
    assert ignored.endswith("\napps/other/**\n!apps/other/pyproject.toml\n")


def test_a_lock_that_its_tool_does_not_read_is_taken_once(
    own: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = builds.BuildError("failed", "log", EXPORT, "error: no such field\n  at line 1")
    monkeypatch.setattr(builds, "answers", lambda: True)
    monkeypatch.setattr(builds, "build", raiser(failure))
    monkeypatch.setattr(locks, "compile_lock", lambda *_, **__: locks.Lock("", [], "in a test"))
    shown = copy_here(own, template, lock=True)
    assert "note: uv.lock cannot be exported by its tool: at line 1; its versions" in shown
    assert answers(own)["dependency_source"] == "requirements.in"
    assert answers(own)["dependencies"] == "flask>=3\nredis>=5"
    with pytest.raises(InputError, match=r"uv\.lock cannot be exported"):
        copy_here(own, template, force=True, lock=True, dependency_source="uv.lock")


def test_a_lock_that_is_older_than_its_file_is_told(own: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "uv.lock is older than pyproject.toml: run uv lock"
    monkeypatch.setattr(builds, "answers", lambda: True)
    monkeypatch.setattr(builds, "build", raiser(builds.BuildError("failed", "log", EXPORT, f"{said}\n")))
    assert f"note: {said}\n" in copy_here(own, template, lock=True)
    assert answers(own)["dependency_source"] == "uv.lock"


@pytest.mark.parametrize("output", ["", "No space left on device", "error sending request for url (https://x)"])
def test_what_is_not_the_lock_s_fault_stops(
    own: Path, template: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.setattr(builds, "answers", lambda: True)
    monkeypatch.setattr(builds, "build", raiser(builds.BuildError("failed", output, EXPORT * bool(output), output)))
    with pytest.raises(ToolError):
        copy_here(own, template, lock=True)
    assert changed(own) == set()


def raiser(error: Exception) -> Callable[..., None]:
    def raises(*_: object, **__: object) -> None:
        raise error

    return raises


def adopted(project: Path, versions: Path, *more: str) -> Path:
    """The project as an older version left it: requirements.in has a copy of the list."""
    write(project, {"requirements.txt": "flask==3.1\n"})
    done = command(
        "copy", "--defaults", "--no-lock", "--offline", "--force", "--template", versions,
        "-d", "dependency_source=requirements.in", *more, cwd=project,
    )  # fmt: skip
    assert done.code == 0, done.err
    return commit(project)


MOVE = ("update", "--defaults", "--data", "dependency_source=uv.lock")


def test_the_move_takes_the_copied_list_and_its_lock_away(own: Path, made_versions: Path) -> None:
    project = adopted(own, made_versions)
    assert "flask>=3" in (project / "requirements.in").read_text(encoding="utf-8")
    done = command(*MOVE, cwd=project)
    assert (done.code, done.err) == (0, "")
    recorded = answers(project)
    moved = {"dependency_source": "uv.lock", "dependencies": "", "dependency_groups": "prod"}
    assert {name: recorded[name] for name in moved} == moved
    assert "stays in requirements.in" not in done.out
    assert "asked for" not in done.out
    assert "flask" not in ((project / "requirements.in").read_text("utf-8") if _has(project) else "")
    assert " D requirements.txt" in changed(project)
    assert command("check", cwd=project).code == 0


def test_what_the_project_does_not_list_stays_and_each_difference_is_told(own: Path, made_versions: Path) -> None:
    project = adopted(own, made_versions, "-d", "dependencies=flask>=2\ntomli")
    done = command(*MOVE, cwd=project)
    assert (done.code, done.err) == (0, "")
    assert "note: tomli stays in requirements.in: pyproject.toml does not have it" in done.out
    assert "note: requirements.in asked for flask>=2, and pyproject.toml asks for flask>=3, which counts" in done.out
    assert answers(project)["dependencies"] == "tomli"
    assert (project / "requirements.in").read_text(encoding="utf-8").endswith("# Beside pyproject.toml\ntomli\n\n")


def test_back_again(own: Path, made_versions: Path) -> None:
    project = adopted(own, made_versions)
    assert command(*MOVE, cwd=project).code == 0
    commit(project)
    done = command("update", "--defaults", "--no-lock", "--data", "dependency_source=requirements.in", cwd=project)
    assert (done.code, done.err) == (0, "")
    assert answers(project)["dependencies"] == "flask>=3\nredis>=5"
    assert (
        (project / "requirements.in")
        .read_text(encoding="utf-8")
        .endswith("flask>=3\nredis>=5\n\n# The project's own\n")
    )


def test_a_move_to_a_lock_that_is_not_there_changes_nothing(own: Path, made_versions: Path) -> None:
    project = adopted(own, made_versions)
    done = command("update", "--defaults", "--data", "dependency_source=poetry.lock", cwd=project)
    done.fails(3, "has no poetry.lock", "run: poetry lock")
    assert changed(project) == set()


def test_a_lock_that_came_later_is_found(tmp_path: Path, made_versions: Path) -> None:
    project = commit(write(tmp_path / "shop", {**FILES, "uv.lock": ""}))
    (project / "uv.lock").unlink()
    adopted(project, made_versions)
    assert command("check", cwd=project).code == 0
    commit(write(project, {"uv.lock": LOCK}))
    done = command("check", cwd=project)
    assert done.code == 1
    assert "dependency_source" in done.out
    assert "copier-slim update --data dependency_source=uv.lock" in done.err
    replace(project / "pyproject.toml", "flask>=3", "flask>=3.1")
    git(project, "add", "--all")
    assert command(*MOVE, "--no-lock", cwd=commit(project)).code == 0


def _has(project: Path) -> bool:
    return (project / "requirements.in").is_file()
