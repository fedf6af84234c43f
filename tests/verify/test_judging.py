"""The checks as functions of what was seen: without an observation none of them passes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from copier_slim.verify import judge
from copier_slim.verify import report as verify_report
from copier_slim.verify.checks.dependencies import locked_versions
from copier_slim.verify.container import Answer, Log
from copier_slim.verify.image import Config, Image
from copier_slim.verify.image.filesystem import Files
from copier_slim.verify.image.python import Interpreter
from copier_slim.verify.image.size_bill import bill_of
from copier_slim.verify.not_seen import NotSeen
from copier_slim.verify.observations import Facts, Pace, Process, Started
from copier_slim.verify.outcome import Status, failed
from copier_slim.verify.result import Report, Result
from copier_slim.verify.target import Options, Subject

STARTED = Started(Answer(200, b""), 1.0, None, "serving", 7)
NOTHING = NotSeen("nobody looked")
PYTHON = Interpreter("/usr/bin/python3", "3.13", "usr/lib/python3.13", (), virtual=False)


def facts(history: tuple[str, ...] = (), config: Config | None = None, **seen: Any) -> Facts:
    """What was seen where nothing was but a start, and what is given."""
    image = Image("an-image", "sha256:0", config or Config(user="1:1", exposed_ports={"80/tcp": {}}), (), history)
    subject = Subject(image, None, None, Options(budget=1))
    unseen = {field.name: NOTHING for field in fields(Facts)} | {"subject": subject, "started": STARTED}
    return Facts(**unseen | seen)


def statuses(seen: Facts) -> dict[str, Status]:
    return {result.id: result.status for result in judge(seen)}


def test_what_nobody_saw_is_not_passed() -> None:
    found = statuses(facts())
    # The user is in the configuration, the start was seen, and that there is no health check as well
    assert found.pop("R1") is Status.PASSED
    assert found.pop("R8") is Status.PASSED
    assert found.pop("R12") is Status.FAILED
    assert found.pop("R19") is Status.DOES_NOT_APPLY  # to an image alone
    assert set(found.values()) == {Status.NOT_SEEN}


def test_what_there_is_not_does_not_apply() -> None:
    seen = facts(
        config=Config(user="1:1"),
        processes=NotSeen("it ended by itself", applies=False),
        in_flight=NotSeen("no route", applies=False, option="without --slow-path"),
    )
    results = {result.id: result for result in judge(seen)}
    for name in ("R10", "R11", "R12", "R19"):
        assert results[name].status is Status.DOES_NOT_APPLY, results[name]
    assert results["R11"].outcome.option == "without --slow-path"


def test_every_check_says_how_to_mend_it() -> None:
    for check in catalog.checks().values():
        assert check.title
        assert check.mend


@pytest.mark.parametrize(
    "line",
    [
        "|1 API_TOKEN=abc /bin/sh -c true # buildkit",
        "|2 X=1 DB_PASSWORD=abc /bin/sh -c true",
        "ARG NPM_SECRET=abc",
        "RUN pip install --index-url https://me:hunter2@index.example.com/simple x",
    ],
)
def test_secrets_in_the_history(line: str) -> None:
    seen = facts((line,), files=Files([], 0))
    assert statuses(seen)["R13"] is Status.FAILED


@pytest.mark.parametrize("line", ["ARG API_TOKEN", "RUN --mount=type=secret,id=token cat", "|1 X=1 /bin/sh -c echo"])
def test_no_secret_in_the_history(line: str) -> None:
    assert statuses(facts((line,), files=Files([], 0)))["R13"] is Status.PASSED


@pytest.mark.parametrize(
    ("variable", "status"),
    [
        ("SECRET_KEY=abc", Status.FAILED),
        ("SECRET_KEY=", Status.PASSED),
        ("SECRET_KEY_FILE=abc", Status.PASSED),
        ("DB_PASSWORD=/run/secrets/db", Status.PASSED),
        ("GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D", Status.PASSED),
        ("BROKER=amqp://user:abc@host", Status.FAILED),
        ("BROKER=amqp://host", Status.PASSED),
    ],
)
def test_secrets_in_the_environment(variable: str, status: Status) -> None:
    assert statuses(facts(config=Config(env=[variable]), files=Files([], 0)))["R13"] is status


def test_a_lock_s_pins_for_the_image_s_platform() -> None:
    lock = """\
