"""Programs that no server takes: console scripts, packages, scripts, bots, what libraries start themselves."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim.errors import InputError

from .conftest import FLASK, Answers, Detect, Files, of

GUARD = "\nif __name__ == '__main__':\n    main()\n"
MAIN = "def main():\n    print('hello')\n" + GUARD


def package(scripts: str, name: str = "shop") -> str:
    """The metadata of an installable project with these console scripts."""
    return (
        "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n"
        f"[project]\nname = '{name}'\nversion = '1'\n[project.scripts]\n{scripts}\n"
    )


SCRIPTS: dict[str, tuple[Files, dict[str, Any]]] = {
    "main.py": ({"main.py": MAIN}, {"framework": "command", "app": "python main.py", "port": None}),
    "app.py": ({"app.py": "import requests\nprint(requests)\n"}, {"framework": "command", "app": "python app.py"}),
    "bot.py": ({"bot.py": MAIN, "config.py": "TOKEN = 1\n"}, {"app": "python bot.py"}),
    "run.py": (
        {"run.py": "from shop import main\nmain()\n", "shop/__init__.py": "def main(): ...\n"},
        {"app": "python run.py"},
    ),
    "main.py before others": ({"main.py": MAIN, "run.py": MAIN, "tool.py": MAIN}, {"app": "python main.py"}),
    "an unusual name": ({"telemetry.py": MAIN}, {"app": "python telemetry.py"}),
    "the one that imports the others": (
        {"collect.py": "import storage, parse\nparse.go()\n", "storage.py": "print('x')\n", "parse.py": "print('y')\n"},
        {"app": "python collect.py"},
    ),
    "a server beside its client": (
        {
            "email_server.py": "import socket\nsocket.socket().bind(('0.0.0.0', 2525))\n" + MAIN,
            "email_client.py": "import socket\n" + MAIN,
        },
        {"app": "python email_server.py"},
    ),
    "a program beside its test": ({"weather.py": MAIN, "test_weather.py": MAIN}, {"app": "python weather.py"}),
    "a program beside its settings": (
        {"crawler.py": MAIN, "settings.py": "print('x')\n"},
        {"app": "python crawler.py"},
    ),
    "src/main.py": ({"src/main.py": MAIN, "README.md": ""}, {"app": "python src/main.py"}),
    "__main__.py of a package": (
        {
            "shop/__init__.py": "",
            "shop/__main__.py": "from shop.core import run\nrun()\n",
            "shop/core.py": "def run(): ...\n",
        },
        {"framework": "command", "app": "python -m shop"},
    ),
    "__main__.py of a folder without __init__.py": (
        {"shop/__main__.py": "from .core import run\nrun()\n", "shop/core.py": "def run(): ...\n"},
        {"app": "python -m shop"},
    ),
    "__main__.py at the root": ({"__main__.py": MAIN}, {"app": "python __main__.py"}),
    "__main__.py under src": (
        {
            "src/shop/__init__.py": "",
            "src/shop/__main__.py": "from shop.core import run\nrun()\n",
            "src/shop/core.py": "def run(): ...\n",
        },
        {"app": "python -m shop", "python_path": "src"},
    ),
    "a console script": (
        {
            "pyproject.toml": package("shop = 'shop.cli:main'"),
            "shop/__init__.py": "",
            "shop/cli.py": "def main(): ...\n",
        },
        {"framework": "command", "app": "shop", "install_project": True},
    ),
    "the console script called like the project": (
        {
            "pyproject.toml": package("other = 'my_shop.other:main'\nmy-shop = 'my_shop.cli:main'", "my_shop"),
            "my_shop/__init__.py": "",
            "my_shop/cli.py": "def main(): ...\n",
        },
        {"app": "my-shop", "install_project": True},
    ),
    "a console script of a src layout": (
        {
            "pyproject.toml": package("shop = 'shop.cli:main'"),
            "src/shop/__init__.py": "",
            "src/shop/cli.py": "def main(): ...\n",
        },
        {"app": "shop", "install_project": True, "python_path": None},
    ),
    "an app object before a console script": (
        {
            "pyproject.toml": package("shop = 'shop.cli:main'"),
            "shop/__init__.py": "",
            "shop/cli.py": "def main(): ...\n",
            "shop/web.py": FLASK,
        },
        {"framework": "flask", "app": "shop.web:app"},
    ),
    "tornado": (
        {
            "server.py": "import tornado.web, tornado.ioloop\n\ndef main():\n    app = tornado.web.Application([])\n"
            "    app.listen(8888)\n    tornado.ioloop.IOLoop.current().start()\n" + GUARD
        },
        {"framework": "command", "app": "python server.py", "port": 8888},
    ),
    "streamlit": (
        {"dashboard.py": "import streamlit as st\nst.title('x')\n", "helpers.py": "import pandas\n"},
        {"framework": "streamlit", "app": "dashboard.py"},
    ),
    "streamlit with pages": (
        {
            "Home.py": "import streamlit as st\nst.title('x')\n",
            "pages/1_More.py": "import streamlit as st\nst.title('y')\n",
            "utils.py": "import streamlit as st\n\n@st.cache_data\ndef load(): ...\n",
        },
        {"framework": "streamlit", "app": "Home.py"},
    ),
    "streamlit_app.py": (
        {"streamlit_app.py": "import streamlit as st\n", "analysis.py": "import streamlit as st\nst.title('x')\n"},
        {"framework": "streamlit", "app": "streamlit_app.py"},
    ),
    "gradio": (
        {"app.py": "import gradio as gr\ndemo = gr.Interface(str, 'text', 'text')\ndemo.launch()\n"},
        {"framework": "command", "app": "python app.py", "port": 7860},
    ),
    "gradio with a port of its own": (
        {
            "app.py": (
                "import gradio as gr\nwith gr.Blocks() as demo:\n    gr.Text()\n\n"
                "if __name__ == '__main__':\n    demo.launch(server_port=7000)\n"
            )
        },
        {"app": "python app.py", "port": 7000},
    ),
    "dash without its server": (
        {
            "app.py": (
                "from dash import Dash\napp = Dash(__name__)\n\nif __name__ == '__main__':\n    app.run(debug=True)\n"
            )
        },
        {"framework": "wsgi", "app": "app:app.server", "port": 8050},
    ),
    "celery, whose broker is somewhere else": (
        {"worker.py": "from celery import Celery\ncelery = Celery('x')\n\n@celery.task\ndef add(a, b): ...\n"},
        {"framework": "celery", "app": "worker:celery"},
    ),
    "celery in a package": (
        {
            "proj/__init__.py": "",
            "proj/celery.py": "from celery import Celery\napp = Celery('proj', include=['proj.tasks'])\n",
        },
        {"framework": "celery", "app": "proj.celery:app"},
    ),
    "bottle's own server": (
        {"app.py": "from bottle import route, run\n\n@route('/')\ndef hi(): ...\n\nrun(host='0.0.0.0', port=8070)\n"},
        {"framework": "command", "app": "python app.py", "port": 8070},
    ),
    "a program one folder down": ({"app/main.py": MAIN, "README.md": ""}, {"app": "python app/main.py"}),
    "tasks that run themselves, and nothing else": (
        {"tasks.py": MAIN},
        {"framework": "command", "app": "python tasks.py"},
    ),
    "tasks beside a program": ({"tasks.py": MAIN, "bot.py": MAIN}, {"app": "python bot.py"}),
    "bytes that no parser takes": (
        {"main.py": b"print('hello'\n\x00"},
        {"framework": "command", "app": "python main.py"},
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts(name: str, answers: Answers) -> None:
    files, expected = SCRIPTS[name]
    assert of(answers(files), expected) == expected


def test_library_without_any_program(detecting: Detect) -> None:
    with pytest.raises(InputError, match="no entry point"):
        detecting(
            {
                "pyproject.toml": "[project]\nname = 'x'\nversion = '1'\n",
                "x/__init__.py": "",
                "x/core.py": "def f(): ...\n",
            }
        )


POETRY = """[tool.poetry]
name = "shop"
package-mode = false

