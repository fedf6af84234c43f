"""What people wrote outlives an update: every edit of edits.yml with every change of changes.yml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from copier import run_copy, run_update

from tests.command.running import commit, git
from tests.conftest import Render
from tests.update import page
from tests.update.edits import EDITS, Edit
from tests.update.pairs import BESIDE, CHANGES, judge, move, replay

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
    column = {page.title(edit.edit, edit.file): page.mark(edit, change, pairs[edit.edit]) for edit in EDITS}
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


STAGES = "FROM a AS one\nRUN x\n\nFROM b AS two\nRUN x\n"
CONFLICT = "<<<<<<< before updating\n{}=======\n{}>>>>>>> after updating\n"
RESULTS = {
    "both": (STAGES.replace("b AS two\n", "c AS two\nLABEL a=b\n"), "merged"),
    "without the edit": (STAGES.replace("b AS", "c AS"), "lost"),
    "without the change": (STAGES.replace("two\n", "two\nLABEL a=b\n"), "lost"),
    "in another stage": (STAGES.replace("b AS", "c AS").replace("one\n", "one\nLABEL a=b\n"), "lost"),
    "twice": (STAGES.replace("b AS two\n", "c AS two\nLABEL a=b\nLABEL a=b\n"), "lost"),
    "a conflict of both": (CONFLICT.format("LABEL a=b\n", "FROM c AS two\n"), "conflict"),
    "a conflict without the edit": (CONFLICT.format("", "FROM c AS two\n"), "lost"),
    "a conflict without the change": (CONFLICT.format("LABEL a=b\n", ""), "lost"),
    "nothing": ("", "lost"),
}


@pytest.mark.parametrize(("result", "outcome"), RESULTS.values(), ids=RESULTS)
def test_what_is_lost_is_seen(result: str, outcome: str, tmp_path: Path) -> None:
    edit = Edit("a label", stage="two", find=r"\A(FROM .*\n)", put=r"\1LABEL a=b\n")
    folders = [tmp_path / name for name in ("before", "after", "result")]
    for folder, text in zip(folders, (STAGES, STAGES.replace("b AS", "c AS"), result), strict=True):
        folder.mkdir()
        (folder / "Dockerfile").write_text(text, encoding="utf-8")
    assert judge(edit, *folders, unmerged="<<<" in result).outcome == outcome
