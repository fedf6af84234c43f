"""What was generated and is no longer in its place: an update follows it, or says what becomes of the change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.command.conftest import Made
from tests.command.running import Result, changed, command, commit, git, replace

UPDATE = ["update", "--defaults", "--no-lock", "--data", "port=9000"]


def move(project: Path, name: str, place: str) -> None:
    (project / place).parent.mkdir(parents=True, exist_ok=True)
    (project / name).rename(project / place)
    commit(project)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def update(project: Path, *more: str) -> Result:
    return command(*UPDATE, *more, cwd=project)


@pytest.mark.parametrize("place", ["docker/Dockerfile", "Containerfile", "deploy/api/app.Dockerfile"])
@pytest.mark.parametrize("edited", [False, True])
def test_a_moved_file_gets_the_change_where_it_is(project: Path, place: str, edited: bool) -> None:  # noqa: FBT001
    move(project, "Dockerfile", place)
    if edited:
        replace(project / place, "WORKDIR /app\n", "WORKDIR /app\nLABEL team=shop\n")
        commit(project)
    done = update(project)
    assert (done.code, done.err) == (0, "")
    assert f"note: Dockerfile was moved to {place};" in done.out
    assert "ENV PORT=9000" in text(project / place)
    assert "--interval=31s" in text(project / place)
    assert ("LABEL team=shop" in text(project / place)) is edited
    assert not (project / "Dockerfile").exists()
    assert changed(project) == {" M .copier-answers.yml", f" M {place}", " M requirements.in"}


def test_a_file_moved_and_edited_in_one_commit(project: Path) -> None:
    replace(project / "Dockerfile", "WORKDIR /app\n", "WORKDIR /app\nLABEL team=shop\n")
    move(project, "Dockerfile", "docker/Dockerfile")
    assert update(project).code == 0
    assert "ENV PORT=9000" in text(project / "docker/Dockerfile")


def test_a_conflict_in_a_moved_file_is_listed_there(project: Path) -> None:
    replace(project / "Dockerfile", "--interval=30s", "--interval=60s")
    move(project, "Dockerfile", "docker/Dockerfile")
    update(project).fails(1, "docker/Dockerfile:")
    assert "<<<<<<< before updating" in text(project / "docker/Dockerfile")


def test_below_the_root_of_git(project: Path, tmp_path: Path) -> None:
    shutil.rmtree(project / ".git")
    (tmp_path / "mono/services").mkdir(parents=True)
    project = project.rename(tmp_path / "mono/services/shop")
    commit(tmp_path / "mono")
    (project / "docker").mkdir()
    (project / "Dockerfile").rename(project / "docker/Dockerfile")
    commit(tmp_path / "mono")
    done = update(project)
    assert (done.code, done.err) == (0, "")
    assert "ENV PORT=9000" in text(project / "docker/Dockerfile")


def test_a_deleted_file_is_named_with_what_to_do(project: Path) -> None:
    (project / "Dockerfile").unlink()
    commit(project)
    last = git(project, "rev-parse", "--short", "HEAD").strip()
    done = update(project)
    done.fails(1, "updated, but the template's changes in Dockerfile could not be applied")
    assert f"note: Dockerfile was deleted in {last}," in " ".join(done.out.split())
    assert "up to date" not in done.out
    # What the note says is what helps
    git(project, "restore", ".")
    git(project, "restore", "--source", f"{last}^", "Dockerfile")
    commit(project)
    assert update(project).code == 0
    assert "ENV PORT=9000" in text(project / "Dockerfile")


def test_a_lock_needs_the_dockerfile_in_its_place(project: Path) -> None:
    move(project, "Dockerfile", "docker/Dockerfile")
    done = command("update", "--defaults", cwd=project)
    done.fails(1, "updated, but not locked, because Dockerfile has been moved", "--target lock --output . .")
    assert "--interval=31s" in text(project / "docker/Dockerfile")


def test_several_files(project: Path, made: Made) -> None:
    assert made.project != project
    move(project, "Dockerfile", "docker/Dockerfile")
    (project / "requirements.in").unlink()
    commit(project)
    done = update(project)
    done.fails(1, "in requirements.in could not be applied")
    assert "Dockerfile was moved to docker/Dockerfile" in done.out
    assert "ENV PORT=9000" in text(project / "docker/Dockerfile")


def test_a_deleted_file_that_the_template_leaves_as_it_was_is_no_matter(project: Path) -> None:
    (project / ".dockerignore").unlink()
    commit(project)
    done = update(project)
    assert (done.code, done.err) == (0, "")
    assert "dockerignore" not in done.out


def test_a_file_of_one_s_own_in_the_old_place_is_no_moved_one(project: Path) -> None:
    """Git sees no rename where the old path is there again; the file in it is merged as any edited one."""
    (project / "docker").mkdir()
    shutil.copy(project / "Dockerfile", project / "docker/Dockerfile")
    commit(project)
    before = text(project / "docker/Dockerfile")
    assert update(project).code == 0
    assert "ENV PORT=9000" in text(project / "Dockerfile")
    assert text(project / "docker/Dockerfile") == before
