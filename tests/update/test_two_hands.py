"""What people write into requirements.in and what a changed answer puts there are merged, wherever both may stand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from copier import run_copy, run_update

from tests.command.running import commit, git
from tests.update.releases import NOW, Release, copy_at, releases

ADDED = "redis>=5\n"
MANAGED = "# What the template needs\nfastapi\nuvicorn\n\n"
ANSWERED = "# From the answer dependencies\n"
OWN = "# The project's own\n"

# Answers before and after an update
CHANGES = {
    "one more": ("psycopg2\nsqlalchemy", "psycopg2\nsqlalchemy\npython-magic"),
    "one more, first": ("psycopg2\nsqlalchemy", "python-magic\npsycopg2\nsqlalchemy"),
    "one more, of one": ("psycopg2", "psycopg2\nsqlalchemy"),
    "the last less": ("psycopg2\nsqlalchemy", "psycopg2"),
    "the first less": ("psycopg2\nsqlalchemy", "sqlalchemy"),
    "the last changed": ("psycopg2\nsqlalchemy", "psycopg2\nsqlalchemy>=2"),
    "all changed": ("psycopg2\nsqlalchemy", "httpx\njinja2"),
    "all less": ("psycopg2\nsqlalchemy", ""),
    "the first of all": ("", "psycopg2\nsqlalchemy"),
    "the template's, bound": ("psycopg2", "psycopg2\nuvicorn>=0.30"),
}
# Where people write
PLACES: dict[str, Callable[[str], str]] = {
    "at the end": lambda text: text + ADDED,
    "at the end, behind a blank line": lambda text: f"{text}\n{ADDED}",
    "at the end, without a newline": lambda text: text + ADDED.rstrip(),
    "at the end, several": lambda text: f"{text}# for the cache\n{ADDED}hiredis\n",
    "at the head": lambda text: ADDED + text,
}


@pytest.fixture(scope="module")
def versions(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template in git, in one version."""
    return commit(shutil.copytree(template, tmp_path_factory.mktemp("versions") / "template"), "v1.0.0")


def requirements(versions: Path, project: Path, dependencies: str) -> str:
    """The file of a new project, which is committed."""
    run_copy(str(versions), project, data={"dependencies": dependencies}, defaults=True, quiet=True)
    return (commit(project) / "requirements.in").read_text(encoding="utf-8")


def after_update(project: Path, edited: str, dependencies: str) -> str:
    """The file after an edit and an update; asserts that nothing is in conflict."""
    (project / "requirements.in").write_text(edited, encoding="utf-8")
    commit(project)
    run_update(project, data={"dependencies": dependencies}, defaults=True, overwrite=True, quiet=True)
    assert git(project, "ls-files", "--unmerged") == ""
    return (project / "requirements.in").read_text(encoding="utf-8")


PAIRS = [(change, "at the end") for change in CHANGES] + [("one more", place) for place in PLACES][1:]


@pytest.mark.parametrize(("change", "place"), PAIRS)
def test_a_line_of_ones_own_and_a_changed_answer_are_merged(
    versions: Path, tmp_path: Path, change: str, place: str
) -> None:
    old, new = CHANGES[change]
    before = requirements(versions, tmp_path / "shop", old)
    expected = requirements(versions, tmp_path / "fresh", new)
    assert after_update(tmp_path / "shop", PLACES[place](before), new) == PLACES[place](expected)


def test_a_line_below_the_template_s_last_and_the_first_answers_are_merged(versions: Path, tmp_path: Path) -> None:
    before = requirements(versions, tmp_path / "shop", "")
    after = after_update(tmp_path / "shop", before.replace("uvicorn\n", f"uvicorn\n{ADDED}"), "psycopg2")
    assert after == MANAGED.replace("uvicorn\n", f"uvicorn\n{ADDED}") + f"{ANSWERED}psycopg2\n\n{OWN}"


def test_a_line_between_the_answers_and_another_at_their_end_are_merged(versions: Path, tmp_path: Path) -> None:
    before = requirements(versions, tmp_path / "shop", "psycopg2\nsqlalchemy")
    edited = before.replace("psycopg2\n", f"psycopg2\n{ADDED}")
    after = after_update(tmp_path / "shop", edited, "psycopg2\nsqlalchemy\nhttpx")
    assert after == f"{MANAGED}{ANSWERED}psycopg2\n{ADDED}sqlalchemy\nhttpx\n\n{OWN}"


@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_a_line_at_the_end_outlives_the_first_update_of_an_older_project(
    published: Path, tmp_path: Path, release: Release
) -> None:
    project = copy_at(published, release.tag, tmp_path / "shop", framework="fastapi")
    path = project / "requirements.in"
    path.write_text(path.read_text(encoding="utf-8") + ADDED, encoding="utf-8")
    commit(project)
    run_update(project, vcs_ref=NOW, data={"dependencies": "psycopg2"}, defaults=True, overwrite=True, quiet=True)
    assert git(project, "ls-files", "--unmerged") == ""
    assert path.read_text(encoding="utf-8") == f"{MANAGED}{ANSWERED}psycopg2\n\n{OWN}{ADDED}"
