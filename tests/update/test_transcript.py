"""The README's section on updates is what a terminal shows."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.command.running import commit, on_path, replace, write
from tests.render.test_copier import copier
from tests.render.test_readme import check_shown
from tests.update.releases import NOW, copy_at, releases

COMMANDS = [
    "git show --format= --unified=0 Dockerfile | grep '^[-+][A-Z]'",
    "copier-slim update --defaults --data python_version=3.13",
    "git status --short",
    "git diff --unified=0 Dockerfile | grep '^[-+]FROM python'",
    "grep LABEL Dockerfile",
]


def test_the_readme_shows_an_update_as_it_goes(published: Path, tmp_path: Path, update_golden: bool) -> None:  # noqa: FBT001
    """Of a project of the last release with a Dockerfile that someone edited."""
    project = copy_at(published, releases()[-1].tag, tmp_path / "shop", base="slim")
    commit(write(project, {"requirements.txt": "fastapi==0.1\n"}))  # locked before
    replace(project / "Dockerfile", "USER 10001:10001\n", "LABEL team=shop\nUSER 10001:10001\n")
    commit(project)
    env = on_path(tmp_path / "bin")
    shown = "".join(f"$ {command}\n{run(command, project, env)}" for command in COMMANDS)
    check_shown("an update", shown, update_golden=update_golden)


def run(command: str, project: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=project, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_the_recipe_s_check_tells_by_its_exit_code(published: Path, tmp_path: Path) -> None:
    old = copy_at(published, releases()[-1].tag, tmp_path / "old/shop")
    new = copy_at(published, NOW, tmp_path / "new/shop")
    assert copier("check-update", "--quiet", old).returncode == 2
    assert copier("check-update", "--quiet", new).returncode == 0
