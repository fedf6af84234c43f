"""A health check that the app would refuse is none: hosts that alone are answered, and logins."""

from __future__ import annotations

import pytest

from .conftest import FASTAPI, FLASK, Detect, notes

HEALTH = "\n@app.get('/healthz')\ndef healthz():\n    return 'ok'\n"
HOSTS = "from starlette.middleware.trustedhost import TrustedHostMiddleware\n"
STARLETTE = """\
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

def healthz(request): ...

app = Starlette(routes=[Route('/healthz', healthz)], middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=%s)])
"""
LITESTAR = """\
from litestar import Litestar, get
from litestar.config.allowed_hosts import AllowedHostsConfig

@get('/healthz')
def healthz() -> str: ...

app = Litestar([healthz], %s)
"""
QUART = "from quart import Quart\n\napp = Quart(__name__%s)\n"

REFUSING: dict[str, str] = {
    "FastAPI's hosts": FASTAPI
    + HOSTS
    + "app.add_middleware(TrustedHostMiddleware, allowed_hosts=['a.example'])\n"
    + HEALTH,
    "wildcards of a domain": FASTAPI
    + "from fastapi.middleware.trustedhost import TrustedHostMiddleware\n"
    + "app.add_middleware(TrustedHostMiddleware, allowed_hosts=['*.a.example', 'localhost'])\n"
    + HEALTH,
    "a constant": FASTAPI
    + HOSTS
    + "HOSTS = ['a.example']\napp.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)\n"
    + HEALTH,
    "what is not seen": FASTAPI
    + HOSTS
    + "import os\napp.add_middleware(TrustedHostMiddleware, allowed_hosts=os.environ['HOSTS'].split(','))\n"
    + HEALTH,
    "wrapped around the app": FASTAPI + HOSTS + HEALTH + "app = TrustedHostMiddleware(app, ['a.example'])\n",
    "Starlette's hosts": STARLETTE % "['a.example']",
    "Litestar's hosts": LITESTAR % "allowed_hosts=['a.example']",
    "Litestar's configured hosts": LITESTAR % "allowed_hosts=AllowedHostsConfig(allowed_hosts=['a.example'])",
    "Flask's name": FLASK + "app.config['SERVER_NAME'] = 'a.example'\n" + HEALTH,
    "Flask's hosts": FLASK + "app.config.update(TRUSTED_HOSTS=['.a.example'])\n" + HEALTH,
    "a configured class": "class Config:\n    SERVER_NAME = 'a.example'\n\n" + FLASK + HEALTH,
    "routes by host": FLASK.replace("__name__", "__name__, host_matching=True, static_host='a.example'") + HEALTH,
    "Quart's routes by host": QUART % ", host_matching=True" + HEALTH,
    "an app that depends on a login": "from fastapi import Depends\n"
    + FASTAPI.replace("FastAPI()", "FastAPI(dependencies=[Depends(get_current_user)])")
    + HEALTH,
    "an app with guards": LITESTAR % "guards=[requires_login]",
    "what comes before each request": FLASK + "@app.before_request\ndef check():\n    abort(401)\n" + HEALTH,
    "a middleware": FASTAPI
    + "@app.middleware('http')\nasync def check(request, call_next):\n    return Response(status_code=403)\n"
    + HEALTH,
    "a middleware's class": FASTAPI
    + "class Check(BaseHTTPMiddleware):\n    async def dispatch(self, request, call_next):\n"
    + "        return Response(status_code=HTTP_401_UNAUTHORIZED)\n\napp.add_middleware(Check)\n"
    + HEALTH,
}
ANSWERING: dict[str, str] = {
    "any host": FASTAPI + HOSTS + "app.add_middleware(TrustedHostMiddleware, allowed_hosts=['*'])\n" + HEALTH,
    "the check's own": STARLETTE % "['a.example', '127.0.0.1']",
    "any, unless a variable says it": FASTAPI
    + HOSTS
    + "import os\napp.add_middleware(TrustedHostMiddleware, allowed_hosts=os.getenv('HOSTS', '*').split(','))\n"
    + HEALTH,
    "another middleware": FASTAPI
    + "app.add_middleware(CORSMiddleware, allow_origins=['https://a.example'])\n"
    + HEALTH,
    "a name that only a variable gives": FLASK + "app.config['SERVER_NAME'] = os.environ.get('SERVER_NAME')\n" + HEALTH,
    "no name": FLASK + "app.config['SERVER_NAME'] = None\n" + HEALTH,
    "another framework's word": FASTAPI + "SERVER_NAME = 'a.example'\n" + HEALTH,
    "a database": "from fastapi import Depends\n"
    + FASTAPI
    + "@app.get('/healthz')\ndef healthz(db=Depends(get_session)): ...\n",
    "one path is let in": FLASK
    + "OPEN = {'/healthz'}\n@app.before_request\ndef check():\n    if request.path not in OPEN:\n        abort(401)\n"
    + HEALTH,
    "a middleware that looks at the answer": FASTAPI
    + "@app.middleware('http')\nasync def count(request, call_next):\n    answer = await call_next(request)\n"
    + "    if answer.status_code == 401:\n        print('x')\n    return answer\n"
    + HEALTH,
}
# A route with a login beside one without
LOGINS: dict[str, str] = {
    "a decorator": FLASK + "@app.get('/health')\n@login_required\ndef health(): ...\n",
    "a called decorator": FLASK + "@app.get('/health')\n@jwt_required()\ndef health(): ...\n",
    "a method": FLASK + "@app.get('/health')\n@auth.login_required\ndef health(): ...\n",
    "Starlette's": FASTAPI + "@app.get('/health')\n@requires('authenticated')\ndef health(request): ...\n",
    "a dependency": FASTAPI + "@app.get('/health')\ndef health(user=Depends(get_current_user)): ...\n",
    "an annotation": FASTAPI
    + "@app.get('/health')\ndef health(user: Annotated[User, Depends(get_current_user)]): ...\n",
    "an alias": FASTAPI
    + "CurrentUser = Annotated[User, Depends(get_current_user)]\n\n"
    + "@app.get('/health')\ndef health(user: CurrentUser): ...\n",
    "security": FASTAPI + "@app.get('/health')\ndef health(key=Security(header)): ...\n",
    "the route's own": FASTAPI + "@app.get('/health', dependencies=[Depends(verify_token)])\ndef health(): ...\n",
    "a wrapped handler": FLASK + "def health(): ...\n\napp.add_url_rule('/health', 'health', login_required(health))\n",
    "a decorated handler": FLASK
    + "@login_required\ndef health(): ...\n\napp.add_url_rule('/health', 'health', health)\n",
}


