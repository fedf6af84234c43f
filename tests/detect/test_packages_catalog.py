"""The table from PyPI name to Debian packages: its shape; whether Debian has the names, only apt can tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.utils import canonicalize_name

CATALOG = Path(__file__).parents[2] / "hooks" / "copier_slim" / "catalog" / "packages.yml"
ROWS: dict[str, dict[str, Any]] = yaml.safe_load(CATALOG.read_text(encoding="utf-8"))
SUITES = {"bookworm", "trixie"}
DEBIAN_FIELDS = ("build", "linked", "runtime")
FIELDS = {*DEBIAN_FIELDS, "wheel", "extras", "unless", "ask", "why", "mb", "alpine", "unproven"}
DEBIAN_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")  # Debian policy 5.6.1
TOO_HEAVY_TO_BE_SILENT = 300
ASKED_FOR_BY_NAME = {"ffmpeg"}  # of no use without: heavy, and installed all the same

each_row = pytest.mark.parametrize("name", ROWS)


def test_is_large_enough() -> None:
    assert len(ROWS) >= 85


def test_no_name_comes_twice() -> None:
    names = re.findall(r"^([^\s#][^:]*):", CATALOG.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(names) == sorted(set(names))


def test_the_head_explains_each_field() -> None:
    head = CATALOG.read_text(encoding="utf-8").partition("\n\n")[0]
    assert set(re.findall(r"^# (\w+) {2,}\w", head, re.MULTILINE)) == FIELDS


@each_row
def test_name_is_canonical(name: str) -> None:
    assert name == canonicalize_name(name)


@each_row
def test_fields_are_known_and_of_their_type(name: str) -> None:
    row = ROWS[name]
    assert row.keys() <= FIELDS
    assert isinstance(row["why"], str)
    assert row.get("wheel", False) is False
    assert row.get("ask", True) is True
    for field in (*DEBIAN_FIELDS, "extras", "unless"):
        assert row.get(field, ["…"]), f"{field} says nothing"
        assert isinstance(row.get(field, []), list)


@each_row
def test_says_something(name: str) -> None:
    row = ROWS[name]
    assert row.keys() & {*DEBIAN_FIELDS, "wheel"}


@each_row
def test_debian_names_look_like_such(name: str) -> None:
    for field in DEBIAN_FIELDS:
        for package in ROWS[name].get(field, []):
            by_suite = package if isinstance(package, dict) else dict.fromkeys(SUITES, package)
            assert by_suite.keys() == SUITES
            assert any(by_suite.values())
            for debian_name in filter(None, by_suite.values()):
                assert DEBIAN_NAME.fullmatch(debian_name)


@each_row
def test_linked_is_only_for_packages_with_wheels(name: str) -> None:
    row = ROWS[name]
    assert not ("linked" in row and "wheel" in row), "always compiled: what it loads is its runtime"


@each_row
def test_other_distributions_are_canonical_and_not_itself(name: str) -> None:
    for other in ROWS[name].get("unless", []):
        assert other == canonicalize_name(other) != name


@each_row
def test_megabytes_are_those_of_runtime(name: str) -> None:
    row = ROWS[name]
    assert ("mb" in row) == ("runtime" in row)
    assert isinstance(row.get("mb", 0), (int, float))


@each_row
def test_what_is_heavy_is_not_silent(name: str) -> None:
    row = ROWS[name]
    if row.get("mb", 0) > TOO_HEAVY_TO_BE_SILENT:
        assert row.get("ask") or ASKED_FOR_BY_NAME.issuperset(row["runtime"])
