"""The command as its users run it, and repositories for it to look at."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import yaml

from copier_slim import console, copy
from copier_slim.rendering.source import Source
from tests.conftest import ROOT

GIT = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
VERSION_1, VERSION_2, VERSION_3 = "v1.0.0", "v2.0.0", "v3.0.0"  # of the fixture `made`
EMITTED = {
    ".copier-answers.yml", ".dockerignore", "Dockerfile", "container/launch.py", "container/libraries.py",
    "requirements.in",
}  # fmt: skip
FLASK = {
    "web.py": """\
import os

from flask import Flask

site = Flask(__name__)


@site.get("/health")
def health():
    return "fine"
""",
    "requirements.txt": "flask==3.1.*\n",
}


@dataclass(frozen=True)
class Result:
    """How a run of the command ended."""

    code: int
    out: str
    err: str

    def fails(self, code: int, *words: str) -> None:
        """Asserts an exit code, and one line on stderr that has these words."""
        assert self.code == code, f"{self.code}: {self.err or self.out}"
        assert self.err.startswith("copier-slim: "), self.err
        assert self.err.endswith("\n"), self.err
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        assert "this is a bug in copier-slim" not in self.err
        for word in words:
            assert word in self.err


def environment() -> dict[str, str]:
    """This process's environment for one that runs the package of the checkout."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("COPIER_SLIM_")}
    # A machine that has Podman too is no other for a test in which Docker does not answer
    return given | {"PYTHONPATH": str(ROOT / "hooks"), "COLUMNS": "200", "COPIER_SLIM_ENGINE": "docker"}


def command(*arguments: str | Path, cwd: Path, seconds: float = 120, **env: str) -> Result:
    """Runs `copier-slim` without a terminal in `cwd`, with further variables; at most for so many seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "copier_slim", *arguments],
        cwd=cwd,
        env=environment() | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def on_path(folder: Path) -> dict[str, str]:
    """Puts `copier-slim`, of the checkout, into a folder; the variables by which a shell finds it there."""
    write(folder, {"copier-slim": f'#!/bin/sh\nexec {sys.executable} -m copier_slim "$@"\n'})
    (folder / "copier-slim").chmod(0o755)
    return environment() | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "GIT_PAGER": "cat"}


def shell(line: str, cwd: Path, env: Mapping[str, str]) -> str:
    """What a line prints that a shell runs without a terminal; raises AssertionError where it fails."""
    done = subprocess.run(
        ["bash", "-c", line], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    return done.stdout


def git(repository: Path, *arguments: str) -> str:
    """What git prints."""
    return subprocess.run([*GIT, *arguments], cwd=repository, check=True, capture_output=True, text=True).stdout


def commit(repository: Path, tag: str | None = None) -> Path:
    """Commits all that is in a directory, and tags it."""
    git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "state")
    if tag:
        git(repository, "tag", tag)
    return repository


def changed(repository: Path) -> set[str]:
    """What `git status` shows, as its two letters and the path."""
    shown = git(repository, "-c", "core.quotePath=false", "status", "--porcelain", "--untracked-files=all")
    return set(shown.splitlines())


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files below a directory."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def replace(path: Path, old: str, new: str) -> None:
    """Puts a text for another in a file that has it."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def state(root: Path) -> dict[str, str]:
    """Every path below a directory but git's own, with a hash of what it holds, or where it leads to."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] == ".git":
            continue
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "directory"
    return found


def answers(project: Path) -> dict[str, object]:
    """The recorded answers."""
    recorded: dict[str, object] = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    return recorded


def copy_here(destination: Path, template: Path, *, force: bool = False, lock: bool = False, **given: object) -> str:
    """`copy --defaults --offline` in this process, which is quicker; what it shows."""
    out = console.console(file=StringIO(), width=200)
    options = copy.Options(dict(given), ask=False, force=force, lock=lock, online=False)
    copy.copy(destination, Source(str(template)), options, out)
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()
