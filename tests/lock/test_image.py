"""The lock by a real engine, in the image."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copier_slim.engine import builds
from copier_slim.errors import CheckFailedError, InputError
from copier_slim.lock import check, compile_lock, lock
from tests.conftest import Render
from tests.engine.conftest import engine_answers

pytestmark = pytest.mark.xdist_group("lock")


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """Skips, or fails, where no engine answers."""
    if not engine_answers():
        verdict = pytest.fail if os.environ.get("REQUIRE_ENGINE") else pytest.skip
        verdict("no Docker Engine answers `docker info`")


@pytest.fixture(params=["uv", "pip-tools"])
def rendered(request: pytest.FixtureRequest, render: Render, tmp_path: Path) -> Path:
    """A project that asks for six and has a version of it from before."""
    project = render(tmp_path / "project", framework="wsgi", package_tool=request.param)
    (project / "requirements.in").write_text("six\n", encoding="utf-8")
    (project / "requirements.txt").write_text("six==1.16.0\n", encoding="utf-8")
    return project


def test_locks_checks_and_upgrades(rendered: Path) -> None:
    with pytest.raises(CheckFailedError, match="other hashes or markers for six"):
        check(rendered)

    told: list[str] = []
    kept = lock(rendered, progress=told.append)
    assert kept.where == "in the image"
    assert kept.changes == []
    assert "six==1.16.0 \\\n    --hash=sha256:" in kept.text
    assert (rendered / "requirements.txt").read_text(encoding="utf-8") == kept.text
    assert {step for step in told if "compile …" in step or "pip-compile" in step}
    assert sorted(path.name for path in rendered.iterdir() if path.suffix == ".txt") == ["requirements.txt"]
    check(rendered)

    (rendered / "requirements.in").write_text("six\nidna\n", encoding="utf-8")
    with pytest.raises(CheckFailedError, match=r"not current: adds idna \S+; run"):
        check(rendered)

    upgraded = lock(rendered, upgrade=True)
    assert {change.name: change.before for change in upgraded.changes} == {"idna": None, "six": "1.16.0"}
    check(rendered)


def test_a_plain_build_of_the_lock_stage_gives_the_same(rendered: Path, tmp_path: Path) -> None:
    made = compile_lock(rendered)
    builds.build(rendered, target="lock", output=tmp_path / "out", tag=None, progress=lambda _: None)
    assert (tmp_path / "out/requirements.txt").read_text(encoding="utf-8") == made.text


def test_what_cannot_be_had_is_told_in_one_line(rendered: Path) -> None:
    (rendered / "requirements.in").write_text("six>=99\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"^requirements\.in asks for six>=99, and the index has none that fits;"):
        lock(rendered)
    (rendered / "requirements.in").write_text("requests==2.31.0\nidna<2\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"^requ\S+ asks for .*, requ\S+( 2\.31\.0)? for idna.*, and no version is both"
    ):
        lock(rendered)
    assert (rendered / "requirements.txt").read_text(encoding="utf-8") == "six==1.16.0\n"
