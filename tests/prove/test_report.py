"""What is said at the end: what was seen working, and what it still asks for."""

# ruff: noqa: E501 observations are long

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from copier_slim.prove import Verdict, report
from copier_slim.prove.changes import Change
from copier_slim.prove.matching import matches
from copier_slim.prove.observation import Observation

OPEN = ("0.0.0.0:8000",)
UNREACHED = "socket.gaierror: [Errno -3] Temporary failure in name resolution"
DEVELOPMENT = " * Debug mode: on"


def said(observation: Observation) -> tuple[Verdict, str]:
    out = StringIO()
    verdict = Verdict(observation, left=list(matches(observation)))
    report.show(verdict, Console(file=out, width=999))
    return verdict, out.getvalue()


@pytest.mark.parametrize(
    ("observation", "end"),
    [
        (Observation("", port=8000, path="/up", listening=OPEN, answers={"/up": 200}), "proven: /up answered 200 on port 8000"),
        (Observation("", port=8000, listening=OPEN, answers={"/": 0}), "proven: it took a connection on port 8000"),
        (Observation("", seconds=7, process="python bot.py"), "proven: python bot.py ran for 7 s"),
        (Observation("done", seconds=1, exit_code=0), "proven: it ended with 0 after 1 s"),
        (
            Observation("", port=8000, listening=OPEN, answers={"/": 404, "/docs": 404}),
            "proven: it answers on port 8000, with 404 for the 2 paths asked",
        ),
    ],
)  # fmt: skip
def test_the_last_line_is_what_was_seen_working(observation: Observation, end: str) -> None:
    verdict, _ = said(observation)
    assert verdict.fine
    assert report.end(verdict) == end


def test_what_works_and_asks_for_more_is_told_so() -> None:
    verdict, shown = said(Observation(UNREACHED, seconds=7, process="python bot.py"))
    assert verdict.works
    assert "needs: it wants to reach a host outside" in shown
    assert UNREACHED in shown
    assert report.end(verdict) == "proven: python bot.py ran for 7 s"


def test_what_works_and_cannot_be_bettered_is_not_told() -> None:
    assert said(Observation(DEVELOPMENT, port=8000, listening=OPEN, answers={"/": 200}))[1] == ""


def test_a_page_that_fails_is_no_page_that_works() -> None:
    log = "ModuleNotFoundError: No module named 'shop_of_nobody'"
    seen = Observation(log, port=8000, path="/up", listening=OPEN, answers={"/up": 200}, raised=True)
    verdict, shown = said(seen)
    assert not verdict.fine
    assert "needs: shop_of_nobody is not installed" in shown
    assert report.failure(verdict).startswith(
        f"not seen working: its page fails, though /up answered 200 on port 8000 ({log})"
    )


def test_what_says_nothing_is_said_once() -> None:
    verdict, shown = said(Observation("", port=8000, seconds=30, process="python bot.py"))
    assert "nothing listened at its port within 30 s" in shown
    assert report.failure(verdict).startswith("not seen working: python bot.py ran for 30 s; what is written stays")


def test_what_an_image_cannot_bring_is_no_failure() -> None:
    verdict, shown = said(Observation(UNREACHED, port=8000, exit_code=1, seconds=2))
    assert not verdict.works
    assert verdict.fine
    assert "--network bridge" in shown
    assert report.end(verdict) == "not seen working: it ended with 1 after 2 s, for what it needs"


def test_of_a_long_answer_what_is_new_is_shown() -> None:
    before = "\n".join(f"package-{number}" for number in range(30))
    change = Change({"dependencies": before.replace("package-7\n", "package-7<2\n")})
    assert report.shown(change, {"dependencies": before}) == "dependencies=… package-7<2"
    assert (
        report.shown(Change({"dependencies": "flask\ntabulate"}), {"dependencies": "flask"})
        == "dependencies=flask tabulate"
    )


@pytest.mark.parametrize(
    "line",
    [
        "OSError: [Errno 101] Network is unreachable",
        "RuntimeError: Expected a valid \"client_id\", instead received: ''",
    ],
)
def test_a_row_that_may_be_about_any_error_does_not_hide_what_is_outside(line: str) -> None:
    verdict, shown = said(Observation(line, port=8000, exit_code=1))
    assert verdict.fine
    assert "needs: it" in shown
