"""The main projects render to the files kept in tests/golden, which a person has read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Render

GOLDEN = Path(__file__).parent.parent / "golden"
COPIED = ("distill.py", "exported.py", "libraries.py", "pylock.py")  # as they are in the template
CASES: dict[str, dict[str, Any]] = yaml.safe_load((GOLDEN / "cases.yml").read_text(encoding="utf-8"))


def contents(project: Path) -> dict[str, str]:
    """The rendered files of a project as text, without the answers file, which names the template's own place."""
    return {
        str(path.relative_to(project)): path.read_text(encoding="utf-8")
        for path in sorted(project.rglob("*"))
        if path.is_file() and path.name not in (".copier-answers.yml", *COPIED)
    }


@pytest.mark.parametrize("case", CASES)
def test_renders_as_read(render: Render, tmp_path: Path, case: str, update_golden: bool) -> None:  # noqa: FBT001
    project = render(tmp_path / "My Service", **CASES[case])
    rendered = contents(project)
    if update_golden:
        shutil.rmtree(GOLDEN / case, ignore_errors=True)
        for name, text in rendered.items():
            kept = GOLDEN / case / name
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(text, encoding="utf-8")
    assert rendered == contents(GOLDEN / case)
