"""What an engine says of its images, and where it is not believed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from copier_slim.advise import bases

SLIM = "python:3.13-slim-trixie"
IMAGE = {
    "RepoTags": ["python:3.13-slim", SLIM],
    "Architecture": "amd64",
    "Size": 117_000_000,
    "GraphDriver": {"Name": "overlay2", "Data": {"UpperDir": "/var/lib/docker/overlay2/1/diff"}},
}


def engine(directory: Path, monkeypatch: pytest.MonkeyPatch, prints: str, code: int = 0) -> None:
    """Puts a `docker` on the PATH that prints this."""
    docker = directory / "docker"
    docker.write_text(f"#!/bin/sh\ncat <<'EOF'\n{prints}\nEOF\nexit {code}\n", encoding="utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")


def test_its_images_by_the_name_that_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It fails where one of them is not there, and tells of the others
    engine(tmp_path, monkeypatch, json.dumps([IMAGE]), code=1)
    assert bases.on_engine([SLIM, "python:3.13-trixie"]) == {(SLIM, "amd64"): 117}


@pytest.mark.parametrize("driver", [{"Name": "overlayfs", "Data": None}, None, {}])
def test_the_other_store_s_sizes_are_not_taken(driver: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine(tmp_path, monkeypatch, json.dumps([{**IMAGE, "GraphDriver": driver}]))
    assert bases.on_engine([SLIM]) == {}


@pytest.mark.parametrize("prints", ["[]", "", "no JSON"])
def test_an_engine_that_has_nothing_to_say(prints: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine(tmp_path, monkeypatch, prints, code=1)
    assert bases.on_engine([SLIM]) == {}


def test_without_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bases.on_engine([SLIM]) == {}
