"""COPY and ADD of an existing Dockerfile, in both forms: whoever reads one takes the same words from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import copied_files
from copier_slim.detect.statements.dockerfile import read
from copier_slim.detect.tree import Tree
from tests.detect.conftest import FLASK, Answers, Detect, notes, repository

FORMS: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "words": ("a.py b.py lib/", ("a.py", "b.py"), "/code/lib", ""),
    "JSON": ('["my file.txt", "/etc/my file"]', ("my file.txt",), "/etc/my file", ""),
    "JSON behind options": ('--from=ui --chown=1:1 ["/ui/my dist", "."]', ("/ui/my dist",), "/code", "ui"),
    "JSON that is broken": ('["a.txt", "b.txt"', ("a.txt",), "/code/b.txt", ""),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_words_of_a_copy(name: str) -> None:
    value, sources, target, origin = FORMS[name]
    copy = copied_files.read(value, "/code", Evidence("Dockerfile", 1))
    assert copy
    assert (copy.sources, copy.target, copy.origin) == (sources, target, origin)


def test_a_path_of_the_image_stands_for_a_folder_whose_name_has_a_space(root: Path) -> None:
    content = """\
FROM python:3.13
WORKDIR /code
COPY ["my docker/start it.sh", "/start it.sh"]
COPY ["my code", "lib"]
"""
    files = {"my docker/Dockerfile": content, "my docker/start it.sh": "", "my code/main.py": "", "Dockerfile": ""}
    facts = read(Tree(repository(root, files)), (), ["my docker/Dockerfile"])
    assert facts
    assert facts.context == ""
    assert facts.image.folder("/code/lib") == "my code"
    assert facts.image.folder("/start it.sh") == "my docker/start it.sh"


MOVED = """\
FROM python:3.12-slim
WORKDIR /srv
COPY api/requirements.txt /tmp/requirements.txt
RUN pip install -r /tmp/requirements.txt
COPY api/src/ /srv/
COPY {} /srv/{}/
CMD ["uvicorn", "main:app"]
"""
IMPORTS = "from fastapi import FastAPI\nfrom shared.money import euros\n\napp = FastAPI()\n"
PACKAGES: dict[str, tuple[str, str, dict[str, str], str]] = {
    "put beside the code": ("libs/shared/", "shared", {}, "libs/shared/ /app/api/src/shared/"),
    "not imported": ("libs/shared", "other", {}, ""),
    "there already": ("libs/shared", "shared", {"api/src/shared/__init__.py": ""}, ""),
    "where it is anyway": ("shared", "shared", {"shared/money.py": ""}, ""),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_that_is_imported_from_where_the_dockerfile_puts_it_is_there(name: str, answers: Answers) -> None:
    source, target, more, expected = PACKAGES[name]
    files = {
        "Dockerfile": MOVED.format(source, target), "api/requirements.txt": "fastapi\n", "api/src/main.py": IMPORTS,
        "libs/shared/__init__.py": "", "libs/shared/money.py": "def euros(n): ...\n", **more,
    }  # fmt: skip
    assert answers(files).get("image_files", "") == expected


INSTALLED: dict[str, tuple[str, list[str], str]] = {
    "a range with extras": ("pip install 'gunicorn[gthread]>=22,<24'", ["gunicorn[gthread]<24,>=22"], ""),
    "a server by itself": ("pip install gunicorn", [], ""),
    "a blank": ('pip install "pymysql >= 1.1" -U pip', ["pymysql>=1.1"], ""),
    "another tool": ("uv add --no-sync pymysql", ["pymysql"], ""),
    "from git": ("pip install git+https://github.com/example/house@0a1b2c", [], "not carried over from Dockerfile:2"),
    "from an address": ("pip install 'house @ https://example.com/h.zip'", [], "not carried over from Dockerfile:2"),
    "a file": ("pip install vendor/house-1.0-py3-none-any.whl", [], "not carried over from Dockerfile:2"),
    "the project and what a stage has built": ("pip install -e . && pip install --no-index /wheels/*.whl", [], ""),
}


@pytest.mark.parametrize("name", INSTALLED)
def test_what_a_dockerfile_installs_is_carried_or_named(name: str, detecting: Detect) -> None:
    step, added, told = INSTALLED[name]
    files = {"requirements.txt": "flask\n", "app.py": FLASK}
    files["Dockerfile"] = f"FROM python:3.13\nRUN {step}\nCMD gunicorn app:app\n"
    found = detecting(files).findings
    assert found.value("dependencies").splitlines() == ["flask", *added]
    assert (told in notes(found)) if told else ("not carried over" not in notes(found))
