"""All verbs read a project's files by one function, whatever wrote them; what another tool cannot read is told."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from copier_slim.advise import pins
from copier_slim.copy import plans
from copier_slim.detect.repository import detect
from copier_slim.engine import builds
from copier_slim.errors import InputError
from copier_slim.lock import project
from copier_slim.verify.target import Project
from tests.command.running import write

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
# As PowerShell's `>` and Windows' editor write
ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16, the big end first": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-32": lambda text: codecs.BOM_UTF32_LE + text.encode("utf-32-le"),
}
# What is detected, by answer, from each file
PIN = "Flask==3.1.1"
READ: dict[str, tuple[str, str, str]] = {
    "requirements.txt": ("Flask==3.1.1\r\n# ü\r\n", "dependencies", PIN),
    "requirements.in": ("Flask==3.1.1\r\n# ü\r\n", "dependencies", PIN),
    "pyproject.toml": ('[project]\r\nname = "x"\r\ndependencies = ["Flask==3.1.1"] # ü\r\n', "dependencies", PIN),
    "setup.cfg": ("[metadata]\r\nname = x\r\n[options]\r\ninstall_requires = Flask==3.1.1\r\n", "dependencies", PIN),
    "Pipfile": ('[packages]\r\nFlask = "==3.1.1"\r\n', "dependencies", PIN),
    "environment.yml": ("dependencies:\r\n- pip:\r\n  - Flask==3.1.1\r\n", "dependencies", PIN),
    "Procfile": ("web: gunicorn app:app\r\n", "server", "gunicorn"),
    "Dockerfile": ("FROM python:3.12\r\nENV COLOUR=blue\r\n", "environment", "COLOUR=blue"),
    "compose.yaml": ("services:\r\n  web:\r\n    build: .\r\n    command: gunicorn app:app\r\n", "server", "gunicorn"),
    "runtime.txt": ("python-3.12.1\r\n", "python_version", "3.12"),
    ".python-version": ("3.12\r\n", "python_version", "3.12"),
}  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", READ)
def test_detect_reads_it(name: str, encoding: str, tmp_path: Path) -> None:
    text, answer, value = READ[name]
    files = {"app.py": FLASK, name: ENCODINGS[encoding](text)}
    given = {"dependency_source": "requirements.in"}  # which has all that is read
    findings = detect(write(tmp_path / "shop", files), online=False, given=given).findings
    assert value in str(findings.value(answer))
    assert not any("\0" in str(found) for found in findings.answers.values())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_advise_and_verify_read_a_lock_as_copy_does(encoding: str, tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": ENCODINGS[encoding]("Flask==3.1.1\r\ngunicorn==23.0.0\r\n")})
    write(tmp_path, {"Dockerfile": "FROM python:3.13\n"})
    assert [(pin.name, pin.version) for pin in pins.read(tmp_path).pins] == [("flask", "3.1.1"), ("gunicorn", "23.0.0")]
    assert (Project(tmp_path).lock or "").splitlines() == ["Flask==3.1.1", "gunicorn==23.0.0"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_own_patterns_of_what_is_ignored_are_kept(encoding: str, tmp_path: Path) -> None:
    write(tmp_path, {".dockerignore": ENCODINGS[encoding]("*.sqlite\r\n")})
    rendered = {".dockerignore": "*.pyc\n", ".copier-answers.yml": "install_project: false\n"}
    staging = write(tmp_path / "staging", rendered)
    plan = plans.make(tmp_path, staging, None, Console(), force=True)
    made = plan.files[".dockerignore"]
    assert "*.sqlite" in made.decode().splitlines()


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_docker_reads_as_null_bytes_is_refused(name: str, encoding: str, tmp_path: Path) -> None:
    write(tmp_path, {name: ENCODINGS[encoding]("FROM scratch\n" if name == "Dockerfile" else "x\n")})
    if encoding.startswith("UTF-8"):
        builds.check_encoding(tmp_path / name)
        return
    with pytest.raises(InputError, match=rf"^{name} is UTF-\d+, which Docker does not read; save it as UTF-8$"):
        builds.build(tmp_path, target=None, output=None, tag=None, progress=lambda _: None)


def test_what_copier_cannot_read_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {".copier-answers.yml": ENCODINGS["UTF-16"]("base: slim\n")})
    with pytest.raises(
        InputError, match=r"\.copier-answers\.yml is UTF-16, which Copier does not read; save it as UTF-8"
    ):
        project.answers_of(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "requirements.txt")
    with pytest.raises(InputError, match=r"requirements\.txt cannot be read: it is not a regular file"):
        pins.read(tmp_path)
