"""What the project knows, as data: the same YAML rows that the template reads, typed and checked.

The rows' fields are explained at the head of each YAML file in this folder.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from copier_slim.catalog.command_rows import Commands, Finishing, Launcher, Program, Wrapper
from copier_slim.catalog.data_rows import Data, Literal
from copier_slim.catalog.failure_rows import Failure
from copier_slim.catalog.frontend_rows import Builder, Frontends, Library, Manager
from copier_slim.catalog.process_rows import Process, Queue
from copier_slim.catalog.rows import (
    ALPINE,
    Agent,
    Alternative,
    Architecture,
    Base,
    Companion,
    Debian,
    Framework,
    Indexes,
    Inside,
    Listener,
    Package,
    PackageManager,
    Profiler,
    Python,
    Removed,
    Row,
    Server,
    Service,
    Sizes,
    Source,
    Statement,
    Tool,
    Weight,
)
from copier_slim.catalog.safety_rows import Advisory, Check, Credentials, Gates, Shape, Traces
from copier_slim.reading import typed

__all__ = [
    "ALPINE",
    "Advisory",
    "Agent",
    "Alternative",
    "Architecture",
    "Base",
    "Builder",
    "Check",
    "Commands",
    "Companion",
    "Credentials",
    "Data",
    "Debian",
    "Failure",
    "Framework",
    "Frontends",
    "Gates",
    "Indexes",
    "Inside",
    "Launcher",
    "Library",
    "Listener",
    "Literal",
    "Manager",
    "Package",
    "PackageManager",
    "Process",
    "Profiler",
    "Program",
    "Python",
    "Queue",
    "Removed",
    "Row",
    "Server",
    "Service",
    "Shape",
    "Sizes",
    "Source",
    "Statement",
    "Tool",
    "Traces",
    "Weight",
    "Wrapper",
    "advisories",
    "agents",
    "alternatives",
    "bases",
    "checks",
    "commands",
    "companions",
    "compiler",
    "credentials",
    "data",
    "debian",
    "distributions",
    "failures",
    "frameworks",
    "frontends",
    "gates",
    "indexes",
    "launchers",
    "libcs",
    "listeners",
    "literals",
    "managers",
    "packages",
    "processes",
    "profilers",
    "programs",
    "pythons",
    "queues",
    "removed",
    "servers",
    "services",
    "sizes",
    "sources",
    "statements",
    "tools",
    "traces",
    "writers",
]

RowType = TypeVar("RowType", bound=Row)


def failures() -> dict[str, Failure]:
    """The kinds of failed builds and starts by their name, the most specific first."""
    return _rows("failures", Failure)


def frameworks() -> dict[str, Framework]:
    """The frameworks by their answer, in the question's order."""
    return _rows("frameworks", Framework)


def servers() -> dict[str, Server]:
    """The servers by their answer."""
    return _rows("servers", Server)


def finishing() -> dict[str, Finishing]:
    """The servers that cut off the requests in flight by themselves, by their program."""
    return _rows("finishing", Finishing)


def processes() -> dict[str, Process]:
    """The processes beside a server that are known, the most specific first."""
    return _rows("processes", Process)


def queues() -> dict[str, Queue]:
    """The task queues by their name."""
    return _rows("queues", Queue)


def bases() -> dict[str, Base]:
    """The base images by their answer, the default first."""
    return _rows("bases", Base)


def managers() -> dict[str, PackageManager]:
    """What installs system packages, by the answer image_packages."""
    return _rows("managers", PackageManager)


def compiler(system: str) -> str:
    """The package that brings a compiler to `system`, a suite of Debian or alpine."""
    return next(base.compiler for base in bases().values() if (base.system == ALPINE) == (system == ALPINE))


def pythons() -> dict[str, Python]:
    """The supported releases of Python by their minor version, the default first."""
    return _rows("pythons", Python)


def agents() -> dict[str, Agent]:
    """The tracing agents and Prometheus, by their answer."""
    return _rows("agents", Agent)


