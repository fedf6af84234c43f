"""The command as it is installed: from a wheel, without a checkout, git history or network."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.command.running import EMITTED, FLASK, answers, commit, state, write
from tests.conftest import ROOT, TEMPLATE_PARTS

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
# Nothing answers there
NO_NETWORK = {
    **dict.fromkeys(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"], "http://127.0.0.1:9"),
    "GIT_ALLOW_PROTOCOL": "none",
    "NO_PROXY": "",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    directory = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [*PIP, "wheel", "--quiet", "--no-deps", "--wheel-dir", directory, ROOT],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "No matching distribution found for hatchling" in done.stderr:
        pytest.skip("the package index does not answer")
    assert done.returncode == 0, done.stderr
    return next(directory.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`copier-slim` of the wheel in an environment of its own, the dependencies borrowed from this one."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    subprocess.run(
        [*PIP, "--python", home / "bin/python", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True
    )
    site = next(home.glob("lib/python*/site-packages"))
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home / "bin/copier-slim"


def run(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program of another environment, without a network and without this checkout."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL", "COPIER_SLIM"))
    }
    return subprocess.run(
        [program, *arguments],
        cwd=cwd, env=env | NO_NETWORK, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_has_the_template_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    parts = [ROOT / part for part in TEMPLATE_PARTS]
    for path in [*parts, *(below for part in parts for below in part.rglob("*"))]:
        if path.is_file() and "__pycache__" not in path.parts:
            assert f"copier_slim/template/{path.relative_to(ROOT).as_posix()}" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"copier_slim"}
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name or "/bench/" in name]


def test_copies_from_anywhere(installed: Path, tmp_path: Path) -> None:
    repository = commit(write(tmp_path / "shop", FLASK))
    done = run(installed, "copy", "--defaults", "--no-lock", "--offline", cwd=repository)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert set(state(repository)) == EMITTED | {"container"} | set(FLASK)
    recorded = answers(repository)
    assert recorded["_src_path"] == "gh:copier-slim/copier-slim"
    assert recorded["_commit"] == f"v{run(installed, '--version', cwd=tmp_path).stdout.strip()}"
    assert recorded["app"] == "web:site"


def test_a_new_project_from_anywhere(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "copy", "--defaults", "--no-lock", "shop", "--data", "framework=django", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(state(tmp_path / "shop")) >= EMITTED | {"manage.py", "config/settings.py"}


def test_detects_without_the_template(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "detect", "--offline", cwd=write(tmp_path / "shop", FLASK))
    assert done.returncode == 0, done.stderr
    assert "web:site" in done.stdout