[tool.poetry.dependencies]
python = "3.12.*"

[tool.poetry.scripts]
serve = "shop.serving:run"
"""


def test_a_script_of_a_project_that_is_not_installed_is_run_by_its_module(answers: Answers) -> None:
    code = "def run():\n    print('up')\n\nif __name__ == '__main__':\n    run()\n"
    found = answers({"pyproject.toml": POETRY, "shop/__init__.py": "", "shop/serving.py": code})
    assert (found["app"], found["python_version"]) == ("python -m shop.serving", "3.12")


CALLS = 'python -c "import sys; from shop.serving import {}; sys.exit({}())"'


@pytest.mark.parametrize(
    ("target", "code", "command"),
    [
        ("run", "def run():\n    print('up')\n", CALLS.format("run", "run")),
        ("run", "from shop.core import run\n", CALLS.format("run", "run")),
        ("shop.run", "shop = make()\n", CALLS.format("shop", "shop.run")),
    ],
)
def test_a_script_of_a_project_that_is_not_installed_is_called_as_poetry_calls_it(
    answers: Answers, target: str, code: str, command: str
) -> None:
    stated = POETRY.replace("serving:run", f"serving:{target}")
    found = answers({"pyproject.toml": stated, "shop/__init__.py": "", "shop/core.py": "", "shop/serving.py": code})
    assert (found["framework"], found["app"], found["command"]) == ("command", "python -m shop.serving", command)


def test_a_called_script_listens_where_its_module_does(answers: Answers) -> None:
    code = (
        "from http.server import HTTPServer, BaseHTTPRequestHandler\n\n"
        "def run():\n    HTTPServer(('', 7000), BaseHTTPRequestHandler).serve_forever()\n"
    )
    found = answers({"pyproject.toml": POETRY, "shop/__init__.py": "", "shop/serving.py": code})
    assert found["port"] == 7000


@pytest.mark.parametrize("code", ["def serve():\n    pass\n", None])
def test_a_script_that_calls_what_is_not_there_is_told(answers: Answers, code: str | None) -> None:
    files = {"pyproject.toml": POETRY, "shop/__init__.py": ""} | ({"shop/serving.py": code} if code else {})
    with pytest.raises(InputError, match=r"pyproject.toml:8: the script serve calls shop.serving:run"):
        answers(files)


LISTENS = """import os
import asyncio
import websockets

