"""The answers that each release recorded still mean what they meant: none is refused, changed or read otherwise.

`make answers` keeps the answers of a new release, by copying with it, and what the template now makes of old ones;
nothing in tests/update/answers is written by hand. docs/questions.md has the rules.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy

from tests.command.running import answers
from tests.render.test_golden import GOLDEN
from tests.render.test_golden import contents as text_of
from tests.update.releases import CASES, Release, copy_at, releases

HOME = Path(__file__).parent / "answers"
# The newest first, since older ones refer to what newer ones keep
VERSIONS = [release.version for release in reversed(releases())]
KEPT = [f"{version}/{path.stem}" for version in VERSIONS for path in sorted((HOME / version).glob("*.yml"))]
# An older release records what it did at its own time
RECORDING = [
    pytest.param(release, id=release.version, marks=[] if release == releases()[-1] else [pytest.mark.matrix])
    for release in releases()
]
# A question's old name, and the new one that reads its answer
RENAMED: dict[str, str] = {}
# As many answers as a release knows; of other cases only those are kept that it knows whole
WITH_MOST = "everything"


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("release", RECORDING)
def test_what_is_kept_is_what_the_release_records(
    published: Path, tmp_path: Path, release: Release, case: str, update_golden: bool  # noqa: FBT001
) -> None:  # fmt: skip
    project = copy_at(published, release.tag, tmp_path / "My Service", **CASES[case])
    text = (project / ".copier-answers.yml").read_text(encoding="utf-8")
    text = re.sub(r"^_src_path: .*$", "_src_path: gh:copier-slim/copier-slim", text, flags=re.MULTILINE)
    known = case == WITH_MOST or answers(project).items() >= CASES[case].items()
    kept = HOME / release.version / f"{case}.yml"
    if update_golden and known:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    assert kept.exists() == known
    assert not known or kept.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("kept", KEPT)
def test_old_answers_keep_their_values_and_give_what_was_read(
    template: Path, tmp_path: Path, kept: str, update_golden: bool  # noqa: FBT001
) -> None:  # fmt: skip
    recorded = yaml.safe_load((HOME / f"{kept}.yml").read_text(encoding="utf-8"))
    given: dict[str, Any] = {name: value for name, value in recorded.items() if not name.startswith("_")}
    run_copy(str(template), tmp_path / "My Service", data=given, defaults=True, quiet=True)
    now = answers(tmp_path / "My Service")
    assert {RENAMED.get(name, name): value for name, value in given.items()}.items() <= now.items()

    made = text_of(tmp_path / "My Service")
    version, _, case = kept.partition("/")
    if update_golden:
        own = HOME / kept
        shutil.rmtree(own, ignore_errors=True)
        for name, text in made.items() if made != text_of(_expected(version, case)) else ():
            (own / name).parent.mkdir(parents=True, exist_ok=True)
            (own / name).write_text(text, encoding="utf-8")
    assert made == text_of(_expected(version, case))


def _expected(version: str, case: str) -> Path:
    """What the answers give: what is kept with them or with later ones, or what a fresh copy of the case has."""
    since = VERSIONS[VERSIONS.index(version) :: -1]
    return next((HOME / later / case for later in since if (HOME / later / case).exists()), GOLDEN / case)


def test_the_answers_of_every_release_are_replayed() -> None:
    assert {path.name for path in HOME.iterdir()} == {*VERSIONS}
    assert {kept.partition("/")[0] for kept in KEPT} == {*VERSIONS}
