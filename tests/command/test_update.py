"""`update`: the template's newest version, merged with the user's edits."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from copier_slim import lock as locks
from copier_slim import update
from copier_slim.errors import ToolError
from tests.command.running import VERSION_2, VERSION_3, answers, changed, command, commit, git, replace, state, write
from tests.render.test_copier import copier


def test_merges_with_the_user_s_edits(project: Path) -> None:
    replace(project / "Dockerfile", "WORKDIR /app\n", "WORKDIR /app\nLABEL team=shop\n")
    replace(project / "requirements.in", "# The project's own\n", "# The project's own\nredis>=5\n")
    commit(write(project, {"web.py": (project / "web.py").read_text(encoding="utf-8") + "# edited\n"}))
    done = command("update", "--defaults", "--no-lock", cwd=project)
    assert (done.code, done.err) == (0, "")
    dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
    assert "--interval=31s" in dockerfile
    assert "LABEL team=shop" in dockerfile
    assert (project / "requirements.in").read_text(encoding="utf-8").endswith("# The project's own\nredis>=5\n")
    assert "template needs itself" in (project / "requirements.in").read_text(encoding="utf-8")
    assert answers(project)["_commit"] == VERSION_3
    assert changed(project) == {" M .copier-answers.yml", " M Dockerfile", " M requirements.in"}


@pytest.mark.parametrize("autocrlf", ["false", "true"])
def test_merges_line_by_line_under_crlf(project: Path, autocrlf: str) -> None:
    replace(project / "Dockerfile", "WORKDIR /app\n", "WORKDIR /app\nLABEL team=shop\n")
    commit(project)
    git(project, "config", "core.autocrlf", autocrlf)
    for name in "Dockerfile", ".dockerignore", "requirements.in":
        (project / name).write_bytes((project / name).read_bytes().replace(b"\n", b"\r\n"))
    commit(project)
    done = command("update", "--defaults", "--no-lock", cwd=project)
    assert (done.code, done.err) == (0, "")
    dockerfile = (project / "Dockerfile").read_bytes()
    assert b"LABEL team=shop\r\n" in dockerfile
    assert b"--interval=31s" in dockerfile
    assert dockerfile.count(b"\n") == dockerfile.count(b"\r\n")
    assert changed(project) == {" M .copier-answers.yml", " M Dockerfile", " M requirements.in"}


def test_conflicts_are_exit_1_and_named_with_their_line(project: Path) -> None:
    replace(project / "Dockerfile", "--interval=30s", "--interval=60s")
    commit(project)
    done = command("update", "--defaults", "--no-lock", cwd=project)
    lines = (project / "Dockerfile").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("<<<<<<<"))
    done.fails(1, f"Dockerfile:{line}")


def test_conflicts_below_the_root_of_git_are_found(project: Path, tmp_path: Path) -> None:
    shutil.rmtree(project / ".git")
    replace(project / "Dockerfile", "--interval=30s", "--interval=60s")
    (tmp_path / "mono/services").mkdir(parents=True)
    project.rename(tmp_path / "mono/services/shop")
    commit(tmp_path / "mono")
    done = command("update", "--defaults", "--no-lock", cwd=tmp_path / "mono/services/shop")
    done.fails(1, " Dockerfile:")


def test_plain_copier_update_does_the_same(project: Path) -> None:
    replace(project / "requirements.in", "flask==3.1.*\n", "flask==3.1.*\nredis>=5\n")
    commit(project)
    other = project.parent / "other"
    shutil.copytree(project, other)
    done = copier("update", "--defaults", other)
    assert done.returncode == 0, done.stderr
    assert command("update", "--defaults", "--no-lock", cwd=project).code == 0
    assert state(other) == state(project)


def test_a_recorded_answer_is_changed_by_data(project: Path) -> None:
    done = command("update", "--defaults", "--no-lock", "--data", "port=9000", cwd=project)
    assert done.code == 0, done.err
    assert answers(project)["port"] == 9000
    assert "ENV PORT=9000\n" in (project / "Dockerfile").read_text(encoding="utf-8")


def test_a_second_update_changes_nothing(project: Path) -> None:
    assert command("update", "--defaults", "--no-lock", cwd=project).code == 0
    commit(project)
    done = command("update", "--defaults", "--no-lock", cwd=project)
    assert (done.code, done.err) == (0, "")
    assert changed(project) == set()


def test_a_version_by_name(project: Path) -> None:
    done = command("update", "--defaults", "--no-lock", "--vcs-ref", VERSION_2, cwd=project)
    assert done.code == 0, done.err
    assert answers(project)["_commit"] == VERSION_2
    assert "--interval=29s" in (project / "Dockerfile").read_text(encoding="utf-8")


def test_a_version_that_is_not_there(project: Path) -> None:
    done = command("update", "--defaults", "--no-lock", "--vcs-ref", "v9", cwd=project)
    done.fails(done.code, "v9")
    assert done.code in (2, 3, 4)
    assert changed(project) == set()


def test_not_in_git(project: Path) -> None:
    shutil.rmtree(project / ".git")
    before = state(project)
    command("update", "--defaults", "--no-lock", cwd=project).fails(3, "git")
    assert state(project) == before


@pytest.mark.parametrize("name", ["Dockerfile", "new.txt"])
def test_uncommitted_changes(project: Path, name: str) -> None:
    write(project, {name: "changed\n"})
    before = state(project)
    command("update", "--defaults", "--no-lock", cwd=project).fails(3, "commit")
    assert state(project) == before


def test_no_answers_file(repository: Path) -> None:
    before = state(repository)
    command("update", "--defaults", "--no-lock", cwd=repository).fails(3, ".copier-answers.yml", "copier-slim copy")
    assert state(repository) == before


@pytest.mark.parametrize("text", ["", "{", "- 1\n", "_src_path: /no/such\n_commit: v1\n", "port: 1\n", "\xff"])
def test_an_answers_file_that_cannot_be_used(project: Path, text: str) -> None:
    commit(write(project, {".copier-answers.yml": text.encode("latin-1")}))
    before = state(project)
    done = command("update", "--defaults", "--no-lock", cwd=project)
    done.fails(done.code)
    assert done.code in (3, 4)
    assert state(project) == before


def test_a_refused_answer(project: Path) -> None:
    command("update", "--defaults", "--no-lock", "--data", "port=0", cwd=project).fails(3, "port", "65535")
    assert changed(project) == set()


def test_nobody_to_ask(project: Path) -> None:
    command("update", "--no-lock", cwd=project).fails(2, "--defaults")
    assert changed(project) == set()


def test_names_that_are_no_utf_8(repository: Path) -> None:
    for name in b"caf\xe9.txt", b" blank ", "größe.txt".encode(), b'"quoted"', b"two\nlines":
        Path(os.fsdecode(os.fsencode(repository) + b"/" + name)).write_bytes(b"<<<<<<< before updating\n")
    found = {os.fsencode(place) for place in update.conflicts(repository)}
    expected = {b"caf\xe9.txt:1", b" blank :1", "größe.txt:1".encode(), b'"quoted":1', b"two\nlines:1"}
    assert found == expected


@pytest.mark.parametrize("lock", [True, False])
def test_locks_anew_where_requirements_in_changed(
    project: Path, monkeypatch: pytest.MonkeyPatch, lock: bool  # noqa: FBT001
) -> None:  # fmt: skip
    calls = []
    monkeypatch.setattr(locks, "lock", lambda path, **_: calls.append(path))
    update.update(project, {}, Console(quiet=True), ask=False, lock=lock)
    assert calls == ([project] if lock else [])


def test_does_not_lock_where_it_did_not_change(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update.update(project, {}, Console(quiet=True), ask=False, lock=False)
    commit(write(project, {"requirements.txt": f"flask==3.1.2 --hash=sha256:{'0' * 64}\n"}))
    monkeypatch.setattr(locks, "lock", lambda *_, **__: pytest.fail("locked"))
    update.update(project, {"port": 9000}, Console(quiet=True), ask=False, lock=True)


def test_what_is_merged_stays_when_the_lock_cannot_be_made(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lock(*_: object, **__: object) -> None:
        raise ToolError("no engine; run: docker build --target lock --output . .")

    monkeypatch.setattr(locks, "lock", lock)
    with pytest.raises(ToolError):
        update.update(project, {}, Console(quiet=True), ask=False, lock=True)
    assert "--interval=31s" in (project / "Dockerfile").read_text(encoding="utf-8")


def test_asks_git_a_few_times_whatever_the_size(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(write(project, {f"package/module_{number}.py": "VALUE = 1\n" for number in range(300)}))
    calls = []
    real = subprocess.run

    def run(argv: list[str], **named: object) -> object:
        calls.append(argv)
        return real(argv, **named)  # type: ignore[call-overload]

    write(project, {"Dockerfile": "<<<<<<< before updating\nmine\n=======\n>>>>>>> after updating\n"})
    monkeypatch.setattr(subprocess, "run", run)
    assert update.conflicts(project) == ["Dockerfile:1"]
    assert len(calls) < 10
