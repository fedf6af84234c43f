"""A write that is killed between any two of its steps is taken back by the next run, or it is whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from copier_slim import lock
from copier_slim.process import runs, scratch
from copier_slim.worktree import checkout, journal
from tests.command.running import changed, command, commit, environment, git, state, write

BEFORE = {
    "Dockerfile": "FROM scratch\n",
    "old/tool.sh": "#!/bin/sh\n",
    "web.py": "mine\n",
    ".copier-answers.yml": "1\n",
}
# Ends before its n-th change of the file system, as kill -9 does
WRITING = """
import os, subprocess, sys
from pathlib import Path
from copier_slim.worktree import writing
root, left, in_git = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "git"
made = {"Dockerfile": b"FROM python\\n", ".copier-answers.yml": b"2\\n", "container/a/b.py": b"", "new.in": b"six"}
plan = writing.plan(root, made, removed=["old/tool.sh"], force=True)

def step(event, arguments):
    global left
    changes = event in {"os.rename", "os.mkdir", "os.remove", "os.rmdir"}
    if changes or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR) and str(root) in str(arguments[0])):
        left -= 1
        if left < 0:
            os._exit(9)

def mark():
    blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    lines = f"0 {'0' * 40}\\tDockerfile\\n100644 {blob} 1\\tDockerfile\\n100644 {blob} 2\\tDockerfile\\n"
    subprocess.run(["git", "update-index", "--index-info"], cwd=root, input=lines.encode(), check=True)

sys.addaudithook(step)
plan.write(last=mark if in_git else None)
"""


def recover(project: Path) -> str:
    """What is said of it."""
    out = Console(file=StringIO(), width=200)
    checkout.recover(project, out)
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize("held", ["git", "nowhere"])
def test_killed_at_each_step(tmp_path: Path, held: str) -> None:
    """Everything is as it was, or everything is written: by what a killed run leaves, and the next makes of it."""
    start = write(tmp_path / "start", BEFORE)
    (start / "old/tool.sh").chmod(0o755)
    if held == "git":
        commit(start)
    ends: list[dict[str, str]] = []
    half = 0
    for step in range(100):
        project = tmp_path / f"shop{step}"
        shutil.copytree(start, project)
        done = subprocess.run(
            [sys.executable, "-B", "-c", WRITING, str(project), str(step), held], env=environment(), check=False
        )
        left = state(project)
        if held == "git":
            assert not [line for line in changed(project) if ".copier-slim-" in line], "it would be committed"
        said = recover(project)
        now = state(project)
        half += left != now and "note: an earlier run was killed" in said
        if now != state(start):
            ends.append(now)
            assert now["Dockerfile"] != state(start)["Dockerfile"]
        else:
            assert (project / "old/tool.sh").stat().st_mode & 0o777 == 0o755
            if held == "git":
                assert changed(project) == set()
        if done.returncode == 0:
            break
        assert done.returncode == 9
    else:
        pytest.fail("it takes more than a hundred steps")
    assert half >= 5, "no step was half of it"
    assert all(end == ends[-1] for end in ends)
    assert not [name for name in ends[-1] if ".copier-slim-" in name]
    assert ("Dockerfile.orig" in ends[-1]) is (held == "nowhere")


def killed(project: Path, step: int) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", WRITING, str(project), str(step), "no"], env=environment(), check=False
    )
    assert done.returncode == 9


def half_written(project: Path) -> int:
    """Kills a write so that the Dockerfile is new and the answers file is not; the step."""
    for step in range(100):
        place = project.with_name(f"{project.name}{step}")
        shutil.copytree(project, place)
        killed(place, step)
        if "python" in (place / "Dockerfile").read_text(encoding="utf-8"):
            assert (place / ".copier-answers.yml").read_text(encoding="utf-8") == "1\n"
            return step
    raise AssertionError


def test_what_was_committed_or_edited_since_stays(tmp_path: Path) -> None:
    project = commit(write(tmp_path / "shop", BEFORE))
    step = half_written(project)
    committed, edited = (shutil.copytree(project, tmp_path / name) for name in ("committed", "edited"))
    killed(committed, step)
    commit(committed)
    assert recover(committed) == ""
    assert changed(committed) == set()
    assert "python" in (committed / "Dockerfile").read_text(encoding="utf-8")
    killed(edited, step)
    write(edited, {"Dockerfile": "FROM mine\n"})
    recover(edited)
    assert (edited / "Dockerfile").read_text(encoding="utf-8") == "FROM mine\n"
    assert not list(edited.glob(".copier-slim-*"))


def test_a_lock_and_a_verify_take_it_back_too(tmp_path: Path) -> None:
    project = commit(write(tmp_path / "shop", BEFORE | {"Dockerfile": "FROM scratch\nRUN no\n"}))
    step = half_written(project)
    for verb in "lock", "verify":
        again = shutil.copytree(project, tmp_path / verb)
        killed(again, step)
        assert "its changes have been undone" in command(verb, cwd=again).out
        assert state(again) == state(project)


DEAD = "{pid}-1-{host}-1700000000"


def name(pid: int | None = None, host: str | None = None) -> str:
    """A run's name: of one that is over, but for what is given."""
    own = runs.own().split("-")
    return DEAD.format(pid=own[0] if pid is None else pid, host=host or own[2])


