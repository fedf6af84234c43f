"""A repository that had a container of its own is, once it has adopted the template, updated like any other."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest
from copier import run_update

from tests.command.running import changed, commit, copy_here, git, state, write
from tests.update.edits import EDITS

CHANGED = {"port": 9000, "profiler": "py-spy"}
EDITED = ["a label", "another flag for the server", "lines at the end", "a requirement at the end"]


class Repository(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Its files, and by emitted file the patterns of what is carried over."""

    kind: str
    files: dict[str, str]
    carried: dict[str, list[str]]


REPOSITORIES = msgspec.yaml.decode((Path(__file__).parent / "adopted.yml").read_bytes(), type=list[Repository])


@pytest.fixture
def versions(template: Path, tmp_path: Path) -> Path:
    """The template in git, in one version."""
    return commit(shutil.copytree(template, tmp_path / "versions"), "v1.0.0")


@pytest.mark.parametrize("repository", REPOSITORIES, ids=lambda repository: repository.kind)
def test_what_is_adopted_is_updated_like_any_other(repository: Repository, versions: Path, tmp_path: Path) -> None:
    project = commit(write(tmp_path / "shop", repository.files))
    copy_here(project, versions)
    for file, patterns in repository.carried.items():
        text = (project / file).read_text(encoding="utf-8")
        assert [pattern for pattern in patterns if not re.search(pattern, text)] == []
    commit(project)
    run_update(project, defaults=True, overwrite=True, quiet=True)
    assert changed(project) == set(), "nothing is new, so nothing changes"

    edit(project)
    commit(project)
    run_update(project, data=CHANGED, defaults=True, overwrite=True, quiet=True)
    assert git(project, "ls-files", "--unmerged") == ""
    anew = commit(write(tmp_path / "anew/shop", repository.files))
    copy_here(anew, versions, **CHANGED)
    edit(anew)
    assert state(project) == state(anew)


def edit(project: Path) -> None:
    """Makes the sample of edits."""
    edits = [edit for edit in EDITS if edit.edit in EDITED]
    assert len(edits) == len(EDITED)
    for one in edits:
        one.make(project)
