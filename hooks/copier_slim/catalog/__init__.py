"""What the project knows, as data: the same YAML rows that the template reads, typed and checked.

The rows' fields are explained at the head of each YAML file in this folder.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

Interface = Literal["asgi", "wsgi", "aiohttp", "script", "worker", "argv"]


class Row(BaseModel):
    """A row of the catalog; a field that it does not name is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Framework(Row):
    """How a framework's app is described, and what is written for it."""

    label: str
    requires: list[str]
    starter_requires: list[str] = []
    servers: dict[str, Interface] = Field(min_length=1)
    app: str | dict[Interface, str]
    app_kind: Literal["object", "module", "script", "argv"]
    health_path: str | None = None
    build_commands: list[str] = []
    starter: list[str] = Field(min_length=1)

    @property
    def default_server(self) -> str:
        """The server that the question offers first."""
        return next(iter(self.servers))

    def default_app(self, server: str) -> str:
        """The default answer of `app` behind `server`, a key of `servers`."""
        return self.app if isinstance(self.app, str) else self.app[self.servers[server]]


class Command(Row):
    """How a server is started for apps of one interface."""

    requires: list[str]
    command: list[str] = Field(min_length=1)
    factory: str | None = None
    healthcheck: str | None = None
    workers: bool = True
    init: bool = False


class Server(Row):
    """A production server, with one command for each interface that it can drive an app through."""

    label: str
    about: str
    asgi: Command | None = None
    wsgi: Command | None = None
    aiohttp: Command | None = None
    script: Command | None = None
    worker: Command | None = None
    argv: Command | None = None


class Base(Row):
    """A base image: the name with {python} and {suite} to be filled in."""

    image: str
    label: str
    about: str


class Python(Row):
    """A release of Python: the month of its last security fixes."""

    until: str


RowType = TypeVar("RowType", bound=Row)


def frameworks() -> dict[str, Framework]:
    """The frameworks by their answer, in the question's order."""
    return _rows("frameworks", Framework)


def servers() -> dict[str, Server]:
    """The servers by their answer."""
    return _rows("servers", Server)


def bases() -> dict[str, Base]:
    """The base images by their answer, the default first."""
    return _rows("bases", Base)


def pythons() -> dict[str, Python]:
    """The supported releases of Python by their minor version, the default first."""
    return _rows("pythons", Python)


def tools() -> dict[str, str]:
    """The pinned versions of the tools that lock and install, by their answer."""
    return _read("tools")


def _rows(name: str, row_type: type[RowType]) -> dict[str, RowType]:
    return {key: row_type.model_validate(row) for key, row in _read(name).items()}


@cache
def _read(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(f"{name}.yml").read_text(encoding="utf-8")
    rows: dict[str, Any] = yaml.safe_load(text)
    return rows
