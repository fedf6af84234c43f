"""App objects: each framework's, factories, subclasses, re-exports, and the layouts in which they stand."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim.errors import InputError

from .conftest import FASTAPI, FLASK, Answers, Detect, Files, notes, of

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


FACTORIES: dict[str, tuple[Files, dict[str, Any]]] = {
    "without arguments": (
        {"main.py": "from fastapi import FastAPI\n\ndef create_app():\n    app = FastAPI()\n    return app\n"},
        {"framework": "fastapi", "app": "main:create_app()"},
    ),
    "with defaults": (
        {
            "app.py": (
                "from flask import Flask\n\ndef create_app(config=None, *, debug=False):\n    return Flask(__name__)\n"
            )
        },
        {"framework": "flask", "app": "app:create_app()"},
    ),
    "with variable arguments": (
        {"app.py": "from flask import Flask\n\ndef make_app(*args, **settings):\n    return Flask(__name__)\n"},
        {"framework": "flask", "app": "app:make_app()"},
    ),
    "by its annotation": (
        {
            "main.py": (
                "from fastapi import FastAPI\nfrom build import build\n\ndef get_app() -> FastAPI:\n"
                "    return build()\n"
            ),
            "build.py": "def build():\n    return globals()['x']\n",
        },
        {"framework": "fastapi", "app": "main:get_app()"},
    ),
    "in a package": (
        {
            "flaskr/__init__.py": (
                "from flask import Flask\n\ndef create_app(test_config=None):\n    app = Flask(__name__)\n"
                "    return app\n"
            )
        },
        {"framework": "flask", "app": "flaskr:create_app()"},
    ),
    "its result in wsgi.py": (
        {
            "shop/__init__.py": "from flask import Flask\n\ndef create_app(name):\n    return Flask(name)\n",
            "wsgi.py": "from shop import create_app\n\napp = create_app('production')\n",
        },
        {"framework": "flask", "app": "wsgi:app"},
    ),
    "its result in run.py": (
        {
            "app/__init__.py": "from flask import Flask\n\ndef create_app(config='dev'):\n    return Flask(__name__)\n",
            "run.py": (
                "from app import create_app\n\napp = create_app('production')\n\nif __name__ == '__main__':\n"
                "    app.run(debug=True)\n"
            ),
        },
        {"framework": "flask", "app": "run:app"},
    ),
    "through another function": (
        {
            "main.py": "from fastapi import FastAPI\n\ndef _base():\n    return FastAPI()\n\n"
            "def create_app():\n    app = _base()\n    app.state.x = 1\n    return app\n"
        },
        {"framework": "fastapi", "app": "main:create_app()"},
    ),
    "and an object, which is taken": (
        {"main.py": "from fastapi import FastAPI\n\ndef create_app():\n    return FastAPI()\n\napp = create_app()\n"},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "unusual name, called at the top": (
        {"main.py": "from flask import Flask\n\ndef bootstrap():\n    return Flask(__name__)\n\nweb = bootstrap()\n"},
        {"framework": "flask", "app": "main:web"},
    ),
    "application_factory": (
        {"main.py": "from fastapi import FastAPI\n\ndef application_factory(settings=None):\n    return FastAPI()\n"},
        {"framework": "fastapi", "app": "main:application_factory()"},
    ),
}


@pytest.mark.parametrize("name", FACTORIES)
def test_factories(name: str, answers: Answers) -> None:
    files, expected = FACTORIES[name]
    assert of(answers(files), expected) == expected


def test_factory_with_required_arguments_is_no_app(detecting: Detect) -> None:
    with pytest.raises(InputError):
        detecting({"shop/web.py": "from flask import Flask\n\ndef create_app(config):\n    return Flask(config)\n"})


def test_factory_with_required_arguments_that_a_script_calls_is_that_script(answers: Answers) -> None:
    found = answers(
        {
            "main.py": "from flask import Flask\n\ndef create_app(config):\n    return Flask(config)\n\n"
            "if __name__ == '__main__':\n    create_app('x').run(host='0.0.0.0', port=8123)\n"
        }
    )
    assert of(found, {"framework": 0, "app": 0, "port": 0}) == {
        "framework": "command",
        "app": "python main.py",
        "port": 8123,
    }


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


REEXPORTED: dict[str, tuple[Files, str, set[str]]] = {
    "from a package": (
        {"shop/__init__.py": "from .web import app\n", "shop/web.py": FASTAPI},
        "fastapi",
        {"shop:app", "shop.web:app"},
    ),
    "in main.py": (
        {"main.py": "from shop.web import app\n", "shop/__init__.py": "", "shop/web.py": FASTAPI},
        "fastapi",
        {"main:app", "shop.web:app"},
    ),
    "in wsgi.py under another name": (
        {"wsgi.py": "from shop import app as application\n", "shop/__init__.py": FLASK},
        "flask",
        {"wsgi:application", "shop:app"},
    ),
    "twice": (
        {
            "asgi.py": "from shop import app\n",
            "shop/__init__.py": "from shop.inner import app\n",
            "shop/inner/__init__.py": "from .made import app\n",
            "shop/inner/made.py": FASTAPI,
        },
        "fastapi",
        {"asgi:app", "shop:app", "shop.inner:app", "shop.inner.made:app"},
    ),
    "run by a script": (
        {
            "server.py": "from shop.web import app\n\nif __name__ == '__main__':\n    app.run()\n",
            "shop/__init__.py": "",
            "shop/web.py": FLASK,
        },
        "flask",
        {"server:app", "shop.web:app"},
    ),
    "a cycle of imports": (
        {
            "main.py": "from a import app\n",
            "a.py": "from b import app\n",
            "b.py": "from a import app\nfrom c import app\n",
            "c.py": FLASK,
        },
        "flask",
        {"main:app", "a:app", "b:app", "c:app"},
    ),
}


@pytest.mark.parametrize("name", REEXPORTED)
def test_reexported_apps(name: str, answers: Answers) -> None:
    files, framework, apps = REEXPORTED[name]
    found = answers(files)
    assert found["framework"] == framework
    assert found["app"] in apps


PACKAGE = (
    "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n[project]\nname = 'shop'\n"
    "version = '1'\ndependencies = ['fastapi']\n"
)
LAYOUTS: dict[str, tuple[Files, dict[str, Any]]] = {
    "a src layout is installed": (
        {"pyproject.toml": PACKAGE, "src/shop/__init__.py": "", "src/shop/main.py": FASTAPI},
        {"app": "shop.main:app", "install_project": True, "python_path": None},
    ),
    "src without a package": (
        {"requirements.txt": "fastapi\n", "src/main.py": "import config\n" + FASTAPI, "src/config.py": ""},
        {"app": "main:app", "python_path": "src", "install_project": None},
    ),
    "a package under src without metadata": (
        {
            "requirements.txt": "fastapi\n",
            "src/shop/__init__.py": "",
            "src/shop/main.py": "from shop import db\n" + FASTAPI,
            "src/shop/db.py": "",
        },
        {"app": "shop.main:app", "python_path": "src"},
    ),
    "src itself is the package": (
        {"src/__init__.py": "", "src/main.py": "from src.db import x\n" + FASTAPI, "src/db.py": "x = 1\n"},
        {"app": "src.main:app", "python_path": None},
    ),
    "src imported by name, without __init__.py": (
        {"src/main.py": "from src.db import x\n" + FASTAPI, "src/db.py": "x = 1\n"},
        {"app": "src.main:app", "python_path": None},
    ),
    "a package": (
        {"app/__init__.py": "", "app/main.py": "from app.db import x\n" + FASTAPI, "app/db.py": "x = 1\n"},
        {"app": "app.main:app", "python_path": None},
    ),
    "relative imports": (
        {"app/__init__.py": "", "app/main.py": "from .db import x\n" + FASTAPI, "app/db.py": "x = 1\n"},
        {"app": "app.main:app", "python_path": None},
    ),
    "a nested package": (
        {
            "backend/app/__init__.py": "",
            "backend/app/main.py": "from app.core.db import x\n" + FASTAPI,
            "backend/app/core/__init__.py": "",
            "backend/app/core/db.py": "x = 1\n",
        },
        {"app": "app.main:app", "python_path": "backend"},
    ),
    "packages three deep": (
        {
            "shop/__init__.py": "",
            "shop/api/__init__.py": "",
            "shop/api/http/__init__.py": "",
            "shop/api/http/app.py": "from shop.api import x\n" + FASTAPI,
        },
        {"app": "shop.api.http.app:app", "python_path": None},
    ),
    "a folder without __init__.py": (
        {"service/api.py": "from service.models import x\n" + FASTAPI, "service/models.py": "x = 1\n"},
        {"app": "service.api:app", "python_path": None},
    ),
    "a folder without __init__.py whose files import each other": (
        {"service/main.py": "from models import x\n" + FASTAPI, "service/models.py": "x = 1\n"},
        {"app": "main:app", "python_path": "service"},
    ),
    "a folder with __init__.py whose files import each other": (
        {
            "service/__init__.py": "",
            "service/main.py": "import models, db\n" + FASTAPI,
            "service/models.py": "",
            "service/db.py": "",
        },
        {"app": "main:app", "python_path": "service"},
    ),
    "a folder whose name only importlib takes": (
        {"my-service/main.py": FASTAPI},
        {"app": "my-service.main:app", "python_path": None},
    ),
    "a folder whose name is no module's at all": (
        {"2.0/main.py": FASTAPI},
        {"app": "main:app", "python_path": "2.0"},
    ),
    "a folder whose name is no module's, with siblings": (
        {"web-app/app.py": "import models\n" + FLASK, "web-app/models.py": ""},
        {"app": "app:app", "python_path": "web-app"},
    ),
    "a sibling's import of another framework's file": (
        {"main.py": FASTAPI, "client/main.py": "import streamlit as st\nst.title('x')\n"},
        {"framework": "fastapi", "app": "main:app"},
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str, answers: Answers) -> None:
    files, expected = LAYOUTS[name]
    assert of(answers(files), expected) == expected


DECOYS: dict[str, tuple[Files, dict[str, Any]]] = {
    "a dependency that is listed but not used": (
        {"requirements.txt": "flask\nfastapi\ndjango\nstreamlit\n", "main.py": FASTAPI},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "an import that makes no app": (
        {"app.py": FLASK, "shop/__init__.py": "", "shop/forms.py": "from fastapi import FastAPI\n"},
        {"framework": "flask", "app": "app:app"},
    ),
    "old copies": (
        {
            "app.py": FLASK,
            "app_old.py": FASTAPI,
            "app.bak.py": FASTAPI,
            "old/app.py": FASTAPI,
            "backup_main.py": FASTAPI,
        },
        {"framework": "flask", "app": "app:app"},
    ),
    "tests and examples": (
        {
            "shop/server/app.py": FLASK,
            "shop/__init__.py": "",
            "shop/server/__init__.py": "",
            "tests/app.py": FASTAPI,
            "tests/test_app.py": FASTAPI,
            "examples/main.py": FASTAPI,
            "docs/app.py": FASTAPI,
            "conftest.py": FASTAPI,
        },
        {"framework": "flask", "app": "shop.server.app:app"},
    ),
    "a name that only looks like a test's": (
        {"contest.py": FLASK},
        {"framework": "flask", "app": "contest:app"},
    ),
    "an app within a function of a test": (
        {
            "main.py": FASTAPI,
            "helpers.py": "from flask import Flask\n\ndef run_test():\n    app = Flask('x')\n    app.run()\n",
        },
        {"framework": "fastapi", "app": "main:app"},
    ),
    "a mounted app": (
        {"main.py": "from fastapi import FastAPI\nadmin = FastAPI()\napp = FastAPI()\napp.mount('/admin', admin)\n"},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "a mounted app in a module of its own": (
        {
            "main.py": "from admin import admin_app\n" + FASTAPI + "app.mount('/a', admin_app)\n",
            "admin.py": "from fastapi import FastAPI\nadmin_app = FastAPI()\n",
        },
        {"framework": "fastapi", "app": "main:app"},
    ),
    "the script runs the other object": (
        {
            "main.py": "from fastapi import FastAPI\napp = FastAPI()\npublic = FastAPI()\n\n"
            "if __name__ == '__main__':\n    import uvicorn\n    uvicorn.run(public, port=9000)\n"
        },
        {"framework": "fastapi", "app": "main:public", "port": 9000},
    ),
    "a celery app beside a web app": (
        {"main.py": FASTAPI, "worker.py": "from celery import Celery\napp = Celery('x')\n"},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "a celery app beside a web app in one file": (
        {"app.py": "from celery import Celery\nfrom flask import Flask\ncelery = Celery('x')\napp = Flask('x')\n"},
        {"framework": "flask", "app": "app:app"},
    ),
    "a setup script": (
        {"setup.py": "from setuptools import setup\nsetup(name='shop', py_modules=['app'])\n", "app.py": FLASK},
        {"framework": "flask", "app": "app:app"},
    ),
    "a fragment in a string": (
        {"main.py": "TEMPLATE = '''\napp = Flask(__name__)\n'''\n" + FASTAPI},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "a local module called like a framework's function": (
        {"main.py": "print('hello')\n", "web.py": "def application(): ...\n"},
        {"framework": "command", "app": "python main.py"},
    ),
}


@pytest.mark.parametrize("name", DECOYS)
def test_decoys(name: str, answers: Answers) -> None:
    files, expected = DECOYS[name]
    assert of(answers(files), expected) == expected


GUARDS: dict[str, tuple[Files, dict[str, Any]]] = {
    "run under a guard goes behind a server": (
        {"app.py": FLASK + "\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=5001, debug=True)\n"},
        {"framework": "flask", "app": "app:app", "port": 5001},
    ),
    "a guard written the other way round": (
        {"app.py": FLASK + "\nif '__main__' == __name__:\n    app.run(port=5002)\n"},
        {"framework": "flask", "app": "app:app", "port": 5002},
    ),
    "uvicorn under a guard": (
        {
            "main.py": FASTAPI
            + "\nif __name__ == '__main__':\n    import uvicorn\n    uvicorn.run('main:app', port=8008, reload=True)\n"
        },
        {"framework": "fastapi", "app": "main:app", "port": 8008},
    ),
    "app.run() without a guard: Flask ignores it under a variable": (
        {"app.py": FLASK + "\napp.run(port=5003)\n"},
        {"framework": "flask", "app": "app:app", "port": 5003, "environment": "FLASK_RUN_FROM_CLI=true"},
    ),
    "uvicorn.run() without a guard would block the import": (
        {"main.py": "import uvicorn\n" + FASTAPI + "\nuvicorn.run(app, host='0.0.0.0', port=8009)\n"},
        {"framework": "command", "app": "python main.py", "port": 8009},
    ),
    "web.run_app() without a guard would block the import": (
        {"main.py": "from aiohttp import web\napp = web.Application()\nweb.run_app(app, port=8010)\n"},
        {"framework": "command", "app": "python main.py", "port": 8010},
    ),
    "an app made only inside main()": (
        {
            "main.py": "from aiohttp import web\n\ndef main():\n    app = web.Application()\n"
            "    web.run_app(app, port=8011)\n\n"
            "if __name__ == '__main__':\n    main()\n"
        },
        {"framework": "command", "app": "python main.py", "port": 8011},
    ),
    "an app made only under the guard": (
        {
            "main.py": (
                "from flask import Flask\n\nif __name__ == '__main__':\n    app = Flask('x')\n"
                "    app.run(host='0.0.0.0', port=8012)\n"
            )
        },
        {"framework": "command", "app": "python main.py", "port": 8012},
    ),
}


@pytest.mark.parametrize("name", GUARDS)
def test_guards(name: str, answers: Answers) -> None:
    files, expected = GUARDS[name]
    assert of(answers(files), expected) == expected


def test_what_the_guard_does_beside_is_told(detecting: Detect) -> None:
    found = detecting({"app.py": FLASK + "\nif __name__ == '__main__':\n    db.create_all()\n    app.run()\n"})
    assert "app.py:6" in notes(found.findings)
    assert "db.create_all()" in notes(found.findings)


def test_evidence_is_the_line_that_makes_the_app(detecting: Detect) -> None:
    found = detecting({"main.py": FASTAPI}).findings.found
    for answer in ("framework", "app"):
        (evidence,) = found[answer].evidence
        assert (evidence.path, evidence.line, evidence.text) == ("main.py", 3, "app = FastAPI()")
        assert not found[answer].guess


def test_several_apps_of_the_same_rank_are_named(detecting: Detect) -> None:
    with pytest.raises(InputError) as error:
        detecting({"billing/main.py": FASTAPI, "orders/main.py": FLASK, "stock/main.py": FASTAPI})
    message = str(error.value)
    for path in ("billing/main.py", "orders/main.py", "stock/main.py"):
        assert path in message
    assert "\n" not in message


def test_several_apps_are_offered_as_a_choice(detecting: Detect) -> None:
    offered: list[str] = []

    def choose(entries: list[Any]) -> Any:
        offered.extend(entry.evidence[-1].path for entry in entries)
        return entries[-1]

    found = detecting({"billing/main.py": FASTAPI, "orders/main.py": FLASK}, choose=choose)
    assert sorted(offered) == ["billing/main.py", "orders/main.py"]
    assert found.entry.evidence[-1].path == offered[-1]


FIRST: dict[str, tuple[Files, dict[str, Any]]] = {
    "the one at the top": (
        {"main.py": FASTAPI, "billing/main.py": FASTAPI, "orders/main.py": FLASK},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "the one that imports the other": (
        {"web/main.py": "from admin.main import app as admin\n" + FASTAPI, "admin/main.py": FASTAPI},
        {"app": "web.main:app"},
    ),
    "main.py before app.py": ({"main.py": FASTAPI, "extra.py": FASTAPI}, {"app": "main:app"}),
    "wsgi.py before main.py": ({"main.py": FLASK, "wsgi.py": FLASK}, {"app": "wsgi:app"}),
    "a web app before a script": (
        {"main.py": "print('hello')\n", "web.py": FLASK},
        {"framework": "flask", "app": "web:app"},
    ),
}


@pytest.mark.parametrize("name", FIRST)
def test_the_first_of_several(name: str, answers: Answers) -> None:
    files, expected = FIRST[name]
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
