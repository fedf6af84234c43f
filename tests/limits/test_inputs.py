"""What is hostile in a repository costs no time and no memory: the rest of it is read, and one line says what was not.

Each runs as the command, with limits of its own below those that the command has for itself.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command.running import Result, commit, environment, write

SECONDS = 20
MEMORY = 1 << 30
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
MANAGE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
RECURSIVE = "import main\n\ndef a():\n" + "    return b()\n" * 300 + "\ndef b():\n" + "    return a()\n" * 300
LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
MERGES = "x0: &x0 {k: 1}\n" + "".join(f"x{n}: &x{n} {{<<: [*x{n - 1}, *x{n - 1}]}}\n" for n in range(1, 40))
SCRIPT = "#!/bin/sh\n" + "./a.sh\n./b.sh\n" * 50 + "exec gunicorn app:app\n"
DIGITS = "9" * 1_000_000
REDIRECTED = "shop/settings.py", "ALLOWED_HOSTS=["

Files = dict[str, str | bytes]

# A name: the files beside a Flask app, and the words of the note; "" where all of it is read
NOTED: dict[str, tuple[Files, str]] = {
    "spaces in requirements.txt": (
        {"requirements.txt": "flask\nx" + " " * 1_000_000 + "y\n"},
        "requirements.txt:2 is left out",
    ),
    "spaces below the limit": ({"requirements.txt": "flask " + " " * 60_000 + "# x\n"}, ""),
    "many hashes": (
        {"requirements.txt": "flask==1.0 \\\n" + "  --hash=sha256:0 \\\n" * 50_000 + "  --hash=sha256:0\n"},
        "",
    ),
    "many requirements": (
        {"requirements.txt": "".join(f"p{n}\n" for n in range(300_000))},
        "requirements.txt:5001 and below",
    ),
    "one requirement many times": ({"requirements.txt": "flask\n" * 300_000}, "requirements.txt:5001 and below"),
    "one constraint many times": (
        {"requirements.txt": "flask\n-c c.txt\n", "c.txt": "flask<9\n" * 300_000},
        "c.txt:5000 and below",
    ),
    "many apps": ({"app.py": FLASK + "".join(f"a{n} = Flask(__name__)\n" for n in range(20_000))}, ""),
    "a number of many digits": ({"app.py": FLASK, "other.py": "PORT = 0x" + "f" * 50_000 + "\n"}, ""),
    "ports of many digits": (
        {"main.py": f"import app, uvicorn\nPORT = 0b{'1' * 50_000}\nuvicorn.run(app.app, port=PORT)\n"},
        "",
    ),
    "setup.py with a number of many digits": (
        {"setup.py": f"from setuptools import setup\nsetup(name='x', install_requires=['flask', 0o{'7' * 50_000}])\n"},
        "setup.py:2: is not Python 3 and is not read: a number",
    ),
    "files that include one another": (
        {
            "requirements.txt": "flask\n-r r/0.txt\n",
            **{f"r/{n}.txt": f"-r {n + 1}.txt\n" for n in range(3_000)},
            "r/3000.txt": "",
        },
        "over 20 deep",
    ),
    "ENV with colons": ({"Dockerfile": "FROM python:3.13\nENV A=http://" + ":" * 60_000 + "\n"}, ""),
    "ENV that doubles": (
        {
            "Dockerfile": "FROM python:3.13\nENV A1=aaaaaaaaaa\n"
            + "".join(f"ENV A{n + 1}=$A{n}$A{n}\n" for n in range(1, 40))
        },
        "Dockerfile:12: A11 is left out",
    ),
    "COPY from many stages": ({"Dockerfile": "FROM python:3.13\nCOPY " + "--from=" * 9_000 + "\n"}, ""),
    "many options of apt": ({"Dockerfile": "FROM python:3.13\nRUN " + "apt-get -" * 7_000 + "\n"}, ""),
    "many instructions": ({"Dockerfile": "FROM python:3.13\n" + "COPY a b\n" * 100_000}, "Dockerfile:1002 and below"),
    "a long line of a Dockerfile": ({"Dockerfile": "FROM python:3.13\nCMD [" + "[" * 60_000 + "\n"}, ""),
    "brackets in a CMD": ({"Dockerfile": f"FROM python:3.13\nENV A={'x' * 70_000}\n"}, "Dockerfile:2 is left out"),
    "spaces in uwsgi.ini": (
        {"Procfile": "web: uwsgi uwsgi.ini\n", "uwsgi.ini": "[uwsgi]\nmodule = app:app" + " " * 60_000 + "x\n"},
        "",
    ),
    "wrappers": ({"Procfile": "web: " + "env " * 200_000 + "\n"}, "Procfile:1 is left out"),
    "a long command": ({"Procfile": "web: " + "A=1 " * 15_000 + "\n"}, "Procfile:1 is not read as a command"),
    "wrappers below the limit": ({"Procfile": "web: " + "env " * 8_000 + "flask run\n"}, ""),
    "variables below the limit": ({"Procfile": "web: gunicorn app:app --bind " + "${a:-" * 6_000 + "\n"}, ""),
    "parentheses": ({"Procfile": "web: gunicorn " + "app:app(" * 4_000 + "\n"}, ""),
    "slashes": ({"Procfile": "web: gunicorn app:app " + "/a" * 15_000 + "\n"}, ""),
    "scripts that start one another": (
        {"Procfile": "web: ./a.sh\n", "a.sh": SCRIPT, "b.sh": SCRIPT},
        "lead to over 200 others",
    ),
    "aliases in compose.yaml": (
        {"compose.yaml": f"a0: &a0 [{'lol, ' * 9}]\n{LAUGHS}services: {{web: {{build: ., command: *a29}}}}\n"},
        "compose.yaml:6 is not read: not valid YAML, its aliases make it too large",
    ),
    "merge keys in render.yaml": ({"render.yaml": MERGES + "services: *x39\n"}, "its aliases make it too large"),
    "an alias to itself": ({"app.yaml": "entrypoint: &a [*a]\n"}, "app.yaml:1 is not read"),
    "brackets in compose.yaml": (
        {"compose.yaml": "[" * 60_000},
        "compose.yaml:1 is not read: not valid YAML, nested too deeply",
    ),
    "dashes in compose.yaml": ({"compose.yaml": "- " * 30_000}, "nested too deeply"),
    "braces in heroku.yml": ({"heroku.yml": ("{" * 100 + "\n") * 2_000}, "nested too deeply"),
    "brackets in railway.json": (
        {"railway.json": "[" * 1_000_000},
        "railway.json is not read: not valid JSON, nested too deeply",
    ),
    "a number in railway.json": ({"railway.json": f'{{"deploy": {DIGITS}}}'}, "railway.json is not read"),
    "brackets in fly.toml": (
        {"fly.toml": "a = " + "[" * 60_000},
        "fly.toml is not read: not valid TOML, nested too deeply",
    ),
    "a key of many parts": (
        {"fly.toml": "a." * 30_000 + "b = 1\n"},
        "fly.toml:1 is not read: not valid TOML, a key of over 32 parts",
    ),
    "a quoted key of many parts": ({"fly.toml": '"a" . ' * 10_000 + "b = 1\n"}, "a key of over 32 parts"),
    "a version of many digits": ({"runtime.txt": "python-3." + "3" * 60_000 + "\n"}, "asks for Python 3.333"),
    "a long version": ({".python-version": DIGITS + "\n"}, ".python-version:1 is left out"),
    "a specifier of many digits": (
        {"pyproject.toml": f'[project]\nname = "x"\nrequires-python = ">=3.{"1" * 50_000}"\n'},
        "",
    ),
    "a lock of many digits": (
        {
            "pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask"]\n',
            "uv.lock": f'[[package]]\nname = "flask"\nversion = "{"1" * 50_000}"\nsource = {{registry = "x"}}\n',
        },
        "",
    ),
    "a deep expression": ({"app.py": FLASK + "import other\n", "other.py": "x = " + "+".join(["1"] * 20_000)}, ""),
    "a deep module": (
        {"other.py": "x = " + "+".join(["y"] * 600) + "\n", "app.py": FLASK + "import other\n"},
        "other.py is not read",
    ),
    "many branches": (
        {"other.py": "if a: pass\n" + "elif a: pass\n" * 400, "app.py": FLASK + "import other\n"},
        "other.py is not read",
    ),
    "functions that call one another": ({"other.py": FLASK.replace("app =", "_x =") + RECURSIVE}, ""),
    "null bytes": ({"other.py": b"import x\0" * 100_000, "requirements.txt": "flask\n"}, ""),
    "a large file": ({"other.py": "x = 1\n" * 1_000_000}, "other.py is not read, as it is over 4 MiB"),
    "a route": ({"app.py": FLASK + f"\n@app.get('/{'a' * 60_000}{{x}}')\ndef f(): pass\n"}, ""),
    "an ordinary route": (
        {
            "app.py": FLASK
            + "\n@app.get('/api/v1/organizations/memberships/invitations/pending/{user_id}')\ndef f(): pass\n"
        },
        "",
    ),
    "spaces in .flaskenv": ({".flaskenv": "FLASK_APP" + " " * 60_000 + "x\n"}, ""),
    "a Conda package": (
        {"environment.yml": "dependencies: [flask, '" + "a" * 60_000 + "']\n"},
        "left out, as PyPI has no",
    ),
    "imports": ({"other.py": "import os\n" + "\n" * 3_000_000}, ""),
}
# A name: the files, and the words of the one line of a refusal
REFUSED: dict[str, tuple[Files, str]] = {
    "spaces in setup.cfg": ({"setup.cfg": "[metadata]\nname = x\na" + " " * 60_000 + "b\n"}, "setup.cfg:3"),
    "a long key in pyproject.toml": (
        {"pyproject.toml": "[project]\nname = [\n" + "a." * 200_000 + "b = 1\n"}, "pyproject.toml:3 is left out"
    ),
    "a key in pyproject.toml": ({"pyproject.toml": "a." * 20_000 + "b = 1\n"}, "a key of over 32 parts"),
    "brackets in Pipfile.lock": (
        {"Pipfile": "[packages]\nflask = '*'\n", "Pipfile.lock": "[" * 1_000_000},
        "Pipfile.lock: not valid JSON, nested too deeply",
    ),
    "aliases in environment.yml": ({"environment.yml": f"a0: &a0 [x]\n{LAUGHS}"}, "environment.yml:7"),
    "a large lock": (
        {
            "pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask"]\n',
            "uv.lock": '[[package]]\nname = "a"\nversion = "1"\n' * 600_000,
        },
        "uv.lock",
    ),
}  # fmt: skip


def limited() -> None:
    """The limits of the process that is started."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(*arguments: str, cwd: Path, before: Callable[[], None] = limited) -> Result:
    """Runs the command within the limits."""
    done = subprocess.run(
        [sys.executable, "-m", "copier_slim", *arguments],
        cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=SECONDS, preexec_fn=before,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("name", NOTED)
def test_the_rest_of_the_repository_is_read(name: str, tmp_path: Path) -> None:
    files, note = NOTED[name]
    shop = write(tmp_path / "shop", {"app.py": FLASK, **files})
    done = run("detect", "--offline", "--format", "yaml", cwd=shop)
    assert done.code == 0, done.err
    assert "framework: flask" in done.out
    assert note in done.out


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_left_out_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    files, complaint = REFUSED[name]
    run("detect", "--offline", cwd=write(tmp_path / "shop", {"app.py": FLASK, **files})).fails(3, complaint)


def test_settings_of_django(tmp_path: Path) -> None:
    files = {"manage.py": MANAGE, "shop/__init__.py": "", "shop/settings.py": "ALLOWED_HOSTS=[" * 100_000}
    assert run("detect", "--offline", cwd=write(tmp_path / "shop", files)).code == 0


@pytest.mark.parametrize("verb", ["lock", "update", "advise"])
@pytest.mark.parametrize("content", ["[" * 200_000, f"a0: &a0 [x]\n{LAUGHS}"], ids=["brackets", "aliases"])
def test_the_answers_file_is_refused_in_one_line(verb: str, content: str, tmp_path: Path) -> None:
    files = {
        ".copier-answers.yml": content, "requirements.in": "flask\n", "requirements.txt": "flask==3.1.0\n",
        "Dockerfile": "FROM python:3.13 AS lock\n",
    }  # fmt: skip
    run(verb, cwd=commit(write(tmp_path / "shop", files))).fails(
        3, ".copier-answers.yml is not valid YAML; restore it from git"
    )
