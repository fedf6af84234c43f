"""The README's section on a project that moved on is what a terminal shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.check.test_drift import MAIN, PROJECT, adopted
from tests.check.test_sources import LOCKS
from tests.command.running import environment, replace
from tests.render.test_readme import check_shown

COMMANDS = ["git mv main.py web.py", "git diff --unified=0 pyproject.toml | grep '^+ '", "copier-slim check"]


def test_the_readme_shows_a_check_as_it_goes(tmp_path: Path, template: Path, update_golden: bool) -> None:  # noqa: FBT001
    lock = "".join(LOCKS["uv.lock"].format(name=name, version="3.1.0") for name in ("flask", "gunicorn"))
    files = {"main.py": MAIN, "pyproject.toml": PROJECT, "uv.lock": lock}
    project = adopted(tmp_path / "shop", template, files, dependency_source="uv.lock")
    replace(project / "pyproject.toml", '  "flask>=3",\n', '  "flask>=3",\n  "redis>=5",\n')
    command = tmp_path / "bin/copier-slim"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m copier_slim "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    own = {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "GIT_PAGER": "cat", "COLUMNS": "118"}
    shown = ""
    for line in COMMANDS:
        done = subprocess.run(
            ["bash", "-c", f"{line} 2>&1"],
            cwd=project,
            env=environment() | own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == (line == COMMANDS[-1]), done.stdout
        said = "".join(f"{one.rstrip()}\n" for one in done.stdout.splitlines())
        shown += f"$ {line}\n{said}"
    check_shown("a check", shown, update_golden=update_golden)
