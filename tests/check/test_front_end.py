"""`check` on a front end that came after the container, or moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.check import parts
from tests.check.test_drift import adopted
from tests.command.running import commit, replace, write

PACKAGE = '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}\n'
MAIN = """\
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

app = FastAPI()
app.mount("/", StaticFiles(directory="ui/dist", html=True))
"""
BEFORE = {"main.py": MAIN, "requirements.txt": "fastapi\n"}
FRONT_END = {"ui/package.json": PACKAGE, "ui/package-lock.json": "{}\n"}


def found(project: Path) -> dict[str, tuple[str, str]]:
    """Recorded and found now, by answer."""
    return {item.answer: (item.recorded, item.found) for item in parts(project) if item.answer.startswith("assets")}


def test_a_front_end_that_came_later_is_named(tmp_path: Path, template: Path) -> None:
    project = adopted(tmp_path / "shop", template, BEFORE)
    assert found(project) == {}
    commit(write(project, FRONT_END))
    drift = found(project)
    assert drift["assets"] == ("none", "npm")
    assert drift["assets_path"] == ("", "ui")
    assert {"assets_command", "assets_output"} <= drift.keys()


@pytest.mark.parametrize(
    ("file", "old", "new", "answer", "now"),
    [
        ("ui/package.json", '"vite build"', '"vite build --outDir ../static"', "assets_output", "static"),
        ("ui/package.json", '{"scripts"', '{"engines": {"node": "22"}, "scripts"', "assets_node", "22"),
        ("ui/package.json", '{"scripts"', '{"packageManager": "pnpm@9.15.9", "scripts"', "assets", "pnpm"),
    ],
)
def test_a_front_end_that_moved_is_named(
    tmp_path: Path, template: Path, file: str, old: str, new: str, answer: str, now: str
) -> None:
    main = {"main.py": MAIN + 'app.mount("/static", StaticFiles(directory="static"))\n'}
    project = adopted(tmp_path / "shop", template, BEFORE | FRONT_END | main)
    assert found(project) == {}
    replace(project / file, old, new)
    assert found(commit(project))[answer][1] == now


@pytest.mark.parametrize(
    ("gone", "files", "answer", "now"),
    [
        ("ui/package-lock.json", {"ui/pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}, "assets", "pnpm"),
        ("ui/package-lock.json", {"ui/yarn.lock": "__metadata:\n  version: 8\n"}, "assets", "yarn-berry"),
        ("ui/package-lock.json", {"ui/bun.lock": "{}\n"}, "assets", "bun"),
        ("", {"ui/.nvmrc": "22.12.0\n"}, "assets_node", "22.12.0"),
        (
            "ui/package-lock.json",
            {
                "package.json": '{"workspaces": ["ui", "kit"]}\n',
                "package-lock.json": "{}\n",
                "kit/package.json": '{"name": "kit"}\n',
            },
            "assets_members",
            "kit",  # ui too, in a line of its own
        ),
    ],
    ids=["pnpm", "berry", "bun", "node", "workspace"],
)
def test_a_front_end_that_is_made_otherwise_is_named(
    tmp_path: Path, template: Path, gone: str, files: dict[str, str], answer: str, now: str
) -> None:
    project = adopted(tmp_path / "shop", template, BEFORE | FRONT_END)
    assert found(project) == {}
    if gone:
        (project / gone).unlink()
    drift = found(commit(write(project, files)))
    assert drift[answer][1] == now


def test_a_package_that_makes_files_in_python_is_named(tmp_path: Path, template: Path) -> None:
    flask = {"app.py": "from flask import Flask\n\napp = Flask(__name__)\n", "ui/a.css": "a{}\n"}
    project = adopted(tmp_path / "shop", template, flask | {"requirements.txt": "flask\n"})
    assert parts(project) == []
    write(project, {"Makefile": "css:\n\ttailwindcss -i ui/a.css -o static/a.css\n"})
    with (project / "requirements.in").open("a", encoding="utf-8") as file:
        file.write("pytailwindcss\n")
    drift = {item.answer: item.found for item in parts(commit(project))}
    assert drift["build_commands"] == "tailwindcss -i ui/a.css -o static/a.css"
    assert drift["build_caches"] == "site-packages/pytailwindcss/bin"
