"""container/exported.py: what each tool's export is sorted into."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.engine.loopback import wheel

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


ACME = "https://pypi.acme.example/simple"
UV = """\
[[package]]
name = "House_Style"
version = "1.0"
source = {{ registry = "{url}" }}
[[package]]
name = "idna"
version = "3.20"
source = {{ registry = "https://pypi.org/simple" }}
"""
POETRY = """\
[[package]]
name = "house-style"
version = "1.0"
[package.source]
type = "legacy"
url = "{url}"
reference = "acme"
[[package]]
name = "idna"
version = "3.20"
"""
PIPENV = """\
{{
  "_meta": {{"sources": [{{"name": "acme", "url": "{url}/"}}, {{"name": "pypi", "url": "https://pypi.org/simple"}}]}},
  "default": {{
    "house-style": {{"index": "acme", "version": "==1.0"}},
    "idna": {{"index": "pypi", "version": "==3.20"}}
  }}
}}
"""
PYLOCK = """\
[[packages]]
name = "house-style"
version = "1.0"
index = "{url}"
[[packages]]
name = "idna"
version = "3.20"
index = "https://pypi.org/simple"
"""
PDM = """\
[[package]]
name = "idna"
version = "3.20"
[[package]]
name = "house-style"
version = "1.0"
"""
LOCKS = [
    ("uv.lock", UV), ("poetry.lock", POETRY), ("Pipfile.lock", PIPENV), ("pylock.toml", PYLOCK), ("pdm.lock", PDM),
]  # fmt: skip


def export(folder: Path, lock: str, text: str, lines: str, *words: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    (folder / lock).write_text(text.format(url=ACME), encoding="utf-8")
    argv = [sys.executable, str(SCRIPT), lock, "out", *words]
    return subprocess.run(argv, cwd=folder, input=lines, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("lock", "text"), LOCKS)
def test_the_lock_says_which_index_a_package_comes_from(tmp_path: Path, lock: str, text: str) -> None:
    lines = f"house-style==1.0 {HASH}\nidna==3.20 ; python_version >= '3' {HASH}\n"
    done = export(tmp_path / "known", lock, text, lines, f"acme={ACME}/")
    assert not done.returncode, done.stderr
    taken = (tmp_path / "known/out/indexes.txt").read_text(encoding="utf-8").splitlines()
    assert taken == ([] if lock == "pdm.lock" else ["house-style acme", "idna --default"])  # PDM's does not say it
    refused = export(tmp_path / "unknown", lock, text, lines)
    expected = f"{lock} takes house-style from {ACME}, which the answer indexes lacks; run: copier-slim update\n"
    assert refused.stderr == ("" if lock == "pdm.lock" else expected)


def test_what_replaces_pypi_is_no_further_index(tmp_path: Path) -> None:
    lines = f"house-style==1.0 {HASH}\nother==1 ; sys_platform == 'win32' {HASH}\n"
    done = export(tmp_path / "known", "uv.lock", UV, lines, f"--default={ACME}")
    assert not done.returncode, done.stderr
    assert (tmp_path / "known/out/indexes.txt").read_text(encoding="utf-8") == "house-style --default\n"


def test_a_wheel_of_a_directory_that_uv_names_has_its_hash(tmp_path: Path) -> None:
    vendored = wheel(tmp_path / "vendor", "house-style", "1.0")
    lock = tmp_path / "uv.lock"
    lock.write_text(UV.format(url="vendor"), encoding="utf-8")
    text = f"house-style==1.0\nidna==3.20 {HASH}\n"
    done = run(tmp_path / "out", text, "vendor/house_style-1.0-py3-none-any.whl")
    assert not done.returncode, done.stderr
    digest = sha256(vendored.read_bytes()).hexdigest()
    expected = f"house-style==1.0 --hash=sha256:{digest}\nidna==3.20 {HASH}\n"
    assert (tmp_path / "out/hashed.txt").read_text(encoding="utf-8") == expected
    assert (tmp_path / "out/indexes.txt").read_text(encoding="utf-8") == "idna --default\n"
    refused = run(tmp_path / "refused", text)
    expected = "uv.lock takes house-style from vendor, whose wheels the answer workspace_files lacks"
    assert refused.stderr == f"{expected}; run: copier-slim update\n"
