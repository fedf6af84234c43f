"""All or nothing, when the disk is against it."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from copier_slim.errors import InputError, ToolError
from copier_slim.worktree import writing
from tests.command.running import commit, copy_here, state, write

BEFORE = {"Dockerfile": "FROM scratch\n", "requirements.in": "flask\n", ".dockerignore": "mine\n"}


class Full:
    """A disk that is full from the n-th change of the directory on."""

    def __init__(self, root: Path, left: int) -> None:
        self.root = root
        self.left = left
        self.failed = False

    def spend(self, path: object) -> None:
        if self.root in Path(os.fspath(path)).parents:  # type: ignore[call-overload]
            if not self.left:
                self.failed = True
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            self.left -= 1


@contextmanager
def full(root: Path, left: int, *names: str) -> Iterator[Full]:
    """Lets these functions of `os` fail for paths below `root` after `left` calls, once."""
    disk = Full(root, left)

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: object, *arguments: object, **named: object) -> Any:
            if not disk.failed:
                disk.spend(path)
            return real(path, *arguments, **named)

        return call

    real_open = io.open

    def opening(path: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if not isinstance(path, int) and not disk.failed and not mode.startswith("r"):
            disk.spend(path)
        return real_open(path, mode, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            if name == "open":
                patch.setattr(io, name, opening)
            else:
                patch.setattr(os, name, failing(getattr(os, name)))
        yield disk


@pytest.mark.parametrize("left", range(7))
@pytest.mark.parametrize("in_git", [True, False])
def test_a_failing_rename_leaves_all_as_it_was(
    bare: Path, template: Path, in_git: bool, left: int  # noqa: FBT001
) -> None:  # fmt: skip
    write(bare, BEFORE)
    if in_git:
        commit(bare)
    before = state(bare)
    with full(bare, left, "replace", "rename", "link") as disk:
        try:
            copy_here(bare, template)
        except ToolError as error:
            assert "No space left on device" in str(error)  # noqa: PT017
            assert state(bare) == before
        else:
            assert not disk.failed
    assert disk.failed == (left < 6)


def test_a_failure_among_new_files_leaves_none(bare: Path, template: Path) -> None:
    before = state(bare)
    with full(bare, 2, "replace", "rename"), pytest.raises(ToolError, match="nothing was changed"):
        copy_here(bare, template)
    assert state(bare) == before


def test_a_new_project_that_fails_leaves_no_directory(tmp_path: Path, template: Path) -> None:
    with full(tmp_path / "a" / "b", 3, "replace", "rename"), pytest.raises(ToolError):
        copy_here(tmp_path / "a" / "b", template)
    assert state(tmp_path) == {}


@pytest.mark.parametrize("left", range(10))
def test_a_write_that_fails_leaves_all_as_it_was(bare: Path, template: Path, left: int) -> None:
    write(bare, BEFORE)
    before = state(bare)
    with full(bare, left, "open"), pytest.raises(ToolError):
        copy_here(bare, template)
    assert state(bare) == before


def test_an_interrupt_in_the_middle_leaves_all_as_it_was(
    bare: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bare, BEFORE)
    before = state(bare)
    real, calls = os.replace, []

    def replace(source: object, target: object, **named: Any) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(source, target, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        copy_here(bare, template)
    assert state(bare) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where it may not")
def test_a_read_only_directory(bare: Path, template: Path) -> None:
    before = state(bare)
    bare.chmod(0o555)
    try:
        with pytest.raises(ToolError, match="Permission denied; nothing was changed"):
            copy_here(bare, template)
        assert state(bare) == before
    finally:
        bare.chmod(0o755)


def test_a_read_only_file_system(bare: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(bare)
    real = os.mkdir

    def read_only(path: Any, *arguments: Any, **named: Any) -> None:
        if bare in Path(os.fspath(path)).parents:
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        real(path, *arguments, **named)

    monkeypatch.setattr(os, "mkdir", read_only)
    with pytest.raises(ToolError, match="Read-only file system; nothing was changed"):
        copy_here(bare, template)
    assert state(bare) == before


def test_a_link_to_a_directory_is_not_followed_out(tmp_path: Path) -> None:
    write(tmp_path / "outside", {})
    root = write(tmp_path / "shop", {})
    (root / "container").symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(InputError, match="container"):
        writing.plan(root, {"container/file": b"text", "Dockerfile": b""}, force=True)
    assert state(tmp_path / "outside") == {}


def test_a_file_where_a_directory_is_to_be(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", {"container": "mine\n"})
    before = state(root)
    with pytest.raises((InputError, ToolError), match="container"):
        writing.plan(root, {"container/file": b"text", "Dockerfile": b""}).write()
    assert state(root) == before


def test_directories_are_made(tmp_path: Path) -> None:
    writing.plan(tmp_path / "a/b", {"c/d/e": b"text", "f": b""}).write()
    assert (tmp_path / "a/b/c/d/e").read_bytes() == b"text"
    assert (tmp_path / "a/b/f").stat().st_mode & 0o777 == 0o644
