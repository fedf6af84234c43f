"""What a failure changes in the answers, and where it changes nothing."""

# ruff: noqa: E501 lines of logs are long

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from copier_slim.prove.changes import Change, Project
from copier_slim.prove.matching import matches, with_variables
from copier_slim.prove.mends import change
from copier_slim.prove.observation import Observation
from copier_slim.verify.target import Surroundings
from tests.command.running import write

ANSWERS = {
    "framework": "flask", "app": "app:app", "server": "gunicorn", "python_version": "3.13", "dependencies": "flask",
    "base": "slim", "debian_suite": "trixie", "port": 8000, "health_path": "/",
}  # fmt: skip


def first(
    root: Path, log: str, files: dict[str, str] | None = None, recorded: dict[str, Any] | None = None, **seen: Any
) -> Change | None:
    """The first change that is known for a log."""
    project = Project(write(root / "shop", {"app.py": "", **(files or {})}), {**ANSWERS, **(recorded or {})})
    observation = Observation(log, port=8000, **({"exit_code": 1} | seen))
    return next((made for found in matches(observation) if (made := change(found, project))), None)


@pytest.mark.parametrize(
    ("log", "answer", "value"),
    [
        ("PermissionError: [Errno 13] Permission denied: '/app/uploads/one.csv'", "writable_paths", "uploads"),
        ("PermissionError: [Errno 13] Permission denied: '/app/static/.cache/x.css'", "writable_paths", "static"),
        ("PermissionError: [Errno 13] Permission denied: '/app/log.txt'", "writable_paths", "."),
        ("PermissionError: [Errno 13] Permission denied: '/data/one.db'", "writable_paths", "/data"),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/data/one.db'", "writable_paths", "/data"),
        (
            "    os.makedirs(place)\nOSError: [Errno 30] Read-only file system: '/app/var/v1.2'", "writable_paths",
            "var/v1.2",
        ),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/app/logs/shop.log'", "writable_paths", "logs"),
        ("FileNotFoundError: [Errno 2] No such file or directory: './var/logs/shop.log.1'", "writable_paths", "var/logs"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'conf/shop.yml'", "", None),
        ("PermissionError: [Errno 13] Permission denied: '/etc/shop/one'", "", None),
        ("PermissionError: [Errno 13] Permission denied: '/app/../etc/one'", "", None),
        ("PermissionError: [Errno 13] Permission denied: '/root/.cache/huggingface'", "environment", "HF_HOME=/tmp/huggingface"),
        ("ModuleNotFoundError: No module named 'cgi'", "dependencies", 'flask\nlegacy-cgi ; python_version >= "3.13"'),
        ("ModuleNotFoundError: No module named 'pkg_resources'", "dependencies", "flask\nsetuptools<81"),
        ("ModuleNotFoundError: No module named 'shopware_of_nobody'", "", None),
        ("ModuleNotFoundError: No module named 'google.cloud.storage'", "dependencies", "flask\ngoogle-cloud-storage"),
        (
            "ModuleNotFoundError: No module named 'audioop'\n\nModuleNotFoundError: No module named 'pyaudioop'",
            "dependencies", 'flask\naudioop-lts ; python_version >= "3.13"',
        ),
        ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory", "system_packages", "libgl1"),
        ("OSError: libunknown.so.7: cannot open shared object file", "", None),
        ("/bin/sh: 1: ffmpeg: not found", "system_packages", "ffmpeg"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'model.bin'", "", None),
        ("RuntimeError: There is no current event loop in thread 'MainThread'.", "", None),  # 3.13 has one
        ("TypeError: Client.__init__() got an unexpected keyword argument 'proxies'", "dependencies", "flask\nhttpx<0.28"),
        ("ImportError: cannot import name 'MultiDict' from 'werkzeug' (/x.py)", "dependencies", "flask\nwerkzeug<1"),
        ("ImportError: cannot import name 'Missing' from 'werkzeug.shop' (/x.py)", "", None),
        ("ImportError: cannot import name 'price' from 'shop'", "", None),
    ],
)  # fmt: skip
def test_a_line_of_a_log_changes_an_answer(tmp_path: Path, log: str, answer: str, value: str | None) -> None:
    made = first(tmp_path, log)
    assert (made and dict(made.answers)) == ({answer: value} if answer else None)


def test_what_is_there_is_not_added_again(tmp_path: Path) -> None:
    log = "ModuleNotFoundError: No module named 'tabulate'"
    assert first(tmp_path, log, recorded={"dependencies": "flask\ntabulate"}) is None
    assert first(tmp_path, log, files={"requirements.txt": "tabulate==0.9.0\n"}) is None
    denied = "PermissionError: [Errno 13] Permission denied: '/app/uploads/one.csv'"
    assert first(tmp_path, denied, recorded={"writable_paths": "uploads"}) is None


def test_a_module_of_the_projects_own_is_none_of_a_distribution(tmp_path: Path) -> None:
    made = first(tmp_path, "ModuleNotFoundError: No module named 'redis'", files={"lib/redis.py": ""})
    assert made == Change({"python_path": "lib"})


def test_a_debian_of_another_release_has_other_names(tmp_path: Path) -> None:
    log = "ImportError: failed to find libmagic.  Check your installation"
    assert first(tmp_path, log, recorded={"debian_suite": "bookworm"}) == Change({"system_packages": "libmagic1"})
    assert first(tmp_path, log) == Change({"system_packages": "libmagic1t64"})
    assert first(tmp_path, log, recorded={"base": "alpine"}) is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("APP_PORT", "8000"),
        ("DEBUG", "0"),
        ("DATABASE_URL", "sqlite:////tmp/trial.db"),
        ("API_URL", "http://127.0.0.1"),
    ],
)
def test_a_variable_gets_a_harmless_value_and_no_answer(tmp_path: Path, variable: str, value: str) -> None:
    assert first(tmp_path, f"KeyError: '{variable}'") == Change(variables={variable: value})


