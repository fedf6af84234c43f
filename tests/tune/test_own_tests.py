"""The project's own tests: which files they are, and what they need to run."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from copier_slim.tune import own_tests
from tests.command.running import write


@pytest.mark.parametrize(
    "name", ["test_a.py", "tests/test_a.py", "shop/a_test.py", "shop/tests.py", "tests/a/test_.py"]
)
def test_files_with_tests(name: str) -> None:
    assert own_tests.tests_among([name, "shop/main.py", "tests/data.txt", "contest.py"]) == [name]


def test_what_tests_need(tmp_path: Path) -> None:
    stated = """
[project]
optional-dependencies = {test = ["httpx>=1"], docs = ["mkdocs"]}
[dependency-groups]
dev = ["pytest-asyncio"]
lint = ["ruff"]
"""
    write(tmp_path, {"pyproject.toml": stated, "requirements-dev.txt": "pytest\n"})
    given = own_tests.requirements(tmp_path, ["requirements-dev.txt", "pyproject.toml"])
    assert given == ["--requirement", "requirements-dev.txt", "--group", "pyproject.toml:dev", "httpx>=1", "pytest"]


@pytest.mark.parametrize("stated", ["", "[project", "dependency-groups = 3", "[project]\noptional-dependencies = 3"])
def test_a_pyproject_that_says_nothing(tmp_path: Path, stated: str) -> None:
    write(tmp_path, {"pyproject.toml": stated})
    assert own_tests.requirements(tmp_path, []) == ["pytest"]


def test_the_imports_of_tests_do_not_wait() -> None:
    found = own_tests.importers(["tests/test_a.py", "test_b.py"])
    assert {"tests", "test_a", "test_b", "conftest", "_pytest"} <= {*found}
    assert "shop" not in found


def test_files_by_git_and_without(tmp_path: Path) -> None:
    write(tmp_path, {"main.py": "", ".gitignore": "left\n", "left": "", "tests/test_a.py": ""})
    assert {*own_tests.files_of(tmp_path)} == {"main.py", "left", "tests/test_a.py"}
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert {*own_tests.files_of(tmp_path)} == {"main.py", ".gitignore", "tests/test_a.py"}


def test_links_and_large_files_stay(tmp_path: Path) -> None:
    write(tmp_path, {"main.py": "x"})
    (tmp_path / "link").symlink_to("/etc/passwd")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(own_tests.LARGEST + 1)
    with tarfile.open(fileobj=io.BytesIO(own_tests.packed(tmp_path, ["main.py", "link", "large"]))) as archive:
        assert archive.getnames() == ["copier-slim-tests/main.py"]
