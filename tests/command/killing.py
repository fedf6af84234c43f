"""Runs of the command that are ended at some moment of theirs, and what they have left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.command.running import environment

SIGNALS = [signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP]
STOPPED = 130
SAMPLED = 25  # of so many, one is killed on each change


@dataclass(frozen=True)
class Kill:
    """A signal at a moment of a run, which is random and the same for the same seed: 1 is when it would end."""

    verb: str
    number: signal.Signals
    seed: int

    @property
    def moment(self) -> float:
        return Random(f"{self.verb} {self.seed}").uniform(0, 1.05)  # noqa: S311


def kills(verbs: dict[str, int], group: str = "") -> list[Any]:
    """So many of each verb as parameters, the signals in turn; a sample is run on each change, all by the matrix."""
    made = []
    for verb, number in verbs.items():
        for seed in range(number):
            kill = Kill(verb, SIGNALS[seed % len(SIGNALS)], seed)
            marks = [] if (len(made) + len(verb)) % SAMPLED == 0 else [pytest.mark.matrix]
            marks += [pytest.mark.xdist_group(group)] if group else []
            made.append(pytest.param(kill, id=f"{verb}-{kill.number.name}-{seed}", marks=marks))
    return made


@dataclass(frozen=True)
class Ended:
    """How a run ended: the signal that came after `seconds`, its code and what it said."""

    kill: Kill
    seconds: float
    pid: int
    code: int
    out: str
    err: str

    def is_in_order(self, fine: Sequence[int] = (0,)) -> None:
        """Asserts that it was stopped by one line and one code, or was over before that."""
        where = f"{self.kill} after {self.seconds:.3f} s: {self.code}, {self.err or self.out}"
        assert "Traceback" not in self.err, where
        assert "Exception ignored" not in self.err, where
        if self.kill.number is signal.SIGKILL:
            assert self.code in (*fine, -signal.SIGKILL), where
        elif self.code not in fine:
            assert self.code == STOPPED, where
            assert self.err.startswith("copier-slim: stopped; "), where
            assert self.err.count("\n") == 1, where


def run(arguments: Sequence[str | Path], cwd: Path, temporary: Path) -> subprocess.Popen[str]:
    """A run of the command with its temporary files in a directory, as a group of processes."""
    return subprocess.Popen(
        [sys.executable, "-m", "copier_slim", *map(str, arguments)],
        cwd=cwd,
        env=environment() | {"TMPDIR": str(temporary)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def timed(arguments: Sequence[str | Path], cwd: Path, temporary: Path) -> float:
    """The seconds of a run that nothing disturbs, from the moment on when it listens to signals."""
    process = run(arguments, cwd, temporary)
    listens(process)
    started = time.monotonic()
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err or out
    return time.monotonic() - started


def ended(kill: Kill, arguments: Sequence[str | Path], cwd: Path, temporary: Path, whole: float) -> Ended:
    """A run that gets the signal, which takes `whole` seconds without it. Ctrl-C goes to its group, as a terminal's."""
    process = run(arguments, cwd, temporary)
    listens(process)
    seconds = kill.moment * whole
    time.sleep(seconds)
    if process.poll() is None:
        send = os.killpg if kill.number is signal.SIGINT else os.kill
        send(process.pid, kill.number)
    out, err = process.communicate(timeout=60)
    return Ended(kill, seconds, process.pid, process.returncode, out, err)


def listens(process: subprocess.Popen[str]) -> None:
    """Waits until Python has started and is at the command's first lines: SIGTERM is caught."""
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        caught = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.001)
