"""Copier itself, as users run it: without trust, with the messages, from one version to the next."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from copier import run_update

GIT = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]


def copier(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "copier", *arguments], capture_output=True, text=True, check=False)


def commit(repository: Path, tag: str | None = None) -> None:
    """Commits all that is in a directory, and tags it."""
    for command in ["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--allow-empty", "--message", "state"]:
        subprocess.run([*GIT, *command], cwd=repository, check=True)
    if tag:
        subprocess.run([*GIT, "tag", tag], cwd=repository, check=True)


def test_copy_asks_for_no_trust_and_names_the_next_commands(template: Path, tmp_path: Path) -> None:
    copied = copier("copy", "--defaults", template, tmp_path / "shop")
    assert copied.returncode == 0, copied.stderr
    assert "docker build --target lock --output . ." in copied.stderr
    assert "docker build --tag shop ." in copied.stderr


def test_file_names_have_no_double_quotes(template: Path) -> None:
    assert list(template.rglob('*"*')) == [], "Windows cannot check them out"


def test_a_misspelt_variable_is_an_error(template: Path, tmp_path: Path) -> None:
    broken = tmp_path / "template"
    shutil.copytree(template, broken)
    (broken / "template/broken.txt.jinja").write_text("{{ no_such_answer }}\n", encoding="utf-8")
    assert copier("copy", "--defaults", broken, tmp_path / "project").returncode != 0


@pytest.fixture
def versions(template: Path, tmp_path: Path) -> Path:
    """The template in a git repository: v1 as it is, v2 with a changed Dockerfile."""
    repository = tmp_path / "versions"
    shutil.copytree(template, repository)
    commit(repository, "v1")
    health = repository / "partials/health/http.jinja"
    health.write_text(health.read_text(encoding="utf-8").replace("--interval=30s", "--interval=31s"), encoding="utf-8")
    commit(repository, "v2")
    return repository


def test_an_update_keeps_the_user_s_edits_and_equals_a_fresh_copy(versions: Path, tmp_path: Path) -> None:
    project, fresh = tmp_path / "project", tmp_path / "fresh"
    assert copier("copy", "--defaults", "--vcs-ref", "v1", versions, project).returncode == 0
    requirements = project / "requirements.in"
    requirements.write_text(requirements.read_text(encoding="utf-8") + "httpx\n", encoding="utf-8")
    (project / "main.py").unlink()
    commit(project)
    assert copier("update", "--defaults", project).returncode == 0
    assert copier("copy", "--defaults", "--data", "project_name=project", versions, fresh).returncode == 0

    assert (project / "Dockerfile").read_text(encoding="utf-8") == (fresh / "Dockerfile").read_text(encoding="utf-8")
    assert "--interval=31s" in (project / "Dockerfile").read_text(encoding="utf-8")
    assert requirements.read_text(encoding="utf-8").endswith("httpx\n")
    assert not (project / "main.py").exists()
    assert not list(project.rglob("*.rej"))


def test_an_answer_changed_by_an_update_merges_with_an_edit(versions: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    assert copier("copy", "--defaults", versions, project).returncode == 0
    requirements = project / "requirements.in"
    requirements.write_text(requirements.read_text(encoding="utf-8") + "httpx\n", encoding="utf-8")
    commit(project)
    run_update(project, data={"server": "granian", "port": 9000}, defaults=True, overwrite=True, quiet=True)
    assert requirements.read_text(encoding="utf-8").split() == (
        ["#", "What", "the", "template", "needs", "fastapi", "granian", "#", "The", "project's", "own", "httpx"]
    )
    assert "ENV PORT=9000\n" in (project / "Dockerfile").read_text(encoding="utf-8")
