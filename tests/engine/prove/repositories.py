"""Small repositories, each of which fails in one way when its container starts, and what mends it."""

# ruff: noqa: E501 the lines of their files are long

from __future__ import annotations

from dataclasses import dataclass, field

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
HELLO = '\n\n@app.get("/")\ndef index():\n    return "hello"\n'
SERVER = """\
import http.server
import os


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")


"""


@dataclass(frozen=True)
class Case:
    """Files by path; what the answers have in the end; words of the output; the exit code."""

    files: dict[str, str]
    answers: dict[str, object] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    code: int = 0
    options: tuple[str, ...] = ()


# An app that answers nobody who asks it by another name than HOST
GUARDED = (
    "import os\n\nfrom fastapi import FastAPI, Request\nfrom fastapi.responses import PlainTextResponse\n\n"
    'app = FastAPI()\nALLOWED = os.environ.get("ALLOWED", "HOST").split()\n\n\n'
    '@app.middleware("http")\nasync def guard(request: Request, call_next):\n'
    '    if request.headers["host"].split(":")[0] not in ALLOWED:\n'
    '        return PlainTextResponse("Invalid host", status_code=400)\n    return await call_next(request)\n\n\n'
    '@app.get("/")\ndef index():\n    return {}\n'
)
MENDED = {
    "denied": Case(
        {
            "app.py": FLASK
            + "import os\nfrom pathlib import Path\n\n"
            + 'kept = Path(app.root_path, os.environ.get("KEPT", "kept/pages"))\n'
            + "kept.mkdir(parents=True, exist_ok=True)\n"
            + HELLO,
            "requirements.txt": "flask\n",
        },
        {"writable_paths": "kept"},
        ("mended: writable_paths=kept", "proven: / answered 200 on port 8000"),
    ),
    "database": Case(
        {
            "app.py": FLASK
            + "import os\nimport sqlite3\n\n"
            + 'PLACE = os.environ.get("SHOP_DB", "state/shop.db")\n'
            + 'db = getattr(sqlite3, "connect")(PLACE)\ndb.execute("create table if not exists items (name text)")\n'
            + HELLO,
            "requirements.txt": "flask\n",
        },
        {"writable_paths": "state"},
        ("unable to open database file", "proven: / answered 200"),
    ),
    # In a dependency: the build stops before anything is started
    "removed-below": Case(
        {
            "app.py": FLASK + "import webob\n" + HELLO,
            "requirements.txt": "flask\nwebob==1.8.7\n",
            ".python-version": "3.13\n",
        },
        {"dependencies": 'flask\nwebob==1.8.7\nlegacy-cgi ; python_version >= "3.13"'},
        ("imports cgi, which Python 3.13 no longer has", "proven: / answered 200"),
    ),
    "removed": Case(
        {
            "app.py": FLASK + 'sound = __import__("sounds")\n' + HELLO,
            "sounds.py": 'import importlib\n\naudioop = importlib.import_module("audioop")\n',
            "requirements.txt": "flask\n",
            ".python-version": "3.13\n",
        },
        {},
        (
            "mended: dependencies=flask",
            'audioop-lts ; python_version >= "3.13"',
            "No module named 'audioop'",
            "proven: /",
        ),
    ),
    "elsewhere": Case(
        {
            "serve.py": SERVER
            + 'port = int(os.environ.get("LISTEN", "70") + "01")\nhttp.server.HTTPServer(("", port), Hello).serve_forever()\n'
        },
        {"port": 7001},
        ("mended: port=7001", "proven:"),
    ),
    "loopback": Case(
        {
            "serve.py": SERVER
            + 'host = os.environ.get("BIND_HOST", "127.0.0.1")\n'
            + "port = 8765\nplace = [host, port]\nhttp.server.HTTPServer(tuple(place), Hello).serve_forever()\n"
        },
        {"environment": "BIND_HOST=0.0.0.0"},
        ("mended: environment=BIND_HOST=0.0.0.0", "proven: / answered 200 on port 8765"),
    ),
    "option": Case(
        {
            "serve.py": "import argparse\n"
            + SERVER
            + 'options = argparse.ArgumentParser()\noptions.add_argument("--bind", default="localhost")\n'
            + "given = options.parse_args()\n"
            + "http.server.HTTPServer((given.bind, 8765), Hello).serve_forever()\n"
        },
        {"app": "python serve.py --bind 0.0.0.0"},
        ("proven: / answered 200 on port 8765",),
    ),
    "other-app": Case(
        {
            "shop/__init__.py": FLASK,
            "shop/web.py": "from shop import app\n" + HELLO,
            "requirements.txt": "flask\n",
            "Procfile": "web: gunicorn shop:app\n",
        },
        {},
        ("proven: / answered 200",),
    ),
    "migration": Case(
        {
            "manage.py": 'import os\nimport sys\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\n'
            'if __name__ == "__main__":\n    from django.core.management import execute_from_command_line\n\n'
            "    execute_from_command_line(sys.argv)\n",
            "site1/__init__.py": "",
            "site1/settings.py": 'SECRET_KEY = "x" * 50\nDEBUG = False\nALLOWED_HOSTS = ["*"]\nROOT_URLCONF = "site1.urls"\n'
            'INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]\n'
            'import os\nDATABASES = {"default": {"ENGINE": "django.db.backends." + os.environ.get("ENGINE", "sqlite3"), '
            '"NAME": os.environ.get("SHOP_DB", "/state/shop.sqlite3")}}\nDEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
            'LOGGING = {"version": 1, "handlers": {"console": {"class": "logging.StreamHandler"}}, '
            '"root": {"handlers": ["console"]}}\n',
            "site1/urls.py": "from django.contrib.auth.models import User\nfrom django.http import HttpResponse\n"
            'from django.urls import path\n\nurlpatterns = [path("", lambda request: HttpResponse(str(User.objects.count())))]\n',
            "site1/wsgi.py": "import os\n\nfrom django.core.wsgi import get_wsgi_application\n\n"
            'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\napplication = get_wsgi_application()\n',
            "requirements.txt": "django\n",
        },
        {"writable_paths": "/state"},
        ("manage.py migrate", "proven: / answered 200"),
    ),
    "factory": Case(
        {
            "web/__init__.py": 'from flask import Flask\n\nconfig = {"development": True, "default": False}\n\n\n'
            "def create_app(config_name):\n    app = Flask(__name__)\n    app.debug = config[config_name]\n\n"
            '    @app.get("/")\n    def index():\n        return "hello"\n\n    return app\n',
            "Procfile": "web: gunicorn web:create_app()\n",
            "requirements.txt": "flask\n",
        },
        {},
        ("create_app('default')", "proven: / answered 200"),
    ),
    "dash": Case(
        {
            "app.py": 'import time\n\nfrom dash import Dash, html\n\napp = Dash(__name__)\napp.layout = html.Div("hello")\n\n'
            'if __name__ == "__main__":\n    time.sleep(1)\n    app.run(host="0.0.0.0", debug=True)\n',
            "requirements.txt": "dash\n",
        },
        {"framework": "wsgi", "app": "app:app.server", "server": "granian"},
        ("mended: framework=wsgi", "a framework's development server", "proven: / answered 200"),
    ),
    "host-not-allowed": Case(
        {
            "app.py": GUARDED.replace("HOST", "shop.example"),
            "requirements.txt": "fastapi\nuvicorn\n",
        },
        {"health_path": ""},
        ("proven:",),
    ),
    "host-localhost-alone": Case(
        {
            "app.py": GUARDED.replace("HOST", "localhost"),
            "requirements.txt": "fastapi\nuvicorn\n",
        },
        {"health_path": ""},
        ("proven: / answered 200",),
    ),
    "program": Case(
        {
            "app.py": FLASK
            + 'import os\nimport subprocess\n\nrun = getattr(subprocess, "run")\n'
            + 'run([os.environ.get("SCANNER", "whois"), "--version"], check=False)\n'
            + HELLO,
            "requirements.txt": "flask\n",
        },
        {"system_packages": "whois"},
        ("No such file or directory: 'whois'", "proven: / answered 200"),
    ),
    "library": Case(
        {
            "app.py": FLASK + 'import ctypes\n\nctypes.CDLL("libusb-1.0.so.0")\n' + HELLO,
            "requirements.txt": "flask\n",
        },
        {"system_packages": "libusb-1.0-0"},
        ("libusb-1.0.so.0: cannot open shared object file", "proven: / answered 200"),
    ),
    "undeclared": Case(
        {
            "app.py": FLASK + "import tabulate\n" + HELLO,
            "requirements.txt": "flask\n",
        },
        {"dependencies": "flask\ntabulate"},
        ("No module named 'tabulate'", "proven: / answered 200"),
    ),
    "page-undeclared": Case(
        {
            "shop.py": 'import streamlit as st\nimport tabulate\n\nst.write(tabulate.tabulate([["a", 1]]))\n',
            "requirements.txt": "streamlit\n",
        },
        {"dependencies": "streamlit\ntabulate"},
        ("No module named 'tabulate'", "proven: /_stcore/health answered 200"),
    ),
    "removed-signature": Case(
        {
            "app.py": "from starlette.applications import Starlette\nfrom starlette.routing import Route\n"
            'from starlette.templating import Jinja2Templates\n\ntemplates = Jinja2Templates(directory="templates")\n\n\n'
            'async def index(request):\n    return getattr(templates, "TemplateResponse")("index.html", {"request": request})\n\n\n'
            'app = Starlette(routes=[Route("/", index)])\n',
            "templates/index.html": "hello\n",
            "requirements.txt": "starlette\njinja2\nuvicorn\n",
        },
        {"dependencies": "starlette\njinja2\nuvicorn\nstarlette<1"},
        ("unhashable type: 'dict'", "proven: / answered 200"),
    ),
    "too-new": Case(
        {
            "app.py": FLASK + 'import ast\n\nkind = getattr(ast, "Num")\n' + HELLO,
            "requirements.txt": "flask\n",
            ".python-version": "3.14\n",
        },
        {"python_version": "3.13"},
        ("module 'ast' has no attribute 'Num'", "proven: / answered 200"),
    ),
    "removed-name": Case(
        {"app.py": "from werkzeug.urls import url_quote\n" + FLASK + HELLO, "requirements.txt": "flask<3\n"},
        {"dependencies": "flask<3\nwerkzeug<3"},
        ("cannot import name 'url_quote'", "proven: / answered 200"),
    ),
    "newer-than-the-code": Case(
        {"app.py": "from marshmallow import pprint\n" + FLASK + HELLO, "requirements.txt": "flask\nmarshmallow\n"},
        {"dependencies": "flask\nmarshmallow\nmarshmallow<4"},
        ("cannot import name 'pprint' from 'marshmallow'", "proven: / answered 200"),
    ),
    "several": Case(
        {
            "app.py": FLASK
            + "import os\nimport tabulate\nfrom pathlib import Path\n\n"
            + 'Path(app.root_path, os.environ.get("KEPT", "kept")).mkdir(exist_ok=True)\n'
            + HELLO,
            "requirements.txt": "flask\n",
        },
        {"dependencies": "flask\ntabulate", "writable_paths": "kept"},
        ("proven: / answered 200",),
    ),
    "no-tables-alembic": Case(
        {
            "main.py": 'import os\nimport sqlite3\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/")\n'
            'def index():\n    db = sqlite3.connect(os.environ.get("SHOP_DB", "/state/shop.db"))\n'
            '    return db.execute("select count(*) from items").fetchone()\n',
            "alembic.ini": "[alembic]\nscript_location = changes\nsqlalchemy.url = sqlite:////state/shop.db\n",
            "changes/env.py": "from alembic import context\nfrom sqlalchemy import create_engine\n\n"
            'engine = create_engine(context.config.get_main_option("sqlalchemy.url"))\n'
            "with engine.connect() as connection:\n    context.configure(connection=connection)\n"
            "    with context.begin_transaction():\n        context.run_migrations()\n",
            "changes/script.py.mako": "",
            "changes/versions/one.py": 'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "1"\ndown_revision = None\n'
            '\n\ndef upgrade():\n    op.create_table("items", sa.Column("name", sa.Text))\n\n\ndef downgrade():\n'
            '    op.drop_table("items")\n',
            "requirements.txt": "fastapi\nuvicorn\nalembic\n",
        },
        {"writable_paths": "/state"},
        ("alembic upgrade head", "proven: / answered 200"),
    ),
}

