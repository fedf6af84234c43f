"""A front end that comes, changes and goes by an update: as a fresh copy has it, and with what people wrote in it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from copier import run_copy, run_update

from tests.command.running import commit, git

EXTRAS = ["ci-github", "ci-gitlab", "compose", "dependabot", "devcontainer", "renovate"]
WITHOUT: dict[str, Any] = {"project_name": "shop", "framework": "django", "extras": EXTRAS}
WITH: dict[str, Any] = WITHOUT | {
    "assets": "npm", "assets_path": "ui", "assets_output": "ui/dist", "assets_sources": "templates",
    "assets_development": "npm run dev -- --host", "assets_checks": "npm run lint",
}  # fmt: skip
CHANGES = {
    "it comes": (WITHOUT, WITH),
    "it goes": (WITH, WITHOUT | {"assets": "none"}),
    "pnpm instead of npm": (WITH, WITH | {"assets": "pnpm", "assets_command": "pnpm run build"}),
    "another Node": (WITH, WITH | {"assets_node": "22.12.0"}),
    "another output": (WITH, WITH | {"assets_output": "static/ui\nstatic/app.css"}),
}


def files(project: Path) -> dict[str, str]:
    """The texts of a project, but for its answers."""
    paths = (path for path in project.rglob("*") if path.is_file() and ".git" not in path.relative_to(project).parts)
    return {str(path.relative_to(project)): path.read_text() for path in paths if path.name != ".copier-answers.yml"}


@pytest.fixture
def versions(template: Path, tmp_path: Path) -> str:
    """The template as a repository."""
    commit(shutil.copytree(template, tmp_path / "versions"), "v1.0.0")
    return str(tmp_path / "versions")


@pytest.mark.parametrize("change", CHANGES)
def test_an_update_equals_a_fresh_copy(versions: str, tmp_path: Path, change: str) -> None:
    before, after = CHANGES[change]
    run_copy(versions, tmp_path / "shop", data=before, defaults=True, quiet=True)
    run_copy(versions, tmp_path / "fresh", data=after, defaults=True, quiet=True)
    commit(tmp_path / "shop")
    run_update(tmp_path / "shop", data=after, defaults=True, overwrite=True, quiet=True)
    assert git(tmp_path / "shop", "ls-files", "--unmerged") == ""
    assert files(tmp_path / "shop") == files(tmp_path / "fresh")


def test_edits_of_the_stage_outlive_an_update(versions: str, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    run_copy(versions, project, data=WITH, defaults=True, quiet=True)
    dockerfile = project / "Dockerfile"
    own = "COPY ui ./\nENV VITE_API=/api\n"
    text = dockerfile.read_text().replace("COPY ui ./\n", own)
    assert own in text
    dockerfile.write_text(text)
    commit(project)
    run_update(project, data={"assets_node": "22.12.0"}, defaults=True, overwrite=True, quiet=True)
    assert git(project, "ls-files", "--unmerged") == ""
    assert own in dockerfile.read_text()
    assert "FROM node:22.12.0-slim AS assets\n" in dockerfile.read_text()
