"""Each edit replayed over each change: what `copier update` makes of the two.

Copier merges file by file. So a change's two renders become a template of plain files, in which the file of each edit
stands in a folder of its own: one update merges them all, without rendering anything.
"""

from __future__ import annotations

import difflib
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
from copier import run_update

from tests.command.running import commit, git
from tests.update.edits import EDITS, RENAMED, Edit

DATA = Path(__file__).parent / "changes.yml"
BLOCK = re.compile(
    r"^<<<<<<< before updating\r?\n(?P<ours>.*?)^=======\r?\n(?P<theirs>.*?)^>>>>>>> after updating\r?\n",
    re.MULTILINE | re.DOTALL,
)
ANSWERS = "{{ _copier_conf.answers_file }}.jinja"
BESIDE = 6  # lines between two changes that git puts into one block

Outcome = Literal["merged", "untouched", "yours", "removed", "conflict", "lost"]


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answers of the project, those that change, and what the template's next version says in place of what."""

    project: dict[str, Any]
    changes: dict[str, dict[str, Any]]
    moved: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Pair:
    """What an update made of an edit and a change; `lines` stand in conflict, `concerned` were changed by either."""

    outcome: Outcome
    lines: int = 0
    concerned: int = 0


CHANGES = msgspec.yaml.decode(DATA.read_bytes(), type=Changes)


def move(template: Path, moved: Mapping[str, Mapping[str, str]]) -> Path:
    """Makes of a copy of the template its next version."""
    for name, lines in moved.items():
        (path,) = template.glob(name)
        text = path.read_text(encoding="utf-8")
        for old, new in lines.items():
            assert old in text, f"{name} has no {old}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    return template


def replay(before: Path, after: Path, home: Path) -> dict[str, Pair]:
    """Updates a project from one render to the other with every edit in it; what became of each, by its name."""
    template, project = home / "template", home / "project"
    files = template / "files"
    files.mkdir(parents=True)
    (template / "copier.yml").write_text("_subdirectory: files\n", encoding="utf-8")
    (files / ANSWERS).write_text("{{ _copier_answers | to_yaml }}", encoding="utf-8")
    _fill(files, before)
    commit(template, "v1.0.0")
    shutil.copytree(files, project, ignore=shutil.ignore_patterns(ANSWERS))
    answers = f"_commit: v1.0.0\n_src_path: {template}\n"
    (project / ".copier-answers.yml").write_text(answers, encoding="utf-8")
    for folder, edit in _folders():
        edit.make(project / folder)
    commit(project)
    _fill(files, after)
    commit(template, "v2.0.0")
    run_update(project, defaults=True, overwrite=True, quiet=True)
    unmerged = git(project, "diff", "--name-only", "--diff-filter=U").splitlines()
    return {
        edit.edit: judge(edit, before, after, project / folder, unmerged=f"{folder}/{edit.file}" in unmerged)
        for folder, edit in _folders()
    }


def _folders() -> list[tuple[str, Edit]]:
    return [(f"{number:02}", edit) for number, edit in enumerate(EDITS)]


def _fill(files: Path, render: Path) -> None:
    """Puts the file of each edit into its folder as it is in a render, or takes it out where it is not."""
    for folder, edit in _folders():
        path = files / folder / edit.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if (render / edit.file).exists():
            shutil.copy(render / edit.file, path)


def judge(edit: Edit, before: Path, after: Path, folder: Path, *, unmerged: bool) -> Pair:
    """What became of the edit's file in `folder`, whose renders are below `before` and `after`."""
    result = folder / edit.file
    old, new, text = (_text(path) for path in (before / edit.file, after / edit.file, result))
    merged = Pair("untouched" if old == new else "merged")
    if edit.do == "delete":
        return Pair("lost") if result.exists() else Pair("yours")
    if edit.do == "rename":
        moved = _text(folder / (RENAMED + edit.file)) == old
        return Pair("yours" if moved and not result.exists() else "lost")
    if not (after / edit.file).exists():
        return Pair("lost") if result.exists() else Pair("removed")
    if edit.do == "make executable":
        return merged if text == new and result.stat().st_mode & 0o111 else Pair("lost")
    if edit.do == "check out with CRLF":
        text = text.replace("\r\n", "\n")  # as git takes it
    edited = edit.of(old)
    assert edited is not None
    blocks = list(BLOCK.finditer(text))
    if blocks or unmerged:
        lines = sum(len((found["ours"] + found["theirs"]).splitlines()) for found in blocks)
        concerned = sum(len(added(*pair)) for pair in ((old, edited), (edited, old), (old, new), (new, old)))
        shown = blocks and unmerged and _shows_both(old, edited, new, text)
        return Pair("conflict", lines, concerned) if shown else Pair("lost")
    expected = edit.of(new)
    if expected is not None:
        old, edited, new, text, expected = map(_staged, (old, edited, new, text, expected))
    return merged if text == expected or _repeats(old, edited, new, text) else Pair("lost")


def _shows_both(old: str, edited: str, new: str, conflict: str) -> bool:
    """Whether the one side of the conflict has what the edit added, and the other what the change did."""
    ours, theirs = BLOCK.sub(r"\g<ours>", conflict), BLOCK.sub(r"\g<theirs>", conflict)
    missing = Counter(added(old, edited)) - Counter(ours.splitlines())
    missing += Counter(added(old, new)) - Counter(theirs.splitlines())
    return not missing


def _repeats(old: str, edited: str, new: str, merged: str) -> bool:
    """Whether the same lines went into the new render, and out of it, as into the old one, where it still has them."""
    went_out = Counter(added(merged, new)) - Counter(added(edited, old))
    return sorted(added(new, merged)) == sorted(added(old, edited)) and not went_out


def _staged(text: str) -> str:
    """The text with the stage of a Dockerfile before each line, so that a line in another one is another line."""
    stage, lines = "", []
    for line in text.splitlines():
        stage = line if line.startswith("FROM ") else stage
        lines.append(f"{stage.split(' ')[-1]}: {line}")
    return "\n".join(lines)


def added(old: str, new: str) -> list[str]:
    """The lines that come in."""
    return [line[2:] for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line.startswith("+ ")]


def _text(path: Path) -> str:
    return path.read_bytes().decode() if path.exists() else ""
