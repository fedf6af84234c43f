"""container/indexes.py: how the build secrets of several indexes become the netrc file that pip and uv read."""

from __future__ import annotations

import netrc
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render

URL = "https://pypi.acme.example/{}/simple"


@pytest.fixture
def script(render: Render, tmp_path: Path) -> dict[str, Any]:
    """The script's definitions, for two indexes of one host and one of another."""
    indexes = f"one={URL.format(1)}\ntwo={URL.format(2)}\nthree=https://pypi.example.net/simple"
    render(tmp_path, dependencies="fastapi", indexes=indexes)
    text = (tmp_path / "container/indexes.py").read_text(encoding="utf-8")
    defined: dict[str, Any] = {}
    exec(text.partition("\nif LOCKED.is_file()")[0], defined)  # noqa: S102 what is below runs a command
    defined["logins"] = dict
    return defined


def written(script: dict[str, Any], path: Path, secrets: dict[str, str]) -> dict[str, tuple[str, str, str]]:
    script["secret"] = lambda name: secrets.get(name.removeprefix("UV_INDEX_"), "")
    script["write_netrc"](path)
    return netrc.netrc(path).hosts


@pytest.mark.parametrize(
    "password", ["plain", "p@ss:w/rd#1%", "#front", "two words", 'quo"te', '"front', "back\\slash", "$x'y"]
)
def test_any_password_arrives_as_it_is(script: dict[str, Any], tmp_path: Path, password: str) -> None:
    found = written(
        script, tmp_path / "netrc", {"ONE_USERNAME": "a user", "ONE_PASSWORD": password, "THREE_PASSWORD": "other"}
    )
    assert found == {"pypi.acme.example": ("a user", "", password), "pypi.example.net": ("__token__", "", "other")}


def test_two_indexes_of_one_host_have_one_password(script: dict[str, Any], tmp_path: Path) -> None:
    assert len(written(script, tmp_path / "netrc", {"ONE_PASSWORD": "same", "TWO_PASSWORD": "same"})) == 1
    said = "the indexes one and two of pypi.acme.example need one password for both, as pip and uv know one for a host"
    with pytest.raises(SystemExit, match=f"^{said}$"):
        written(script, tmp_path / "second", {"ONE_PASSWORD": "one", "TWO_PASSWORD": "two"})
    assert not (tmp_path / "second").exists()
