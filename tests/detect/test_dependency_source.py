"""The answers of a project that has a lock of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from copier_slim.detect.repository import detect

PYPROJECT = """[project]
name = "shop"
version = "1"
requires-python = ">=3.12"
dependencies = ["fastapi"]
[project.optional-dependencies]
prod = ["uvicorn"]
docs = ["sphinx"]
"""
PACKAGE = """[[package]]
name = "{}"
version = "1.0"
source = {{ registry = "https://pypi.org/simple" }}
"""


def answers(root: Path, files: dict[str, str]) -> dict[str, Any]:
    """What is answered for an app of FastAPI with these files."""
    for path, text in {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n", **files}.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return dict(detect(root, online=False).findings.answers)


def test_a_lock_of_its_own_is_the_source(tmp_path: Path) -> None:
    lock = "version = 1\n" + PACKAGE.format("fastapi") + PACKAGE.format("uvicorn")
    found = answers(tmp_path, {"pyproject.toml": PYPROJECT, "uv.lock": lock})
    assert "dependencies" not in found
    assert (found["dependency_source"], found["dependency_groups"], found["provided"]) == (
        "uv.lock",
        "[prod]",
        "fastapi uvicorn",
    )


@pytest.mark.parametrize("files", [{"pyproject.toml": PYPROJECT}, {"requirements.in": "fastapi\n"}])
def test_without_one_the_list_is_answered(tmp_path: Path, files: dict[str, str]) -> None:
    found = answers(tmp_path, files)
    assert "dependency_source" not in found
    assert "fastapi" in found["dependencies"]


def test_a_lock_in_a_folder_is_not_the_roots(tmp_path: Path) -> None:
    lock = "version = 1\n" + PACKAGE.format("fastapi")
    code = "from fastapi import FastAPI\napp = FastAPI()\n"
    found = answers(
        tmp_path, {"main.py": "", "api/main.py": code, "api/pyproject.toml": PYPROJECT, "api/uv.lock": lock}
    )
    assert "dependency_source" not in found
    assert "fastapi" in found["dependencies"]


def test_a_lock_of_a_dynamic_list_is_not_the_source(tmp_path: Path) -> None:
    project = (
        '[project]\nname = "shop"\nversion = "1"\ndynamic = ["dependencies"]\n'
        '[tool.setuptools.dynamic]\ndependencies = { file = ["list.txt"] }\n[tool.uv]\n'
    )
    lock = "version = 1\n" + PACKAGE.format("fastapi")
    found = answers(tmp_path, {"pyproject.toml": project, "list.txt": "fastapi\n", "uv.lock": lock})
    assert "dependency_source" not in found
    assert "fastapi" in found["dependencies"]
