"""Repositories that the tests of the command share."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim import lock as locks
from tests.command.running import FLASK, commit, write

LOCKED = "flask==3.1.2 \\\n    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A Flask service without git."""
    return write(tmp_path / "shop", FLASK)


@pytest.fixture
def repository(bare: Path) -> Path:
    """A Flask service in git, all of it committed."""
    return commit(bare)


@pytest.fixture
def locking(monkeypatch: pytest.MonkeyPatch) -> str:
    """Makes the lock without an engine; its text."""
    monkeypatch.setattr(locks, "compile_lock", lambda *_, **__: locks.Lock(LOCKED, [], "in a test"))
    return LOCKED
