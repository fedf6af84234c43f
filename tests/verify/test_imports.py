"""What -X importtime says of a start: read from a log among other lines, and summed by package."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from copier_slim import console
from copier_slim.verify import page
from copier_slim.verify import report as verify_report
from copier_slim.verify.imports import Imports, Module, parsed, summed
from copier_slim.verify.not_seen import NotSeen
from tests.verify.test_judging import report

LOG = """\
import time: self [us] | cumulative | imported package
import time:       200 |        200 |     shop.models
INFO: import time:  9 |  9 | not.a.line
import time:      1000 |       1000 |     pydantic
import time:       300 |       1500 |   shop.views
import time:       500 |       2000 | shop
import time:        40 |         40 | pydantic.json
import time:        10 |         1
"""


def test_lines_among_others() -> None:
    assert sorted(parsed(LOG), key=lambda module: module.name) == [
        Module("pydantic", 1000, 1000, outermost=True),
        Module("pydantic.json", 40, 40, outermost=True),
        Module("shop", 500, 2000, outermost=True),
        Module("shop.models", 200, 200, outermost=False),
        Module("shop.views", 300, 1500, outermost=False),
    ]


def test_packages_whose_own_modules_take_longest_come_first() -> None:
    found = summed(parsed(LOG), most=1)
    assert found.slowest[0].name == "pydantic"
    assert (found.milliseconds, found.modules) == (2.04, 5)
    shop = summed(parsed(LOG)).slowest[1]
    assert (shop.name, shop.own, shop.whole, shop.modules) == ("shop", 1.0, 2.0, 3)


def test_what_two_workers_import_counts_once() -> None:
    slower = LOG.replace("       500 |       2000 | shop", "       700 |       2200 | shop")
    assert {module.name: module.own for module in parsed(LOG + slower)}["shop"] == 700
    assert len(parsed(LOG + slower)) == len(parsed(LOG))


@pytest.mark.parametrize(
    "log", ["", "import time: x | 1 | a\n", "import time: 1 | 1 | \n", "import time: 1 | 1 | a b\n"]
)
def test_nothing_to_read(log: str) -> None:
    assert parsed(log) == []
    assert summed([]) == Imports(0, 0, ())


def test_as_python_itself_writes_it() -> None:
    done = subprocess.run(
        [sys.executable, "-IS", "-X", "importtime", "-c", "import json"], capture_output=True, text=True, check=True
    )
    found = {module.name: module for module in parsed(done.stderr)}
    assert found["json"].whole >= found["json"].own + found["json.decoder"].own
    assert found["json"].outermost
    assert not found["json.decoder"].outermost


def test_the_report_names_the_slowest(capsys: pytest.CaptureFixture[str]) -> None:
    timed = replace(report(), imports=summed(parsed(LOG)))
    verify_report.show(timed, console.console(width=100))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[-4:] == [
        "slowest imports in ms its own with all it imports modules", "pydantic 1 1 2", "shop 1 2 3", "all 2 5",
    ]  # fmt: skip
    document = json.loads(verify_report.as_json(timed))["imports"]
    assert document["slowest"][0] == {"name": "pydantic", "own_ms": 1.04, "whole_ms": 1.04, "modules": 2}
    assert "<td>pydantic</td>" in page.as_html(timed)


def test_the_report_says_why_nothing_was_timed(capsys: pytest.CaptureFixture[str]) -> None:
    untimed = replace(report(), imports=NotSeen("it does not run, see R8"))
    verify_report.show(untimed, console.console(width=100))
    assert "imports not timed: it does not run, see R8" in capsys.readouterr().out
    assert json.loads(verify_report.as_json(untimed))["imports"] == {"not_run": "it does not run, see R8"}
    assert "it does not run, see R8" in page.as_html(untimed)
