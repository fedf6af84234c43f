"""What the modules of an image are imported with: the step that trims is found and left out, each import is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from copier_slim.verify.container import scripts
from copier_slim.verify.trimmed import without_trim
from tests.conftest import Render


@pytest.mark.parametrize("answers", [{}, {"package_tool": "uv"}, {"base": "distroless"}], ids=str)
def test_the_step_that_trims_is_left_out(render: Render, tmp_path: Path, answers: dict[str, str]) -> None:
    text = (render(tmp_path / "trimmed", trim=True, **answers) / "Dockerfile").read_text(encoding="utf-8")
    whole, venv, stage = without_trim(text)
    assert (venv, stage) == ("/opt/venv", "packages")
    assert "trim.py take" not in whole
    left = [line for line in text.splitlines() if line not in whole.splitlines()]
    assert [line.split()[0] for line in left] == ["RUN", "python"]
    assert without_trim(whole) == (whole, "", "")


def test_a_stage_without_a_name_is_known_by_its_number() -> None:
    text = "FROM a AS b\nFROM b\nRUN python trim.py take /venv x\nFROM b\n"
    assert without_trim(text) == ("FROM a AS b\nFROM b\nFROM b\n", "/venv", "1")


def tried(site: Path, groups: list[list[str]], seconds: float = 60) -> dict[str, str]:
    """What the script says of groups of modules, or of all."""
    code = scripts.source("importable").replace('json.loads("[]")', f"json.loads({json.dumps(json.dumps(groups))})")
    code = code.replace("SECONDS = 60", f"SECONDS = {seconds}")
    argv = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r}); exec(sys.stdin.read())", str(site)]
    done = subprocess.run(argv, input=code, capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_module_is_imported_and_what_ends_its_process_stops_no_other(tmp_path: Path) -> None:
    files = {
        "a/__init__.py": "print('noise')",
        "a/b.py": "import a.gone",
        "a/c.py": "raise SystemExit(3)",
        "a/d.py": "import os; os._exit(0)",
        "a/e.py": "import time; time.sleep(60)",
        "a/tests/__init__.py": "",
        "a/scripts/run.py": "",
        "shared/f/__init__.py": "",
        "shared/f/__main__.py": "raise SystemExit",
        "g.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    expected = {"a": "", "a.b": "ModuleNotFoundError: No module named 'a.gone'", "a.c": "SystemExit: 3"}
    expected["a.d"] = "it ends the process"
    # Nobody knows of one that takes too long
    assert tried(tmp_path, [], seconds=3) == {**expected, "g": "", "shared.f": ""}
    assert tried(tmp_path, [["a.c", "a.d"], ["g"]], seconds=3) == {
        "a.c": "SystemExit: 3",
        "a.d": "it ends the process",
        "g": "",
    }
