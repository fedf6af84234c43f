"""What a file of an image is counted as."""

from __future__ import annotations

import pytest

from copier_slim.verify.image import Config
from copier_slim.verify.image.layers import Entry
from copier_slim.verify.image.size_bill import kind_of
from tests.verify.test_judging import facts

KINDS = {
    "opt/data/nltk/corpora/stopwords/english": "data",
    "opt/data/spacy/en_core_web_sm/__init__.pyc": "data",
    "opt/venv/lib/python3.13/site-packages/nltk/data.py": "dependencies",
    "app/opt/data/x": "application",
    "opt/database": "system packages",
}


@pytest.mark.parametrize("path", KINDS)
def test_what_libraries_fetched_is_data(path: str) -> None:
    seen = facts(config=Config(user="1:1", working_dir="/app"))
    assert kind_of(Entry(path, 0o100644, 0, 0, 1), seen) == KINDS[path]
