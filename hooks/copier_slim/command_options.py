"""The options that several verbs of the command line have, and the choices of some."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from copier_slim.catalog import Architecture


class EngineName(StrEnum):
    """The engines of `--engine`."""

    DOCKER = "docker"
    PODMAN = "podman"


def _use(engine: EngineName | None) -> EngineName | None:
    if engine:
        from copier_slim.engine import engines  # noqa: PLC0415

        engines.choose(engine.value)
    return engine


Destination = Annotated[Path, typer.Argument(help="The project's directory.", show_default="the current directory")]
Data = Annotated[
    list[str], typer.Option("--data", "-d", metavar="NAME=VALUE", help="Set an answer; can be given several times.")
]
Defaults = Annotated[bool, typer.Option("--defaults", "-l", help="Ask nothing.")]
NoLock = Annotated[bool, typer.Option("--no-lock", help="Do not lock; leave requirements.txt as it is.")]
Offline = Annotated[
    bool, typer.Option("--offline", help="Do not ask the package index which Python versions have wheels.")
]
Engine = Annotated[
    EngineName | None,
    typer.Option(
        "--engine",
        envvar="COPIER_SLIM_ENGINE",
        help="Use this container engine.",
        show_default="the first that answers",
        callback=_use,
    ),
]
Template = Annotated[
    str,
    typer.Option(
        "--template", envvar="COPIER_SLIM_TEMPLATE", help="Use the template at another path or URL.", show_default=False
    ),
]
Env = Annotated[
    list[str], typer.Option("--env", "-e", metavar="NAME=VALUE", help="A variable that the containers need.")
]
Networks = Annotated[
    list[str], typer.Option("--network", help="A network that the containers need, as for a database.")
]
Wait = Annotated[float, typer.Option("--wait", metavar="SECONDS", min=1, help="How long to wait for the first answer.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Also write a page with pictures of the sizes.", show_default=False),
]


class Format(StrEnum):
    """The output formats of `detect`."""

    TABLE = "table"
    YAML = "yaml"
    JSON = "json"


class Platform(StrEnum):
    """The platform of an image, in Docker's notation."""

    AMD64 = "linux/amd64"
    ARM64 = "linux/arm64"

    @property
    def architecture(self) -> Architecture:
        """The part after the operating system."""
        return "amd64" if self is Platform.AMD64 else "arm64"
