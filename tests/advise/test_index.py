"""The index: both forms of its pages, what it does not have, what is kept of its answers."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from copier_slim.package_index import index as client

from .conftest import PURE, Index


@pytest.mark.parametrize("form", ["json", "html"])
def test_both_forms_of_a_page(form: str, index: Index) -> None:
    index.form = form
    index.add("flask", "1.0", PURE, sdist=70)
    index.yanked.add("flask-1.0.tar.gz")
    index.requires_python["flask-1.0-py3-none-any.whl"] = ">=3.9"
    first, second = client.ask(["flask"], {}).files["flask"]
    files = index.url.replace("/simple", "/files")
    assert (first.name, first.requires_python, first.yanked) == ("flask-1.0-py3-none-any.whl", ">=3.9", False)
    assert first.url == f"{files}/flask-1.0-py3-none-any.whl"
    assert first.size == (len(index.files["flask"][first.name]) if form == "json" else 0)
    assert (second.name, second.yanked) == ("flask-1.0.tar.gz", True)


def test_what_it_does_not_have_and_what_it_does_not_answer(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add("flask", "1.0", PURE)
    answers = client.ask(["flask", "ours"], {})
    assert list(answers.files) == ["flask"]
    assert answers.unknown == {"ours"}
    assert not answers.failed

    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    answers = client.ask(["flask"], {})
    assert list(answers.failed) == ["flask"]
    assert not answers.files
    assert not answers.unknown


def test_an_answer_is_kept_for_a_day_and_a_release_for_good(index: Index, tmp_path: Path) -> None:
    index.add("flask", "1.0", PURE)
    client.ask(["flask"], {})
    client.ask(["flask"], {})
    assert len(index.asked) == 1

    kept = next((tmp_path / "cache").rglob("flask.json"))
    os.utime(kept, (time.time() - 90_000,) * 2)
    client.ask(["flask"], {"flask": "1.0"})
    assert len(index.asked) == 1
    client.ask(["flask"], {"flask": "1.1"})
    assert len(index.asked) == 2

    kept.write_text("[[", encoding="utf-8")
    assert client.ask(["flask"], {}).files["flask"]


def test_a_cache_that_cannot_be_written_is_none(index: Index, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    index.add("flask", "1.0", PURE)
    assert client.ask(["flask"], {}).files["flask"]


def test_a_password_is_in_no_file_and_no_path(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add("flask", "1.0", PURE)
    index.authorization = "Basic bWU6Z2VoZWlt"
    monkeypatch.setenv("PIP_INDEX_URL", index.url.replace("//", "//me:geheim@"))
    assert client.ask(["flask"], {}).files["flask"]
    for path in (tmp_path / "cache").rglob("*"):
        assert "geheim" not in str(path)
        assert path.is_dir() or b"geheim" not in path.read_bytes()
