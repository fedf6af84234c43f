"""`copy` as a person meets it: the findings, then the prompts, filled in with them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from tests.command.running import (
    EMITTED,
    FLASK,
    answers,
    changed,
    command,
    commit,
    copy_here,
    environment,
    state,
    write,
)
from tests.prompts.test_prompts import ASKED, DOWN, ENTER, INTERRUPT, Terminal

# Two apps of one rank
SEVERAL = {
    "shop/app.py": "from flask import Flask\n\nshop = Flask(__name__)\n",
    "admin/app.py": "from flask import Flask\n\nadmin = Flask(__name__)\n",
    "requirements.txt": "flask\n",
}


@contextmanager
def copying(repository: Path, template: Path, *options: str) -> Iterator[Terminal]:
    """`copier-slim copy` in a terminal of 100 columns."""
    process = pexpect.spawn(
        sys.executable,
        ["-m", "copier_slim", "copy", "--no-lock", "--offline", "--template", str(template), *options],
        cwd=repository,
        env=environment() | {"COLUMNS": "100", "PROMPT_TOOLKIT_NO_CPR": "1"},
        encoding="utf-8",
        dimensions=(40, 100),
        timeout=30,
    )
    try:
        yield Terminal(process)
    finally:
        process.close(force=True)


def test_shows_the_findings_then_asks_with_them_as_defaults(repository: Path, template: Path) -> None:
    with copying(repository, template) as terminal:
        terminal.sees("framework flask web.py:5: site = Flask(__name__)")
        terminal.sees("app web:site web.py:5")
        terminal.accepts("project_name")
        terminal.sees(ASKED["framework"])
        terminal.sees("» Flask")
        terminal.types(ENTER)
        terminal.accepts("server")
        terminal.sees(ASKED["app"])
        terminal.sees("web:site")
        terminal.types(ENTER)
        terminal.accepts("python_version")
        terminal.sees(ASKED["dependencies"])
        terminal.sees("flask==3.1.*")
        terminal.types("\x1b", ENTER)
        terminal.accepts("base", "port")
        terminal.sees(ASKED["health_path"])
        terminal.sees("/health")
        terminal.types(ENTER)
        terminal.accepts("apm", "profiler", "gc_monitor", "extras")
        terminal.sees("written:")
        assert terminal.ends() == 0
    found = {"framework": "flask", "app": "web:site", "health_path": "/health", "dependencies": "flask==3.1.*"}
    recorded = answers(repository)
    assert {name: recorded[name] for name in found} == found
    assert changed(repository) == {f"?? {name}" for name in EMITTED}


def test_enter_through_all_equals_defaults(repository: Path, template: Path) -> None:
    other = commit(write(repository.parent / "other" / "shop", FLASK))
    copy_here(other, template)
    with copying(repository, template) as terminal:
        terminal.accepts(*ASKED)
        assert terminal.ends() == 0
    assert state(repository) == state(other)


def test_a_given_answer_is_not_asked(repository: Path, template: Path) -> None:
    with copying(repository, template, "--data", "framework=flask", "--data", "port=9000") as terminal:
        terminal.accepts("project_name", "server", "app", "python_version", "dependencies", "base", "health_path")
        terminal.accepts("apm", "profiler", "gc_monitor", "extras")
        assert terminal.ends() == 0
    assert answers(repository)["port"] == 9000


def test_what_is_found_can_be_corrected(repository: Path, template: Path) -> None:
    with copying(repository, template) as terminal:
        terminal.accepts("project_name", "framework", "server")
        terminal.sees(ASKED["app"])
        terminal.types("2", ENTER)
        terminal.accepts("python_version", "dependencies", "base", "port", "health_path")
        terminal.accepts("apm", "profiler", "gc_monitor", "extras")
        assert terminal.ends() == 0
    assert answers(repository)["app"] == "web:site2"


@pytest.mark.parametrize("before", [[], ["project_name"], ["project_name", "framework", "server", "app"]])
def test_an_interrupt_writes_nothing(repository: Path, template: Path, before: list[str]) -> None:
    was = state(repository)
    with copying(repository, template) as terminal:
        terminal.accepts(*before)
        terminal.sees(list(ASKED.values())[len(before)])
        terminal.types(INTERRUPT)
        terminal.sees("copier-slim: stopped")
        assert terminal.ends() == 130
        assert "Traceback" not in (terminal.process.before or "")
    assert state(repository) == was


def test_an_interrupt_in_an_empty_directory_writes_nothing(tmp_path: Path, template: Path) -> None:
    with copying(tmp_path, template) as terminal:
        terminal.sees(ASKED["project_name"])
        terminal.types(INTERRUPT)
        assert terminal.ends() == 130
    assert state(tmp_path) == {}


@pytest.mark.parametrize("agrees", [True, False])
def test_a_file_is_replaced_when_the_user_agrees(repository: Path, template: Path, agrees: bool) -> None:  # noqa: FBT001
    commit(write(repository, {"Dockerfile": 'FROM python:3.13\nCMD ["flask", "--app", "web:site", "run"]\n'}))
    before = state(repository)
    with copying(repository, template) as terminal:
        terminal.accepts(*ASKED)
        terminal.sees("Replace Dockerfile?")
        terminal.types("y" if agrees else "n")
        assert terminal.ends() == (0 if agrees else 3)
    if agrees:
        assert " M Dockerfile" in changed(repository)
    else:
        assert state(repository) == before


def test_an_interrupt_of_the_last_question_writes_nothing(repository: Path, template: Path) -> None:
    commit(write(repository, {"Dockerfile": 'FROM python:3.13\nCMD ["flask", "--app", "web:site", "run"]\n'}))
    before = state(repository)
    with copying(repository, template) as terminal:
        terminal.accepts(*ASKED)
        terminal.sees("Replace Dockerfile?")
        terminal.types(INTERRUPT)
        assert terminal.ends() != 0
    assert state(repository) == before


def test_what_would_be_refused_is_so_before_the_questions(repository: Path, template: Path) -> None:
    write(repository, {"Dockerfile": "FROM python:3.13\n# mine\n"})
    with copying(repository, template) as terminal:
        refused = re.escape("copier-slim: Dockerfile would be overwritten")
        found = terminal.process.expect([refused, "What is the project"])
        assert found == 0, "ten questions are answered for nothing"
        assert terminal.ends() == 3


def test_several_apps_are_a_choice(tmp_path: Path, template: Path) -> None:
    root = commit(write(tmp_path / "mono", SEVERAL))
    with copying(root, template) as terminal:
        terminal.sees("Which app is it?")
        terminal.sees("admin.app:admin (flask, admin/app.py:3")
        terminal.sees("shop.app:shop (flask, shop/app.py:3")
        terminal.types(DOWN, ENTER)
        terminal.accepts(*ASKED)
        assert terminal.ends() == 0
    assert answers(root)["app"] == "shop.app:shop"


def test_an_interrupt_of_the_choice_writes_nothing(tmp_path: Path, template: Path) -> None:
    root = commit(write(tmp_path / "mono", SEVERAL))
    before = state(root)
    with copying(root, template) as terminal:
        terminal.sees("Which app is it?")
        terminal.types(INTERRUPT)
        assert terminal.ends() != 0
    assert state(root) == before


def test_several_apps_stop_where_nothing_is_asked(tmp_path: Path, template: Path) -> None:
    root = commit(write(tmp_path / "mono", SEVERAL))
    before = state(root)
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, cwd=root)
    done.fails(3, "several apps", "admin.app:admin", "shop.app:shop", "--data")
    assert state(root) == before


def test_given_answers_settle_which_of_several_apps(tmp_path: Path, template: Path) -> None:
    root = commit(write(tmp_path / "mono", SEVERAL))
    done = command(
        "copy", "--defaults", "--no-lock", "--offline", "--template", template,
        "--data", "app=shop.app:shop", "--data", "framework=flask", cwd=root,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert answers(root)["app"] == "shop.app:shop"


@pytest.mark.parametrize("agrees", [True, False])
def test_a_worker_that_no_file_states_is_offered(repository: Path, template: Path, agrees: bool) -> None:  # noqa: FBT001
    write(
        repository,
        {"tasks.py": "from celery import Celery\napp = Celery('shop')\n", "requirements.txt": "flask\ncelery[redis]\n"},
    )
    commit(repository)
    with copying(repository, template) as terminal:
        terminal.sees("Run beside the app worker: celery -A tasks:app worker?")
        terminal.types("y" if agrees else "n")
        terminal.accepts(*ASKED)
        terminal.sees("written:")
        assert terminal.ends() == 0
    assert answers(repository).get("processes", "") == ("worker: celery -A tasks:app worker" if agrees else "")
