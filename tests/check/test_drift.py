"""`check` on a repository that moved on: each change is named with its line, and what only looks like one is not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from copier_slim.check import parts
from copier_slim.lock.project import answers_of
from copier_slim.rendering import source
from tests.command.running import command, commit, copy_here, replace, write

MAIN = """\
import os

from flask import Flask

app = Flask(__name__)


@app.get("/health")
def health():
    return "fine"
"""
PROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = [
  "flask>=3",
]
"""
FILES = {"main.py": MAIN, "pyproject.toml": PROJECT}
REQUIRED = 'os.environ["DATABASE_URL"]\n'
HASH = " --hash=sha256:" + "0" * 64
STATED = (
    "gunicorn main:app --timeout 90 --bind 0.0.0.0:$PORT --graceful-timeout 8 --worker-tmp-dir /dev/shm"
    " --access-logfile -"
)


def adopted(root: Path, template: Path, files: Mapping[str, str] = FILES, **given: object) -> Path:
    """A committed repository with its container; unless it is given, requirements.in has a copy of its list."""
    commit(write(root, files))
    copy_here(root, template, **{"dependency_source": "requirements.in", **given})
    return commit(root)


@pytest.fixture
def project(tmp_path: Path, template: Path) -> Path:
    return adopted(tmp_path / "shop", template)


def found(project: Path) -> list[tuple[str, str, str, str]]:
    """Answer, recorded, found now, and the place."""
    return [(item.answer, item.recorded, item.found, item.evidence.place) for item in parts(project)]


def answered(project: Path, begin: str) -> str:
    """The place of a line of the answers file."""
    lines = (project / ".copier-answers.yml").read_text(encoding="utf-8").split("\n")
    return f".copier-answers.yml:{next(number for number, line in enumerate(lines, 1) if line.startswith(begin))}"


def answer(project: Path, **given: object) -> None:
    """Answers written as an update would."""
    path = project / ".copier-answers.yml"
    path.write_text(yaml.safe_dump({**answers_of(project), **given}), encoding="utf-8")


def lock(project: Path, **versions: str) -> None:
    """A lock with the server, as it stands, and these packages."""
    pins = {"gunicorn": "23.0.0", "flask": "3.1.0"} | versions
    text = "".join(f"{name}=={version} \\\n   {HASH}\n" for name, version in pins.items() if version)
    write(project, {"requirements.txt": text})


def test_nothing_parts_after_a_copy(project: Path) -> None:
    assert found(project) == []
    done = command("check", cwd=project)
    assert (done.code, done.err) == (0, "")
    assert "project and image match" in done.out


