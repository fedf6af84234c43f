"""What the command prints: the table, JSON, JUnit's XML, the size bill."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from copier_slim.engine import docker
from copier_slim.verify.checks import CHECKS
from tests.command.running import command

pytestmark = pytest.mark.xdist_group("verify")


def test_table_and_junit(build: Callable[..., str], tmp_path: Path) -> None:
    image = build(replace={"Dockerfile": {"ENV PYTHONUNBUFFERED=1\n": ""}})
    result = command("verify", "--image", image, "--junit", "verify.xml", cwd=tmp_path)
    result.fails(1, "1 of", "checks failed, R23: the line stays in the buffer")
    assert "looked at: a line that its Python prints" in result.out
    assert "how to fix it: set ENV PYTHONUNBUFFERED=1" in result.out
    suite = ET.parse(tmp_path / "verify.xml").getroot()[0]  # noqa: S314 its own file
    assert [case.attrib["name"].split()[0] for case in suite] == list(CHECKS)
    assert suite.attrib["failures"] == "1"
    failure = next(case.find("failure") for case in suite if case.attrib["name"].startswith("R23"))
    assert failure is not None
    assert failure.attrib["message"] == "the line stays in the buffer"
    skipped = {case.attrib["name"].split()[0] for case in suite if case.find("skipped") is not None}
    assert skipped == {"R14", "R15", "R16", "R17", "R18", "R19", "R26"}
    assert (suite.attrib["skipped"], suite.attrib["errors"]) == ("7", "0")
    result.fails(
        1, "7 do not apply: R14, R15, R16, R19, R26 without DEST, R17 without --reproducible, R18 without --budget"
    )


LOOP = '''\
"""Ends at once on SIGTERM where no request is complete, as servers with an event loop do."""
import asyncio
import signal

import six


async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")
    writer.close()


async def main():
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await asyncio.start_server(answer, "0.0.0.0", 8000)
    await ended.wait()


asyncio.run(main())
'''


def test_a_request_in_flight_that_cannot_be_had(build: Callable[..., str], tmp_path: Path) -> None:
    """Its own end says nothing about requests that are complete, and the verdict names what would."""
    result = command("verify", "--image", build(add={"server.py": LOOP}), "--json", cwd=tmp_path)
    assert result.code == 0, result.err
    check = next(check for check in json.loads(result.out)["checks"] if check["id"] == "R11")
    assert check["status"] == "does not apply"
    assert check["found"].startswith("its command has no module:app")
    result = command("verify", "--image", build(add={"server.py": LOOP}), "--slow-path", "/", cwd=tmp_path)
    result.fails(4, "1 could not be seen, R11: / is answered in 0.", "name a route that takes one to eight seconds")


def test_json_and_the_bill(build: Callable[..., str], tmp_path: Path) -> None:
    result = command("verify", "--image", build(), "--json", "--budget", "500", "--slow-path", "/slow", cwd=tmp_path)
    assert result.code == 0, result.err
    document = json.loads(result.out)
    assert document["passed"] is True
    checks = {check["id"]: check for check in document["checks"]}
    imports = document["imports"]
    assert len(imports["slowest"]) == 5
    assert imports["modules"] > 50
    assert imports["ms"] >= sum(row["own_ms"] for row in imports["slowest"]) > 0
    assert checks["R18"]["status"] == "passed"
    assert checks["R19"]["status"] == "does not apply"
    bill = document["bill"]
    assert bill["base"].startswith("python:3.13-slim")
    items = {item["name"]: item for item in bill["items"]}
    assert list(items) == ["base", "dependencies", "application", "bytecode"]
    for kind in "compressed", "on_disk":
        assert sum(item[kind] for item in bill["items"]) == bill[kind]
    assert bill["heaviest"][0]["name"] == "six"
    assert bill["compressed"] < bill["on_disk"]
    size = docker.inspect("image", "python:3.13-slim-trixie")[0]["Size"]
    assert items["base"]["on_disk"] == pytest.approx(size, rel=0.02)


def test_a_file_that_cannot_be_written(build: Callable[..., str], tmp_path: Path) -> None:
    result = command("verify", "--image", build(), "--junit", "nowhere/verify.xml", cwd=tmp_path)
    result.fails(3, "nowhere/verify.xml cannot be written")
