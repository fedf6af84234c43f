"""container/exported.py: what each tool's export is sorted into."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "template/container/{{ 'exported.py' if own_lock }}"
HASH = "--hash=sha256:" + "0" * 64


def run(out: Path, text: str, *known: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(SCRIPT), "uv.lock", str(out), *known]
    (out.parent / "uv.lock").touch()
    return subprocess.run(argv, cwd=out.parent, input=text, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "line",
    [
        "./libs/common",
        "-e ./libs/common",
        "-e file:///app/libs/common ; python_version >= '3.11'",
        "common @ file:///app/libs/common ; python_version >= '3.11'",
    ],
)
def test_a_package_of_the_tree_is_left_to_local_packages(tmp_path: Path, line: str) -> None:
    done = run(tmp_path / "out", f"{line}\nidna==3.20 \\\n    {HASH}\n", "libs/common")
    assert not done.returncode, done.stderr
    assert (tmp_path / "out/hashed.txt").read_text(encoding="utf-8").split() == ["idna==3.20", HASH]
    refused = run(tmp_path / "refused", f"{line}\n")
    assert refused.returncode == 1
    assert refused.stderr == (
        "uv.lock has packages that the answer local_packages lacks: libs/common; run: copier-slim update\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        "tiny @ git+https://git.example.com/tiny.git@0123abc",
        "tiny@ git+https://git.example.com/tiny.git@0123abc ; python_version >= '3.11'",
        "-e git+https://git.example.com/tiny.git@0123abc#egg=tiny",
    ],
)
def test_what_git_has_is_apart_from_what_has_hashes(tmp_path: Path, line: str) -> None:
    done = run(tmp_path / "out", f"-i https://pypi.org/simple\n{line}\nidna==3.20 {HASH}\n")
    assert not done.returncode, done.stderr
    assert (tmp_path / "out/git.txt").read_text(encoding="utf-8") == f"{line}\n"
    assert (tmp_path / "out/hashed.txt").read_text(encoding="utf-8") == f"idna==3.20 {HASH}\n"


def test_the_project_itself_is_no_requirement(tmp_path: Path) -> None:
    assert not run(tmp_path / "out", "-e .\n.\n-e file:///app\n").returncode
    assert (tmp_path / "out/hashed.txt").read_text(encoding="utf-8") == ""
