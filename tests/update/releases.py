"""The versions that were released, out of the project's own history, and the template in git with all of them."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy, run_update

from tests.command.running import answers, commit, git
from tests.conftest import ROOT, TEMPLATE_PARTS

CASES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "tests/golden/cases.yml").read_text(encoding="utf-8"))
NOW = "v999"  # the working tree, newer than any release


@dataclass(frozen=True)
class Release:
    """A version, and the commit that is it."""

    version: str
    commit: str

    @property
    def tag(self) -> str:
        """As a published version is tagged."""
        return f"v{self.version}"


@cache
def releases(repository: Path = ROOT) -> tuple[Release, ...]:
    """The released versions, oldest first: each commit that set another version in pyproject.toml.

    A version that was set before there was a template is the first commit that has one. No tag is needed. Fails where
    the history is not all there.
    """
    try:
        if git(repository, "rev-parse", "--is-shallow-repository").strip() == "true":
            pytest.fail("a shallow clone lacks the released versions: git fetch --unshallow", pytrace=False)
        shown = git(repository, "log", "--reverse", "--format=%H", "-G^version = ", "--", "pyproject.toml")
    except subprocess.CalledProcessError:
        pytest.fail(f"the released versions are in the git history, which {repository} lacks: clone it", pytrace=False)
    found: dict[str, Release] = {}
    for revision in shown.split():
        version = tomllib.loads(git(repository, "show", f"{revision}:pyproject.toml"))["project"]["version"]
        found.setdefault(version, Release(version, _with_template(repository, revision)))
    if not found:
        pytest.fail(f"{repository} has released no version", pytrace=False)
    return tuple(found.values())


def _with_template(repository: Path, revision: str) -> str:
    if git(repository, "ls-tree", revision, "copier.yml"):
        return revision
    return git(repository, "log", "--reverse", "--format=%H", f"{revision}..HEAD", "--", "copier.yml").split()[0]


def publish(repository: Path, versions: Sequence[Release], now: Path) -> Path:
    """The template alone in a git repository: a tag for each version, and the working tree, `now`, as the newest."""
    for version in versions:
        _empty(repository)
        there = git(ROOT, "ls-tree", "--name-only", version.commit, *TEMPLATE_PARTS).split()
        archive = subprocess.run(
            ["git", "archive", version.commit, *there], cwd=ROOT, check=True, capture_output=True
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(repository, filter="data")
        commit(repository, version.tag)
    _empty(repository)
    shutil.copytree(now, repository, dirs_exist_ok=True)
    commit(repository, NOW)
    git(repository, "gc", "--quiet")  # Copier clones it several times for each update
    return repository


def _empty(repository: Path) -> None:
    repository.mkdir(exist_ok=True)
    for path in repository.iterdir():
        if path.is_dir() and path.name != ".git":
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()


def copy_at(template: Path, tag: str, project: Path, **answers: Any) -> Path:
    """A project of this version, committed; answers that the version does not know or refuses are left out."""
    known = _known(template, tag)
    given = {name: value for name, value in answers.items() if name in known}
    for name, values in given.items():
        if isinstance(values, list):
            given[name] = [value for value in values if value in known[name]["choices"].values()]
    while True:
        try:
            run_copy(str(template), project, data=given, defaults=True, quiet=True, vcs_ref=tag)
        except ValueError as error:
            refused = next((name for name in given if f" '{name}': " in str(error)), None)
            if refused is None:
                raise
            del given[refused]
        else:
            return commit(project)


def _known(template: Path, tag: str) -> dict[str, Any]:
    """The questions of a version, as written."""
    found: dict[str, Any] = {}
    for name in git(template, "ls-tree", "-r", "--name-only", tag, "questions/").split():
        if name.endswith(".yml"):
            found |= yaml.safe_load(git(template, "show", f"{tag}:{name}"))
    return found


def update_to(project: Path, tag: str) -> Path:
    """The project, updated with the answers that it has."""
    run_update(project, vcs_ref=tag, defaults=True, overwrite=True, quiet=True)
    return project


def contents(project: Path) -> dict[str, bytes]:
    """Every file by its path, but git's own."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(project).parts[:1]
    }


def fresh(template: Path, tag: str, project: Path, like: Path) -> dict[str, bytes]:
    """What a copy of this version has with the answers that another project recorded."""
    given: dict[str, Any] = {name: value for name, value in answers(like).items() if not name.startswith("_")}
    run_copy(str(template), project, data=given, defaults=True, quiet=True, vcs_ref=tag)
    return contents(project)
