"""Whatever stands in the files: answers that the questionnaire takes, or an InputError of one line; soon."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copier_slim.detect.repository import detect
from copier_slim.errors import InputError

from .conftest import FASTAPI, FLASK, complaints, repository

SOON = settings(max_examples=60, deadline=timedelta(seconds=5), database=None, derandomize=True)
BESIDE: dict[str, str | bytes] = {
    "main.py": "import shop.web\n\nif __name__ == '__main__':\n    shop.web.app.run(port=5000)\n",
    "shop/__init__.py": "",
    "shop/web.py": FLASK,
    "shop/api.py": FASTAPI,
    "requirements.txt": "flask\n",
}
MANAGE: dict[str, str | bytes] = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "shop/__init__.py": "",
    "shop/settings.py": "STATIC_ROOT = 'x'\nDATABASES = 'sqlite3'\n",
    "shop/urls.py": "urlpatterns = []\n",
    "shop/wsgi.py": "application = 1\n",
}


def check(files: Mapping[str, str | bytes]) -> None:
    """Detects in a repository with these files."""
    with tempfile.TemporaryDirectory() as directory:
        root = repository(Path(directory) / "shop", files)
        try:
            found = detect(root, online=False)
        except InputError as error:
            complaint = str(error)
            assert complaint
            assert "\n" not in complaint
            assert len(complaint) < 1000
            return
        assert complaints(found.findings.answers) == {}
        for note in found.findings.notes:
            assert "\n" not in note
        for finding in found.findings.found.values():
            for evidence in finding.evidence:
                assert "\n" not in str(evidence)


# Fragments of each kind of file, so that more than the first line is read

PYTHON = [
    "from flask import Flask\n", "from fastapi import FastAPI\n", "import uvicorn\n", "import streamlit as st\n",
    "import gradio as gr\n",
    "from celery import Celery\n", "from shop import *\n", "from . import app\n", "from .. import app\n",
    "import main\n", "from main import app\n",
    "app", "application", "create_app", "server", " = ", "Flask(__name__)", "FastAPI()", "Celery('x')", "app",
    ".server", ".run(", ".run()\n", "port=",
    "8000", "'8000'", "-1", "1e999", "10**10", "()", "(", ")", "[", "]", "{", "}", ":", "\n", "\n    ", "\n        ",
    "def ", "async def ", "class ",
    "return ", "if __name__ == '__main__':\n    ", "lambda: ", "await ", "yield ", "try:\n    ", "except:\n    ",
    "with ", " as ", "match x:\n  case ",
    "'", '"', "'''", '"""', "\\", "\\N{", "f'{", "#", "# coding: utf-7\n", "os.environ['X']", "os.environ['A B']",
    "import os\n", "os.getenv('PORT', 5)",
    "uvicorn.run('main:app', port=", "uvicorn.run(", "'main:app'", "'shop.web:app'", "@app.get('/", "health", "')\n",
    "sqlite3.connect(", "'a.db'",
    "open('x/y', 'w')", "'sqlite:///x'", "os.makedirs(", "logging.FileHandler(", "subprocess.run(['ffmpeg'])",
    "Path('a') / 'b'", ".mkdir()", "*", "**", ",",
    "global app\n", "del app\n", "app: Flask", " += 1", "import a.b.c as d\n", "*x, app = y\n", "\x00", "\ufeff", "é",
    "\x0c", "\t", "pass\n", ";",
]  # fmt: skip
WORDS = [
    "gunicorn", "uvicorn", "hypercorn", "granian", "daphne", "waitress-serve", "uwsgi", "python", "python3", "-m",
    "-c", "flask", "run", "--app", "-A",
    "streamlit", "celery", "worker", "manage.py", "runserver", "fastapi", "main.py", "shop/web.py", "shop.web:app",
    "shop.web:app()", "shop.web:create_app()",
    "main:app", "shop", "shop.web", "web:app", "--chdir", "--app-dir", "--factory", "--call", "-b", "--bind",
    "0.0.0.0:8000", ":$PORT", "${PORT:-80}",
    "--port", "--port=", "-p", "99999", "0", "-1", "&&", "||", ";", "|", "&", ">", "2>&1", "<", "(", ")", "'", '"',
    "`", "$(", "\\", "exec", "env", "A=1",
    "A='b c'", "FLASK_APP=", "sh", "bash", "boot.sh", "./boot.sh", "/app/boot.sh", "cd", "..", "../..", "/", "uv",
    "poetry", "tini", "--", "-", "db",
    "upgrade", "collectstatic", "alembic", "echo", "$@", '"$@"', "*", "?", "~", "#", "@", "!", "%", "{", "}", "é",
    "\x00", "日本", "a" * 300, "if", "then", "fi",
    "shop.web:", ":app", ":", "shop..web:app", ".:.", "shop/web:app", "-", "--", "=", "%s", "{{ x }}", "[", "]", "[[",
    "x.ini", "--ini", '["', '",', '"]',
]  # fmt: skip
LINE = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
INSTRUCTION = st.sampled_from(
    [
        "FROM python:3.13", "FROM python:2.7", "FROM python:3.13 AS a", "FROM a", "FROM a AS a", "FROM",
        "FROM scratch", "FROM $X", "FROM python:${V}-slim",
        "ARG V=3.12", "ARG V", "ARG", "ENV", "ENV A", "ENV A=1 B=2", "ENV A b c", "ENV A=", "ENV A='", "ENV =1",
        "ENV A=$A", "ENV A=${A:-$B}", "ENV A=\\",
        "ENV SECRET_KEY=a", "ENV A=é", "ENV FLASK_APP=shop.web", "ENV 1A=2", "ENV A-B=2", "EXPOSE 8000", "EXPOSE",
        "EXPOSE x", "EXPOSE 0", "EXPOSE 99999", "EXPOSE 5000-5010",
        "WORKDIR /app", "WORKDIR", "WORKDIR ..", "WORKDIR /", "WORKDIR $X", "COPY . .", "COPY", "COPY shop /app",
        "COPY --from=a /x /y", "COPY --from=", "COPY ../.. /",
        "ADD https://example.org/x /", "USER 1", "RUN", "RUN apt-get install -y ffmpeg libfoo", "RUN apt-get install",
        "RUN apt-get install -y A_B ../x é", "RUN <<EOF",
        "EOF", "RUN pip install x", "RUN make", "RUN --mount=type=cache,target=/x make", 'SHELL ["bash"]',
        "HEALTHCHECK NONE", "HEALTHCHECK CMD x", "ONBUILD RUN x",
        "ENTRYPOINT", "ENTRYPOINT []", 'ENTRYPOINT ["./boot.sh"]', "ENTRYPOINT boot.sh", "CMD", "CMD []", "CMD [",
        "CMD [1, null, {}]", 'CMD {"a": 1}', 'CMD "x"',
        'CMD ["gunicorn", "shop.web:app"]', "CMD gunicorn shop.web:app",
        'CMD ["sh", "-c", "x && python main.py"]', 'CMD ["python", "é.py"]', "# escape=`", "# syntax=x",
        "#", "", "\\", "VOLUME /x", "STOPSIGNAL 9", "x", "LABEL a=b", "MAINTAINER x", "cmd x", "\x00", "\ufeffFROM x",
        "CMD \\", "  --fast",
    ]
)  # fmt: skip
DOCKERFILE = st.lists(st.one_of(INSTRUCTION, LINE.map("CMD ".__add__), LINE.map("RUN ".__add__)), max_size=10).map(
    "\n".join
)
# Lines that can be parsed together, in whatever order
LINES = [
    "from flask import Flask", "from flask import *", "import flask", "from fastapi import FastAPI as F",
    "import uvicorn", "import gradio as gr", "import os, sys",
    "from celery import Celery", "import celery.app", "from shop import *", "from shop import app",
    "from shop.web import app as application", "from . import app",
    "from .. import app as up", "from ... import x", "import main", "from main import app", "import streamlit as st",
    "import dash", "from pathlib import Path", "import logging",
    "app = Flask(__name__)", "app = F()", "app: F = F()", "app = application = F()", "app, rt = fast_app()",
    "app = app", "app = application", "app = create_app()", "server = app.server",
    "app = wrap(app)", "app = wrap(app=app)", "app.wsgi_app = wrap(app.wsgi_app)", "app = app.app = 1",
    "app = lambda e, s: []", "app = (F())", "app = [F()][0]", "app = F().app",
    "app = F() if x else None", "app = x or F()", "app = await_()", "(app := F())", "app += 1", "del app",
    "celery = Celery('x')", "demo = gr.Interface(a, 'b', 'c')", "demo.launch()",
    "demo.launch(server_port='x')", "app.run(port=5000)", "app.run('x', -1)", "app.run(**x)", "app.run(*x)",
    "uvicorn.run(app, port=99999)", "uvicorn.run('main:app')", "uvicorn.run('x', port=True)",
    "uvicorn.run('shop.web:app', port=PORT, factory=True)", "uvicorn.run(':')", "uvicorn.run('a b:c d')",
    "uvicorn.run('..:app')", "PORT = 8000", "PORT = PORT", "PORT = int(os.getenv('PORT', PORT))",
    "PORT = os.environ.get('PORT') or '80'", "PORT: int = 10 ** 1000", "HOST = '127.0.0.1'",
    "def create_app(): return Flask('x')", "def create_app(x): return F()", "async def create_app(): return F()",
    "def create_app(x=1, *, y) -> F: ...", "def create_app(): return create_app()",
    "def app(environ, start_response): ...", "class App(F): pass", "class App(App): pass", "class F(App): pass",
    "if __name__ == '__main__': app.run()", "if __name__ == '__main__': main()", "if '__main__' == __name__: pass",
    "try: app = F()\nexcept E: app = None", "with x as app: app = F()", "for app in x: pass",
    "def main():\n    app = F()\n    app.run(port=8001)", "match x:\n    case 1: app = F()",
    "@app.get('/health')\ndef health(): ...", "@app.route('/a b')\ndef a(): ...", "app.add_route('/' * 3, x)",
    "@app.route(f'/{x}')\ndef b(): ...", "@app.route('/', methods=M)\ndef c(): ...",
    "@app.get('/../health')\ndef d(): ...", "@app.get('//health')\ndef e(): ...", "os.environ['A']",
    "X = os.environ['A b\\n']",
    "os.makedirs('a b')", "os.makedirs('..')", "os.makedirs('-x')", "os.makedirs('')", "Path('a/../b').mkdir()",
    "(Path(x) / 'y' / z).mkdir()", "open('a/b', 'w')", "open('é/b', 'w')", "open('a\\n/b', 'w')",
    "URL = 'sqlite:///'", "URL = 'sqlite:///../x'", "URL = 'sqlite:///a b/c.db'",
    "import sqlite3; sqlite3.connect('x/y.db')", "sqlite3.connect(f'{x}/y.db')", "logging.FileHandler('.git/x')",
    "import subprocess; subprocess.run(['ffmpeg'])", "subprocess.run('')", "subprocess.run([])", "os.system('git x')",
    "from importlib.metadata import version; version('x')", "import pkg_resources",
    ("import argparse; p = argparse.ArgumentParser(); p.add_argument('--host', default='localhost'); "
        "p.add_argument('--port', default='x')"), "from http.server import HTTPServer; HTTPServer(('', PORT), x)",
    "HTTPServer()", "import a_b, c.d, _e, é", "import \u00aa", "import yaml as Flask", "raise SystemExit",
    "assert app", "global app", "print('x')", "st.title('x')", "'doc'", "...",
]  # fmt: skip
PYTHON_SOURCE = st.one_of(
    st.lists(st.sampled_from(LINES), max_size=12).map("\n".join),
    st.lists(st.sampled_from(LINES), max_size=12).map("\n".join),
    st.lists(st.sampled_from(PYTHON), max_size=25).map("".join),
)
TEXT = st.lists(
    st.sampled_from(
        [
            "a", "=", ":", "-", " ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", "'", '"', "#", "3.12", "2.7", "3",
            "python", "python-", "python ", "3.x", "system", "latest", ">=", "<",
            "tools", "[tools]\n", "services", "services:\n", "web", "build: .\n", "command: ", "image", "deploy",
            "startCommand", "[deploy]\n", "[processes]\n", "app", "app = ", "run",
            "start", "cmd", "entrypoint: ", "FLASK_APP", "FLASK_APP=", "shop.web:app", "shop.web",
            "gunicorn shop.web:app", "python main.py", "&a", "*a", "!!python/object:os.system",
            "<<: ", "? ", "|", ">", "- ", "null", "true", "1", "1.5", "2020-01-01", ".inf", "\ufeff", "\x00", "é",
            "\t", "%", "@", "$PORT", "0x", "1_0", "0o7", "type",
        ]
    ),
    max_size=25,
).map("".join)  # fmt: skip
STARTED: dict[str, str | bytes] = {**BESIDE, "Procfile": "web: ./boot.sh\n"}

