"""Small repositories of the tests' own, and what is detected in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from copier_slim import catalog
from copier_slim.detect.findings import Findings
from copier_slim.detect.repository import Repository, detect

Files = Mapping[str, str | bytes]
Detect = Callable[..., Repository]
Answers = Callable[[Files], dict[str, Any]]

ROOT = Path(__file__).resolve().parents[2]
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n"
SCRIPT = "def main():\n    print('x')\n\nif __name__ == '__main__':\n    main()\n"
# What stated start commands lead to
CODE: dict[str, str | bytes] = {
    "main.py": SCRIPT,
    "shop/__init__.py": "",
    "shop/web.py": FLASK,
    "shop/api.py": FASTAPI,
    "shop/made.py": "from flask import Flask\n\ndef create_app(config=None):\n    return Flask(__name__)\n",
    "shop/tasks.py": "from celery import Celery\napp = Celery('shop')\n",
    "shop/page.py": "import streamlit as st\nst.title('x')\n",
    "shop/job.py": SCRIPT,
    "shop/__main__.py": "print('x')\n",
    "wsgi.py": "from shop.web import app as application\n",
}


def repository(root: Path, files: Files) -> Path:
    """A repository with these files."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


@cache
def _questions() -> dict[str, dict[str, Any]]:
    """The questions by name."""
    found: dict[str, dict[str, Any]] = {}
    for path in ROOT.glob("questions/**/*.yml"):
        found |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@cache
def _validator(name: str) -> jinja2.Template:
    environment = jinja2.Environment(  # noqa: S701 no HTML
        loader=jinja2.FileSystemLoader(ROOT), trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
    )  # fmt: skip
    return environment.from_string(_questions()[name].get("validator", ""))


def rendered(question: str, field: str, answers: Mapping[str, Any]) -> str:
    """A field of a question, such as its choices, with these answers."""
    environment = _validator(question).environment
    return environment.from_string(_questions()[question][field]).render({**_defaults(), **answers})


@cache
def _defaults() -> dict[str, Any]:
    found = {name: question.get("default") for name, question in _questions().items()}
    for name in ("bases", "debian", "frameworks"):
        found[name] = yaml.safe_load((ROOT / f"hooks/copier_slim/catalog/{name}.yml").read_text(encoding="utf-8"))
    found["data_rows"] = yaml.safe_load((ROOT / "hooks/copier_slim/catalog/data.yml").read_text(encoding="utf-8"))
    return {**found, "framework": "fastapi", "port": 8000, "base": "slim"}


def complaints(answers: Mapping[str, Any]) -> dict[str, str]:
    """What the questionnaire refuses of the answers: the message by question."""
    found = {}
    for name, value in answers.items():
        if name not in _questions():
            found[name] = "no such question"
            continue
        if complaint := _validator(name).render({**_defaults(), **answers}).strip():
            found[name] = complaint
        choices = _questions()[name].get("choices")
        if isinstance(choices, list) and value not in choices:
            found[name] = "no such choice"
    framework = catalog.frameworks().get(answers["framework"])
    if framework is None or answers.get("server", framework.default_server) not in framework.servers:
        found["framework"] = "no such framework, or no such server of it"
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty directory with a name of its own."""
    directory = tmp_path / "shop"
    directory.mkdir()
    return directory


@pytest.fixture
def detecting(root: Path) -> Detect:
    """What is detected in a repository with these files, without the network; no answer is one that Copier refuses."""

    def detecting(files: Files, **options: Any) -> Repository:
        found = detect(repository(root, files), online=False, **options)
        assert complaints(found.findings.answers) == {}
        return found

    return detecting


@pytest.fixture
def answers(detecting: Detect) -> Answers:
    """The answers of a repository with these files."""

    def answers(files: Files) -> dict[str, Any]:
        return detecting(files).findings.answers

    return answers


def of(found: dict[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """The found answers that are asked about, to be compared at once."""
    return {name: found.get(name) for name in expected}


def lines(found: dict[str, Any], answer: str) -> list[str]:
    """A multi-line answer's lines."""
    text: str = found.get(answer, "")
    return text.split("\n") if text else []


def notes(findings: Findings) -> str:
    """All notes, to be searched."""
    return "\n".join(findings.notes)