def test_variables_that_one_file_needs_are_made_up_together(tmp_path: Path) -> None:
    names = ["DB_NAME", "DB_USER", "DB_HOST"]
    read = [f"os.environ['{name}']" for name in names]
    settings = f"import os\nONE = [{', '.join(read)}, os.getenv('OTHER'), os.environ.get('MORE', '')]\nos.environ['SET'] = '1'\n"
    more = {"settings.py": settings, "tasks.py": "import os\nFOR_TASKS = os.environ['QUEUE']\n"}
    made = first(tmp_path, "KeyError: 'DB_USER'", files=more)
    assert made is not None
    assert sorted(made.variables) == sorted(names)


def test_a_client_that_misses_its_key_names_the_variable(tmp_path: Path) -> None:
    log = "openai.OpenAIError: Missing credentials. Please pass an `api_key`, or set the `OPENAI_API_KEY` or `OPENAI_ADMIN_KEY`."
    assert first(tmp_path, log) == Change(variables={"OPENAI_API_KEY": f"trial-{'x' * 43}"})


def test_a_key_in_small_letters_is_no_variable(tmp_path: Path) -> None:
    assert first(tmp_path, "KeyError: 'price'") is None


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({"/healthz": 401, "/": 200}, "/"),
        ({"/healthz": 400, "/": 400}, ""),
        ({"/healthz": 404, "/": 404}, ""),
        ({"/healthz": 401, "/health": 200, "/": 200}, "/health"),
    ],
)
def test_another_health_path_is_one_that_answers(tmp_path: Path, answers: dict[str, int], path: str) -> None:
    seen = {"exit_code": None, "path": "/healthz", "listening": ("0.0.0.0:8000",), "answers": answers}
    assert first(tmp_path, "", recorded={"health_path": "/healthz"}, **seen) == Change({"health_path": path})


def test_a_health_path_that_answers_stays(tmp_path: Path) -> None:
    seen = {"exit_code": None, "path": "/", "listening": ("0.0.0.0:8000",), "answers": {"/": 200, "/docs": 404}}
    assert first(tmp_path, "", **seen) is None


def test_a_port_of_its_own_is_followed(tmp_path: Path) -> None:
    seen = {"exit_code": None, "listening": ("0.0.0.0:9001", "127.0.0.1:4000")}
    assert first(tmp_path, "", **seen) == Change({"port": 9001, "health_path": ""})


