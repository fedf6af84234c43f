"""The system packages that the template derives from the dependencies, and what a move of Debian makes of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from copier.errors import CopierError

from tests import dockerfile
from tests.conftest import Render


def installed(project: Path) -> dict[str, set[str]]:
    """The packages that each stage installs, by stage."""
    found: dict[str, set[str]] = {}
    stage = ""
    for instruction in dockerfile.parse((project / "Dockerfile").read_text(encoding="utf-8")):
        if instruction.keyword == "FROM":
            stage = instruction.arguments.split(" AS ")[1]
        match = re.search(r"(?:--no-install-recommends|apk add --no-cache) (.+?)(?:&&|$)", instruction.arguments)
        if match:
            found[stage] = set(match[1].split())
    return found


POSTGRES = {"build-essential", "libpq-dev"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"dependencies": "sqlalchemy\npsycopg[binary]>=3"}, {}),
        (
            {"dependencies": "Psycopg2>=2.9  # the driver"},
            {"compile": POSTGRES, "packages": POSTGRES, "check": {"libpq5"}},
        ),
        ({"dependencies": "psycopg>=3"}, {"check": {"libpq5"}}),
        ({"dependencies": "discord.py"}, {}),
        ({"dependencies": "discord.py[voice]"}, {"check": {"libopus0"}}),
        ({"dependencies": "playwright"}, {}),
        ({"dependencies": "# psycopg2\nlxml"}, {}),
        (
            {"dependencies": "psycopg2", "base": "distroless"},
            {"compile": POSTGRES, "packages": POSTGRES, "distill": {"libpq5"}},
        ),
        (
            {"dependencies": "psycopg2", "base": "alpine"},
            {"compile": {"build-base", "libpq-dev"}, "packages": {"build-base", "libpq-dev"}, "check": {"libpq"}},
        ),
        ({"dependencies": "psycopg", "system_packages": "ffmpeg libpq5"}, {"check": {"ffmpeg", "libpq5"}}),
    ],
)
def test_dependencies_bring_their_packages(
    render: Render, tmp_path: Path, answers: dict[str, Any], expected: dict[str, set[str]]
) -> None:
    assert installed(render(tmp_path, **answers)) == expected


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
@pytest.mark.parametrize("names", ["libglib2.0-0 libodbc1 libicu72", "libglib2.0-0t64 libodbc2 libicu76"])
def test_a_move_of_debian_renames_packages(render: Render, tmp_path: Path, suite: str, names: str) -> None:
    project = render(tmp_path, dependencies="python-magic", system_packages=names, debian_suite=suite)
    expected = {
        "bookworm": {"libglib2.0-0", "libodbc2", "libicu72", "libmagic1"},
        "trixie": {"libglib2.0-0t64", "libodbc2", "libicu76", "libmagic1t64"},
    }
    assert installed(project) == {"check": expected[suite]}


def test_a_move_of_debian_refuses_what_is_gone_and_names_the_alternative(render: Render, tmp_path: Path) -> None:
    render(tmp_path / "before", system_packages="wkhtmltopdf", debian_suite="bookworm")
    with pytest.raises((CopierError, ValueError), match="wkhtmltopdf: use weasyprint"):
        render(tmp_path / "after", system_packages="wkhtmltopdf", debian_suite="trixie")


def test_modules_that_are_not_imported_may_lack_libraries(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path, optional_modules="PySide6/*\nkivy/core/window/*")
    assert "    python -IS /mnt/libraries.py /opt/venv --optional 'kivy/core/window/*' 'PySide6/*'\n" in (
        project / "Dockerfile"
    ).read_text(encoding="utf-8")