FILES: dict[str, tuple[Mapping[str, str | bytes], st.SearchStrategy[str]]] = {
    "main.py": ({"requirements.txt": "flask\n"}, PYTHON_SOURCE),
    "app.py": (BESIDE, PYTHON_SOURCE),
    "shop/__init__.py": ({"main.py": "from shop import app\n"}, PYTHON_SOURCE),
    "shop/__main__.py": ({"shop/__init__.py": ""}, PYTHON_SOURCE),
    "wsgi.py": (BESIDE, PYTHON_SOURCE),
    "manage.py": (MANAGE, PYTHON_SOURCE),
    "shop/settings.py": (MANAGE, PYTHON_SOURCE),
    "shop/wsgi.py": (MANAGE, PYTHON_SOURCE),
    "shop/urls.py": (MANAGE, PYTHON_SOURCE),
    "gunicorn.conf.py": (BESIDE, PYTHON_SOURCE),
    "setup.py": (BESIDE, PYTHON_SOURCE),
    "Procfile": (BESIDE, st.one_of(LINE.map("web: ".__add__), LINE.map("worker: ".__add__), TEXT)),
    "boot.sh": (STARTED, st.lists(LINE, max_size=6).map("\n".join)),
    "Dockerfile": (BESIDE, DOCKERFILE),
    "compose.yaml": (BESIDE, st.one_of(LINE.map("services:\n  web:\n    build: .\n    command: ".__add__), TEXT)),
    "docker-compose.yml": (BESIDE, TEXT),
    ".python-version": (BESIDE, TEXT),
    "runtime.txt": (BESIDE, TEXT),
    "mise.toml": (BESIDE, TEXT.map("[tools]\npython = ".__add__)),
    ".mise.toml": (BESIDE, TEXT),
    ".tool-versions": (BESIDE, TEXT),
    ".flaskenv": (BESIDE, st.one_of(LINE.map("FLASK_APP=".__add__), TEXT)),
    ".env": (BESIDE, TEXT),
    "fly.toml": (BESIDE, st.one_of(TEXT, LINE.map(lambda line: f"[processes]\napp = '''{line}'''\n"))),
    "render.yaml": (BESIDE, st.one_of(TEXT, LINE.map("services:\n  - startCommand: ".__add__))),
    "railway.toml": (BESIDE, TEXT),
    "railway.json": (BESIDE, TEXT.map('{"deploy": {"startCommand": '.__add__)),
    "railpack.json": (BESIDE, TEXT),
    "nixpacks.toml": (BESIDE, TEXT),
    "app.yaml": (BESIDE, st.one_of(TEXT, LINE.map("entrypoint: ".__add__))),
    "heroku.yml": (BESIDE, TEXT.map("run:\n  web: ".__add__)),
    ".replit": (BESIDE, TEXT.map("run = ".__add__)),
    "zerops.yml": (BESIDE, TEXT),
    "pyproject.toml": (BESIDE, TEXT.map("[project]\nname = 'x'\n".__add__)),
    "uwsgi.ini": ({**BESIDE, "Procfile": "web: uwsgi uwsgi.ini\n"}, TEXT.map("[uwsgi]\nmodule = ".__add__)),
}