def test_a_host_without_a_variable_or_an_option_is_told(tmp_path: Path) -> None:
    seen = {"exit_code": None, "listening": ("127.0.0.1:8000",)}
    assert first(tmp_path, "", **seen) is None
    with_default = {"app.py": 'import os\nhost = os.getenv("BIND", "localhost")\n'}
    assert first(tmp_path, "", files=with_default, **seen) == Change({"environment": "BIND=0.0.0.0"})
    elsewhere = {"app.py": 'import os\nhost = os.getenv("DB_HOST", "db.example")\n'}
    assert first(tmp_path / "other", "", files=elsewhere, **seen) is None


OLD = """  File "/opt/venv/lib/python3.11/site-packages/flask/__init__.py", line 17, in <module>
    from jinja2 import Markup, escape
  File "/opt/venv/lib/python3.11/site-packages/jinja2/sandbox.py", line 16, in <module>
    from collections import Mapping
ImportError: cannot import name 'Mapping' from 'collections' (/usr/local/lib/python3.11/collections/__init__.py)
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("flask==0.10\nJinja2==2.7.3", "flask==0.10\nJinja2<3,>=2.7.3"),
        ("flask==3.0\nJinja2<3,>=2.7.3", "flask==3.0\nJinja2>=2.7.3"),
        ("streamlit==1.10\nflask==1.1\nJinja2==2.7.3", "streamlit==1.10\nflask==1.1\nJinja2<3,>=2.7.3"),
        (
            "Jinja2==2.7.3\nalembic==0.9.3\nSQLAlchemy==1.1.11\nWerkzeug==1.0.1\nflask-sqlalchemy==2.2",
            "Jinja2<3,>=2.7.3\nalembic>=1.5\nSQLAlchemy<1.4,>=1.1.11\nWerkzeug==1.0.1\nflask-sqlalchemy==2.2",
        ),
        ("flask==1.1\nJinja2>=2.7,<3", "flask==1.1\nJinja2<3.1,>=2.7"),
        ("flask==0.10\njinja2", None),
        ("flask==0.10", None),
    ],
)
def test_a_release_older_than_each_python_gives_way_to_a_later_one(
    tmp_path: Path, before: str, after: str | None
) -> None:
    made = first(tmp_path, OLD, recorded={"dependencies": before})
    assert made == (Change({"dependencies": after}) if after else None)


@pytest.mark.parametrize(
    ("log", "lines"),
    [
        ("ModuleNotFoundError: No module named 'flask.ext'", ["flask<1", "itsdangerous<2.1", "werkzeug<2.1"]),
        ("AttributeError: 'Engine' object has no attribute 'execute'", ["sqlalchemy<2"]),
        ("ModuleNotFoundError: No module named 'django.core.urlresolvers'", ["django<2"]),
        ("AttributeError: module 'streamlit' has no attribute 'beta_columns'", ["streamlit<1.2", "altair<5"]),
    ],
)
def test_an_older_release_comes_with_what_it_needs(tmp_path: Path, log: str, lines: list[str]) -> None:
    made = first(tmp_path, log, recorded={"dependencies": "flask\nwerkzeug<2.1"})
    assert made
    added = str(made.answers["dependencies"]).split("\n")
    assert set(lines) <= set(added)
    assert [line for line in added if line.startswith("werkzeug")] == ["werkzeug<2.1"]


def test_variables_that_one_message_names_are_set_at_once(tmp_path: Path) -> None:
    log = (
        "pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings\nbot_token\n"
        "  Field required [type=missing, input_value={}, input_type=dict]\n    For further information\nport\n"
        "  Field required [type=missing, input_value={}, input_type=dict]\n"
    )
    made = first(tmp_path, log)
    assert made
    assert not made.answers
    assert made.variables == {"BOT_TOKEN": f"1234567890:{'x' * 35}", "PORT": "8000"}


def test_a_release_that_no_longer_has_a_module_gives_way(tmp_path: Path) -> None:
    locked = {"requirements.txt": "setuptools==82.0.0\n"}
    made = first(tmp_path, "ModuleNotFoundError: No module named 'pkg_resources'", files=locked)
    assert made == Change({"dependencies": "flask\nsetuptools<81"})


def test_a_build_that_stops_for_a_removed_module_gets_it_back(tmp_path: Path) -> None:
    log = "/opt/venv/lib/python3.13/site-packages/one.py imports cgi, which Python 3.13 no longer has"
    made = first(tmp_path, log, built=False, exit_code=None)
    assert made == Change({"dependencies": 'flask\nlegacy-cgi ; python_version >= "3.13"'})


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("python manage.py migrate --fake-initial", "python manage.py migrate --fake-initial"),
        ('yes "yes" | python manage.py migrate', "python manage.py migrate --noinput"),  # which needs a shell
    ],
)
def test_a_release_migrates_where_it_is_plain(release: str, expected: str, tmp_path: Path) -> None:
    log = "django.db.utils.OperationalError: no such table: auth_user"
    answers = {"framework": "django", "app": "shop.wsgi:application", "release": release}
    made = first(tmp_path, log, files={"manage.py": "import django\n"}, recorded=answers)
    assert made == Change({"prestart": expected})


def test_a_manage_py_below_the_root_migrates(tmp_path: Path) -> None:
    log = "django.db.utils.OperationalError: no such table: auth_user"
    answers = {"framework": "django", "app": "site1.wsgi:application", "python_path": "backend"}
    made = first(tmp_path, log, files={"backend/manage.py": "import django\n"}, recorded=answers)
    assert made == Change({"prestart": "python backend/manage.py migrate --noinput"})


@pytest.mark.parametrize(
    ("log", "files", "said"),
    [
        (
            "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379.",
            {"app.py": 'url = os.getenv("REDIS_URL", "redis://localhost")\nname = os.getenv("NAME")\n'},
            "redis; give it by REDIS_URL, or",
        ),
        (
            'psycopg2.OperationalError: connection to server at "localhost" failed: Connection refused',
            {".env.example": "DB_HOST=db\nDB_PORT=5432\nNAME=x\n"},
            "its database; give it by DB_HOST and DB_PORT, or",
        ),
        ("pymongo.errors.ServerSelectionTimeoutError: db:27017", {}, "pymongo; give it by its variable, or"),
    ],
)
def test_a_service_that_is_not_there_is_told_with_its_variable(
    tmp_path: Path, log: str, files: dict[str, str], said: str
) -> None:
    project = Project(write(tmp_path / "shop", {"app.py": "", **files}), ANSWERS)
    found = next(found for found in matches(Observation(log, port=8000, exit_code=1)) if found.name == "no-database")
    assert said in with_variables(found, project).told(found.row.needs)


INIT_DB = "import click\n\n@click.command('init-db')\ndef init_db_command():\n    pass\n"


@pytest.mark.parametrize(
    ("files", "blame", "said"),
    [
        ({"shop/db.py": INIT_DB}, "outside", "make them once, in the container: flask --app app:app init-db"),
        (
            {"shop/db.py": INIT_DB.replace("init-db", "greet")},
            "image",
            "make them, for example by a command in prestart",
        ),
    ],
)
def test_tables_that_a_command_of_the_app_makes_are_nothing_that_the_image_lacks(
    tmp_path: Path, files: dict[str, str], blame: str, said: str
) -> None:
    project = Project(write(tmp_path / "shop", {"app.py": "", **files}), ANSWERS)
    seen = Observation("sqlite3.OperationalError: no such table: post", port=8000, exit_code=1)
    found = with_variables(next(found for found in matches(seen) if found.name == "no-tables"), project)
    assert found.row.blame == blame
    assert said in found.told(found.row.needs)


def test_the_port_that_is_given_is_the_one_that_is_watched() -> None:
    image = SimpleNamespace(environment={"PORT": "8000"}, ports=[8000])
    assert Surroundings().port(image) == 8000
    assert Surroundings(("PORT=9000",)).port(image) == 9000
    assert Surroundings(("OTHER=1",)).port(SimpleNamespace(environment={"PORT": "7"}, ports=[8080])) == 8080


def test_a_missing_file_is_named_as_a_whole() -> None:
    seen = Observation("FileNotFoundError: /app/config/shop.ini doesn't exist", port=8000, exit_code=1)
    assert [found.word for found in matches(seen) if found.name == "missing-file"] == ["/app/config/shop.ini"]
