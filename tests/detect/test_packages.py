"""What an image gets: the project's dependencies, stated and guessed, and the system's packages."""

from __future__ import annotations

import pytest

from copier_slim.errors import InputError

from .conftest import FASTAPI, FLASK, Answers, Detect, Files, lines, notes

DEPENDENCIES: dict[str, tuple[Files, list[str]]] = {
    "of requirements.txt, comments kept": (
        {"app.py": FLASK, "requirements.txt": "# web\nflask>=3\nrequests  # http\n"},
        ["# web", "flask>=3", "requests  # http"],
    ),
    "guessed from the imports": (
        {
            "app.py": FLASK + "import yaml, json\nfrom PIL import Image\nimport helper\n",
            "helper.py": "import requests\n",
        },
        ["PyYAML", "flask", "pillow", "requests"],
    ),
    "of the extra that the app imports from": (
        {
            "app.py": FLASK,
            "requirements.txt": "requests\n",
            "pyproject.toml": (
                "[project]\nname = 'shop'\nversion = '1'\ndependencies = ['requests']\n"
                "[project.optional-dependencies]\nserver = ['Flask>=3', 'flask-paginate']\nlocales = ['Flask[async]']\n"
                "tests = ['flask', 'pytest']\n"
                "pdf = ['weasyprint']\n"
            ),
        },
        ["Flask>=3", "flask-paginate", "requests"],
    ),
    "beside the entry": (
        {
            "backend/main.py": FASTAPI,
            "backend/requirements.txt": "fastapi==0.115.0\nhttpx\n",
            "frontend/package.json": "{}",
        },
        ["fastapi==0.115.0", "httpx"],
    ),
    "companions of an old pin": (
        {"app.py": FLASK, "requirements.txt": "flask==2.2.5\n"},
        ["flask==2.2.5", "werkzeug<3"],
    ),
    "companions of a companion": (
        {"app.py": FLASK, "requirements.txt": "flask\nflask-sqlalchemy==2.5.1\n"},
        ["flask", "flask-sqlalchemy==2.5.1", "flask<2.3", "sqlalchemy<2", "werkzeug<3"],
    ),
    "companions that are pinned already": (
        {"app.py": FLASK, "requirements.txt": "flask==2.2.5\nWerkzeug==2.2.3\n"},
        ["Werkzeug==2.2.3", "flask==2.2.5"],
    ),
    "pkg_resources": (
        {"app.py": FLASK + "import pkg_resources\n", "requirements.txt": "flask\n"},
        ["flask", "setuptools<81"],
    ),
    "a WebSocket route": (
        {
            "main.py": (
                "from fastapi import FastAPI, WebSocket\napp = FastAPI()\n\n@app.websocket('/ws')\n"
                "async def ws(s: WebSocket): ...\n"
            ),
            "requirements.txt": "fastapi\nuvicorn\n",
        },
        ["fastapi", "uvicorn", "websockets"],
    ),
    "a WebSocket route with uvicorn's extra": (
        {
            "main.py": "from fastapi import FastAPI, WebSocket\napp = FastAPI()\n",
            "requirements.txt": "fastapi\nuvicorn[standard]\n",
        },
        ["fastapi", "uvicorn[standard]"],
    ),
    "the tests' are not the app's": (
        {"app.py": FLASK, "tests/test_app.py": "import pytest, hypothesis\n"},
        ["flask"],
    ),
}


@pytest.mark.parametrize("name", DEPENDENCIES)
def test_dependencies(name: str, answers: Answers) -> None:
    files, expected = DEPENDENCIES[name]
    found = lines(answers(files), "dependencies")
    assert (found if found[0].startswith("#") else sorted(found)) == expected


def test_guessed_dependencies_are_told(detecting: Detect) -> None:
    found = detecting({"app.py": FLASK}).findings
    assert found.found["dependencies"].guess
    assert "flask is a guess from an import: app.py:1" in notes(found)


