"""The path that a health check asks for."""

from __future__ import annotations

import pytest

from .conftest import FASTAPI, FLASK, Answers, Detect, Files, notes
from .test_django import project

STARLETTE = "from starlette.applications import Starlette\nfrom starlette.routing import Mount, Route\n"
LITESTAR = "from litestar import Controller, Litestar, Router, get\n\n"
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
    "of a mounted app": (
        {
            "main.py": FASTAPI + "from api import api\napp.mount('/api', api)\n",
            "api.py": "from fastapi import FastAPI\napi = FastAPI()\n\n@api.get('/health')\ndef health(): ...\n",
        },
        "",
    ),
    "beside a mounted app": (
        {
            "main.py": FASTAPI + "from files import Files\napp.mount('/static', Files(app), name='main')\n\n"
            "@app.get('/health')\ndef health(): ...\n"
        },
        "/health",
    ),
    "of Starlette's mounted routes": (
        {
            "main.py": STARLETTE
            + "routes = [Route('/health', x)]\napp = Starlette(routes=[Mount('/api', routes=routes), Route('/', y)])\n"
        },
        "/",
    ),
    "beside Starlette's mounted routes": (
        {"main.py": STARLETTE + "app = Starlette(routes=[Mount('/static', x), Route('/health', y)])\n"},
        "/health",
    ),
    "mounted at the root": (
        {"main.py": STARLETTE + "app = Starlette(routes=[Mount('/', routes=[Route('/health', y)])])\n"},
        "/health",
    ),
    "of aiohttp's part": (
        {
            "main.py": "from aiohttp import web\napp = web.Application()\nadmin = web.Application()\n"
            "admin.add_routes([web.get('/health', x)])\napp.add_subapp('/admin/', admin)\n"
        },
        "",
    ),
    "of a controller": (
        {
            "main.py": LITESTAR
            + "class Shop(Controller):\n    path = '/shop'\n\n    @get('/health')\n    def health(self) -> str: ...\n\n"
            "app = Litestar([Shop])\n"
        },
        "",
    ),
    "of a router with a path": (
        {
            "main.py": LITESTAR + "@get('/health')\ndef health() -> str: ...\n\n"
            "app = Litestar([Router(path='/api', route_handlers=[health])])\n"
        },
        "",
    ),
    "of an app with a path": (
        {
            "main.py": LITESTAR
            + "@get('/health')\ndef health() -> str: ...\n\napp = Litestar(path='/api', route_handlers=[health])\n"
        },
        "",
    ),
    "of a namespace": (
        {
            "app.py": FLASK + "from flask_restx import Api, Namespace\nns = Namespace('shop')\napi = Api(app)\n"
            "api.add_namespace(ns)\n\n@ns.route('/health')\nclass Health: ...\n"
        },
        "",
    ),
    "beside another app below a path": (
        {
            "app.py": FLASK + "app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {'/metrics': other})\n\n"
            "@app.route('/health')\ndef health(): ...\n"
        },
        "/health",
    ),
    "of another app below a path": (
        {
            "app.py": FLASK + "api = Flask('api')\napp.wsgi_app = DispatcherMiddleware(app.wsgi_app, {'/api': api})\n\n"
            "@api.route('/health')\ndef health(): ...\n"
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


OF_DJANGO: dict[str, tuple[Files, str, str]] = {
    "hosts that are allowed": (project("ALLOWED_HOSTS = ['*']\n"), "/up", ""),
    "hosts that are not": (
        project("ALLOWED_HOSTS = ['example.org']\n"),
        "",
        "the health check does not ask for /up (fly.toml:2): ALLOWED_HOSTS does not have the probe's 127.0.0.1",
    ),
}


@pytest.mark.parametrize("name", OF_DJANGO)
def test_a_stated_health_path_of_django(name: str, detecting: Detect) -> None:
    files, path, note = OF_DJANGO[name]
    findings = detecting({**files, "fly.toml": '[[http_service.checks]]\npath = "/up"\n'}).findings
    assert findings.value("health_path") == path
    assert note in notes(findings)
