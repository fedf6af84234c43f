"""For each row of failures.yml a small repository that fails in that way, and one that looks alike and is left alone."""

# ruff: noqa: E501 lines of logs are long

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from copier_slim.package_index import index
from copier_slim.prove.changes import Project
from copier_slim.prove.matching import Found, matches
from copier_slim.prove.mends import change
from copier_slim.prove.observation import Observation
from tests.command.running import write

ANSWERS = {
    "framework": "flask", "app": "app:app", "server": "gunicorn", "python_version": "3.13", "dependencies": "flask",
    "base": "slim", "debian_suite": "trixie", "port": 8000, "health_path": "/",
}  # fmt: skip
OPEN = ("0.0.0.0:8000",)
ENDED: dict[str, Any] = {"exit_code": 1}


@dataclass(frozen=True)
class Seen:
    """A repository's files and answers, what was seen of its start, and what changes: answers, or variables."""

    log: str = ""
    files: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    start: dict[str, Any] = field(default_factory=lambda: ENDED)
    changes: dict[str, Any] | None = None


ROTAS = {"0.9": "2019-02-03", "1.4": "2020-03-04", "2.0.1": "2021-04-05", "3.1.0": "2024-05-06"}
UNBUILT: dict[str, Any] = {"built": False}
BROKEN: dict[str, Any] = {"exit_code": None, "listening": OPEN, "answers": {"/": 500}}
# What fails in that way and is mended; what looks alike, which the row leaves alone
MENDED: dict[str, tuple[Seen, Seen]] = {
    "removed-module": (
        Seen("ModuleNotFoundError: No module named 'imghdr'", changes={"dependencies": 'flask\nstandard-imghdr ; python_version >= "3.13"'}),
        Seen("ModuleNotFoundError: No module named 'imghdr'", answers={"python_version": "3.12"}),
    ),
    "own-module": (
        Seen("ModuleNotFoundError: No module named 'prices'", {"src/prices/__init__.py": ""}, changes={"python_path": "src"}),
        Seen("ModuleNotFoundError: No module named 'prices'", {"prices.py": ""}),
    ),
    "missing-module": (
        Seen("ModuleNotFoundError: No module named 'jwt'", changes={"dependencies": "flask\nPyJWT"}),
        Seen("ModuleNotFoundError: No module named 'shop_of_nobody'"),
    ),
    "named-package": (
        Seen('RuntimeError: Form data requires "python-multipart" to be installed.', changes={"dependencies": "flask\npython-multipart"}),
        Seen('RuntimeError: Form data requires "patience" to be installed.'),
    ),
    "named-package, an extra": (
        Seen('To use `JobQueue`, PTB must be installed via `pip install "python-telegram-bot[job-queue]"`.', answers={"dependencies": "python-telegram-bot"},
             changes={"dependencies": "python-telegram-bot\npython-telegram-bot[job-queue]"}),
        Seen('To use `JobQueue`, PTB must be installed via `pip install "python-telegram-bot[job-queue]"`.'),
    ),
    "named-package, a known one": (
        Seen('"redis" python module not found. Run "pip install redis" to install.', changes={"dependencies": "flask\nredis"}),
        Seen('"shop" python module not found. Run "pip install shop-of-nobody" to install.'),
    ),
    "too-new-python": (
        Seen("RuntimeError: There is no current event loop in thread 'MainThread'.", answers={"python_version": "3.14"}, changes={"python_version": "3.13"}),
        Seen("RuntimeError: There is no current event loop in thread 'MainThread'."),
    ),
    "too-old-release": (
        Seen(
            '  File "/opt/venv/lib/python3.11/site-packages/jinja2/sandbox.py", line 16, in <module>\n'
            "ImportError: cannot import name 'Mapping' from 'collections' (/usr/local/lib/python3.11/collections/__init__.py)",
            answers={"dependencies": "flask\njinja2==2.7"}, changes={"dependencies": "flask\njinja2<3,>=2.7"},
        ),
        Seen(
            '  File "/app/shop.py", line 1, in <module>\n'
            "ImportError: cannot import name 'Mapping' from 'collections' (/usr/local/lib/python3.11/collections/__init__.py)",
            answers={"dependencies": "flask\njinja2==2.7"},
        ),
    ),
    "removed-name": (
        Seen("ImportError: cannot import name 'url_quote' from 'werkzeug.urls' (/opt/x.py)", changes={"dependencies": "flask\nwerkzeug<3"}),
        Seen("ImportError: cannot import name 'url_quote' from 'shop.urls' (/app/shop/urls.py)"),
    ),
    "newer-than-the-code": (
        Seen(
            "TypeError: Plan.__init__() got an unexpected keyword argument 'hours'",
            {"app.py": "from rotas.plans import Plan\n", "requirements.txt": "rotas==3.1.0\n"},
            changes={"dependencies": "flask\nrotas<3"},
        ),
        Seen(
            "TypeError: Plan.__init__() got an unexpected keyword argument 'hours'",
            {"app.py": "from plans import Plan\n", "plans.py": "class Plan: ...\n", "requirements.txt": "rotas==3.1.0\n"},
        ),
    ),
    "removed-signature": (
        Seen(
            '  File "/opt/venv/lib/python3.13/site-packages/starlette/templating.py", line 9, in TemplateResponse\n'
            "    template = self.get_template(name)\nTypeError: unhashable type: 'dict'",
            start=BROKEN, changes={"dependencies": "flask\nstarlette<1"},
        ),
        Seen("  File \"/app/templating.py\", line 9, in prices\nTypeError: unhashable type: 'dict'", start=BROKEN),
    ),
    "missing-library": (
        Seen("OSError: libusb-1.0.so.0: cannot open shared object file: No such file or directory", changes={"system_packages": "libusb-1.0-0"}),
        Seen("OSError: libusb-1.0.so.0: cannot open shared object file: No such file or directory", answers={"base": "alpine"}),
    ),
    "missing-program": (
        Seen("FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'", changes={"system_packages": "ffmpeg"}),
        Seen("FileNotFoundError: [Errno 2] No such file or directory: 'notes'"),
    ),
    "missing-rust": (
        Seen(
            'error: Failed to build `jsonschema-rs==0.29.1`\n  cause: it failed\n  File "/x/puccinialin/_setup_rust.py", line 34\n',
            start=UNBUILT, answers={"python_version": "3.14"}, changes={"python_version": "3.13"},
        ),
        Seen(
            'error: Failed to build `jsonschema-rs==0.29.1`\n  cause: it failed\n  File "/x/puccinialin/_setup_rust.py", line 34\n',
            start=UNBUILT, answers={"python_version": "3.11"},
        ),
    ),
    "no-wheel": (
        Seen(
            "Collecting jsonschema-rs\n  Downloading jsonschema_rs-0.29.1.tar.gz (1.4 MB)\nERROR: Failed building wheel for jsonschema-rs",
            start=UNBUILT, answers={"python_version": "3.14"}, changes={"python_version": "3.13"},
        ),
        Seen("ERROR: Failed building wheel for shop-of-nobody", start=UNBUILT, answers={"python_version": "3.14"}),
    ),
    "missing-header": (
        Seen("fatal error: libpq-fe.h: No such file or directory", start=UNBUILT, changes={"build_packages": "libpq-dev\nbuild-essential"}),
        Seen("fatal error: shop.h: No such file or directory", start=UNBUILT),
    ),
    "unwritable-cache": (
        Seen("PermissionError: [Errno 13] Permission denied: '/nonexistent/nltk_data'", changes={"environment": "NLTK_DATA=/tmp/nltk_data"}),
        Seen("PermissionError: [Errno 13] Permission denied: '/app/notes/numbers'"),
    ),
    "unwritable-path": (
        Seen("OSError: [Errno 30] Read-only file system: '/app/notes/one.txt'", changes={"writable_paths": "notes"}),
        Seen("OSError: [Errno 30] Read-only file system: '/usr/lib/one.txt'"),
    ),
    "missing-directory": (
        Seen("ERROR: the directory '../notes' does not exist", changes={"writable_paths": "/notes"}),
        Seen("ERROR: the directory '../etc' does not exist"),
    ),
    "unwritable-database": (
        Seen(
            "sqlite3.OperationalError: unable to open database file", {"app.py": 'URL = "sqlite:///var/shop.db"\n'},
            changes={"writable_paths": "var"},
        ),
        Seen("sqlite3.OperationalError: unable to open database file", answers={"writable_paths": "."}),
    ),
    "no-tables": (
        Seen("sqlite3.OperationalError: no such table: items", {"alembic.ini": "[alembic]\n"}, changes={"prestart": "alembic upgrade head"}),
        Seen("sqlite3.OperationalError: no such table: items"),
    ),
    "old-flask": (
        Seen(
            "Error: no such option: --app", answers={"prestart": "flask --app shop:app db upgrade\npython fill.py"},
            changes={"prestart": "env FLASK_APP=shop:app python -m flask db upgrade\npython fill.py"},
        ),
        Seen("Error: no such option: --app", answers={"prestart": "env FLASK_APP=shop:app flask db upgrade"}),
    ),
    "no-static-root": (
        Seen(
            "ImproperlyConfigured: You're using the staticfiles app without having set the STATIC_ROOT setting to a filesystem path.",
            answers={"build_commands": "python manage.py compilemessages\npython manage.py collectstatic --noinput"},
            start=UNBUILT, changes={"build_commands": "python manage.py compilemessages"},
        ),
        Seen(
            "ImproperlyConfigured: You're using the staticfiles app without having set the STATIC_ROOT setting to a filesystem path.",
            answers={"build_commands": "bash build.sh"}, start=UNBUILT,
        ),
    ),
    "no-static-files": (
        Seen(
            "ValueError: Missing staticfiles manifest entry for 'site.css'", {"manage.py": "import django\n"}, start=BROKEN,
            changes={"build_commands": "python manage.py collectstatic --noinput"},
        ),
        Seen("ValueError: Missing staticfiles manifest entry for 'site.css'", start=BROKEN),
    ),
    "elsewhere": (
        Seen(start={"listening": ("0.0.0.0:9000",)}, changes={"port": 9000, "health_path": ""}),
        Seen(start={"listening": ("0.0.0.0:45000",)}),
    ),
    "loopback": (
        Seen(files={"app.py": 'host = os.getenv("BIND", "127.0.0.1")\n'}, start={"listening": ("127.0.0.1:8000",)}, changes={"environment": "BIND=0.0.0.0"}),
        Seen(files={"app.py": 'host = os.getenv("DB_HOST", "db.example")\n'}, start={"listening": ("127.0.0.1:8000",)}),
    ),
    "development-server": (
        Seen(
            "Dash is running on http://0.0.0.0:8000/",
            {"web.py": 'app = Dash(__name__)\nif __name__ == "__main__":\n    app.run(debug=True)\n'},
            {"framework": "command", "app": "python web.py"},
            {"listening": OPEN, "answers": {"/": 200}},
            {"framework": "wsgi", "app": "web:app.server", "server": "granian", "health_path": "/", "command": ""},
        ),
        Seen(
            "Dash is running on http://0.0.0.0:8000/", {"web.py": "app = Dash(__name__)\napp.run(debug=True)\n"},
            {"framework": "command", "app": "python web.py"}, {"listening": OPEN, "answers": {"/": 200}},
        ),
    ),
    "factory": (
        Seen(
            "TypeError: make() missing 1 required positional argument: 'name'",
            {"app.py": 'config = {"testing": 1, "production": 2}\n'}, {"app": "app:make()"},
            changes={"command": "gunicorn \"app:make('production')\" --bind 0.0.0.0:$PORT"},
        ),
        Seen("TypeError: price() missing 1 required positional argument: 'name'", {"app.py": 'config = {"production": 2}\n'}, {"app": "app:make()"}),
    ),
    "other-app": (
        Seen(
            files={"app.py": "app = Flask(__name__)\n", "web.py": 'from app import app\n\n@app.route("/shop")\ndef shop(): ...\n'},
            start={"listening": OPEN, "answers": {"/": 404}}, changes={"app": "web:app"},
        ),
        Seen(
            files={"app.py": "app = Flask(__name__)\n", "web.py": 'from other import thing\n\n@thing.route("/shop")\ndef shop(): ...\n'},
            start={"listening": OPEN, "answers": {"/": 404}},
        ),
    ),
    "wrong-app": (
        Seen("Failed to find attribute 'app' in 'app'.", {"app.py": "api = Flask(__name__)\n"}, changes={"app": "app:api"}),
        Seen("Failed to find attribute 'app' in 'app'.", {"app.py": "api = make()\n"}),
    ),
    "refused-health": (
        Seen(
            answers={"health_path": "/me"}, changes={"health_path": "/"},
            start={"path": "/me", "listening": OPEN, "answers": {"/me": 401, "/": 302}},
        ),
        Seen(answers={"health_path": "/me"}, start={"path": "/me", "listening": OPEN, "answers": {"/me": 204, "/": 404}}),
    ),
    "unset-credential": (
        Seen(
            "TypeError: expected token to be a str, received NoneType instead",
            {"app.py": 'run(os.getenv("DISCORD_KEY"), os.environ.get("COLOUR"), os.getenv("TOKEN", "x"))\n'},
            changes={"DISCORD_KEY": f"trial-{'x' * 43}"},
        ),
        Seen("TypeError: expected token to be a str, received NoneType instead", {"app.py": 'run(config["token"])\n'}),
    ),
    "unnamed-variable": (
        Seen("botocore.exceptions.NoRegionError: You must specify a region.", changes={"AWS_DEFAULT_REGION": "us-east-1"}),
        Seen("shop.exceptions.NoRegionError: the map has no region"),
    ),
    "data-unreachable": (
        Seen("tiktoken gpt2: ConnectionError: HTTPSConnectionPool(host='data.example'): Max retries exceeded", answers={"data": "tiktoken gpt2"}, start=UNBUILT, changes={"data": ""}),
        Seen("tiktoken gpt2: ConnectionError: HTTPSConnectionPool(host='data.example'): Max retries exceeded", start=UNBUILT),
    ),
    "required-variable": (
        Seen("KeyError: 'SHOP_TOKEN'", changes={"SHOP_TOKEN": f"trial-{'x' * 43}"}),
        Seen("KeyError: 'shop_token'"),
    ),
}  # fmt: skip
# What is only told: the log or the start, and words of what is said; what looks alike
TOLD: dict[str, tuple[Seen, str, Seen]] = {
    "front-end-lock-missing": (
        Seen("No web/yarn.lock yet, make it: yarn install", start=UNBUILT),
        "the front end has no web/yarn.lock: run yarn install and commit it",
        Seen("No web/yarn.lock yet", start=UNBUILT),
    ),
    "front-end-lock": (
        Seen("yarn.lock does not fit package.json: run yarn install", start=UNBUILT), "run yarn install and commit it",
        Seen("yarn.lock does not fit", start=UNBUILT),
    ),
    "front-end-spoilt": (
        Seen("A package is not the one of web/yarn.lock: its checksum differs", start=UNBUILT),
        "sends is not the one of web/yarn.lock", Seen("web/yarn.lock: its checksum differs", start=UNBUILT),
    ),
    "front-end-unreachable": (
        Seen("The registry has no pnpm 9.15.9, or does not answer", start=UNBUILT),
        "the front end's packages cannot be fetched", Seen("The registry has pnpm 9.15.9", start=UNBUILT),
    ),
    "front-end-node": (
        Seen("package.json or a package of its lock forbids Node 24: copier update --data assets_node=…", start=UNBUILT),
        "forbids Node 24", Seen("Node 24 is old", start=UNBUILT),
    ),
    "front-end-nothing": (
        Seen("npm run build makes nothing in dist: copier update --data assets_output=…", start=UNBUILT),
        "npm run build makes nothing in dist", Seen("npm run build makes dist", start=UNBUILT),
    ),
    "front-end-build": (
        Seen("Error: gone.css\npackage.json: npm run build fails with Node 24, for the reason above", start=UNBUILT),
        "npm run build of package.json fails in the stage assets", Seen("Error: gone.css", start=UNBUILT),
    ),
    "missing-file": (
        Seen("FileNotFoundError: [Errno 2] No such file or directory: 'conf/shop.yml'"), "a line !conf/shop.yml in .dockerignore",
        Seen("FileNotFoundError: [Errno 2] No such file or directory: 'whois'"),
    ),
    "missing-file, by its own message": (
        Seen("shop.ConfigError: Config file 'shop.yaml' does not exist"), "it reads shop.yaml",
        Seen("shop.ConfigError: Config file of the shop does not exist"),
    ),
    "no-database": (
        Seen("pymongo.errors.ServerSelectionTimeoutError: db:27017: Connection refused"), "needs a service beside it: pymongo",
        Seen("pymongo.errors: a module of the project's own"),
    ),
    "no-cluster": (
        Seen("kubernetes.config.config_exception.ConfigException: Service host/port is not set."), "needs a cluster of Kubernetes",
        Seen("shop.config.Exception: host is not set"),
    ),
    "no-device": (
        Seen("serial.serialutil.SerialException: [Errno 2] could not open port /dev/ttyUSB0"), "--device",
        Seen("FileNotFoundError: [Errno 2] No such file or directory: '/dev/shm/shop'"),
    ),
    "no-service": (
        Seen("ConnectionRefusedError: [Errno 111] Connection refused"), "a service beside it, which it does not reach",
        Seen("shop.Refused: the guest's connection"),
    ),
    "no-network": (
        Seen("socket.gaierror: [Errno -3] Temporary failure in name resolution"), "--network bridge",
        Seen("socket.gaierror: [Errno -9] Address family for hostname not supported"),
    ),
    "wrong-credential": (
        Seen("discord.errors.LoginFailure: Improper token has been passed."), "needs a credential of its own",
        Seen("discord.errors.Forbidden: 403"),
    ),
    "no-secrets": (
        Seen('st.secrets has no key "api_key". Did you forget to add it?', start=BROKEN), "its page needs a secret: api_key",
        Seen("KeyError: 'api_key'", start=BROKEN),
    ),
    "wants-terminal": (
        Seen("EOFError: EOF when reading a line"), "docker run -it", Seen("EOFError: marshal data too short"),
    ),
    "wants-arguments": (
        Seen("shop: error: the following arguments are required: --config", start={"exit_code": 2}), "it wants arguments",
        Seen("usage: shop [-h]\nshop: error: no such price", start={"exit_code": 2}),
    ),
    "memory": (Seen(start={"exit_code": 137}), "want of memory", Seen(start={"exit_code": 143})),
    "memory-error": (Seen("MemoryError"), "it ran out of memory", Seen("a MemoryError was caught")),
    "disk-full": (
        Seen("OSError: [Errno 28] No space left on device"), "it fills its disk", Seen("OSError: [Errno 5] Input/output error"),
    ),
    "disk-filled": (
        Seen(start={"exit_code": None, "written": (3_000_000_000, 12_345), "seconds": 4.0}), "it fills its disk; a trial may write",
        Seen(start={"exit_code": None, "seconds": 4.0}),
    ),
    "instructions": (Seen(start={"exit_code": 132}), "instructions that this CPU lacks", Seen(start={"exit_code": 134})),
    "missing-instructions": (
        Seen("RuntimeError: NumPy was built with baseline optimizations: (X86_V2) but your machine doesn't support: (X86_V2)."),
        "instructions that this CPU lacks", Seen("NumPy was built with optimizations"),
    ),
    "slow-answer": (
        Seen('INFO: 127.0.0.1:41234 - "GET / HTTP/1.1" 200 OK', start={"listening": OPEN, "seconds": 45.0}), "takes longer to answer than a health check",
        Seen("waiting for GET / HTTP/1.1", start={"listening": OPEN, "seconds": 45.0}),
    ),
    "mute": (
        Seen(start={"listening": OPEN, "seconds": 30.0}), "it listens, and gave no answer within 30 s",
        Seen(start={"listening": OPEN, "answers": {"/": 0}}),
    ),
    "silent": (
        Seen(start={"exit_code": None, "seconds": 30.0}), "nothing listened at its port within 30 s",
        Seen(start={"listening": OPEN, "answers": {"/": 200}}),
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def kept_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """What PyPI has of jsonschema-rs 0.29.1, and an index of rotas, and nothing else."""
    names = [
        f"jsonschema_rs-0.29.1-cp3{minor}-cp3{minor}-manylinux_2_17_{machine}.whl"
        for minor in (12, 13)
        for machine in ("x86_64", "aarch64")
    ]
    kept = [index.File("jsonschema_rs-0.29.1.tar.gz"), *map(index.File, names)]
    rotas = [index.File(f"rotas-{version}.tar.gz", "", f"{day}T00:00:00Z") for version, day in ROTAS.items()]
    known = {"jsonschema-rs": kept, "rotas": rotas}
    monkeypatch.setattr(index, "files", lambda asked, _: {name: known[name] for name in asked if name in known})


def row_of(name: str) -> str:
    """The row that a repository is for, of which there may be several."""
    return name.partition(",")[0]


def fitting(name: str, case: Seen, root: Path) -> list[tuple[Found, dict[str, Any] | None]]:
    """Where a row fits what was seen, and what it changes there."""
    project = Project(write(root / "shop", {"app.py": "", **case.files}), {**ANSWERS, **case.answers})
    seen = Observation(case.log, port=8000, **case.start)
    made = [(found, change(found, project)) for found in matches(seen) if found.name == name]
    return [(found, {**item.answers, **item.variables} if item else None) for found, item in made]


def test_each_row_has_a_repository_of_its_own() -> None:
    rows = catalog.failures()
    assert {name for name, row in rows.items() if row.mend} == {row_of(name) for name in MENDED}
    assert {name for name, row in rows.items() if not row.mend} == {row_of(name) for name in TOLD}


@pytest.mark.parametrize("name", MENDED)
def test_what_fails_in_that_way_is_mended(name: str, tmp_path: Path) -> None:
    mended = MENDED[name][0]
    assert [made for _, made in fitting(row_of(name), mended, tmp_path)] == [mended.changes]


@pytest.mark.parametrize("name", MENDED)
def test_what_looks_alike_is_left_alone(name: str, tmp_path: Path) -> None:
    assert not any(made for _, made in fitting(row_of(name), MENDED[name][1], tmp_path))


@pytest.mark.parametrize("name", TOLD)
def test_what_an_image_cannot_bring_is_told(name: str, tmp_path: Path) -> None:
    case, words, other = TOLD[name]
    (found, made), *_ = fitting(row_of(name), case, tmp_path)
    assert made is None
    assert words in found.told(found.row.needs)
    assert not fitting(row_of(name), other, tmp_path / "other")
