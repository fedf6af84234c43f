"""What a verb does not need is not imported: most of the time of a small repository is that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.running import environment, write

SLOW = {
    "copier",
    "docker",
    "dunamai",
    "jinja2",
    "plumbum",
    "poetry",
    "prompt_toolkit",
    "questionary",
}
CODE = """
import atexit, sys
sys.argv[0] = "copier-slim"
atexit.register(lambda: print(*sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr))
from copier_slim.cli import main
main()
"""
# The look in this process, where what it imports is seen
HERE = """
from copier_slim.detect import child_process
from copier_slim.detect.repository import detect
child_process.look = detect
"""


def imported(*arguments: str, cwd: Path, before: str = "") -> set[str]:
    """The packages that a run imports."""
    done = subprocess.run(
        [sys.executable, "-c", before + CODE, *arguments],
        cwd=cwd, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stderr.split())


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository of one file."""
    return write(tmp_path / "shop", {"app.py": "from flask import Flask\n\napp = Flask(__name__)\n"})


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_detect_for_a_program_needs_no_terminal(small: Path, form: str) -> None:
    assert not imported("detect", "--offline", "--format", form, cwd=small, before=HERE) & (SLOW | {"rich"})


def test_detect_for_people_needs_no_template(small: Path) -> None:
    assert not imported("detect", "--offline", cwd=small, before=HERE) & SLOW


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["copy", "--help"], ["detect", "--help"]])
def test_help_needs_nothing(small: Path, arguments: list[str]) -> None:
    assert not imported(*arguments, cwd=small) & (SLOW | {"rich", "yaml", "msgspec", "packaging"})


def test_without_the_network_nothing_is_asked_of_it(small: Path) -> None:
    write(small, {"requirements.txt": "flask==1.0\n"})
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('asked the network')\n"
        "socket.getaddrinfo = socket.create_connection = refuse\n"
        "from copier_slim.cli import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "detect", "--offline"],
        cwd=small, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