@pytest.mark.parametrize(
    ("run", "over"),
    [
        (runs.own(), False),
        (name(), True),  # its process has a successor of the same number
        (name(4194305), True),
        (name(host="00000000"), False),
        ("1-2-3", False),
        ("../1-1-00000000-1", False),
    ],
    ids=["this", "recycled", "gone", "elsewhere", "no-name", "no-name-either"],
)
def test_a_run_is_over(run: str, over: bool) -> None:  # noqa: FBT001
    assert runs.is_over(run) is over


def test_a_run_elsewhere_is_over_after_some_time() -> None:
    assert runs.is_over(name(host="00000000"), 60)
    assert not runs.is_over(name(host="00000000"), 60, made=2**40)


def test_a_live_run_s_process_is_told_from_another(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "from copier_slim.process import runs; print(runs.own(), flush=True); input()"],
        env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout
    theirs = child.stdout.readline().strip()
    place = tmp_path / f"{scratch.PREFIX}{theirs}-abc"
    place.mkdir()
    scratch.sweep(tmp_path)
    assert place.exists()
    assert not runs.is_over(theirs)
    child.communicate("\n")
    scratch.sweep(tmp_path)
    assert not place.exists()


def test_only_one_s_own_folders_are_swept(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").write_text("text", encoding="utf-8")
    (tmp_path / f"copier-slim-{name()}-link").symlink_to(tmp_path / "mine")
    (tmp_path / f"copier-slim-{name()}-file").write_text("text", encoding="utf-8")
    write(tmp_path, {f"copier-slim-{name()}-abc/deep/file": "", "copier-slim-abcdefgh/file": ""})
    before = state(tmp_path)
    scratch.sweep(tmp_path)
    gone = {path for path in before if path.startswith(f"copier-slim-{name()}-abc")}
    assert state(tmp_path) == {path: what for path, what in before.items() if path not in gone}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_user_s_folder_is_not_swept(tmp_path: Path) -> None:
    place = tmp_path / f"copier-slim-{name()}-abc"
    place.mkdir()
    os.chown(place, 12345, 12345)
    scratch.sweep(tmp_path)
    assert place.exists()


@pytest.mark.parametrize(
    "record",
    [
        {"removed": ["../outside/new"]},
        {"removed": ["/nosuch/new"]},
        {"removed": [".git/hooks/pre-commit"]},
        {"removed": [".GIT/hooks/pre-commit"]},
        {"removed": ["link/new"]},
        {"files": {"../outside/mine": "of mine"}, "replaced": []},
        {"removed": ["taken"]},
        {"files": 3},
        {"nosuch": []},
        [],
    ],
)
def test_a_record_that_the_repository_brings_with_it_leads_nowhere(tmp_path: Path, record: object) -> None:
    import hashlib  # noqa: PLC0415

    outside = write(tmp_path / "outside", {"mine": "mine"})
    if isinstance(record, dict) and isinstance(record.get("files"), dict):
        record["files"] = {key: hashlib.sha256(b"mine").hexdigest() for key in record["files"]}
    project = commit(write(tmp_path / "shop", {"web.py": ""}))
    (project / "link").symlink_to(outside)
    place = f".copier-slim-{name()}"
    commit_at = git(project, "rev-parse", "HEAD").strip()
    whole = {**record, "commit": commit_at} if isinstance(record, dict) else record
    write(project, {
        f"{place}/record.json": json.dumps(whole), f"{place}/old/link/new": "",
        f"{place}/old/.git/hooks/pre-commit": "", f"{place}/old/.GIT/hooks/pre-commit": "", "outside/new": "",
    })  # fmt: skip
    (project / place / "old/taken").symlink_to(outside / "mine")
    before, status = state(outside), state(project / ".git")
    journal.recover(project, lambda _: None)
    assert state(outside) == before
    assert state(project / ".git") == status
    assert not (project / place).exists()
    assert not (project / "taken").exists() or not (project / "taken").is_symlink()


def test_a_lock_that_is_killed_leaves_nothing_to_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = commit(write(tmp_path / "shop", {"requirements.txt": "six==1.16.0\n"}))
    place = write(project / f".copier-slim-{name()}", {".gitignore": "*\n", "requirements.txt": "six=="})
    assert changed(project) == set()
    monkeypatch.setattr(lock, "compile_lock", lambda *_, **__: lock.Lock("six==1.17.0\n", [], "in a test"))
    lock.lock(project)
    assert not place.exists()
    assert (project / "requirements.txt").read_text(encoding="utf-8") == "six==1.17.0\n"


RENAMING = """
import os, sys, pathlib
count, original = int(sys.argv.pop(1)), pathlib.Path.replace
def replace(self, target):
    global count
    count -= 1
    if count < 0:
        os._exit(9)
    return original(self, target)
pathlib.Path.replace = replace
sys.argv[0] = "copier-slim"
from copier_slim.__main__ import main
main()
"""


@pytest.mark.parametrize("renamed", [1, 4])
def test_the_next_copy_makes_it_right(repository: Path, template: Path, tmp_path: Path, renamed: int) -> None:
    commit(write(repository, {"Dockerfile": "FROM scratch\n"}))
    whole = tmp_path / "whole" / repository.name
    shutil.copytree(repository, whole)
    copy = ["copy", "--defaults", "--no-lock", "--offline", "--template", str(template)]
    assert command(*copy, cwd=whole).code == 0
    done = subprocess.run(
        [sys.executable, "-c", RENAMING, str(renamed), *copy], cwd=repository, env=environment(), check=False
    )
    assert done.returncode == 9
    assert not (repository / ".copier-answers.yml").exists()
    again = command(*copy, cwd=repository)
    assert (again.code, again.err) == (0, "")
    assert "its changes have been undone" in again.out
    assert state(repository) == state(whole)
