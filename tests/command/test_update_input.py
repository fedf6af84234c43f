"""What `update` cannot work with: one line that says what, where and what to do, and git sees no difference."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from copier_slim import update
from copier_slim.errors import ToolError
from copier_slim.worktree import checkout, writing
from tests.command.conftest import Made
from tests.command.running import (
    GIT,
    VERSION_1,
    VERSION_2,
    VERSION_3,
    Result,
    answers,
    changed,
    command,
    commit,
    environment,
    git,
    replace,
    state,
    write,
)

ANSWERS = ".copier-answers.yml"
UPDATE = ["update", "--defaults", "--no-lock"]


@contextmanager
def untouched(project: Path) -> Iterator[None]:
    """Asserts that files, index, branch and checkouts are after as they were before."""

    def seen() -> object:
        shown = [
            git(project, *words) for words in (["ls-files", "-s"], ["status", "-sb", "-uall"], ["worktree", "list"])
        ]
        return state(project), shown, git(project, "rev-parse", "HEAD")

    before = seen()
    yield
    assert seen() == before


def refused(project: Path, code: int, *words: str, arguments: tuple[str, ...] = ()) -> Result:
    """Runs an update that is to change nothing and to end with this code and one line with these words."""
    with untouched(project):
        done = command(*UPDATE, *arguments, cwd=project)
        done.fails(code, *words)
    return done


@pytest.mark.parametrize("shown", ["all", "no"])
def test_what_is_not_committed_is_named(project: Path, shown: str) -> None:
    git(project, "config", "status.showUntrackedFiles", shown)
    write(project, {"new.py": "", "web.py": "changed\n"})
    refused(project, 3, "new.py", "web.py", "commit or stash")


def test_an_ignored_file_where_the_new_version_writes(project: Path, made: Made, tmp_path: Path) -> None:
    newer = shutil.copytree(made.versions, tmp_path / "newer")
    commit(write(newer, {"template/NOTES.md": "the template's\n"}), "v4.0.0")
    replace(project / ANSWERS, str(made.versions), str(newer))
    commit(write(project, {".gitignore": "NOTES.md\n"}))
    write(project, {"NOTES.md": "mine\n"})
    refused(project, 3, "NOTES.md", "commit")
    assert (project / "NOTES.md").read_text(encoding="utf-8") == "mine\n"


def test_git_does_not_hold_the_answers(project: Path) -> None:
    git(project, "rm", "--quiet", "--cached", ANSWERS)
    commit(write(project, {".gitignore": f"{ANSWERS}\n"}))
    refused(project, 3, ANSWERS, "commit it")


def test_without_git_on_the_path(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    command(*UPDATE, cwd=project).fails(4, "git is not installed")


def test_no_commit_yet(project: Path) -> None:
    shutil.rmtree(project / ".git")
    git(project, "init", "--quiet")
    command(*UPDATE, cwd=project).fails(3, ANSWERS, "have uncommitted changes; commit")


def test_markers_in_the_answers_file(project: Path) -> None:
    replace(project / ANSWERS, "port: 8000\n", "<<<<<<< ours\nport: 8000\n=======\nport: 9000\n>>>>>>> theirs\n")
    commit(project)
    refused(project, 3, f"{ANSWERS}:", "conflict markers", "resolve")


@pytest.mark.parametrize(("old", "new"), [("port: 8000", "port: 70000"), ("base: slim", "base: huge")])
def test_an_answer_that_the_questions_refuse(project: Path, old: str, new: str) -> None:
    replace(project / ANSWERS, old, new)
    commit(write(project, {"web.py": "# with another file, as in a squashed commit\n"}))
    refused(project, 3, new, ANSWERS, "restore it from git")


def test_an_answer_changed_by_hand_counts_as_given(project: Path) -> None:
    replace(project / ANSWERS, "port: 8000\n", "port: 9000\n")
    commit(project)
    done = command(*UPDATE, cwd=project)
    assert (done.code, done.err) == (0, "")
    assert "--data port=9000" in done.out
    assert answers(project)["port"] == 9000
    assert "ENV PORT=9000\n" in (project / "Dockerfile").read_text(encoding="utf-8")
    assert git(project, "log", "--format=%s").split() == ["state"] * 3


def test_a_version_that_the_template_does_not_have(project: Path) -> None:
    replace(project / ANSWERS, f"_commit: {VERSION_1}", "_commit: v0.0.9")
    commit(project)
    refused(project, 3, "v0.0.9", ANSWERS, "restore")
    git(project, "reset", "--quiet", "--hard", "HEAD~1")
    refused(project, 2, "--vcs-ref v9", "no such version", arguments=("--vcs-ref", "v9"))


@pytest.mark.skipif(sys.platform == "win32", reason="links are rare there")
def test_a_folder_that_leads_out_of_the_project(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.move(project / "container", outside)
    (project / "container").symlink_to(outside)
    commit(project)
    before = state(outside)
    refused(project, 3, "container/", "points outside the project; move that away first")
    assert state(outside) == before


def test_a_downgrade(project: Path) -> None:
    assert command(*UPDATE, cwd=project).code == 0
    commit(project)
    refused(project, 2, "3.0.0", "2.0.0", "cannot go back to an older version", arguments=("--vcs-ref", VERSION_2))


def test_another_template_s_answers(project: Path) -> None:
    write(project, {ANSWERS: "_commit: v1.0.0\n_src_path: gh:somebody/else\nproject: shop\n"})
    commit(project)
    refused(project, 3, "gh:somebody/else", "copier update")


def test_a_template_that_was_moved(project: Path, made: Made, tmp_path: Path) -> None:
    replace(project / ANSWERS, str(made.versions), str(tmp_path / "gone"))
    commit(project)
    refused(project, 3, str(tmp_path / "gone"), "_src_path")
    replace(project / ANSWERS, str(tmp_path / "gone"), f"file://{tmp_path}/gone.git")
    commit(project)
    refused(project, 4, "cannot be fetched")


def test_a_detached_head_is_as_good_as_a_branch(project: Path) -> None:
    git(project, "checkout", "--quiet", "--detach")
    done = command(*UPDATE, cwd=project)
    assert (done.code, done.err) == (0, "")
    assert answers(project)["_commit"] == VERSION_3


def test_conflicts_of_an_earlier_update(project: Path) -> None:
    replace(project / "Dockerfile", "--interval=30s", "--interval=60s")
    commit(project)
    assert command(*UPDATE, cwd=project).code == 1
    assert "UU Dockerfile" in changed(project)
    refused(project, 3, "Dockerfile", "resolve")
    # As if they had been resolved, which they are not
    git(project, "add", "--all")
    refused(project, 3, "Dockerfile", "commit")


def test_a_read_only_file_is_updated_and_stays_so(project: Path) -> None:
    (project / "Dockerfile").chmod(0o444)
    assert command(*UPDATE, cwd=project).code == 0
    assert "--interval=31s" in (project / "Dockerfile").read_text(encoding="utf-8")
    assert (project / "Dockerfile").stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("fails", ["write", "index"])
def test_a_project_that_cannot_be_written(project: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    replace(project / "Dockerfile", "--interval=30s", "--interval=60s")
    commit(project)

    def fail(*_: object, **__: object) -> None:
        raise ToolError("no")

    if fails == "write":
        real = Path.replace
        monkeypatch.setattr(
            Path, "replace", lambda path, to: fail() if to.name == "requirements.in" else real(path, to)
        )
    else:
        monkeypatch.setattr(checkout, "mark_unmerged", fail)
    with untouched(project), pytest.raises(ToolError):
        update.update(project, {}, Console(quiet=True), ask=False, lock=False)


def test_ctrl_c_in_the_middle(project: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with untouched(project):
        running = subprocess.Popen(
            [sys.executable, "-m", "copier_slim", *UPDATE], cwd=project, env=environment() | {"TMPDIR": str(temporary)},
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip
        while not list(temporary.glob("copier-slim-*/copier-slim-*/shop/.git/index")):
            assert running.poll() is None
            time.sleep(0.01)
        time.sleep(0.5)
        assert running.poll() is None, "too quick to be stopped"
        running.send_signal(signal.SIGINT)
        _, complaint = running.communicate(timeout=60)
        assert running.returncode == 130
        assert complaint.startswith("copier-slim: stopped"), complaint
        assert complaint.count("\n") == 1


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_conflicts_of_every_kind_are_listed(repository: Path, ending: str) -> None:
    lines = ["<<<<<<< before updating", "a", "=======", "b", ">>>>>>> after updating", ""]
    write(repository, {
        "marked.txt": ending.join(["fine", *lines]).encode(),
        "web.py": ending.join(["", "", *lines]).encode(),
        "picture.bin": b"\0\n<<<<<<< x\n",
        "Dockerfile.rej": "@@ -1 +1 @@\n",
        "README.md": "Heading\n=======\n\n<<<<<<<no space\n",
    })  # fmt: skip
    assert update.conflicts(repository) == ["Dockerfile.rej", "marked.txt:2", "picture.bin:2", "web.py:3"]


def test_a_conflict_without_markers_is_listed(repository: Path) -> None:
    """One side removed the file that the other changed."""
    git(repository, "checkout", "--quiet", "-b", "other")
    (repository / "web.py").unlink()
    commit(repository)
    git(repository, "checkout", "--quiet", "-")
    commit(write(repository, {"web.py": "changed\n"}))
    merged = subprocess.run([*GIT, "merge", "other"], cwd=repository, capture_output=True, check=False)
    assert merged.returncode == 1
    assert update.conflicts(repository) == ["web.py"]


def test_a_file_that_the_template_gives_up_and_the_user_changed_is_a_conflict(
    project: Path, made: Made, tmp_path: Path
) -> None:
    newer = shutil.copytree(made.versions, tmp_path / "newer")
    (newer / "template/container/libraries.py").unlink()
    (newer / "template/.dockerignore.jinja").unlink()
    commit(newer, "v4.0.0")
    replace(project / ANSWERS, str(made.versions), str(newer))
    write(project, {".dockerignore": (project / ".dockerignore").read_bytes() + b"mine\n"})
    commit(project)
    command(*UPDATE, cwd=project).fails(1, " .dockerignore")
    assert (project / ".dockerignore").read_text(encoding="utf-8").endswith("mine\n")
    assert "UD .dockerignore" in changed(project)
    assert not (project / "container/libraries.py").exists()


def test_a_failing_removal_brings_back_what_was_removed(tmp_path: Path) -> None:
    write(tmp_path, {"a/b/gone.txt": "kept\n", "file": "old\n"})
    (tmp_path / "a/b/gone.txt").chmod(0o600)
    before = state(tmp_path)

    def fail() -> None:
        assert not (tmp_path / "a/b/gone.txt").exists()
        raise ToolError("no")

    with pytest.raises(ToolError):
        writing.plan(tmp_path, {"file": b"new\n"}, removed=["a/b/gone.txt"]).write(fail)
    assert {name: text for name, text in state(tmp_path).items() if not name.endswith(".orig")} == before
    assert (tmp_path / "a/b/gone.txt").stat().st_mode & 0o777 == 0o600