GUESSES = {
    "bs4": "beautifulsoup4",
    "corsheaders": "django-cors-headers",
    "cv2": "opencv-python-headless",
    "decouple": "python-decouple",
    "discord": "discord.py",
    "dns": "dnspython",
    "dotenv": "python-dotenv",
    "flask_cors": "flask-cors",
    "google.generativeai": "google-generativeai",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "telegram": "python-telegram-bot",
    "yaml": "PyYAML",
    "requests": "requests",
    "langchain_openai": "langchain-openai",
    "dateutil.parser": "python-dateutil",
}


@pytest.mark.parametrize("name", GUESSES)
def test_names_of_guessed_dependencies(name: str, answers: Answers) -> None:
    found = lines(answers({"main.py": f"import {name}\n"}), "dependencies")
    assert [item.lower() for item in found] == [GUESSES[name].lower()]


def test_nothing_of_the_standard_library_is_guessed(answers: Answers) -> None:
    found = answers({"main.py": "import __future__, asyncio, distutils, imp, tomllib, zoneinfo, _thread\nprint('x')\n"})
    assert set(lines(found, "dependencies")) <= {"setuptools<81"}


def test_what_only_type_checkers_or_windows_import_is_not_guessed(answers: Answers) -> None:
    found = answers(
        {
            "main.py": "import sys\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mypy_extensions\n"
            "if sys.platform == 'win32':\n    import winreg, win32api\nprint('x')\n"
        }
    )
    assert lines(found, "dependencies") == []


def test_invalid_requirement_is_told_with_its_line(detecting: Detect) -> None:
    with pytest.raises(InputError, match=r"requirements\.txt:2"):
        detecting({"app.py": FLASK, "requirements.txt": "flask\nfoo==\n"})


SYSTEM: dict[str, tuple[Files, list[str]]] = {
    "what the template knows of a dependency": ({"app.py": FLASK, "requirements.txt": "flask\nweasyprint\n"}, []),
    "a package that only the lock names": (
        {
            "app.py": FLASK,
            "Pipfile": '[packages]\nflask = "*"\n',
            "Pipfile.lock": '{"default": {"flask": {"version": "==3.1.0"}, "psycopg": {"version": "==3.2.1"}}}',
        },
        ["libpq5"],
    ),
    "a program that the code runs": (
        {"app.py": FLASK + "import subprocess\nsubprocess.run(['ffmpeg', '-i', 'x'])\n"},
        ["ffmpeg"],
    ),
    "a program that a shell runs": ({"app.py": FLASK + "import os\nos.system('pandoc a.md -o a.pdf')\n"}, ["pandoc"]),
    "a program that is looked for": (
        {"app.py": FLASK + "import shutil\nshutil.which('tesseract')\n"},
        ["tesseract-ocr"],
    ),
}


@pytest.mark.parametrize("name", SYSTEM)
def test_system_packages(name: str, answers: Answers) -> None:
    files, expected = SYSTEM[name]
    assert lines(answers(files), "system_packages") == expected


def test_what_the_template_installs_for_dependencies_is_told(detecting: Detect) -> None:
    found = detecting({"app.py": FLASK, "requirements.txt": "flask\npsycopg2\ndiscord.py[voice]\n"}).findings
    assert "build-essential, libpq-dev, libpq5 will be installed for psycopg2: no Linux wheel" in notes(found)
    assert "libopus0 will be installed for discord-py" in notes(found)


@pytest.mark.parametrize("requirement", ["discord.py", "psycopg[binary]"])
def test_what_needs_nothing_gets_nothing(detecting: Detect, requirement: str) -> None:
    found = detecting({"app.py": FLASK, "requirements.txt": f"flask\n{requirement}\n"}).findings
    assert "system_packages" not in found.answers
    assert "will be installed" not in notes(found)


def test_browser_is_only_named(detecting: Detect) -> None:
    found = detecting({"app.py": FLASK, "requirements.txt": "flask\nplaywright\n"}).findings
    assert "system_packages" not in found.answers
    assert "playwright may need chromium" in notes(found)
