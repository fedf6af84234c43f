"""The rows of the size bill: what of the app's own files is the front end's, and what libraries fetched."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from copier_slim.verify.image import Config
from copier_slim.verify.image.filesystem import hidden
from copier_slim.verify.image.layers import Entry, Layer
from copier_slim.verify.image.size_bill import kind_of
from tests.verify.test_judging import PYTHON, facts


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("app/ui/dist/assets/main-D3adbeef.js", "front end"),
        ("app/collected/app.0123456789ab.css.br", "front end"),
        ("app/static/fonts/inter.woff2", "front end"),
        ("app/shop/views.py", "application"),
        ("app/templates/index.html", "application"),
        ("app/shop/__pycache__/views.cpython-313.pyc", "bytecode"),
        ("opt/venv/lib/python3.13/site-packages/django/contrib/admin/static/admin/js/core.js", "dependencies"),
        ("usr/share/javascript/jquery.js", "system packages"),
        ("opt/data/nltk/corpora/stopwords/english", "data"),
        ("opt/data/spacy/en_core_web_sm/__init__.pyc", "data"),
        ("opt/venv/lib/python3.13/site-packages/nltk/data.py", "dependencies"),
        ("app/opt/data/x", "application"),
        ("opt/database", "system packages"),
    ],
)
def test_a_file_is_in_the_row_of_what_it_is_for(path: str, row: str) -> None:
    entry = Entry(path, 0o100644, 0, 0, 10, 10)
    seen = replace(facts(config=Config(working_dir="/app")), python=PYTHON)
    assert kind_of(entry, seen) == row


def layer(*paths: str) -> Layer:
    entries = [Entry(path, 0o40755 if path.endswith("/") else 0o100644, 0, 0, 10) for path in paths]
    return Layer(
        "", [replace(entry, path=entry.path.rstrip("/"), size=0 if entry.is_directory else 10) for entry in entries]
    )


@pytest.mark.parametrize(
    ("above", "names"),
    [
        ((layer("opt/a"),), ["opt/a"]),  # as chmod -R in a layer of its own does
        ((layer("opt/.wh.a"),), ["opt/a"]),
        ((layer("opt/.wh..wh..opq"),), ["opt/a", "opt/b"]),
        ((layer(".wh.opt"),), ["opt/a", "opt/b"]),
        ((layer(".wh..wh..opq"),), ["opt/a", "opt/b"]),
        ((layer(".wh.opt", "opt/a"),), ["opt/a", "opt/b"]),
        ((layer("opt/"),), []),
        ((layer("opt/c"), layer("opt/d")), []),
        ((layer("opt/c"), layer("opt/.wh.c")), ["opt/c"]),
    ],
)
def test_what_a_later_layer_replaces_or_removes_is_named(above: tuple[Layer, ...], names: list[str]) -> None:
    below = [layer("opt/", "opt/a"), layer("opt/b")]
    assert [entry.path for entry in hidden([*below, *above], 2)] == names
    assert not hidden([*below, *above], len(below) + len(above))


def test_many_layers_that_remove_files_of_a_large_one_take_a_moment() -> None:
    large = layer(*(f"usr/{number % 50}/{number % 977}/{number}" for number in range(60_000)))
    whiteouts = [
        layer(*(f"usr/{number % 50}/{number % 977}/.wh.{number}" for number in range(first, 60_000, 3_000)))
        for first in range(100)
    ]
    started = time.process_time()
    assert len(hidden([large, *whiteouts], 1)) == 2_000
    assert time.process_time() - started < 3  # it was seven where each layer went through all files
