"""`copy` where there is no project yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.copy import is_new
from tests.command.running import EMITTED, answers, command, commit, copy_here, state, write
from tests.conftest import Render


@pytest.mark.parametrize("exists", [True, False])
def test_an_empty_or_missing_directory_gets_a_starter(tmp_path: Path, template: Path, exists: bool) -> None:  # noqa: FBT001
    project = tmp_path / "below" / "my-service"
    if exists:
        project.mkdir(parents=True)
    done = command("copy", "--defaults", "--no-lock", "--template", template, project, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert set(state(project)) == EMITTED | {"container", "main.py"}
    assert answers(project)["project_name"] == "my-service"
    assert "read from" not in done.out, "nothing is found in an empty directory"


def test_equals_a_plain_copier_copy(tmp_path: Path, template: Path, render: Render) -> None:
    copy_here(tmp_path / "one" / "shop", template)
    render(tmp_path / "two" / "shop")
    assert state(tmp_path / "one" / "shop") == state(tmp_path / "two" / "shop")


SURROUNDINGS = {"README.md": "# Shop\n", "LICENSE": "MIT\n", ".gitignore": "*.pyc\n", ".editorconfig": "root = true\n"}


def test_what_surrounds_a_project_is_none(tmp_path: Path, template: Path) -> None:
    project = commit(write(tmp_path / "shop", SURROUNDINGS))
    before = state(project)
    copy_here(project, template, framework="flask")
    after = state(project)
    assert set(after) - set(before) == EMITTED | {"container", "main.py"}
    assert {name: after[name] for name in before} == before


def test_a_directory_that_only_git_has_been_in(tmp_path: Path, template: Path) -> None:
    (tmp_path / "shop").mkdir()
    copy_here(commit(tmp_path / "shop"), template)
    assert (tmp_path / "shop/main.py").exists()


@pytest.mark.parametrize(
    "name",
    [
        "notice.py", "license_server.py", "changelog/__init__.py", "readme_api/app.py", "copying.py", "license/app.py",
        "README.py",
    ],
)  # fmt: skip
def test_code_is_no_surroundings_whatever_its_name(tmp_path: Path, name: str) -> None:
    assert not is_new(write(tmp_path / "shop", {name: "VALUE = 1\n"}))


@pytest.mark.parametrize(
    "name",
    ["README.rst", "readme", "LICENSE.txt", "NOTICE", "CHANGELOG.md", ".git/x", ".gitignore", ".editorconfig",
     ".github/dependabot.yml", ".venv/pyvenv.cfg"],
)  # fmt: skip
def test_surroundings(tmp_path: Path, name: str) -> None:
    assert is_new(write(tmp_path / "shop", {name: "text\n"}))
