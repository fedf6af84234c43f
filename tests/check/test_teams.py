"""The hook for pre-commit and the action, run from a repository that uses them as their runners would."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.check.test_drift import FILES, MOVES, adopted
from tests.command.running import environment, write
from tests.conftest import ROOT

# The packages are there already, and the index is not asked
PYTHON = """#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec {python} "$@"
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "$@" > "$0.said"\\n' > "$3/bin/pip"
printf '#!/bin/sh\nexec {python} "$@"\n' > "$3/bin/python"
chmod +x "$3/bin/pip" "$3/bin/python"
"""
Run = Callable[[Path, Path], subprocess.CompletedProcess[str]]
COMMAND = '#!/bin/sh\nexec {python} -m copier_slim "$@"\n'


@pytest.fixture
def project(tmp_path: Path, template: Path) -> Path:
    return adopted(tmp_path / "shop", template, FILES)


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(python=sys.executable), encoding="utf-8")
    path.chmod(0o755)


def hook(project: Path, bin_: Path) -> subprocess.CompletedProcess[str]:
    """As pre-commit runs it: its entry's words, and no files."""
    (row,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (row["language"], row["pass_filenames"], row["always_run"]) == ("python", False, True)
    script(bin_ / "copier-slim", COMMAND)
    path = {"PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        shlex.split(row["entry"]), cwd=project, env=environment() | path, capture_output=True, text=True, check=False
    )


def action(project: Path, temp: Path) -> subprocess.CompletedProcess[str]:
    """As a runner runs a composite action of this checkout, in bash; the last step that was run."""
    script(temp / "bin/python3", PYTHON)
    own = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    values = {"${{ github.action_path }}": str(ROOT), "${{ inputs.path }}": own["inputs"]["path"]["default"]}
    given = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    given |= {"RUNNER_TEMP": str(temp), "PATH": f"{temp / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    for step in own["runs"]["steps"]:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=project,
            env=given | {name: values[value] for name, value in step["env"].items()},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            break
    return done


@pytest.mark.parametrize("run", [hook, action])
def test_it_passes_where_nothing_parts_and_names_what_does(run: Run, project: Path, tmp_path: Path) -> None:
    done = run(project, tmp_path / "temp")
    assert done.returncode == 0, done.stderr
    write(project, MOVES["dependency"][0])
    shutil.rmtree(tmp_path / "temp")
    done = run(project, tmp_path / "temp")
    assert done.returncode == 1
    assert "redis>=5" in done.stdout
    assert "differ in 1 place" in done.stderr


def test_the_action_installs_by_hashes(project: Path, tmp_path: Path) -> None:
    action(project, tmp_path / "temp")
    said = (tmp_path / "temp/copier-slim/bin/pip.said").read_text(encoding="utf-8")
    assert f"--require-hashes --requirement {ROOT / 'requirements.txt'}" in said


def test_both_are_as_their_schemas_say() -> None:
    for schema, file in (("vendor.github-actions", "action.yml"),):
        run_tool("check-jsonschema", "--builtin-schema", schema, str(ROOT / file))
    run_tool("zizmor", "--offline", "--persona", "pedantic", str(ROOT / "action.yml"))


def run_tool(name: str, *arguments: str) -> None:
    tool = Path(sys.executable).parent / name
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