def advisories() -> dict[str, Advisory]:
    """The faults of released versions by the advisory's id, oldest first."""
    return _rows("advisories", Advisory)


def profilers() -> dict[str, Profiler]:
    """The profilers by their answer."""
    return _rows("profilers", Profiler)


def packages() -> dict[str, Package]:
    """What PyPI packages need of Debian, by canonical name."""
    return _rows("packages", Package)


def alternatives() -> dict[str, Alternative]:
    """What is lighter than a PyPI package, by canonical name."""
    return _rows("alternatives", Alternative)


@cache
def sizes() -> Sizes:
    """What base images and their parts weigh."""
    return typed.convert(_read("sizes"), Sizes)


def data() -> dict[str, Data]:
    """What libraries fetch at their first use, by kind."""
    return _rows("data", Data)


def libcs() -> dict[str, str]:
    """The newest platform tag, without the machine, of the wheels that run on a system."""
    return _read("libcs")


@cache
def debian() -> Debian:
    """The names that changed, and those that are left out."""
    return typed.convert(_read("debian"), Debian)


def companions() -> dict[str, list[Companion]]:
    """What old releases need and do not say, by canonical name."""
    return typed.convert(_read("companions"), dict[str, list[Companion]])


def programs() -> dict[str, str]:
    """The Debian package of a program that Python code runs."""
    return _read("programs")


def launchers() -> dict[str, Launcher]:
    """The libraries whose apps start themselves, by name, the most specific first."""
    return _rows("launchers", Launcher)


def listeners() -> dict[str, Listener]:
    """The calls that listen, by their full name."""
    return _rows("listeners", Listener)


def literals() -> dict[str, Literal]:
    """The data of the operating system that code names by a literal, by Debian's package."""
    return _rows("literals", Literal)


def services() -> dict[str, Service]:
    """The services beside the app, by their name there."""
    return _rows("services", Service)


def removed() -> dict[str, Removed]:
    """The modules that the standard library no longer has, by name."""
    return _rows("removed", Removed)


def writers() -> dict[str, str]:
    """The calls that write beside the code, by full name: the directory, "" for that of the first argument's file."""
    return _read("writers")


def distributions() -> dict[str, str]:
    """The PyPI name of an import package where it is another than its own."""
    return _read("distributions")


def tools() -> dict[str, Tool]:
    """The tools that lock and install, by their answer."""
    return _rows("tools", Tool)


def sources() -> dict[str, Source]:
    """Where dependencies are stated, by the answer, the default first."""
    return _rows("sources", Source)


def statements() -> dict[str, Statement]:
    """The files that state how a project is built and run, by kind, the most binding first."""
    return _rows("statements", Statement)


def checks() -> dict[str, Check]:
    """The checks of the container contract by their id, in the report's order."""
    return _rows("checks", Check)


@cache
def commands() -> Commands:
    """The words of start commands."""
    return typed.convert(_read("commands"), Commands)


@cache
def credentials() -> Credentials:
    """What credentials are called and look like."""
    return typed.convert(_read("credentials"), Credentials)


@cache
def frontends() -> Frontends:
    """What builds front-end files."""
    return typed.convert(_read("frontends"), Frontends)


@cache
def gates() -> Gates:
    """What keeps a health check out of an app."""
    return typed.convert(_read("gates"), Gates)


@cache
def indexes() -> Indexes:
    """The package indexes that are known beside PyPI."""
    return typed.convert(_read("indexes"), Indexes)


@cache
def traces() -> Traces:
    """What an image that ships does not hold."""
    return typed.convert(_read("traces"), Traces)


@cache
def _rows(name: str, row_type: type[RowType]) -> dict[str, RowType]:
    return typed.convert(_read(name), dict[str, row_type])  # type: ignore[valid-type]


@cache
def _read(name: str) -> dict[str, Any]:
    text = Path(__file__).with_name(f"{name}.yml").read_text(encoding="utf-8")
    rows: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 both are safe
    return rows
