"""The repository's own files around the code: what GitHub and pre-commit read, and the records of decisions."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

SCHEMAS = {
    "github-workflows": ".github/workflows/*.yml",
    "github-issue-forms": ".github/ISSUE_TEMPLATE/[!c]*.yml",
    "github-issue-config": ".github/ISSUE_TEMPLATE/config.yml",
    "dependabot": ".github/dependabot.yml",
}
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def run(program: str, *arguments: str | Path) -> None:
    """Runs a program of this Python's environment; fails with what it says."""
    path = Path(sysconfig.get_path("scripts"), program)
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("schema", SCHEMAS)
def test_github_takes_each_file(schema: str) -> None:
    files = sorted(ROOT.glob(SCHEMAS[schema]))
    assert files
    run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


def test_zizmor_finds_nothing_at_its_strictest() -> None:
    run("zizmor", "--offline", "--persona", "pedantic", ROOT / ".github")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    used = re.findall(r"uses: (.*)", workflow.read_text(encoding="utf-8"))
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in used)


def test_the_hooks_of_pre_commit_name_programs_that_are_here() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    local = next(entry for entry in hooks["repos"] if entry["repo"] == "local")
    programs = {hook["entry"].split()[0] for hook in local["hooks"]}
    assert programs == {".venv/bin/ruff", ".venv/bin/hadolint"}
    for program in programs:
        assert Path(sysconfig.get_path("scripts"), Path(program).name).is_file()


def test_every_decision_is_in_the_index_under_its_title() -> None:
    folder = ROOT / "docs/decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    index = re.findall(r"^\| \[(\d+)\]\((.+)\) \| (.+) \|$", listed, re.MULTILINE)
    records = sorted(folder.glob("0*.md"))
    assert [name for _, name, _ in index] == [path.name for path in records]
    for (number, _, title), path in zip(index, records, strict=True):
        assert path.read_text(encoding="utf-8").splitlines()[0] == f"# {number}. {title}"
        assert int(path.name[:4]) == int(number)
