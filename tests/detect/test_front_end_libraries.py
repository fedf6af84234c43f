"""Python packages that make front-end files without Node: their commands, before collectstatic or behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.detect.repository import detect
from tests.detect.conftest import FLASK, complaints, repository
from tests.detect.test_front_end import DJANGO, package

TAILWIND = "tailwindcss -i ui/a.css -o static/a.css"


def django(apps: str, requirement: str, more: str = "") -> dict[str, str | bytes]:
    """A Django project with these apps, which collects its files."""
    settings = f'import os\nSECRET_KEY = os.environ["KEY"]\nINSTALLED_APPS = [{apps}]\nSTATIC_ROOT = "made"\n{more}'
    return DJANGO | {"shop/settings.py": settings, "requirements.txt": f"django\n{requirement}\n"}


def made(root: Path, files: dict[str, str | bytes]) -> tuple[list[str], list[str], list[str]]:
    """The lines of build_commands and of build_caches, and the notes."""
    findings = detect(repository(root, files), online=False).findings
    assert complaints(findings.answers) == {}
    value = findings.answers.get
    return str(value("build_commands", "")).splitlines(), str(value("build_caches", "")).splitlines(), findings.notes


@pytest.mark.parametrize(
    ("app", "requirement", "more", "commands", "caches"),
    [
        ("django_tailwind_cli", "django-tailwind-cli", "", ["tailwind build", "collect"], [".django_tailwind_cli"]),
        ("tailwind", "django-tailwind", "", ["tailwind build", "collect"], ["site-packages/pytailwindcss/bin"]),
        ("sass_processor", "django-sass-processor", "", ["compilescss", "collect"], []),
        ("compressor", "django-compressor", "COMPRESS_OFFLINE = True\n", ["collect", "compress"], []),
        ("shop", "django-tailwind-cli", "", ["collect"], []),
    ],
)
def test_a_command_of_manage_py_runs_with_what_the_settings_need(
    root: Path, app: str, requirement: str, more: str, commands: list[str], caches: list[str]
) -> None:
    lines, kept, _ = made(root, django(f'"{app}"', requirement, more))
    line = "env KEY=1 python manage.py "
    assert lines == [line + {"collect": "collectstatic --noinput"}.get(command, command) for command in commands]
    assert kept == caches


def test_a_theme_that_node_makes_is_not_made_twice(root: Path) -> None:
    document = package("tailwindcss -i src/a.css -o ../static/a.css", {"tailwindcss": "4"})
    files = django('"tailwind"', "django-tailwind") | {"theme/static_src/package.json": document}
    assert made(root, files)[:2] == (["env KEY=1 python manage.py collectstatic --noinput"], [])


def test_files_that_are_made_at_the_first_request_are_said(root: Path) -> None:
    lines, _, notes = made(root, django('"compressor"', "django-compressor"))
    assert not any("compress" in line.split() for line in lines)
    assert any("set COMPRESS_OFFLINE = True" in note for note in notes)


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"Makefile": f"css:\n\t{TAILWIND} --minify --watch\n"}, f"{TAILWIND} --minify"),
        ({"Procfile.dev": f"css: {TAILWIND} --watch=always\n"}, TAILWIND),
        ({"pyproject.toml": f'[tool.taskipy.tasks]\ncss = "{TAILWIND}"\n'}, TAILWIND),
        (
            {"bin/css.sh": "tailwindcss -i ./ui/a.css \\\n  -o static/a.css\n"},
            "tailwindcss -i ./ui/a.css -o static/a.css",
        ),
        ({"Dockerfile": f"FROM python:3.13\nCOPY . .\nRUN {TAILWIND}\nCMD flask run\n"}, TAILWIND),
    ],
)
def test_the_command_of_a_program_is_the_one_that_a_file_states(
    root: Path, files: dict[str, str], command: str
) -> None:
    lines, caches, _ = made(
        root, {"app.py": FLASK, "requirements.txt": "flask\npytailwindcss\n", "ui/a.css": "", **files}
    )
    assert lines == [command]
    assert caches == ["site-packages/pytailwindcss/bin"]


@pytest.mark.parametrize(
    "text", ["", "css:\n\tnpx tailwindcss -i ui/a.css -o b.css\n", "x:\n\ttailwindcss -i gone.css -o b.css\n"]
)
def test_a_program_without_a_command_is_said(root: Path, text: str) -> None:
    files = {"app.py": FLASK, "requirements.txt": "flask\npytailwindcss\n", "ui/a.css": "", "Makefile": text}
    lines, _, notes = made(root, files)
    assert lines == []
    assert any("no file states how pytailwindcss makes its files" in note for note in notes)


def test_flask_s_own_run_for_the_app(root: Path) -> None:
    code = f"{FLASK}from flask_static_digest import FlaskStaticDigest\nFlaskStaticDigest().init_app(app)\n"
    lines, _, _ = made(root, {"web.py": code, "requirements.txt": "flask\nflask-static-digest\n"})
    assert lines == ["flask --app web:app digest compile"]
