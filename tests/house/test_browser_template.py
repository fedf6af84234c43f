"""The configurator's Python renders files of a name of their own as Copier does, here without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from tests.conftest import Render
from website.browser.questionnaire import answer
from website.browser.sizes import sizes
from website.browser.template import Renderer
from website.bundle import bundle

CASES: dict[str, dict[str, Any]] = {
    "units": {"framework": "flask", "extras": ["quadlet"], "release": "flask --app main routes",
              "processes": "worker: python -m main", "schedules": "sessions: 0 4 * * * python -m main"},
    "an older builder": {"builder": "older", "profiler": "sampling", "python_version": "3.15"},
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_files_are_copiers(render: Render, tmp_path: Path, name: str) -> None:
    project = render(tmp_path / "shop", **CASES[name])
    renderer = Renderer(bundle())
    made = renderer.files(answer(renderer, {**CASES[name], "project_name": "shop"}).answers)
    copied = {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(project).parts[:1]
    }
    aside = {".copier-answers.yml"}  # it names where the template came from
    assert {path: content for path, (_, content) in made.items() if path not in aside} == {
        path: content for path, content in copied.items() if path not in aside
    }


def test_data_has_a_line_among_the_sizes() -> None:
    renderer = Renderer(bundle())
    data = {"data": "nltk stopwords punkt\nhuggingface BAAI/bge-small-en-v1.5@main", "project_name": "shop"}
    parts = {part["name"]: part["disk"] for part in sizes(renderer, answer(renderer, data).answers)}
    rows = catalog.data()
    assert parts["data that libraries fetch"] == sum(
        rows[kind].mb[name]
        for kind, name in (("nltk", "stopwords"), ("nltk", "punkt"), ("huggingface", "BAAI/bge-small-en-v1.5"))
    )
    outside = answer(renderer, {**data, "data_place": "volume"}).answers
    assert "data that libraries fetch" not in {part["name"] for part in sizes(renderer, outside)}
