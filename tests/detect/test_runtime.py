"""What runs around the entry point: port, health, writes, variables, steps, installation, packages."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim.detect.repository import detect
from copier_slim.errors import InputError

from .conftest import FASTAPI, FLASK, Answers, Detect, Files, lines, notes, of, repository
from .test_scripts import package

HEALTH: dict[str, tuple[Files, str]] = {
    "a route": ({"main.py": FASTAPI + "\n@app.get('/health')\ndef health(): ...\n"}, "/health"),
    "Flask's": ({"app.py": FLASK + "\n@app.route('/healthz')\ndef health(): ...\n"}, "/healthz"),
    "with methods": ({"app.py": FLASK + "\n@app.route('/ping', methods=['GET', 'HEAD'])\ndef ping(): ...\n"}, "/ping"),
    "one that is only posted to": (
        {"app.py": FLASK + "\n@app.route('/ping', methods=['POST'])\ndef ping(): ...\n"},
        "",
    ),
    "the likeliest of several": (
        {
            "main.py": FASTAPI
            + (
                "\n@app.get('/status')\ndef a(): ...\n\n@app.get('/healthz')\ndef b(): ...\n\n@app.get('/')\n"
                "def c(): ...\n"
            )
        },
        "/healthz",
    ),
    "below a prefix of its own": (
        {"main.py": FASTAPI + "\n@app.get('/api/v1/health')\ndef health(): ...\n"},
        "/api/v1/health",
    ),
    "readiness asks for what it depends on": ({"main.py": FASTAPI + "\n@app.get('/ready')\ndef ready(): ...\n"}, ""),
    "the front page": ({"main.py": FASTAPI + "\n@app.get('/')\ndef home(): ...\n"}, "/"),
    "a form": ({"main.py": FASTAPI + "\n@app.post('/')\ndef home(): ...\n"}, ""),
    "with a parameter": ({"main.py": FASTAPI + "\n@app.get('/health/{name}')\ndef health(name): ...\n"}, ""),
    "none": ({"main.py": FASTAPI + "\n@app.get('/orders')\ndef orders(): ...\n"}, ""),
    "Starlette's table": (
        {
            "main.py": (
                "from starlette.applications import Starlette\nfrom starlette.routing import Route\n"
                "app = Starlette(routes=[Route('/livez', x)])\n"
            )
        },
        "/livez",
    ),
    "aiohttp's router": (
        {"main.py": "from aiohttp import web\napp = web.Application()\napp.router.add_get('/health', x)\n"},
        "/health",
    ),
    "in another module": (
        {
            "main.py": FASTAPI + "import pages\n",
            "pages.py": "from main import app\n\n@app.get('/health')\ndef health(): ...\n",
        },
        "/health",
    ),
    "a router's, whose prefix is not seen": (
        {
            "main.py": FASTAPI + "from pages import router\napp.include_router(router, prefix='/api')\n",
            "pages.py": (
                "from fastapi import APIRouter\nrouter = APIRouter()\n\n@router.get('/health')\ndef health(): ...\n"
            ),
        },
        "",
    ),
    "a client's call of another service": (
        {"app.py": FLASK + "import requests\nrequests.get('/health')\nsession = 1\n"},
        "",
    ),
    "a dictionary's lookup": ({"app.py": FLASK + "x = {}.get('/health')\n"}, ""),
    "with a trailing slash": ({"app.py": FLASK + "\n@app.route('/health/')\ndef health(): ...\n"}, "/health/"),
}


@pytest.mark.parametrize("name", HEALTH)
def test_health_path(name: str, answers: Answers) -> None:
    files, expected = HEALTH[name]
    assert answers(files)["health_path"] == expected


def test_health_evidence(detecting: Detect) -> None:
    finding = detecting({"main.py": FASTAPI + "\n@app.get('/health')\ndef health(): ...\n"}).findings.found[
        "health_path"
    ]
    assert (finding.evidence[0].path, finding.evidence[0].line) == ("main.py", 5)


WRITES: dict[str, tuple[str, list[str]]] = {
    "an SQLite file beside the code": ("import sqlite3\nsqlite3.connect('shop.db')\n", ["."]),
    "an SQLite file in a directory": ("import sqlite3\nsqlite3.connect('data/shop.db')\n", ["data"]),
    "an SQLite file below the code": (
        "import os, sqlite3\nsqlite3.connect(os.path.join(os.path.dirname(__file__), 'data', 'shop.db'))\n",
        ["data"],
    ),
    "an SQLite URL": ("from sqlalchemy import create_engine\ncreate_engine('sqlite:///./shop.db')\n", ["."]),
    "an SQLite URL, asynchronous": ("URL = 'sqlite+aiosqlite:///data/shop.db'\n", ["data"]),
    "an SQLite URL in memory": ("URL = 'sqlite:///:memory:'\n", []),
    "an absolute SQLite URL": ("URL = 'sqlite:////var/lib/shop/shop.db'\n", []),
    "Flask-SQLAlchemy's instance": (
        "from flask_sqlalchemy import SQLAlchemy\napp.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///shop.db'\n",
        [".", "instance"],
    ),
    "a made directory": ("import os\nos.makedirs('uploads', exist_ok=True)\n", ["uploads"]),
    "a made path": (
        "from pathlib import Path\nPath('out/pictures').mkdir(parents=True, exist_ok=True)\n",
        ["out/pictures"],
    ),
    "a made path below the code": (
        (
            "from pathlib import Path\nBASE = Path(__file__).parent\nlogs = BASE / 'logs'\n"
            "(BASE / 'logs').mkdir(exist_ok=True)\n"
        ),
        ["logs"],
    ),
    "a made path by its name": (
        "from pathlib import Path\nLOGS = Path(__file__).parent / 'logs'\nLOGS.mkdir(exist_ok=True)\n",
        ["logs"],
    ),
    "a log file": ("import logging\nlogging.FileHandler('logs/app.log')\n", ["logs"]),
    "a log file of basicConfig": ("import logging\nlogging.basicConfig(filename='logs/app.log')\n", ["logs"]),
    "an opened file": ("open('data/out.json', 'w')\n", ["data"]),
    "an opened file, appended to, by keyword": ("open('data/out.json', mode='a')\n", ["data"]),
    "an opened file that is read": ("open('data/in.json')\nopen('data/in.json', 'rb')\n", []),
    "Flask's instance path": ("import os\nos.makedirs(app.instance_path, exist_ok=True)\n", ["instance"]),
    "an upload folder": ("app.config['UPLOAD_FOLDER'] = 'static/uploads'\n", ["static/uploads"]),
    "an upload folder's name": ("UPLOAD_FOLDER = './uploads'\n", ["uploads"]),
    "below /tmp": ("import os\nos.makedirs('/tmp/x', exist_ok=True)\nopen('/tmp/y', 'w')\n", []),
    "outside the project": ("import os\nos.makedirs('../x', exist_ok=True)\n", []),
    "a path with a blank": ("import os\nos.makedirs('my uploads', exist_ok=True)\n", []),
}


@pytest.mark.parametrize("name", WRITES)
def test_directories_that_are_written(name: str, answers: Answers) -> None:
    source, expected = WRITES[name]
    assert lines(answers({"app.py": FLASK + source}), "writable_paths") == expected


def test_what_tests_write_is_not_the_apps(answers: Answers) -> None:
    found = answers(
        {"app.py": FLASK, "tests/test_app.py": "import os\nos.makedirs('out')\n", "tool.py": "open('x/y', 'w')\n"}
    )
    assert "writable_paths" not in found


REQUIRED: dict[str, tuple[str, list[str]]] = {
    "os.environ": ("import os\nTOKEN = os.environ['TOKEN']\n", ["TOKEN (app.py:5)"]),
    "environ by name": ("from os import environ\nTOKEN = environ['TOKEN']\n", ["TOKEN (app.py:5)"]),
    "with a default": ("import os\nTOKEN = os.environ.get('TOKEN', 'x')\nHOST = os.getenv('HOST')\n", []),
    "set, not read": ("import os\nos.environ['TOKEN'] = 'x'\n", []),
    "in a function, later": ("import os\n\ndef f():\n    return os.environ['TOKEN']\n", []),
    "in a class, at once": ("import os\n\nclass Settings:\n    token = os.environ['TOKEN']\n", ["TOKEN (app.py:7)"]),
    "decouple": (
        "from decouple import config\nTOKEN = config('TOKEN')\nX = config('X', default='')\n",
        ["TOKEN (app.py:5)"],
    ),
    "environs": (
        "from environs import Env\nenv = Env()\nTOKEN = env.str('TOKEN')\nX = env.bool('X', False)\n",
        ["TOKEN (app.py:6)"],
    ),
    "pydantic's settings": (
        (
            "from pydantic_settings import BaseSettings\n\nclass Settings(BaseSettings):\n"
            "    api_token: str\n    debug: bool = False\n\nsettings = Settings()\n"
        ),
        ["API_TOKEN (app.py:7)"],
    ),
    "guarded": ("import os\ntry:\n    TOKEN = os.environ['TOKEN']\nexcept KeyError:\n    TOKEN = ''\n", []),
}


@pytest.mark.parametrize("name", REQUIRED)
def test_required_environment_is_named(name: str, detecting: Detect) -> None:
    source, expected = REQUIRED[name]
    text = notes(detecting({"app.py": FLASK + source}).findings)
    assert ("to be set with docker run" in text) == bool(expected)
    for item in expected:
        assert item in text


def test_required_environment_of_imported_modules(detecting: Detect) -> None:
    found = detecting(
        {
            "app.py": "import config\n" + FLASK,
            "config.py": "import os\nKEY = os.environ['SECRET_KEY']\n",
            "other.py": "import os\nos.environ['X']\n",
        }
    )
    assert "SECRET_KEY (config.py:2)" in notes(found.findings)
    assert "other.py" not in notes(found.findings)


def test_flask_migrate_runs_before_each_start_of_an_sqlite_app(answers: Answers) -> None:
    found = answers(
        {
            "app.py": FLASK + "from flask_migrate import Migrate\nfrom flask_sqlalchemy import SQLAlchemy\n"
            "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///x.db'\n",
            "migrations/env.py": "",
        }
    )
    assert found["prestart"] == "flask --app app:app db upgrade"


PORTS: dict[str, tuple[Files, int | None]] = {
    "the app's own": ({"app.py": FLASK + "if __name__ == '__main__':\n    app.run(port=5055)\n"}, 5055),
    "the app's own, by position": (
        {"app.py": FLASK + "if __name__ == '__main__':\n    app.run('0.0.0.0', 5056)\n"},
        5056,
    ),
    "of a constant": ({"app.py": FLASK + "PORT = 5057\nif __name__ == '__main__':\n    app.run(port=PORT)\n"}, 5057),
    "of a variable's default": (
        {
            "app.py": FLASK
            + "import os\nif __name__ == '__main__':\n    app.run(port=int(os.environ.get('PORT', 5058)))\n"
        },
        5058,
    ),
    "EXPOSE before it": (
        {
            "app.py": FLASK + "if __name__ == '__main__':\n    app.run(port=5059)\n",
            "Dockerfile": "FROM python:3.13\nEXPOSE 8059\n",
        },
        8059,
    ),
    "the command before EXPOSE": (
        {"app.py": FLASK, "Procfile": "web: gunicorn -b :8060 app:app\n"},
        8060,
    ),
    "of the module that runs it": (
        {
            "svc/__init__.py": "",
            "svc/__main__.py": (
                "from aiohttp import web\nfrom .app import create_app\n\nif __name__ == '__main__':\n"
                "    web.run_app(create_app(), port=8062)\n"
            ),
            "svc/app.py": "from aiohttp import web\n\nasync def create_app():\n    return web.Application()\n",
        },
        8062,
    ),
    "flask_socketio": (
        {
            "app.py": FLASK
            + (
                "from flask_socketio import SocketIO\nsocketio = SocketIO(app)\nif __name__ == '__main__':\n"
                "    socketio.run(app, port=8063)\n"
            )
        },
        8063,
    ),
    "none": ({"app.py": FLASK + "if __name__ == '__main__':\n    app.run()\n"}, None),
    "gunicorn.conf.py": (
        {
            "app.py": FLASK,
            "gunicorn.conf.py": "bind = '0.0.0.0:8061'\nworkers = 2\n",
            "Procfile": "web: gunicorn app:app\n",
        },
        8061,
    ),
}


@pytest.mark.parametrize("name", PORTS)
def test_ports_of_servers(name: str, answers: Answers) -> None:
    files, expected = PORTS[name]
    assert answers(files).get("port") == expected


INSTALLED: dict[str, tuple[Files, dict[str, Any]]] = {
    "a flat package that reads its own version": (
        {
            "pyproject.toml": package(""),
            "shop/__init__.py": "from importlib.metadata import version\n__version__ = version('shop')\n",
            "shop/web.py": FLASK,
        },
        {"install_project": True, "app": "shop.web:app"},
    ),
    "a flat package that does not": (
        {"pyproject.toml": package(""), "shop/__init__.py": "", "shop/web.py": FLASK},
        {"install_project": None},
    ),
    "another project's version": (
        {
            "pyproject.toml": package(""),
            "shop/__init__.py": "",
            "shop/web.py": "from importlib.metadata import version\nX = version('flask')\n" + FLASK,
        },
        {"install_project": None},
    ),
    "a version of git": (
        {
            "pyproject.toml": "[build-system]\nrequires = ['setuptools', 'setuptools-scm']\n"
            "build-backend = 'setuptools.build_meta'\n"
            "[project]\nname = 'shop'\ndynamic = ['version']\n[tool.setuptools_scm]\n",
            "src/shop/__init__.py": "",
            "src/shop/web.py": FLASK,
        },
        {"install_project": True, "scm_version": "0.0.0", "app": "shop.web:app"},
    ),
    "a src layout with data that its wheel leaves out": (
        {
            "setup.py": (
                "from setuptools import setup\n"
                "setup(name='shop', version='1', package_dir={'': 'src'}, packages=['shop'])\n"
            ),
            "src/shop/__init__.py": "",
            "src/shop/web.py": FLASK,
            "src/shop/templates/index.html": "",
        },
        {"install_project": True, "python_path": "src"},
    ),
    "metadata of tools only": (
        {"pyproject.toml": "[tool.black]\nline-length = 100\n", "app.py": FLASK},
        {"install_project": None},
    ),
}


@pytest.mark.parametrize("name", INSTALLED)
def test_installation(name: str, answers: Answers) -> None:
    files, expected = INSTALLED[name]
    assert of(answers(files), expected) == expected


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


NAMES: dict[str, tuple[Files, str]] = {
    "of the metadata": ({"pyproject.toml": package("", "my-shop"), "app.py": FLASK}, "my-shop"),
    "of the directory": ({"app.py": FLASK}, "shop"),
}


@pytest.mark.parametrize("name", NAMES)
def test_project_name(name: str, answers: Answers) -> None:
    files, expected = NAMES[name]
    assert answers(files)["project_name"] == expected


@pytest.mark.parametrize(
    ("directory", "expected"), [("a b", "a b"), ("-shop-", "shop"), ("été", "t"), ("日本", "app"), ("x" * 80, "x" * 64)]
)
def test_project_name_of_an_odd_directory(directory: str, expected: str, root: Any) -> None:
    found = detect(repository(root / directory, {"app.py": FLASK}), online=False)
    assert found.findings.value("project_name") == expected


def test_no_starter_is_written(answers: Answers) -> None:
    assert answers({"app.py": FLASK})["starter"] is False


def test_subdirectory_of_a_repository(root: Any) -> None:
    repository(root, {"app.py": FLASK, "Procfile": "web: gunicorn app:app\n", "api/main.py": FASTAPI, ".git/HEAD": "x"})
    found = detect(root / "api", online=False).findings
    assert of(found.answers, {"framework": 0, "app": 0}) == {"framework": "fastapi", "app": "main:app"}
