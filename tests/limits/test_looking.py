"""The look in another process: what it finds is handed over, what it raises is raised, and it ends with a line."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from copier_slim.detect import child_process
from copier_slim.detect.entry_point import Entry
from copier_slim.detect.repository import detect
from copier_slim.errors import InputError
from tests.command.running import environment, write

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
TWO = {"billing/main.py": FLASK, "orders/main.py": FLASK}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A Flask app."""
    return write(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask==3.1.*\n"})


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Lets something happen when requirements.txt is parsed, as it might in a parser."""

    def meeting(happens: Callable[[], object]) -> None:
        monkeypatch.setattr("copier_slim.detect.dependencies.choose.toml", lambda *_: happens())

    return meeting


@pytest.mark.parametrize("forks", [True, False])
def test_it_finds_what_detect_finds(shop: Path, *, forks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not forks:
        monkeypatch.setattr(child_process, "FORKS", False)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    found, here = child_process.look(shop, online=False), detect(shop, online=False)
    assert found.findings == here.findings
    assert (found.locked, found.pythons, found.extras) == (here.locked, here.pythons, here.extras)


def test_what_it_refuses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="several apps"):
        child_process.look(write(tmp_path, TWO), online=False)


def test_it_asks_which_app_and_waits_for_the_answer(tmp_path: Path) -> None:
    offered: list[str] = []

    def choose(entries: list[Entry]) -> Entry:
        offered.extend(entry.evidence[-1].path for entry in entries)
        time.sleep(1.2)  # more than it may take by itself
        return entries[1]

    found = child_process.look(write(tmp_path, TWO), online=False, choose=choose, seconds=1)
    assert found.findings.found["app"].evidence[-1].path == offered[1]


def test_a_deadline(shop: Path, meeting: Callable[[Callable[[], object]], None]) -> None:
    meeting(lambda: time.sleep(60))
    begun = time.monotonic()
    with pytest.raises(InputError, match=r"^reading shop takes over 0\.5 s; ") as error:
        child_process.look(shop, online=False, seconds=0.5)
    assert time.monotonic() - begun < 5
    assert "\n" not in str(error.value)


def test_the_file_that_was_read_last_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copier_slim.detect.dependencies.requirements_txt.logical_lines", lambda _: time.sleep(60))
    with pytest.raises(InputError, match=r"takes over 0\.5 s, last requirements\.txt; fix or remove that file"):
        child_process.look(shop, online=False, seconds=0.5)


def test_a_memory_limit(shop: Path, meeting: Callable[[Callable[[], object]], None]) -> None:
    meeting(lambda: bytearray(4 << 30))
    with pytest.raises(InputError, match=r"^reading shop takes over 2048 MiB of memory; "):
        child_process.look(shop, online=False)


def test_a_parser_that_ends_the_process(shop: Path, meeting: Callable[[Callable[[], object]], None]) -> None:
    meeting(lambda: (faulthandler.disable(), os.kill(os.getpid(), signal.SIGSEGV)))
    with pytest.raises(InputError, match=r"^reading shop ended a parser \(SIGSEGV\); "):
        child_process.look(shop, online=False)


def test_a_parser_that_goes_too_deep(shop: Path, meeting: Callable[[Callable[[], object]], None]) -> None:
    def again() -> None:
        again()

    meeting(again)
    with pytest.raises(InputError, match=r"^reading shop leads too deep"):
        child_process.look(shop, online=False)


def test_a_fault_stays_one(shop: Path, meeting: Callable[[Callable[[], object]], None]) -> None:
    meeting(lambda: {}["nothing"])
    with pytest.raises(KeyError, match="nothing") as error:
        child_process.look(shop, online=False)
    assert "Traceback" in error.value.__notes__[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_it_where_it_is_stopped(shop: Path, number: signal.Signals) -> None:
    code = (
        "import os, sys, time\n"
        "from copier_slim.detect.dependencies import choose\n"
        "def busy(*_):\n    print(os.getpid(), flush=True)\n    while True: pass\n"
        "choose.toml = busy\n"
        "from copier_slim.cli import main\nmain()\n"
    )
    command = [sys.executable, "-c", code, "detect", "--offline", str(shop)]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        other = int(process.stdout.readline())
        process.send_signal(number)
        process.wait(10)
    until = time.monotonic() + 10
    while time.monotonic() < until and _runs(other):
        time.sleep(0.05)
    assert not _runs(other)


def _runs(number: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return False
