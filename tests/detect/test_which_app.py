"""Which of several apps it is, what only looks like one, and what runs under a main guard."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim.errors import InputError

from .conftest import FASTAPI, FLASK, SCRIPT, Answers, Detect, Files, notes, of

FLASK_BARE = "from flask import Flask\napp = Flask(__name__)\n"

LATE = "\ndef ready({arguments}):\n    @app.route('/')\n    def index():\n        return ''\n    return {result}\n"

CALLABLE = "class Shop:\n    def __call__(self, environ, start_response):\n        return [b'']\n"
MAKES = (
    f"from functools import reduce\n{CALLABLE}\ndef made():\n    return reduce(id, [], Shop())\n\ndef main():\n"
    "    from wsgiref.simple_server import make_server\n    make_server('', 8080, made()).serve_forever()\n"
)
SETUP = "from setuptools import setup\nsetup(name='shop', entry_points={'console_scripts': ['shop = shop:main']})\n"

DECOYS: dict[str, tuple[Files, dict[str, Any]]] = {
    "an object that is called as PEP 3333 has it": (
        {"shop/__init__.py": CALLABLE, "shop/web.py": "from shop import Shop\n\napp = Shop()\n"},
        {"framework": "wsgi", "app": "shop.web:app"},
    ),
    "an application that a factory wraps, beside a server of its own": (
        {
            "shop/__init__.py": MAKES,
            "shop/run.py": "from shop import made\n\napplication = made()\n",
            "setup.py": SETUP,
        },
        {"framework": "wsgi", "app": "shop.run:application"},
    ),
    "a console script beside what pserve starts": (
        {
            "production.ini": "[app:main]\nuse = egg:shop\n\n[server:main]\nuse = egg:waitress#main\nlisten = *:6543\n",
            "pyproject.toml": (
                '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
                '[project]\nname = "shop"\nversion = "1"\ndependencies = ["pyramid", "waitress"]\n'
                '[project.scripts]\nfill = "shop.fill:main"\n'
                '[project.entry-points."paste.app_factory"]\nmain = "shop:main"\n'
            ),
            "shop/__init__.py": (
                "from pyramid.config import Configurator\n\ndef main(config, **settings):\n"
                "    return Configurator(settings=settings).make_wsgi_app()\n"
            ),
            "shop/fill.py": SCRIPT,
        },
        {"framework": "command", "app": "pserve production.ini", "port": 6543, "install_project": True},
    ),
    "a file of settings that names no server": (
        {"production.ini": "[app:main]\nuse = egg:shop\n", "app.py": FLASK, "requirements.txt": "pyramid\nflask\n"},
        {"framework": "flask", "app": "app:app"},
    ),
    "an application of no web": (
        {
            "shop.py": "class Shop:\n    def run(self):\n        pass\n",
            "run.py": "from shop import Shop\napplication = Shop()\napplication.run()\n",
        },
        {"framework": "command", "app": "python run.py"},
    ),
    "a dependency that is listed but not used": (
        {"requirements.txt": "flask\nfastapi\ndjango\nstreamlit\n", "main.py": FASTAPI},
        {"framework": "fastapi", "app": "main:app"},
    ),
    "an import that makes no app": (
        {"app.py": FLASK, "shop/__init__.py": "", "shop/forms.py": "from fastapi import FastAPI\n"},
        {"framework": "flask", "app": "app:app"},
    ),
    "a job that has an app for its context": (
        {
            "shop/__init__.py": "from flask import Flask\n\ndef create_app():\n    return Flask('shop')\n",
            "sync.py": "import sys\nfrom shop import create_app\napp = create_app()\nif app.debug:\n    sys.exit(1)\n",
        },
        {"framework": "flask", "app": "shop:create_app()"},
    ),
    "the only app, which ends without its settings": (
        {"shop.py": "import os, sys\nif not os.environ.get('SHOP'):\n    sys.exit('set SHOP')\n" + FLASK},
        {"framework": "flask", "app": "shop:app"},
    ),
    "an app to which a factory gives its routes": (
        {
            "shop/__init__.py": "",
            "shop/web.py": FLASK_BARE + LATE.format(arguments="", result="app"),
            "run.py": "from shop.web import ready\n\nif __name__ == '__main__':\n    ready().run()\n",
        },
        {"framework": "flask", "app": "shop.web:ready()"},
    ),
    "an app that only a script makes ready": (
        {
            "shop/__init__.py": "def main():\n    from shop.web import ready\n    ready({'port': 1}).run(port=5000)\n",
            "shop/web.py": FLASK_BARE + LATE.format(arguments="settings=None", result="app"),
            "start.py": "import shop\n\nif __name__ == '__main__':\n    shop.main()\n",
        },
        {"framework": "command", "app": "python start.py", "port": 5000},
    ),
    "an app whose routes a function that is called gives it": (
        {"app.py": FLASK_BARE + LATE.format(arguments="", result="None") + "\nready()\n", "run.py": "import app\n"},
        {"framework": "flask", "app": "app:app"},
    ),
    "an app that is handed to what gives it routes": (
        {
            "app.py": "from routes import add\n"
            + FLASK_BARE
            + "add(app)\n\ndef more():\n    app.route('/more')(add)\n",
            "routes.py": "def add(app):\n    app.route('/')(add)\n",
        },
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
    "an app whose routes are registered elsewhere": (
        {"shop/__init__.py": FLASK_BARE, "shop/web.py": "from shop import app\n\n@app.get('/')\ndef i(): pass\n"},
        {"framework": "flask", "app": "shop.web:app", "health_path": "/"},
    ),
    "the same, imported by the package after all": (
        {
            "shop/__init__.py": f"{FLASK_BARE}from shop import web\n",
            "shop/web.py": "from shop import app\n\n@app.get('/')\ndef i(): pass\n",
        },
        {"framework": "flask", "app": "shop:app"},
    ),
    "routes in several modules, and one that imports them all": (
        {
            "core.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "users.py": "from core import app\n\n@app.get('/users')\ndef users(): pass\n",
            "items.py": "from core import app as api\n\n@api.get('/items')\ndef items(): pass\n",
            "everything.py": "import items, users\nfrom core import app\n",
        },
        {"framework": "fastapi", "app": "everything:app"},
    ),
    "an app without routes beside one that has some": (
        {
            "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "server.py": "from fastapi import FastAPI\napp = FastAPI()\n\n@app.get('/')\ndef i(): pass\n",
        },
        {"framework": "fastapi", "app": "server:app"},
    ),
    "an app with a router, and a module that adds routes for development": (
        {
            "main.py": "import fastapi\nimport views\napp = fastapi.FastAPI()\napp.include_router(views.router)\n",
            "views.py": "from fastapi import APIRouter\nrouter = APIRouter()\n",
            "debugging.py": "from main import app\n\n@app.get('/debug')\ndef i(): pass\n",
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
