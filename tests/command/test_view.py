"""A repository seen without its configuration is the same one, in whatever form git keeps it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from copier_slim.worktree import git, view, writing
from tests.command.running import command, commit, replace, state, write
from tests.command.running import git as run

UPDATED = {" M .copier-answers.yml", " M Dockerfile", " M requirements.in"}


def fetched(project: Path, *options: str) -> Path:
    """A clone as from another host."""
    run(project, "config", "uploadpack.allowFilter", "true")
    run(project.parent, "clone", "--quiet", *options, f"file://{project}", "cloned/shop")
    return project.parent / "cloned/shop"


def shallow(project: Path) -> Path:
    return fetched(project, "--depth=1")


def without_old_blobs(project: Path) -> Path:
    return fetched(project, "--filter=blob:none")


def without_old_trees(project: Path) -> Path:
    return fetched(project, "--filter=tree:0")


def sparse(project: Path) -> Path:
    """A part of a large repository, of which the objects of the rest are not there either."""
    write(project, {"other/large.txt": "1\n", "container/more.txt": "2\n"})
    commit(project)
    place = fetched(project, "--filter=blob:none", "--sparse")
    run(place, "sparse-checkout", "set", "container")
    assert not (place / "other").exists()
    return place


def borrowing(project: Path) -> Path:
    run(project.parent, "clone", "--quiet", "--shared", str(project), "cloned/shop")
    return project.parent / "cloned/shop"


def packed(project: Path) -> Path:
    run(project, "gc", "--quiet", "--prune=now")
    return project


def below_the_top(project: Path) -> Path:
    shutil.rmtree(project / ".git")
    place = project.parent / "mono repo/größe/shop"
    place.parent.mkdir(parents=True)
    project.rename(place)
    commit(place.parent.parent)
    return place


FORMS = [
    shallow, without_old_blobs, without_old_trees, sparse, borrowing, packed, below_the_top,
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_update_works_on_every_form(project: Path, form: Callable[[Path], Path]) -> None:
    replace(project / "Dockerfile", "WORKDIR /app\n", "WORKDIR /app\nLABEL team=shop\n")
    commit(project)
    place = form(project)
    refs = run(place, "for-each-ref")
    done = command("update", "--defaults", "--no-lock", cwd=place)
    assert (done.code, done.err) == (0, "")
    dockerfile = (place / "Dockerfile").read_text(encoding="utf-8")
    assert "LABEL team=shop" in dockerfile
    assert "--interval=31s" in dockerfile
    assert set(run(place, "status", "--porcelain", "--", ".").replace("größe", "").splitlines()) >= (
        set() if form is below_the_top else UPDATED
    )
    assert run(place, "for-each-ref") == refs
    assert len(run(place, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_conflict_is_recorded_in_every_form(project: Path, form: Callable[[Path], Path]) -> None:
    replace(project / "Dockerfile", "--interval=30s", "--interval=60s")
    commit(project)
    place = form(project)
    command("update", "--defaults", "--no-lock", cwd=place).fails(1, "Dockerfile:")
    assert run(place, "diff", "--name-only", "--diff-filter=U", "--relative").splitlines() == ["Dockerfile"]
    for number, interval in enumerate((30, 60, 31), 1):
        assert f"--interval={interval}s" in run(place, "cat-file", "blob", f":{number}:./Dockerfile")


@pytest.mark.parametrize("autocrlf", ["true", "false"])
@pytest.mark.parametrize("attributes", ["", "* text=auto eol=crlf\n", "Dockerfile text\n", "* -text\n"])
def test_what_is_held_is_as_git_has_it_under_crlf(repository: Path, autocrlf: str, attributes: str) -> None:
    run(repository, "config", "core.autocrlf", autocrlf)
    content = b"FROM scratch\r\n# mine\r\n"
    commit(write(repository, {".gitattributes": attributes, "Dockerfile": content, "changed.txt": b"a\r\n"}))
    os.utime(repository / "Dockerfile")
    write(repository, {"changed.txt": b"b\r\n", "new.txt": b"c\r\n"})
    with view.opened(repository) as seen:
        assert seen
        assert writing.held(seen, repository, ["Dockerfile", "changed.txt", "new.txt", "none"]) == {"Dockerfile"}


def test_a_change_in_the_second_of_the_commit_is_seen(repository: Path) -> None:
    """Of the same length and time: git looks into what is as young as its index."""
    path = repository / "web.py"
    commit(write(repository, {"web.py": "a = 1\n"}))
    index = (repository / ".git/index").stat()
    path.write_text("a = 2\n", encoding="utf-8")
    for name in path, repository / ".git/index":
        os.utime(name, ns=(index.st_mtime_ns, index.st_mtime_ns))
    with view.opened(repository) as seen:
        assert seen
        assert seen.entries("status", "--porcelain", "-z") == [" M web.py"]


def test_git_does_not_wait_at_a_pipe(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(repository.parent / "pipe")
    for name in "core.excludesFile", "core.attributesFile":
        run(repository, "config", name, str(repository.parent / "pipe"))
    for name in "exclude", "attributes":
        (repository / ".git/info" / name).unlink(missing_ok=True)
        os.mkfifo(repository / ".git/info" / name)
    monkeypatch.setattr(git, "PATIENCE", 5)
    with view.opened(repository) as seen:
        assert seen
        assert writing.held(seen, repository, ["web.py"]) == {"web.py"}
        assert seen.answer("status", "--porcelain") == ""


def test_looking_writes_nothing(repository: Path) -> None:
    (repository / "web.py").touch()
    before = {path: path.read_bytes() for path in (repository / ".git").rglob("*") if path.is_file()}
    with view.opened(repository) as seen:
        assert seen
        seen.answer("update-index", "--refresh")
        seen.answer("add", "--all")
        seen.answer("hash-object", "-w", "web.py")
    assert {path: path.read_bytes() for path in (repository / ".git").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("where", [".git", ".git/objects", "gone", "bare.git"])
def test_what_is_no_checkout_has_no_view(bare: Path, where: str) -> None:
    place = bare / where
    if where.startswith(".git"):
        commit(bare)
    elif where == "bare.git":
        run(bare.parent, "init", "--quiet", "--bare", str(place))
    with view.opened(place) as seen:
        assert seen is None


def test_a_work_tree_that_is_elsewhere_is_none_of_the_directory_s(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    run(repository, "config", "core.worktree", str(tmp_path / "elsewhere"))
    before = state(repository)
    command("update", "--defaults", "--no-lock", cwd=repository).fails(3)
    with view.opened(repository) as seen:
        assert seen is None
    assert state(repository) == before


def test_settings_that_the_user_gives_by_the_environment_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "/srv"}
    given |= {"GIT_CONFIG_KEY_1": "core.fsmonitor", "GIT_CONFIG_VALUE_1": "touch /tmp/x"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "https:ext:file")
    with git.isolated(), git.isolated():
        assert os.environ["GIT_ALLOW_PROTOCOL"] == "https:file"
        assert "GIT_NO_LAZY_FETCH" not in os.environ, "pip fetches what a requirement from git lacks"
        listed = (git.answer(Path(), "config", "--list", "--show-scope") or "").splitlines()
    said = [line.partition("\t")[2] for line in listed if line.startswith("command\t")]
    assert said[0] == "safe.directory=/srv"
    assert [line for line in said if line.startswith("core.fsmonitor=")][-1] == "core.fsmonitor=false"
    assert len(said) == 2 + len(git.SETTINGS)
    assert {name: os.environ[name] for name in given} == given
    assert "GIT_PAGER" not in os.environ


def test_a_repository_with_longer_hashes(bare: Path) -> None:
    run(bare, "init", "--quiet", "--object-format=sha256")
    commit(bare)
    with view.opened(bare) as seen:
        assert seen
        assert writing.held(seen, bare, ["web.py"]) == {"web.py"}