@pytest.mark.parametrize("path", FILES)
@SOON
@given(data=st.data())
def test_any_bytes(path: str, data: st.DataObject) -> None:
    beside, _ = FILES[path]
    check({**beside, path: data.draw(st.one_of(st.binary(max_size=80), st.text(max_size=60).map(_encoded)))})


@pytest.mark.parametrize("path", FILES)
@SOON
@given(data=st.data())
def test_any_fragments(path: str, data: st.DataObject) -> None:
    beside, strategy = FILES[path]
    check({**beside, path: _encoded(data.draw(strategy))})


@settings(SOON, max_examples=200)
@given(dockerfile=DOCKERFILE)
def test_any_dockerfile(dockerfile: str) -> None:
    check(
        {
            **BESIDE,
            "boot.sh": '#!/bin/sh\nflask db upgrade\nexec "$@"\n',
            "Dockerfile": f"FROM python:3.13\n{dockerfile}\n",
        }
    )


@settings(SOON, max_examples=200)
@given(line=LINE)
def test_any_command(line: str) -> None:
    check({**BESIDE, "boot.sh": "#!/bin/sh\n" + line + "\n", "Procfile": f"web: {line}\n"})


@settings(SOON, max_examples=200)
@given(main=PYTHON_SOURCE, other=PYTHON_SOURCE, package=PYTHON_SOURCE)
def test_any_program(main: str, other: str, package: str) -> None:
    files = {"main.py": main, "shop/web.py": other, "shop/__init__.py": package}
    check({**{path: _encoded(content) for path, content in files.items()}, "requirements.txt": "flask\n"})


@settings(SOON, max_examples=200)
@given(
    files=st.dictionaries(st.sampled_from(sorted(FILES)), st.one_of(PYTHON_SOURCE, LINE, TEXT, DOCKERFILE), max_size=6)
)
def test_any_files_together(files: dict[str, str]) -> None:
    check({**BESIDE, **{path: _encoded(content) for path, content in files.items()}})


NAMES = st.text(st.sampled_from("aZ09_.- ;$'\"\\é\n/"), min_size=1, max_size=12).filter(
    lambda name: not name.startswith("/") and all(part not in ("", ".", "..") for part in name.split("/"))
)


@settings(SOON, max_examples=200)
@given(
    name=NAMES,
    source=st.sampled_from(
        [FLASK, FASTAPI, "def main(): ...\nif __name__ == '__main__':\n    main()\n", "import streamlit\n"]
    ),
)
def test_any_file_name(name: str, source: str) -> None:
    check({f"{name}.py": source})


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")