TOLD = {
    "poetry-script": Case(
        {
            "pyproject.toml": '[tool.poetry]\nname = "shop"\npackage-mode = false\n\n[tool.poetry.dependencies]\n'
            'python = "3.13.*"\n\n[tool.poetry.scripts]\nserve = "shop.serving:run"\n',
            "shop/__init__.py": "",
            "shop/serving.py": 'def run():\n    print("served by poetry\'s script")\n',
        },
        {"python_version": "3.13"},
        ("sys.exit(run())", "proven: it ended with 0"),
    ),
    "own-protocol": Case(
        {
            "serve.py": "import socketserver\n\n\nclass Echo(socketserver.StreamRequestHandler):\n    def handle(self):\n"
            '        while line := self.rfile.readline():\n            if line.startswith(b"ECHO "):\n'
            '                self.wfile.write(line)\n\n\nif __name__ == "__main__":\n'
            '    socketserver.ThreadingTCPServer(("", 7007), Echo).serve_forever()\n'
        },
        {"port": 7007},
        ("proven: it took a connection on port 7007",),
    ),
    "polls": Case(
        {
            "bot.py": "import time\nimport urllib.request\n\nwhile True:\n    try:\n"
            '        urllib.request.urlopen("https://example.com")\n    except OSError as error:\n'
            "        print(error, flush=True)\n    time.sleep(1)\n"
        },
        says=("needs: it wants to reach a host outside", "proven: ", "ran for"),
    ),
    "slow": Case(
        {
            "serve.py": SERVER
            + "import time\n\nbegun = time.monotonic()\nwhile time.monotonic() < begun + 45:\n    pass\n"
            + 'http.server.HTTPServer(("", 7070), Hello).serve_forever()\n'
        },
        says=("proven: / answered 200 on port 7070",),
    ),
    "configuration": Case(
        {"main.py": 'import json\n\nprint(json.load(open("shop.json")))\n'},
        says=("needs: it reads shop.json, which is not in the image", "not seen working:"),
    ),
    "unset": Case(
        {
            "bot.py": "import os\nimport time\n\n\ndef run(token):\n    if token is None:\n"
            '        raise TypeError("expected token to be a str, received NoneType instead")\n    time.sleep(600)\n\n\n'
            'if __name__ == "__main__":\n    run(os.getenv("SHOP_TOKEN"))\n'
        },
        says=("needs: the variable SHOP_TOKEN", "proven: ", "ran for"),
    ),
    "page": Case(
        {
            "shop.py": 'import streamlit as st\n\nst.title("Shop")\nst.write(st.secrets["shop_key"])\n',
            "requirements.txt": "streamlit\n",
        },
        says=("its page needs a secret", "not seen working:"),
    ),
    "token": Case(
        {
            "bot.py": "class LoginFailure(Exception): ...\n\n\n"
            'if __name__ == "__main__":\n    raise LoginFailure("Improper token has been passed.")\n'
        },
        says=("needs a credential of its own", "not seen working:"),
    ),
    "variable": Case(
        {
            "bot.py": 'import os\nimport time\n\ntoken = os.environ["BOT_TOKEN"]\nprint("up", flush=True)\ntime.sleep(600)\n'
        },
        says=("needs: the variable BOT_TOKEN", "proven: ", "ran for"),
    ),
    "redis": Case(
        {
            "main.py": 'import os\n\nimport redis\n\nredis.Redis(os.environ.get("REDIS_HOST", "localhost")).ping()\n',
            "requirements.txt": "redis\n",
        },
        says=("needs: it started, and needs a service beside it", "connecting to localhost:6379", "not seen working:"),
    ),
    "network": Case(
        {"main.py": 'import urllib.request\n\nurllib.request.urlopen("https://example.com").read()\n'},
        says=("needs: it wants to reach a host outside", "--network bridge"),
    ),
    "terminal": Case(
        {"main.py": 'name = input("Your name? ")\nprint(name)\n'},
        says=("asks somebody at a terminal", "not seen working:"),
    ),
    "arguments": Case(
        {
            "main.py": 'import argparse\n\nparser = argparse.ArgumentParser()\nparser.add_argument("--config", required=True)\n'
            "print(parser.parse_args())\n"
        },
        says=("wants arguments", "--config"),
    ),
    "nothing": Case(
        {"app.py": FLASK + 'raise LookupError("nobody knows why")\n' + HELLO, "requirements.txt": "flask\n"},
        says=("LookupError: nobody knows why",),
        code=1,
    ),
    "password": Case(
        {"main.py": 'import getpass\n\nprint(len(getpass.getpass("Password: ")))\n'},
        says=("asks somebody at a terminal",),
    ),
    "command": Case({"main.py": 'print("done")\n'}, says=("proven: it ended with 0 after",)),
    "stdio": Case(
        {
            "server.py": 'from mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP("shop")\n\n\nif __name__ == "__main__":\n    mcp.run()\n',
            "requirements.txt": "mcp<2\n",
        },
        says=("proven: it answered over its standard streams, as shop",),
    ),
    "worker": Case(
        {"main.py": 'import time\n\nwhile True:\n    print("working", flush=True)\n    time.sleep(1)\n'},
        says=("ran for",),
    ),
}

# What takes much, or never ends
