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
GROUPS = yaml.safe_load((Path(__file__).parents[1] / "data" / "packages.yml").read_text(encoding="utf-8"))
PROOFS: list[tuple[str, dict[str, Any]]] = [proof for group in GROUPS.values() for proof in group["rows"].items()]
SUITES = {"bookworm", "trixie"}
DEBIAN_FIELDS = ("build", "linked", "runtime")
ALPINE_FIELDS = {*DEBIAN_FIELDS, "wheel", "unfit"}
FIELDS = {*DEBIAN_FIELDS, "wheel", "extras", "unless", "ask", "why", "mb", "alpine", "unproven"}
DEBIAN_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")  # Debian policy 5.6.1
ALPINE_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]*")
TOO_HEAVY_TO_BE_SILENT = 300
NOT_LOADED_ON_ALPINE = {"pyuwsgi"}  # its wheel for musl has all
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


@each_row
def test_alpine_says_what_it_takes_or_why_it_is_unfit(name: str) -> None:
    if "alpine" not in ROWS[name]:
        return
    alpine = ROWS[name]["alpine"]
    assert alpine
    assert alpine.keys() <= ALPINE_FIELDS
    assert alpine.keys() == {"unfit"} or "unfit" not in alpine
    assert alpine.get("wheel", False) is False
    assert not ("linked" in alpine and "wheel" in alpine), "always compiled: what it loads is its runtime"
    for package in (package for field in DEBIAN_FIELDS for package in alpine.get(field, [])):
        assert ALPINE_NAME.fullmatch(package)


@each_row
def test_what_runs_something_on_debian_does_on_alpine(name: str) -> None:
    row = ROWS[name]
    on_alpine = row.get("alpine", {})
    if "runtime" in row and name not in NOT_LOADED_ON_ALPINE:
        assert on_alpine.keys() & {"runtime", "unfit"}


@each_row
def test_what_has_no_wheel_at_all_has_none_for_musl(name: str) -> None:
    row = ROWS[name]
    if not row.get("wheel", True):
        assert row["alpine"].get("wheel") is False or "unfit" in row["alpine"]


def test_each_row_is_proven_once_or_says_why_not() -> None:
    proven = sorted(name for name, _ in PROOFS)
    assert proven == sorted(name for name, row in ROWS.items() if "unproven" not in row)


@each_row
def test_why_it_is_unproven_is_said(name: str) -> None:
    assert ROWS[name].get("unproven", "…")


@pytest.mark.parametrize(("name", "proof"), [pytest.param(*proof, id=proof[0]) for proof in PROOFS])
def test_compiling_what_has_a_wheel_is_proven_or_says_why_not(name: str, proof: dict[str, Any]) -> None:
    compiles_sometimes = ROWS[name].get("wheel", True) and ROWS[name].keys() & {"build", "linked"}
    assert bool(proof.get("compiled")) == bool(compiles_sometimes)
