"""docs/dependencies.md shows, on where dependencies are stated, what a terminal shows, with the real tools."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command.running import command, commit, shell, write
from tests.engine.conftest import Installed
from tests.render.test_readme import check_shown

MAIN = "from flask import Flask\n\napp = Flask(__name__)\n"
UV = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["flask"]
"""
POETRY = """\
[tool.poetry]
package-mode = false

[tool.poetry.dependencies]
python = ">=3.11"
flask = "*"

[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
priority = "primary"
"""
SHOWN = 'docker run --rm shop python -c "import redis; print(redis.__version__)"'
BUILT = "docker build --quiet --tag shop . > /dev/null"
# A tool's project, what makes its first lock, and what is shown
PROJECTS: dict[str, tuple[dict[str, str], str, list[str]]] = {
    "uv": ({"pyproject.toml": UV}, "uv lock --quiet", ["uv add --quiet --no-sync redis==5.2.1", BUILT, SHOWN]),
    "poetry": (
        {"pyproject.toml": POETRY}, "poetry lock --quiet", ["poetry add --quiet --lock redis==5.2.1", BUILT, SHOWN],
    ),
    "pip-tools": (
        {"requirements.in": "flask\n"}, "true",
        [
            "echo redis==5.2.1 >> requirements.in",
            "docker build . 2>&1 | grep --only-matching --max-count=1 'requirements.txt is older .*lacks [a-z0-9.=]*$'",
            "docker build --quiet --target lock --output . . > /dev/null",
            BUILT,
            SHOWN,
        ],
    ),
}  # fmt: skip


@pytest.mark.xdist_group("adoption-shown")
@pytest.mark.parametrize("name", PROJECTS)
def test_the_readme_shows_an_adopted_project_as_it_goes(
    name: str,
    installed: Installed,
    template: Path,
    tmp_path: Path,
    update_golden: bool,  # noqa: FBT001
    engine: None,  # noqa: ARG001
) -> None:
    files, lock, lines = PROJECTS[name]
    project = commit(write(tmp_path / "shop", {"main.py": MAIN, **files}))
    path = os.environ["PATH"] if name == "pip-tools" else f"{installed(name).parent}{os.pathsep}{os.environ['PATH']}"
    own = {key: value for key, value in os.environ.items() if not key.startswith(("UV_", "PIP_FIND", "VIRTUAL_ENV"))}

    def run(line: str) -> str:
        return shell(line, project, own | {"PATH": path})

    run(lock)
    commit(project)
    adopted = command("copy", "--defaults", "--template", template, "-d", "python_version=3.13", cwd=project)
    assert adopted.code == 0, adopted.err
    commit(project)
    assert command("check", cwd=project).code == 0
    shown = "".join(f"$ {line}\n{run(line)}" for line in lines)
    assert shown.endswith("\n5.2.1\n")
    check_shown(name, shown, update_golden=update_golden)
    assert command("check", cwd=commit(project)).code == 0
