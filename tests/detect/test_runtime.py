"""What runs around the entry point: port, writes, variables, steps before a start."""

from __future__ import annotations

import pytest

from .conftest import FLASK, Answers, Detect, Files, lines, notes

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
    "a folder that a variable names": (
        "import environ\nenv = environ.Env()\nUPLOAD_FOLDER = env.str('UPLOADS', 'uploads')\n",
        ["uploads"],
    ),
    "a folder elsewhere that a variable names": (
        "import environ\nenv = environ.Env()\nUPLOAD_FOLDER = env.path('UPLOADS', default='/srv/uploads')\n",
        [],
    ),
    "an upload folder's name": ("UPLOAD_FOLDER = './uploads'\n", ["uploads"]),
    "bundles beside their sources": (
        "from flask_assets import Environment\nassets = Environment(app)\n",
        ["shop/static", "static"],
    ),
    "what Chainlit keeps beside an app": (
        'from chainlit.utils import mount_chainlit\nmount_chainlit(app=app, target="x.py", path="/")\n',
        ["."],
    ),
    "below /tmp": ("import os\nos.makedirs('/tmp/x', exist_ok=True)\nopen('/tmp/y', 'w')\n", []),
    "outside the project": ("import os\nos.makedirs('../x', exist_ok=True)\n", []),
    "beside another directory that it went to": (
        "import os\ndef pack(place):\n    os.chdir(place)\n    open('out.json', 'w')\nopen('data/out.json', 'w')\n",
        ["data"],
    ),
    "a name that two functions bind": (
        (
            "import os, tempfile\ndef one():\n    place = 'one'\n    os.mkdir(place)\n"
            "def two():\n    place = tempfile.mkdtemp()\n    os.mkdir(os.path.join(place, 'two'))\n"
        ),
        ["one"],
    ),
    "below the folder of an app made elsewhere": (
        "import os\nfrom flask import current_app\nopen(os.path.join(current_app.root_path, 'js/x.js'), 'w')\n",
        [],
    ),
    "a path with a blank": ("import os\nos.makedirs('my uploads', exist_ok=True)\n", []),
}


@pytest.mark.parametrize("name", WRITES)
def test_directories_that_are_written(name: str, answers: Answers) -> None:
    source, expected = WRITES[name]
    files = {"app.py": FLASK + source, "static/site.css": "", "shop/static/site.js": "", "shop/statics/site.js": ""}
    assert lines(answers(files), "writable_paths") == expected


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
    assert ("set with docker run" in text) == bool(expected)
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


@pytest.mark.parametrize(
    ("flask", "step"),
    [
        ("flask", "flask --app app:app db upgrade"),
        ("flask==2.2.5", "flask --app app:app db upgrade"),
        ("flask==2.1.3", "env FLASK_APP=app:app python -m flask db upgrade"),
    ],
)
def test_flask_migrate_runs_before_each_start_of_an_sqlite_app(flask: str, step: str, answers: Answers) -> None:
    found = answers(
        {
            "requirements.txt": f"{flask}\nflask-migrate\nflask-sqlalchemy\n",
            "app.py": FLASK + "from flask_migrate import Migrate\nfrom flask_sqlalchemy import SQLAlchemy\n"
            "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///x.db'\n",
            "migrations/env.py": "",
        }
    )
    assert found["prestart"] == step


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
