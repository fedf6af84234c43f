"""An update of an old project equals a fresh copy of the same answers, whichever release it comes from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.command.running import answers, changed, commit, git
from tests.conftest import ROOT
from tests.update.releases import CASES, NOW, Release, contents, copy_at, fresh, releases, update_to

# Each differs from the others in what an update has to do with it
SAMPLE = [
    "fastapi",
    "django",
    "streamlit",
    "celery",
    "command",
    "fastapi-gunicorn",
    "fastapi-uv",
    "distroless-writes",
    "alpine",
    "everything",
    "existing",
    "listening-command",
    "fastapi-opentelemetry",
    "flask-prometheus",
]
# On each change: these from every release, and all from the newest
OF_EVERY_RELEASE = {"everything", "existing"}
RELEASES = releases()


def pairs() -> Iterator[Any]:
    """Every release with every case."""
    for release, case in product(RELEASES, SAMPLE):
        sampled = release == RELEASES[-1] or case in OF_EVERY_RELEASE
        marks = [] if sampled else [pytest.mark.matrix]
        yield pytest.param(release, case, id=f"{release.version}-{case}", marks=marks)


@pytest.mark.parametrize(("release", "case"), list(pairs()))
def test_an_update_equals_a_fresh_copy(published: Path, tmp_path: Path, release: Release, case: str) -> None:
    project = copy_at(published, release.tag, tmp_path / "shop", **CASES[case])
    before = answers(project)
    # With what a new question took from the project that was there, too
    updated = contents(update_to(project, NOW))
    assert updated == fresh(published, NOW, tmp_path / "fresh/shop", project)
    assert not git(project, "ls-files", "--unmerged")
    assert answers(project).items() >= (before | {"_commit": NOW}).items()


@pytest.mark.parametrize("case", sorted(OF_EVERY_RELEASE))
def test_an_update_by_every_release_equals_one(published: Path, tmp_path: Path, case: str) -> None:
    first, *between = [release.tag for release in RELEASES]
    at_once = copy_at(published, first, tmp_path / "shop", **CASES[case])
    in_steps = shutil.copytree(at_once, tmp_path / "steps/shop")
    for tag in [*between, NOW]:
        commit(update_to(in_steps, tag))
    assert contents(in_steps) == contents(update_to(at_once, NOW))


def test_an_update_to_the_same_version_changes_nothing(published: Path, tmp_path: Path) -> None:
    project = copy_at(published, NOW, tmp_path / "shop", **CASES["everything"])
    assert changed(update_to(project, NOW)) == set()


def test_no_release_is_missed_by_a_clone_without_its_history(tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{ROOT}", "shallow")
    with pytest.raises(pytest.fail.Exception, match="unshallow"):
        releases(tmp_path / "shallow")
    with pytest.raises(pytest.fail.Exception, match="clone it"):
        releases(tmp_path)
