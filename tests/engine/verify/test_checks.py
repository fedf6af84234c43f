"""Every check fails on an image that breaks its rule, and passes on one that keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from copier_slim import catalog
from copier_slim.verify import Options, Report, Status, verify
from copier_slim.verify.checks import CHECKS
from tests.engine.verify.conftest import BROKEN, KEPT, Make, write_project

pytestmark = pytest.mark.xdist_group("verify")

OPTIONS = Options(slow_path="/slow", wait=30, budget=1000)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, engine: None) -> Report:  # noqa: ARG001
    """What verify says of the project that keeps the contract."""
    return verify(write_project(tmp_path_factory.mktemp("good")), None, replace(OPTIONS, reproducible=True))


def test_the_catalog_names_every_check_and_each_is_broken_by_an_image() -> None:
    assert list(catalog.checks()) == list(CHECKS)
    assert {*BROKEN, "R18"} == {*CHECKS}


@pytest.mark.parametrize("name", list(CHECKS))
def test_passes_where_the_rule_is_kept(good: Report, name: str) -> None:
    assert good[name].status is Status.PASSED, good[name].outcome


def rows(table: dict[str, list[dict[str, Any]]]) -> list[Any]:
    """On each change one way to break or keep each rule by an image alone; by `make test-all` what takes two builds."""
    return [
        pytest.param(
            name,
            case,
            id=f"{name} {case['name']}",
            marks=[pytest.mark.matrix] if number or case.get("project") else [],
        )
        for name, cases in table.items()
        for number, case in enumerate(cases)
    ]


@pytest.mark.parametrize(("name", "case"), rows(BROKEN))
def test_fails_where_the_rule_is_broken(name: str, case: dict[str, Any], make: Make, build: Callable[..., str]) -> None:
    changes = {"replace": case.get("replace"), "add": case.get("add")}
    options = replace(OPTIONS, **case.get("options", {}))
    report = verify(make(**changes), None, options) if case.get("project") else verify(None, build(**changes), options)
    outcome = report[name].outcome
    assert report[name].status is Status.FAILED, outcome
    assert case["found"] in "\n".join([outcome.found, *outcome.details])
    assert outcome.looked_at
    others = {result.id for result in report.by(Status.FAILED)} - {name}
    assert others == set(case.get("also", [])), [report[other].outcome for other in others]


@pytest.mark.parametrize(("name", "case"), rows(KEPT))
def test_passes_where_the_rule_is_kept_otherwise(name: str, case: dict[str, Any], build: Callable[..., str]) -> None:
    image = build(replace=case.get("replace"), add=case.get("add"))
    report = verify(None, image, replace(OPTIONS, **case.get("options", {})))
    assert report[name].status is Status.PASSED, report[name].outcome
    for status in Status.FAILED, Status.NOT_SEEN:
        assert {result.id: result.outcome for result in report.by(status)} == {}


def test_the_budget_is_for_what_is_compressed(good: Report, make: Make) -> None:
    assert not isinstance(good.bill, str)
    report = verify(make(), None, Options(slow_path="/slow", budget=10))
    assert report["R18"].status is Status.FAILED


def test_what_a_check_cannot_see_it_does_not_pass(build: Callable[..., str]) -> None:
    report = verify(None, build(replace={"server.py": {"import six\n": "raise SystemExit(1)\n"}}), OPTIONS)
    assert report["R8"].status is Status.FAILED
    for name in ("R9", "R10", "R11", "R12", "R14", "R15", "R16", "R17", "R19", "R24"):
        applies = name not in {"R14", "R15", "R16", "R17", "R19"}  # an image alone
        assert report[name].status is (Status.NOT_SEEN if applies else Status.DOES_NOT_APPLY)
        assert report[name].outcome.found
    for name in ("R1", "R2", "R3", "R5", "R6", "R23"):
        assert report[name].status is Status.PASSED


def test_an_image_without_a_shell_and_with_python_elsewhere(build: Callable[..., str]) -> None:
    scratch = (
        "FROM scratch\nCOPY --from=base /usr/local /usr/local\nCOPY --from=base /usr/lib /lib\n"
        "COPY --from=base /usr/lib64 /lib64\nCOPY --from=base /etc/ld.so.cache /etc/ld.so.cache\n"
        "COPY --from=build /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:/usr/local/bin\nENV PYTHONUNBUFFERED=1\n"
        "WORKDIR /app"
    )
    image = build(
        replace={"Dockerfile": {"FROM base AS runtime": scratch, "COPY --link --from=build /opt/venv /opt/venv\n": ""}}
    )
    report = verify(None, image, OPTIONS)
    assert {result.id for result in report.by(Status.FAILED)} == set()
