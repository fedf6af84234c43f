"""The template with its released versions, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.update.releases import publish, releases


@pytest.fixture(scope="session")
def published(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template in git: every released version by its tag, and the working tree as the newest."""
    return publish(tmp_path_factory.mktemp("published") / "template", releases(), template)
