"""App objects of each framework, subclasses, and functions that are apps."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import FASTAPI, FLASK, Answers, Detect, Files, of

OBJECTS: dict[str, tuple[Files, dict[str, Any]]] = {
    "fastapi": ({"main.py": FASTAPI}, {"framework": "fastapi", "app": "main:app"}),
    "flask": ({"app.py": FLASK}, {"framework": "flask", "app": "app:app"}),
    "flask, imported as a package": (
        {"hello.py": "import flask\n\nweb = flask.Flask('hello')\n"},
        {"framework": "flask", "app": "hello:web"},
    ),
    "apiflask": (
        {"app.py": "from apiflask import APIFlask\napp = APIFlask(__name__)\n"},
        {"framework": "flask", "app": "app:app"},
    ),
    "starlette": (
        {"main.py": "from starlette.applications import Starlette\napp = Starlette(routes=[])\n"},
        {"framework": "starlette", "app": "main:app"},
    ),
    "litestar": (
        {
            "app.py": (
                "from litestar import Litestar, get\n\n@get('/')\nasync def hi() -> str: ...\n\napp = Litestar([hi])\n"
            )
        },
        {"framework": "litestar", "app": "app:app"},
    ),
    "quart": (
        {"app.py": "from quart import Quart\napp = Quart(__name__)\n"},
        {"framework": "quart", "app": "app:app"},
    ),
    "aiohttp": (
        {
            "main.py": (
                "from aiohttp import web\napp = web.Application()\n\nif __name__ == '__main__':\n    web.run_app(app)\n"
            )
        },
        {"framework": "aiohttp", "app": "main:app"},
    ),
    "aiohttp's factory is a coroutine that its worker awaits": (
        {"main.py": "from aiohttp import web\nasync def make_app():\n    app = web.Application()\n    return app\n"},
        {"framework": "aiohttp", "app": "main:make_app"},
    ),
    "dash, its server": (
        {
            "app.py": (
                "from dash import Dash\napp = Dash(__name__)\nserver = app.server\n\n"
                "if __name__ == '__main__':\n    app.run()\n"
            )
        },
        {"framework": "wsgi", "app": "app:server"},
    ),
    "dash, its server, imported as a package": (
        {"app.py": "import dash\napp = dash.Dash(__name__)\nserver = app.server\n"},
        {"framework": "wsgi", "app": "app:server"},
    ),
    "dash, run under a guard alone": (
        {
            "shop/app.py": (
                "from dash import Dash\napp = Dash(__name__, use_pages=True)\n\n"
                "if __name__ == '__main__':\n    app.run(debug=True, port=8051)\n"
            )
        },
        {"framework": "wsgi", "app": "shop.app:app.server", "server": "granian", "port": 8051},
    ),
    "dash, whose layout another module gives it": (
        {
            "app.py": "import dash\napp = dash.Dash(__name__)\nserver = app.server\n",
            "index.py": "from app import app\napp.layout = 'x'\n\nif __name__ == '__main__':\n    app.run()\n",
        },
        {"framework": "wsgi", "app": "index:app.server", "server": "granian"},
    ),
    "dash, whose layout another module gives it, which imports the server too": (
        {
            "app.py": "import dash\napp = dash.Dash(__name__)\nserver = app.server\n",
            "index.py": "from app import app, server\napp.layout = 'x'\n",
        },
        {"framework": "wsgi", "app": "index:server"},
    ),
    "dash, made whole under its guard": (
        {
            "app.py": (
                "from dash import Dash\napp = Dash(__name__)\n\n"
                "if __name__ == '__main__':\n    fill(app)\n    app.run(debug=True)\n"
            )
        },
        {"framework": "command", "app": "python app.py", "port": 8050},
    ),
    "dash on a Flask server of its own": (
        {
            "app.py": (
                "from dash import Dash\nfrom flask import Flask\nserver = Flask(__name__)\napp = Dash(server=server)\n"
            )
        },
        {"framework": "flask", "app": "app:server"},
    ),
    "fasthtml, unpacked": (
        {
            "main.py": (
                "from fasthtml.common import fast_app, serve\napp, rt = fast_app()\n\n@rt('/')\n"
                "def get(): ...\n\nserve()\n"
            )
        },
        {"framework": "asgi", "app": "main:app"},
    ),
    "fasthtml, as its documentation writes it": (
        {
            "main.py": (
                "from fasthtml.common import *\n\napp, rt = fast_app()\n\n@rt('/')\n"
                "def get(): return P('hi')\n\nserve()\n"
            )
        },
        {"framework": "asgi", "app": "main:app"},
    ),
    "fasthtml, the class": (
        {"main.py": "from fasthtml.common import FastHTML\napp = FastHTML()\n"},
        {"framework": "asgi", "app": "main:app"},
    ),
    "falcon, WSGI": (
        {"app.py": "import falcon\napp = falcon.App()\n"},
        {"framework": "wsgi", "app": "app:app"},
    ),
    "falcon, ASGI": (
        {"app.py": "import falcon.asgi\napp = falcon.asgi.App()\n"},
        {"framework": "asgi", "app": "app:app"},
    ),
    "falcon, ASGI, the class": (
        {"app.py": "from falcon.asgi import App\napp = App()\n"},
        {"framework": "asgi", "app": "app:app"},
    ),
    "bottle": (
        {
            "app.py": (
                "from bottle import Bottle, run\napp = Bottle()\n\nif __name__ == '__main__':\n"
                "    run(app, port=8080)\n"
            )
        },
        {"framework": "wsgi", "app": "app:app"},
    ),
    "bottle, the default app": (
        {"app.py": "import bottle\n\n@bottle.route('/')\ndef hi(): ...\n\napp = bottle.default_app()\n"},
        {"framework": "wsgi", "app": "app:app"},
    ),
    "sanic": (
        {"server.py": "from sanic import Sanic\napp = Sanic('shop')\n\nif __name__ == '__main__':\n    app.run()\n"},
        {"framework": "asgi", "app": "server:app"},
    ),
    "pyramid": (
        {
            "app.py": "from pyramid.config import Configurator\n\ndef main():\n    with Configurator() as config:\n"
            "        app = config.make_wsgi_app()\n    return app\n\napp = main()\n"
        },
        {"framework": "wsgi", "app": "app:app"},
    ),
    "celery": (
        {"tasks.py": "from celery import Celery\napp = Celery('tasks', broker='redis://redis')\n"},
        {"framework": "celery", "app": "tasks:app"},
    ),
    "annotated": (
        {"main.py": "from fastapi import FastAPI\napp: FastAPI = FastAPI()\n"},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "imported under another name": (
        {"main.py": "from fastapi import FastAPI as Api\nservice = Api()\n"},
        {"framework": "fastapi", "app": "main:service"},
    ),
    "made within try": (
        {"main.py": "from flask import Flask\ntry:\n    app = Flask(__name__)\nexcept ImportError:\n    raise\n"},
        {"framework": "flask", "app": "main:app"},
    ),
    "wrapped in a middleware": (
        {
            "main.py": (
                "from fastapi import FastAPI\nfrom asgi_cors import asgi_cors\napp = FastAPI()\n"
                "app = asgi_cors(app, allow_all=True)\n"
            )
        },
        {"app": "main:app"},
    ),
    "wrapped by its own attribute": (
        {
            "app.py": "from flask import Flask\nfrom werkzeug.middleware.proxy_fix import ProxyFix\n"
            "app = Flask(__name__)\napp.wsgi_app = ProxyFix(app.wsgi_app)\n"
        },
        {"framework": "flask", "app": "app:app"},
    ),
    "gradio mounted into FastAPI": (
        {
            "main.py": "import gradio as gr\nfrom fastapi import FastAPI\napp = FastAPI()\n"
            "demo = gr.Interface(str, 'text', 'text')\napp = gr.mount_gradio_app(app, demo, path='/')\n"
        },
        {"app": "main:app"},
    ),
    "socketio around FastAPI": (
        {
            "main.py": "import socketio\nfrom fastapi import FastAPI\napi = FastAPI()\nsio = socketio.AsyncServer()\n"
            "app = socketio.ASGIApp(sio, api)\n\nif __name__ == '__main__':\n    import uvicorn\n    uvicorn.run(app)\n"
        },
        {"framework": "asgi", "app": "main:app"},
    ),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_app_objects(name: str, answers: Answers) -> None:
    files, expected = OBJECTS[name]
    assert of(answers(files), expected) == expected


CLASSES: dict[str, tuple[Files, dict[str, Any]]] = {
    "a subclass": (
        {"main.py": "from fastapi import FastAPI\n\nclass Api(FastAPI):\n    pass\n\napp = Api()\n"},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "a subclass from another module": (
        {
            "main.py": "from shop.api import Api\n\napp = Api()\n",
            "shop/__init__.py": "",
            "shop/api.py": "import fastapi\n\nclass Api(fastapi.FastAPI):\n    pass\n",
        },
        {"framework": "fastapi", "app": "main:app"},
    ),
    "a subclass of a subclass": (
        {
            "main.py": "from base import Service\n\nclass Shop(Service):\n    pass\n\napp = Shop(__name__)\n",
            "base.py": "from flask import Flask\n\nclass Service(Flask):\n    pass\n",
        },
        {"framework": "flask", "app": "main:app"},
    ),
    "with a mixin in front": (
        {
            "app.py": (
                "from flask import Flask\nfrom mixins import Mixin\n\nclass App(Mixin, Flask):\n    pass\n\n"
                "app = App('x')\n"
            )
        },
        {"framework": "flask", "app": "app:app"},
    ),
}


@pytest.mark.parametrize("name", CLASSES)
def test_subclasses(name: str, answers: Answers) -> None:
    files, expected = CLASSES[name]
    assert of(answers(files), expected) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def app(environ, start_response):\n    return []\n", "wsgi"),
        ("def application(env, start_response):\n    return []\n", "wsgi"),
        ("async def app(scope, receive, send):\n    pass\n", "asgi"),
    ],
)
def test_functions_that_are_apps(source: str, expected: str, answers: Answers) -> None:
    found = answers({"main.py": source, "requirements.txt": "requests\n"})
    assert found["framework"] == expected
    assert found["app"].startswith("main:app")
    assert not found["app"].endswith("()")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"wsgi.py": "from masonry import Application\n\napplication = Application('.')\n"},
            ("wsgi", "wsgi:application"),
        ),
        ({"asgi.py": "from masonry import make\n\napp = make()\n"}, ("asgi", "asgi:app")),
        ({"wsgi.py": "from masonry.site import application\n"}, ("wsgi", "wsgi:application")),
        # A framework that is known says more
        ({"wsgi.py": "from flask import Flask\n\napplication = Flask(__name__)\n"}, ("flask", "wsgi:application")),
        # Elsewhere the name alone says little
        (
            {"main.py": "from masonry import Application\n\napplication = Application('.')\n"},
            ("command", "python main.py"),
        ),
    ],
)
def test_what_servers_look_for_in_their_own_file(files: Files, expected: tuple[str, str], answers: Answers) -> None:
    found = answers({**files, "requirements.txt": "masonry\nflask\n"})
    assert (found["framework"], found["app"]) == expected


PAGES = """from fastapi import FastAPI, Request
from fastapi.templating import Jinja2Templates

app = FastAPI()
templates = Jinja2Templates(directory="templates")


@app.get("/")
def index(request: Request):
    return templates.TemplateResponse({})
"""


@pytest.mark.parametrize(
    ("arguments", "listed", "added"),
    [
        ('"index.html", {"request": request}', "fastapi\njinja2\n", True),
        ('name="index.html", context={"request": request}', "fastapi\njinja2\n", True),
        ('request, "index.html"', "fastapi\njinja2\n", False),
        ('request=request, name="index.html"', "fastapi\njinja2\n", False),
        ('"index.html", {"request": request}', "fastapi\nstarlette==0.46.0\n", False),
    ],
)
def test_a_call_that_a_newer_starlette_refuses_keeps_the_older(
    detecting: Detect,
    arguments: str,
    listed: str,
    added: bool,  # noqa: FBT001
) -> None:
    findings = detecting({"main.py": PAGES.format(arguments), "requirements.txt": listed}).findings
    assert ("starlette<1" in findings.answers["dependencies"].split("\n")) == added
    assert any("starlette<1 is added: main.py:10" in note for note in findings.notes) == added