@pytest.mark.parametrize("name", REFUSING)
def test_an_app_that_refuses_the_check_gets_a_probe(name: str, detecting: Detect) -> None:
    found = detecting({"main.py": REFUSING[name]}).findings
    assert found.value("health_path") == ""
    assert found.found["health_path"].evidence
    assert "the health check only opens a connection, because " in notes(found)
    assert "main.py:" in notes(found)


@pytest.mark.parametrize("name", ANSWERING)
def test_an_app_that_answers_the_check_is_asked(name: str, detecting: Detect) -> None:
    found = detecting({"main.py": ANSWERING[name]}).findings
    assert found.value("health_path") == "/healthz"
    assert "the health check" not in notes(found)


@pytest.mark.parametrize("name", LOGINS)
def test_a_route_behind_a_login_is_passed_over(name: str, detecting: Detect) -> None:
    open_too = "\n@app.get('/status')\ndef status(): ...\n"
    assert detecting({"main.py": LOGINS[name] + open_too}).findings.value("health_path") == "/status"


def test_an_alias_is_looked_up_where_it_is_imported_from(detecting: Detect) -> None:
    files = {
        "main.py": FASTAPI
        + "from deps import CurrentUser\n\n@app.get('/health')\ndef health(user: CurrentUser): ...\n",
        "deps.py": "CurrentUser = Annotated[User, Depends(get_current_user)]\n",
    }
    assert detecting(files).findings.value("health_path") == ""


def test_what_guards_a_part_guards_not_the_app(detecting: Detect) -> None:
    files = {
        "main.py": FLASK + "from admin import admin\napp.register_blueprint(admin)\n" + HEALTH,
        "admin.py": "from flask import Blueprint, abort\n\nadmin = Blueprint('admin', __name__)\n\n"
        "@admin.before_request\ndef check():\n    abort(401)\n",
    }
    assert detecting(files).findings.value("health_path") == "/healthz"
    guarding_all = {**files, "admin.py": files["admin.py"].replace("before_request", "before_app_request")}
    assert detecting(guarding_all).findings.value("health_path") == ""
