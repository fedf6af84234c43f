"""What counts as gained, what is written, and how it is said."""

from __future__ import annotations

import json

import pytest

from copier_slim import console
from copier_slim.errors import InputError
from copier_slim.tune import report, require_python
from copier_slim.tune.result import Tuned
from copier_slim.tune.trial import Measured, variables

MEGABYTES = [50_000_000] * 3


def tuned(seconds: list[float], memory: list[int] | None = None, **changes: object) -> Tuned:
    """Against half a second and 50 MB."""
    made = Tuned("shop", "3.15", Measured([0.5] * 3, MEGABYTES), Measured(seconds, memory or MEGABYTES), paths=["/"])
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("seconds", "memory", "gained"),
    [
        ([0.4, 0.4, 0.4], MEGABYTES, True),
        ([0.5, 0.5, 0.5], [45_000_000] * 3, True),
        ([0.495, 0.495, 0.495], MEGABYTES, False),  # less than what may be chance
        ([0.4, 0.4, 0.7], MEGABYTES, False),  # not in most of the pairs
        ([0.6, 0.6, 0.6], [45_000_000] * 3, False),  # it costs time
        ([0.4, 0.4, 0.4], [60_000_000] * 3, False),  # it costs memory
        ([0.5, 0.5, 0.5], MEGABYTES, False),
    ],
)
def test_what_is_gained(seconds: list[float], memory: list[int], gained: bool) -> None:  # noqa: FBT001
    assert tuned(seconds, memory).gained is gained


def test_the_answers_have_what_cannot_wait() -> None:
    made = tuned([0.4] * 3, eager={"shop.a": "it fails", "shop.b": "it fails"})
    assert made.answers == {"lazy_imports": True, "eager_modules": "shop.a\nshop.b"}


@pytest.mark.parametrize("version", ["3.11", "3.14", ""])
def test_an_older_python_is_refused_with_what_is_needed(version: str) -> None:
    with pytest.raises(InputError, match=r"need Python 3\.15.*update --data python_version=3\.15"):
        require_python(version)
    require_python("3.15")
    require_python("3.16")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (tuned([0.4] * 3, written=True), "lazy_imports written; build the image anew"),
        (tuned([0.4] * 3, written=True, eager={"a": "b"}), "lazy_imports and eager_modules written"),
        (tuned([0.5] * 3), "nothing is written: lazy imports bring nothing here"),
        (tuned([0.4] * 3), "nothing is written: the answers have this already"),
        (tuned([], problem="it ends with 1"), "nothing is written: it ends with 1"),
    ],
)
def test_the_last_line(made: Tuned, said: str) -> None:
    assert said in report.verdict(made)


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    report.show(tuned([0.4] * 3, [45_000_000] * 3, eager={"shop.a": "GET / differs"}), console.console(width=100))
    shown = capsys.readouterr().out
    assert "first answer in ms 500 400 100 (20%) memory in MB 50.0 45.0 5.0 (10%)" in " ".join(shown.split())
    assert "cannot wait: shop.a: else GET / differs" in shown


def test_what_was_not_measured_has_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    report.show(tuned([], problem="it ends with 1"), console.console(width=100))
    assert "first answer" not in capsys.readouterr().out
    assert json.loads(report.as_json(tuned([], problem="it ends with 1")))["gained"] is False


def test_many_modules_are_several_variables() -> None:
    words = variables("all", [f"package.module{number}" for number in range(2500)], {})[1::2]
    assert [word.partition("=")[0] for word in words] == [
        "PYTHON_LAZY_IMPORTS", "PYTHONHASHSEED", "COPIER_SLIM_EAGER_0", "COPIER_SLIM_EAGER_1000",
        "COPIER_SLIM_EAGER_2000",
    ]  # fmt: skip
    assert all(len(word) < 100_000 for word in words)