HOST = {host}

async def main():
    async with websockets.serve(print, HOST, 8765):
        await asyncio.Future()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("host", "variable"),
    [
        ('os.environ.get("BIND", "127.0.0.1")', "BIND"),
        ('os.getenv("SERVER_HOST") or "localhost"', "SERVER_HOST"),
        ('"localhost"', ""),
        ('os.getenv("SERVER_HOST", "0.0.0.0")', None),
        ('"0.0.0.0"', None),
    ],
)
def test_a_host_on_loopback_is_opened_by_its_variable_or_said(
    detecting: Detect, host: str, variable: str | None
) -> None:
    findings = detecting({"server.py": LISTENS.format(host=host)}).findings
    assert findings.answers["port"] == 8765
    assert findings.answers.get("environment") == (f"{variable}=0.0.0.0" if variable else None)
    assert any("listens on loopback" in note for note in findings.notes) == (variable == "")


def test_an_address_of_loopback_is_said(detecting: Detect) -> None:
    code = (
        "from http.server import HTTPServer, BaseHTTPRequestHandler\n"
        "HTTPServer(('127.0.0.1', 7000), BaseHTTPRequestHandler).serve_forever()\n"
    )
    assert any("serve.py:2 listens on loopback" in note for note in detecting({"serve.py": code}).findings.notes)
