"""The page on a repository that moved on shows what a terminal does: each change has its file and line."""

from __future__ import annotations

from pathlib import Path

from tests.check.test_drift import MAIN, PROJECT, adopted
from tests.check.test_sources import LOCKS
from tests.check.test_transcript import transcript
from tests.command.running import commit, replace, write
from tests.render.test_readme import check_shown

COMMANDS = ["git show --find-renames=20 --unified=0 --format= | grep '^[+-][^-]'", "copier-slim check"]
MOVED = """\
import subprocess

DATABASE = os.environ["DATABASE_URL"]


def clip(name):
    subprocess.run(["ffmpeg", "-i", name, "clip.mp4"])
    with open("uploads/clips.txt", "a") as clips:
        clips.write(name)
"""
NAMED = {"app", "command", "processes", "python_version", "system_packages", "environment", "writable_paths", "lock"}


def test_the_page_shows_each_change_with_its_line(tmp_path: Path, template: Path, update_golden: bool) -> None:  # noqa: FBT001
    lock = "".join(LOCKS["uv.lock"].format(name=name, version="3.1.0") for name in ("flask", "gunicorn"))
    files = {
        "main.py": MAIN, "pyproject.toml": PROJECT, "uv.lock": lock, "tasks.py": "",
        "Procfile": "web: gunicorn main:app --timeout 30\n",
    }  # fmt: skip
    project = adopted(tmp_path / "shop", template, files, dependency_source="uv.lock")
    replace(project / "pyproject.toml", ">=3.11", ">=3.11,<3.14")
    replace(project / "pyproject.toml", '  "flask>=3",\n', '  "flask>=3",\n  "redis>=5",\n')
    (project / "main.py").rename(project / "web.py")
    (project / "web.py").write_text(f"{MAIN}\n\n{MOVED}", encoding="utf-8")
    commit(write(project, {"Procfile": "web: gunicorn web:app --timeout 90\nworker: python tasks.py\n"}))
    shown = transcript(project, COMMANDS, tmp_path / "bin")
    found = shown.partition(f"$ {COMMANDS[-1]}\n")[2]
    assert {line.split(" ")[0] for line in found.splitlines()} >= NAMED
    check_shown("a repository that moved on", shown, update_golden=update_golden)
