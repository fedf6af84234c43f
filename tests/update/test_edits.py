"""What people wrote outlives an update: every edit of edits.yml with every change of changes.yml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from copier import run_copy, run_update

from tests.command.running import commit, git
from tests.conftest import Render
from tests.update import page
from tests.update.edits import EDITS
from tests.update.pairs import BESIDE, CHANGES, move, replay

# One edit of each file that is emitted as text
SAMPLE = ["a label", "lines at the end", "a requirement at the end", "a service more", "a step more", "more memory"]


@pytest.fixture(scope="session")
def before(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it was copied."""
    return render(tmp_path_factory.mktemp("before") / "shop", **CHANGES.project)


@pytest.fixture(scope="session")
def moved(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template's next version."""
    return move(shutil.copytree(template, tmp_path_factory.mktemp("moved") / "template"), CHANGES.moved)


def renewed(change: str, template: Path, moved: Path, destination: Path) -> Path:
    """The project as it would be copied after the change."""
    answers = CHANGES.project | CHANGES.changes[change]
    run_copy(str(template if CHANGES.changes[change] else moved), destination, data=answers, defaults=True, quiet=True)
    return destination


@pytest.mark.parametrize("change", CHANGES.changes)
def test_each_edit_is_merged_or_a_small_conflict_as_published(
    change: str, before: Path, template: Path, moved: Path, tmp_path: Path, update_golden: bool  # noqa: FBT001
) -> None:  # fmt: skip
    pairs = replay(before, renewed(change, template, moved, tmp_path / "after"), tmp_path)
    assert [name for name, pair in pairs.items() if pair.outcome == "lost"] == []
    whole = {edit.edit for edit in EDITS if edit.whole}
    assert {name for name, pair in pairs.items() if pair.lines > pair.concerned + BESIDE} <= whole
    column = {page.title(edit.edit, edit.file): page.mark(pairs[edit.edit]) for edit in EDITS}
    if update_golden:
        page.write(page.read() | {change: column})
    assert page.read()[change] == column


@pytest.mark.parametrize("change", ["port", "template"])
def test_an_update_of_the_whole_template_says_the_same(
    change: str, template: Path, moved: Path, tmp_path: Path
) -> None:
    versions, project = tmp_path / "versions", tmp_path / "shop"
    commit(shutil.copytree(template, versions), "v1.0.0")
    run_copy(str(versions), project, data=CHANGES.project, defaults=True, quiet=True)
    edits = [edit for edit in EDITS if edit.edit in SAMPLE]
    assert len(edits) == len(SAMPLE)
    for edit in edits:
        edit.make(project)
    commit(project)
    if not CHANGES.changes[change]:
        shutil.copytree(moved, versions, dirs_exist_ok=True)
        commit(versions, "v2.0.0")
    run_update(project, data=CHANGES.changes[change], defaults=True, overwrite=True, quiet=True)
    assert git(project, "ls-files", "--unmerged") == ""
    after = renewed(change, template, moved, tmp_path / "after")
    for edit in edits:
        edit.make(after)
    made = {path.relative_to(after): path.read_bytes() for path in after.rglob("*") if path.is_file()}
    del made[Path(".copier-answers.yml")]
    assert {path: (project / path).read_bytes() for path in made} == made
