"""Prints as JSON why a module in the directories of argv cannot be imported, "" for each that can.

GROUPS are lists of modules to try; where there is none, each package is one, with all its modules but tests. Each has a
process of its own, in which the modules are imported one after the other, for at most SECONDS: what waits for longer is
left out, as nobody knows it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import sys
import time
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES

GROUPS: list[list[str]] = json.loads("[]")
SECONDS = 60
ENDINGS = [*SOURCE_SUFFIXES, *EXTENSION_SUFFIXES]
TESTS = {"tests", "test", "SelfTest", "testing", "conftest"}


def modules(site: str) -> list[str]:
    """The modules below a directory, tests aside, by their dotted names."""
    found = set()
    for at, folders, files in os.walk(site):
        folders[:] = [name for name in folders if name.isidentifier() and name not in TESTS]
        package = [name for name in at[len(site) :].split("/") if name]
        names = {name[: -len(end)] for name in files for end in ENDINGS if name.endswith(end)}
        if package and "__init__" not in names:
            continue  # scripts, or a folder that packages share
        for name in names - TESTS - {"__main__"}:
            if name.isidentifier():
                found.add(".".join(package if name == "__init__" else [*package, name]))
    return sorted(found)


def packages(sites: list[str]) -> list[list[str]]:
    """The modules below directories, by package."""
    found: dict[str, list[str]] = {}
    for name in sorted({name for site in sites for name in modules(site)}):
        found.setdefault(name.partition(".")[0], []).append(name)
    return list(found.values())


def main(sites: list[str]) -> None:
    found: dict[str, str] = {}
    for group in GROUPS or packages(sites):
        deadline, at = time.monotonic() + SECONDS, 0
        while at < len(group) and time.monotonic() < deadline:
            said = imported(group[at:], deadline)
            found.update(said)
            at += len(said)
    print(json.dumps(found))  # noqa: T201


def imported(names: list[str], deadline: float) -> dict[str, str]:
    """How the first of these modules come out, in a process of their own, until one ends that."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        for name in names:
            os.write(into, json.dumps([name, attempt(name)]).encode() + b"\n")
        os._exit(0)
    os.close(into)
    said, ended = b"", False
    while (left := deadline - time.monotonic()) > 0 and select.select([out], [], [], left)[0]:
        if not (more := os.read(out, 1 << 16)):
            ended = True
            break
        said += more
    os.close(out)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = dict(json.loads(line) for line in said.split(b"\n")[:-1])
    if ended and len(found) < len(names):
        found[names[len(found)]] = "it ends the process"
    return found


def attempt(name: str) -> str:
    """Why a module cannot be imported, in one line; "" where it can."""
    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 a module may raise anything
        return f"{type(error).__name__}: {error}".partition("\n")[0][:200]
    return ""


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(sys.argv[1:])
