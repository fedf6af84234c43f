"""What `copier update` merged builds and runs, with the edits and the change in the image."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from copier import run_copy, run_update

from tests.command.running import commit, git
from tests.engine.project import Project
from tests.update.edits import EDITS
from tests.update.pairs import CHANGES

pytestmark = pytest.mark.xdist_group("fastapi")

# By change: edits, and what of both the image's configuration shows
MERGED: dict[str, tuple[list[str], set[str]]] = {
    "port": (["an ARG and its ENV", "retries of the health check"], {"9000/tcp", "PORT=9000", "GIT_COMMIT="}),
    "profiler": (
        ["another flag for the server", "a variable in runtime's ENV"],
        {"--no-server-header", "MALLOC_ARENA_MAX=2"},
    ),
    "environment": (
        ["an ENV of its own in runtime", "a RUN before the code"],
        {"TZ=Europe/Vienna", "SHOP_MODE=production"},
    ),
    "writable path": (["a volume", "another STOPSIGNAL"], {"/app/uploads", "/data", "SIGINT"}),
}


@pytest.fixture(scope="module")
def copied(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default project, from a template in git."""
    home = tmp_path_factory.mktemp("copied")
    versions = commit(shutil.copytree(template, home / "versions"), "v1.0.0")
    run_copy(str(versions), home / "shop", defaults=True, quiet=True)
    return home / "shop"


@pytest.mark.parametrize("change", MERGED)
def test_what_is_merged_builds_and_answers(change: str, copied: Path, tmp_path: Path) -> None:
    edits, shown = MERGED[change]
    path = shutil.copytree(copied, tmp_path / "shop")
    for edit in EDITS:
        if edit.edit in edits:
            edit.make(path)
    commit(path)
    run_update(path, data=CHANGES.changes[change], defaults=True, overwrite=True, quiet=True)
    assert git(path, "ls-files", "--unmerged") == ""
    project = Project(path, tag=f"copier-slim-test:updated-{change.replace(' ', '-')}")
    project.lock()
    config = project.build().config
    found = {*config.env, *config.cmd, *(config.exposed_ports or {}), *(config.volumes or {}), config.stop_signal}
    assert shown <= found
    with project.running() as service:
        assert service.wait("/healthz").status == 200