MOVES: dict[str, tuple[dict[str, str], tuple[str, str, str, str]]] = {
    "entry point": ({"web.py": MAIN, "main.py": ""}, ("app", "main:app", "web:app", "web.py:5")),
    "framework": (
        {"main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"},
        ("framework", "flask", "fastapi", "main.py:3"),
    ),
    "server": (
        {"Procfile": "web: granian --interface wsgi main:app\n"}, ("server", "gunicorn", "granian", "Procfile:1"),
    ),
    "start command": ({"Procfile": "web: gunicorn main:app --timeout 90\n"}, ("command", "", STATED, "Procfile:1")),
    "configuration": (
        {"gunicorn.conf.py": "accesslog = '-'\n"},
        ("command", "", STATED.replace("timeout 90 --bind 0.0.0.0:$PORT", "bind 0.0.0.0:$PORT --threads 8")
         .removesuffix(" --access-logfile -"), "gunicorn.conf.py"),
    ),
    "requires-python": (
        {"pyproject.toml": PROJECT.replace(">=3.11", ">=3.11,<3.13")},
        ("python_version", "3.14", "3.12", "pyproject.toml:4"),
    ),
    ".python-version": ({".python-version": "3.12\n"}, ("python_version", "3.14", "3.12", ".python-version:1")),
    "index": (
        {"pip.conf": "[global]\nextra-index-url = https://pypi.acme.example/simple\n"},
        ("indexes", "-", "pypi-acme-example=https://pypi.acme.example/simple", "pip.conf:2"),
    ),
    "system package": (
        {"main.py": MAIN + "\nimport subprocess\nsubprocess.run(['ffmpeg', '-version'])\n"},
        ("system_packages", "-", "ffmpeg", "main.py:13"),
    ),
    "required variable": (
        {"main.py": MAIN + REQUIRED},
        ("environment", "-", "DATABASE_URL is required", "main.py:11"),
    ),
    "changed variable": (
        {"docker/Dockerfile": "FROM python:3.14\nENV MODE=fast\n"},
        ("environment", "-", "MODE=fast", "docker/Dockerfile:2"),
    ),
    "directory": (
        {"main.py": MAIN + "\nos.makedirs('uploads', exist_ok=True)\nopen('uploads/a.txt', 'w')\n"},
        ("writable_paths", "-", "uploads", "main.py:12"),
    ),
    "port": ({"gunicorn.conf.py": 'bind = "0.0.0.0:9000"\n'}, ("port", "8000", "9000", "gunicorn.conf.py:1")),
    "health path": (
        {"main.py": MAIN.replace("/health", "/healthz")}, ("health_path", "/health", "/healthz", "main.py:8"),
    ),
    "prestart": (
        {"Procfile": "web: python seed.py && gunicorn main:app\n", "seed.py": "print(1)\n"},
        ("prestart", "-", "python seed.py", "Procfile:1"),
    ),
    "process": (
        {"Procfile": "web: gunicorn main:app\nworker: python drain.py\n"},
        ("processes", "-", "worker: python drain.py", "Procfile:2"),
    ),
    "release": (
        {"fly.toml": '[deploy]\nrelease_command = "python seed.py"\n'}, ("release", "", "python seed.py", "fly.toml:2"),
    ),
    "job": (
        {"Procfile": "web: gunicorn main:app\nnightly: 0 3 * * * python drain.py\n"},
        ("schedules", "-", "nightly: 0 3 * * * python drain.py", "Procfile:2"),
    ),
    "dependency": (
        {"pyproject.toml": PROJECT.replace('"flask>=3",\n', '"flask>=3",\n  "redis>=5",\n')},
        ("dependencies", "not in requirements.in", "redis>=5", "pyproject.toml:7"),
    ),
    "dependency's version": (
        {"pyproject.toml": PROJECT.replace("flask>=3", "flask>=3.1")},
        ("dependencies", "flask>=3", "flask>=3.1", "pyproject.toml:6"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVES)
def test_a_move_is_named_with_its_line(name: str, project: Path) -> None:
    files, expected = MOVES[name]
    write(project, files)
    assert expected in found(project)


def test_a_process_in_other_words_takes_the_place_of_its_line(tmp_path: Path, template: Path) -> None:
    files = {**FILES, "Procfile": "web: gunicorn main:app\nworker: python drain.py\nbeat: python tick.py\n"}
    project = adopted(tmp_path / "shop", template, files)
    write(project, {"Procfile": "web: gunicorn main:app\nworker: python drain.py --all\nbeat: python tick.py\n"})
    expected = [("processes", "worker: python drain.py", "worker: python drain.py --all", "Procfile:2")]
    assert found(project) == expected
    assert [item.takes for item in parts(project)] == ["beat: python tick.py\nworker: python drain.py --all"]


def test_a_process_that_is_stated_nowhere_is_named(tmp_path: Path, template: Path) -> None:
    stated = {"Procfile": "web: gunicorn main:app\nworker: python drain.py\nbeat: python tick.py\n"}
    project = adopted(tmp_path / "shop", template, FILES | stated | {"drain.py": "", "tick.py": ""})
    write(project, {"Procfile": "web: gunicorn main:app\nbeat: python tick.py\n"})
    place = answered(project, "processes: ")
    assert found(project) == [("processes", "worker: python drain.py", "stated nowhere", place)]
    assert [item.takes for item in parts(project)] == [None], "it may be stated where nobody looks"
    answer(project, processes="worker: python drain.py --mine\nbeat: python tick.py")
    assert found(project) == [], "it was chosen by hand"


def test_a_stated_command_is_followed(tmp_path: Path, template: Path) -> None:
    project = adopted(tmp_path / "shop", template, FILES | {"Procfile": "web: gunicorn main:app --timeout 90\n"})
    assert answers_of(project)["command"] == STATED
    assert found(project) == []
    replace(project / "Procfile", "90", "120")
    assert sorted(found(project)) == [
        ("command", STATED, STATED.replace("90", "120"), "Procfile:1"),
        ("limits", "app: start=90", "app: start=120", "Procfile:1"),
    ]
    replace(project / "Procfile", " --timeout 120", "")
    assert found(project) == [("command", STATED, "", "Procfile:1")]
    (project / "Procfile").unlink()
    assert found(project) == [("command", STATED, "stated nowhere", answered(project, "command: "))]


def test_a_command_of_one_s_own_stays(tmp_path: Path, template: Path) -> None:
    project = adopted(tmp_path / "shop", template, command="gunicorn main:app --workers 2 --bind 0.0.0.0:$PORT")
    assert found(project) == []


STAYS: dict[str, dict[str, str]] = {
    "another app beside": {"tests/test_main.py": "from main import app\n"},
    "a module that is moved and not the app's": {"tools/report.py": "print(1)\n"},
    "a Python that is still allowed": {"pyproject.toml": PROJECT.replace(">=3.11", ">=3.12")},
    "a program that is only named": {"main.py": MAIN + "\nHINT = 'install ffmpeg'\n"},
    "a variable with a default": {"main.py": MAIN + "\nos.environ.get('DATABASE_URL', '')\n"},
    "a file that is only read": {"main.py": MAIN + "\nopen('main.py').close()\n"},
    "another route": {"main.py": MAIN + "\n\n@app.get('/about')\ndef about():\n    return ''\n"},
    "a port in a comment": {"gunicorn.conf.py": '# bind = "0.0.0.0:9000"\n'},
    "a group for development": {"pyproject.toml": PROJECT + '\n[dependency-groups]\ndev = ["redis>=5"]\n'},
    "a marker of another system": {
        "pyproject.toml": PROJECT.replace('"flask>=3",\n', "\"flask>=3\",\n \"pywin32; sys_platform == 'win32'\",\n")
    },
    "another spelling": {"pyproject.toml": PROJECT.replace("flask>=3", "Flask >= 3")},
}  # fmt: skip


@pytest.mark.parametrize("name", STAYS)
def test_what_looks_like_a_move_is_silent(name: str, project: Path) -> None:
    write(project, STAYS[name])
    assert found(project) == []


def test_a_lock_without_what_is_asked_for(project: Path) -> None:
    lock(project)
    assert found(project) == []
    text = (project / "requirements.in").read_text(encoding="utf-8")
    write(project, {"requirements.in": f"{text}redis>=5\nhiredis; python_version < '3'\n"})
    line = text.count("\n") + 1
    place = f"requirements.in:{line}"
    assert found(project) == [("lock", "requirements.txt has none", "redis>=5", place)]
    lock(project, redis="4.6.0")
    assert found(project) == [("lock", "requirements.txt has 4.6.0", "redis>=5", place)]
    lock(project, redis="5.0.0")
    assert found(project) == []


def test_a_newer_template_is_named(project: Path) -> None:
    answer(project, _commit="v0.0.1")
    here = f"v{source.version()}"
    assert found(project) == [("template", "v0.0.1", here, answered(project, "_commit: "))]
    for commit_ in (here, f"{here}-3-g0123abc", "v99.0", "0123abc"):
        answer(project, _commit=commit_)
        assert found(project) == []


def test_what_was_chosen_by_hand_is_silent_until_its_evidence_changes(tmp_path: Path, template: Path) -> None:
    files = FILES | {"admin.py": MAIN.replace("app", "admin"), "gunicorn.conf.py": 'bind = "0.0.0.0:9000"\n'}
    given = {"app": "admin:admin", "framework": "flask", "port": 7000, "python_version": "3.13"}
    project = adopted(tmp_path / "shop", template, files, **given)
    write(project, {"Procfile": ""})
    assert found(project) == []
    write(project, {"gunicorn.conf.py": 'bind = "0.0.0.0:9500"\n'})
    (drift,) = parts(project)
    assert (drift.answer, drift.recorded, drift.found, drift.takes) == ("port", "7000", "9500", None)


def test_an_old_dockerfile_s_statements_do_not_part_when_it_is_replaced(tmp_path: Path, template: Path) -> None:
    lines = [
        "FROM python:3.12",
        "ENV MODE=fast",
        "EXPOSE 5000",
        "RUN apt-get install -y ffmpeg",
        "CMD gunicorn main:app",
    ]
    project = adopted(tmp_path / "shop", template, FILES | {"Dockerfile": "\n".join(lines)})
    assert answers_of(project)["port"] == 5000
    assert found(project) == []


@pytest.mark.parametrize("base", ["alpine", "distroless"])
def test_system_packages_of_another_base(base: str, tmp_path: Path, template: Path) -> None:
    files = FILES | {"pyproject.toml": PROJECT.replace('"flask>=3",', '"flask>=3", "psycopg2>=2",')}
    assert found(adopted(tmp_path / "shop", template, files, base=base)) == []


def test_answers_of_earlier_releases_part_only_where_they_cannot_be_right(project: Path) -> None:
    path = project / ".copier-answers.yml"
    before = answers_of(project)
    del before["detected"]
    path.write_text(yaml.safe_dump(before), encoding="utf-8")
    for name in ("health path", "port", "directory", "required variable", "server"):
        write(project, MOVES[name][0])
        assert found(project) == [], name
        write(project, FILES)
        for file in ("gunicorn.conf.py", "Procfile"):
            (project / file).unlink(missing_ok=True)
    for name in ("dependency", "requires-python", "system package"):
        write(project, MOVES[name][0])
        assert found(project) == [MOVES[name][1]], name
        write(project, FILES)
    shutil.move(project / "main.py", project / "web.py")
    assert [item[:3] for item in found(project)] == [("app", "main:app", "web:app")]


def test_json_has_the_same(project: Path) -> None:
    write(project, MOVES["dependency"][0])
    done = command("check", "--json", cwd=project)
    assert done.code == 1
    (part,) = json.loads(done.out)["parts"]
    assert (part["answer"], part["recorded"], part["found"]) == MOVES["dependency"][1][:3]
    assert part["evidence"] == {"path": "pyproject.toml", "line": 7, "text": '"redis>=5",'}
    done.fails(1, "project and image differ in 1 place; copier-slim update")


LISTS: dict[str, dict[str, str]] = {
    "requirements.txt": {"requirements.txt": "flask==3.0.0\n"},
    "requirements/prod.in": {"requirements/prod.in": "flask==3.0.0\n", "requirements/dev.in": "pytest\n"},
    "requirements/main.txt": {
        "requirements.txt": "-r requirements/main.txt\n",
        "requirements/main.txt": "flask==3.0.0\n",
    },
    "environment.yml": {"environment.yml": "dependencies:\n  - pip:\n    - flask==3.0.0\n"},
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_moves_on_is_followed(name: str, tmp_path: Path, template: Path) -> None:
    project = adopted(tmp_path / "shop", template, {"main.py": MAIN, **LISTS[name]})
    assert found(project) == []
    replace(project / name, "flask==3.0.0", "flask[async]==3.1.0")
    places = [("dependencies", "flask==3.0.0", "flask[async]==3.1.0")]
    assert [(*item[:3],) for item in found(project)] == places
    assert [item.evidence.path for item in parts(project)] == [name]
    assert all(item.evidence.line for item in parts(project))
    lines = (project / name).read_text(encoding="utf-8")
    write(project, {name: lines.replace("flask[async]==3.1.0", "flask==3.0.0")})
    assert found(project) == []


def test_a_lock_in_the_place_of_a_list_parts_from_nothing(tmp_path: Path, template: Path) -> None:
    lists = {
        "requirements.txt": "flask==3.0.0\n",
        "requirements/test.txt": "pytest\n",
        "requirements/web.txt": "redis\n",
    }
    project = adopted(tmp_path / "shop", template, {"main.py": MAIN, **lists})
    assert found(project) == []
    lock(project, flask="3.0.0")
    assert found(project) == []
    write(project, {"requirements/web.txt": "redis\nhiredis\n"})
    assert found(project) == [("dependencies", "not in requirements.in", "hiredis", "requirements/web.txt:2")]
