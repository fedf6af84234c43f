"""COPY and ADD of an existing Dockerfile, in both forms: whoever reads one takes the same words from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import copied_files
from copier_slim.detect.statements.dockerfile import read
from copier_slim.detect.tree import Tree
from tests.detect.conftest import repository

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