# comment
Six==1.17.0 \\
    --hash=sha256:00 \\
    --hash=sha256:11
    # via -r requirements.in
colorama==0.4.6 ; sys_platform == "win32" \\
    --hash=sha256:00
exceptiongroup==1.3.0 ; python_version < "3.11" --hash=sha256:00
async-timeout==5.0.1 ; python_full_version < "3.13.3"
uvloop[dev]==0.22.1 ; sys_platform != "win32" and platform_python_implementation != "PyPy"
tiny @ git+https://example.com/tiny.git@0123
"""
    assert locked_versions(lock, PYTHON.version) == {"six": "1.17.0", "uvloop": "0.22.1", "tiny": ""}


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("ERROR: cannot open the cache", Status.FAILED),
        ("[2026-11-28 09:00:00 +0000] [7] [ERROR] Worker failed to boot", Status.FAILED),
        ('{"logger": "info", "level": "error"}', Status.FAILED),
        ("INFO cannot write: Permission denied", Status.FAILED),
        ("open: Permission denied", Status.FAILED),
        ("Traceback (most recent call last):", Status.FAILED),
        ("[2026-11-28 09:00:00 +0000] [7] [INFO] Error pages: 3", Status.PASSED),
        ("2026-11-28T09:00:00.123Z INFO sends each error to Sentry", Status.PASSED),
        ("checked 3 files, 0 error", Status.PASSED),
        ("started without an error", Status.PASSED),
    ],
)
def test_lines_about_errors(line: str, status: Status) -> None:
    assert statuses(facts(started=replace(STARTED, log=line)))["R8"] is status


def test_a_slow_start() -> None:
    seen = {"processes": [Process(first=True, command="python server.py")], "moments": []}
    assert statuses(facts(pace=Pace(1.9, 0.7), **seen))["R24"] is Status.PASSED
    assert statuses(facts(pace=Pace(3.0, 0.7), **seen))["R24"] is Status.FAILED


def report(**changes: Any) -> Report:
    seen = facts()
    return replace(Report("an-image", "sha256:0", judge(seen), bill_of(seen), "a log"), **changes)


def test_reports_of_what_was_not_seen(tmp_path: Path) -> None:
    document = json.loads(verify_report.as_json(report()))
    assert document["bill"] == {"not_run": "nobody looked"}
    assert document["passed"] is False
    assert {check["status"] for check in document["checks"]} == {
        "passed",
        "failed",
        "could not be seen",
        "does not apply",
    }
    suite = ET.fromstring(verify_report.as_junit(report()))[0]  # noqa: S314 its own text
    assert suite.attrib["tests"] == str(len(catalog.checks()))
    assert len(suite.findall("testcase/error")) == int(suite.attrib["errors"]) > 0
    assert len(suite.findall("testcase/skipped")) == int(suite.attrib["skipped"]) == 1
    assert tmp_path.exists()


def test_what_xml_cannot_hold_is_escaped() -> None:
    broken = Result("R8", catalog.checks()["R8"], failed("it", "a \x1b[31mred\x00 line <&>", ["\x07"]))
    suite = ET.fromstring(verify_report.as_junit(report(results=[broken])))[0]  # noqa: S314
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.attrib["message"] == "a \\x1b[31mred\\x00 line <&>"


def test_a_log_keeps_its_beginning_and_its_end() -> None:
    log = Log()
    for number in range(100_000):
        log.add(f"line {number}\n".encode())
    assert log.size > 1_000_000
    assert len(log.text) < 140_000
    assert log.text.startswith("line 0\n")
    assert log.last(2) == ["line 99998", "line 99999"]
    short = Log()
    short.add(b"one\n")
    assert short.text == "one\n"
