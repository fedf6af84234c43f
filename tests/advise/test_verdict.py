"""Which base is recommended, and what is said of each."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from copier_slim import catalog
from copier_slim.advise.model import Bill, How, Installed, Size, Verdict
from copier_slim.advise.pins import Project
from copier_slim.advise.verdict import judge

SIZES = {"slim": Size(200, 70), "distroless": Size(130, 40), "alpine": Size(120, 40), "full": Size(1200, 440)}


def bills(packages: dict[str, dict[str, How]], system_packages: list[str] | None = None) -> list[Bill]:
    """A bill for each base with packages by how they are installed on Debian, or on Alpine where that differs."""
    made = []
    for base in catalog.bases():
        on = "alpine" if base == "alpine" else "debian"
        installed = [Installed(name, "1.0", how.get(on, how["debian"])) for name, how in packages.items()]
        made.append(
            Bill(
                base,
                "amd64",
                f"python-{base}",
                on,
                size=SIZES[base],
                packages=installed,
                system_packages=system_packages or [],
            )
        )
    return made


def verdict(packages: dict[str, dict[str, How]], system_packages: list[str] | None = None, **answers: Any) -> Verdict:
    """What is recommended for a project with these packages and answers."""
    return judge(Project("shop", "3.13", "trixie", answers=answers), bills(packages, system_packages))


WHEEL = {"debian": How.WHEEL}
MUSL_COMPILES = {"debian": How.WHEEL, "alpine": How.COMPILED}
MUSL_LACKS = {"debian": How.WHEEL, "alpine": How.ABSENT}
COMPILES = {"debian": How.COMPILED}


def test_slim_is_recommended_and_says_what_the_others_save() -> None:
    found = verdict({"flask": WHEEL})
    assert found.base == "slim"
    assert found.why == (
        "nothing has to be compiled; distroless saves 70 MB on disk, 30 MB to pull"
        " where no shell is needed in the container"
    )
    assert found.remarks["alpine"].startswith("saves 80 MB on disk, 30 MB to pull; musl")
    assert found.remarks["distroless"].startswith("saves 70 MB on disk, 30 MB to pull; no shell")


def test_full_is_never_recommended() -> None:
    found = verdict({"psycopg2": COMPILES}, base="full")
    assert found.base == "slim"
    assert found.remarks["full"] == "it is to build or to debug, not to ship"
    assert found.why == (
        "psycopg2 is compiled in the build stage; full is answered, but it is to build or to debug, not to ship"
    )


@pytest.mark.parametrize("base", ["alpine", "distroless"])
def test_an_answer_against_which_nothing_speaks_stands(base: str) -> None:
    found = verdict({"flask": WHEEL, "psycopg2": COMPILES}, base=base)
    assert found.base == base
    assert "as answered" in found.why
    assert "saves" in found.why


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (MUSL_COMPILES, "alpine is answered, but grpcio would be compiled, with a wheel on Debian"),
        (MUSL_LACKS, "alpine is answered, but grpcio cannot be had"),
    ],
)
def test_alpine_is_never_recommended_against_wheels_on_debian(how: dict[str, How], said: str) -> None:
    found = verdict({"grpcio": how}, base="alpine")
    assert found.base == "slim"
    assert said in found.why
    assert "grpcio" in found.remarks["alpine"]


def test_what_does_not_work_on_alpine_speaks_against_it() -> None:
    made = [
        msgspec.structs.replace(bill, unfit={"torch": "its wheels are for glibc"}) if bill.base == "alpine" else bill
        for bill in bills({"torch": WHEEL})
    ]
    found = judge(Project("shop", "3.13", "trixie", answers={"base": "alpine"}), made)
    assert found.base == "slim"
    assert "torch does not work there: its wheels are for glibc" in found.why


AGAINST_DISTROLESS: dict[str, tuple[list[str], dict[str, str], str]] = {
    "a program": (["libpq5", "poppler-utils"], {}, "poppler-utils is run as a program"),
    "a script before the start": ([], {"prestart": "python manage.py migrate\nsh wait.sh"}, "needs a shell"),
    "a script as the command": ([], {"app": "./start.sh --now"}, "needs a shell"),
    "a shell as the command": ([], {"app": "/bin/bash -c run"}, "needs a shell"),
    "a profiler": ([], {"profiler": "py-spy"}, "profiler"),
}


@pytest.mark.parametrize("name", AGAINST_DISTROLESS)
def test_what_speaks_against_distroless(name: str) -> None:
    system_packages, answers, said = AGAINST_DISTROLESS[name]
    found = verdict({"flask": WHEEL}, system_packages, base="distroless", **answers)
    assert found.base == "slim"
    assert said in found.why
    assert said in found.remarks["distroless"]
    assert "distroless" not in verdict({"flask": WHEEL}, system_packages, **answers).why


def test_libraries_and_commands_of_python_do_not() -> None:
    answers = {"prestart": "python manage.py migrate", "app": "python -m shop.push", "profiler": "none"}
    assert verdict({"flask": WHEEL}, ["libpq5", "libpango-1.0-0"], base="distroless", **answers).base == "distroless"


def test_many_names_are_shortened() -> None:
    found = verdict({f"p{number}": COMPILES for number in range(7)})
    assert found.why.startswith("p0, p1, p2, p3 and 3 more is compiled")


def test_what_cannot_be_had_anywhere_is_said() -> None:
    assert verdict({"flask": WHEEL, "closed": {"debian": How.ABSENT}}).why.startswith("closed cannot be had")


def test_a_base_that_was_not_measured_saves_nothing() -> None:
    unmeasured = [
        msgspec.structs.replace(bill, size=None) if bill.base == "distroless" else bill
        for bill in bills({"flask": WHEEL})
    ]
    found = judge(Project("shop", "3.13", "trixie"), unmeasured)
    assert found.why == "nothing has to be compiled"
    assert found.remarks["distroless"] == "no shell and no package manager in the container"
