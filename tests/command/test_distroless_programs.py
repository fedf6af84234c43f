"""A base without a shell refuses, with the reason, the packages whose programs are scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim import catalog
from tests.command.running import FLASK, command, commit, write

LONGEST = 35  # what the prompt's bar has room for
LACKS = catalog.bases()["distroless"].lacks


@pytest.mark.parametrize(("program", "package"), [("soffice", "libreoffice-nogui"), ("psql", "postgresql-client")])
def test_a_program_that_is_a_script_is_refused(template: Path, tmp_path: Path, program: str, package: str) -> None:
    code = f"import subprocess\n{FLASK['web.py']}\nsubprocess.run(['{program}', 'a'])\n"
    project = commit(write(tmp_path / "shop", {**FLASK, "web.py": code}))
    copied = command("copy", "--defaults", "--template", template, "--data", "base=distroless", cwd=project)
    copied.fails(3, f"--data base: No {LACKS[package]} for {package}")
    assert not (project / "Dockerfile").exists()


def test_what_is_said_fits() -> None:
    assert [package for package, why in LACKS.items() if len(f"No {why} for {package}") > LONGEST] == []
