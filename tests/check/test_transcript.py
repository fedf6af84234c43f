"""The README's section on a project that moved on is what a terminal shows."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.check.test_drift import MAIN, PROJECT, adopted
from tests.check.test_sources import LOCKS
from tests.command.running import on_path, replace
from tests.render.test_readme import check_shown

COMMANDS = ["git mv main.py web.py", "git diff --unified=0 pyproject.toml | grep '^+ '", "copier-slim check"]


def transcript(project: Path, commands: list[str], folder: Path) -> str:
    """What a terminal shows of these commands, of which the last is a check that finds something; a folder for it."""
    env = on_path(folder) | {"COLUMNS": "118"}
    shown = ""
    for line in commands:
        run = ["bash", "-c", f"{line} 2>&1"]
        done = subprocess.run(run, cwd=project, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == (line == commands[-1]), done.stdout
        shown += f"$ {line}\n" + "".join(f"{one.rstrip()}\n" for one in done.stdout.splitlines())
    return shown


def test_the_readme_shows_a_check_as_it_goes(tmp_path: Path, template: Path, update_golden: bool) -> None:  # noqa: FBT001
    lock = "".join(LOCKS["uv.lock"].format(name=name, version="3.1.0") for name in ("flask", "gunicorn"))
    files = {"main.py": MAIN, "pyproject.toml": PROJECT, "uv.lock": lock}
    project = adopted(tmp_path / "shop", template, files, dependency_source="uv.lock")
    replace(project / "pyproject.toml", '  "flask>=3",\n', '  "flask>=3",\n  "redis>=5",\n')
    shown = transcript(project, COMMANDS, tmp_path / "bin")
    check_shown("a check", shown, update_golden=update_golden)
