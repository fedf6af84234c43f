"""What is verified: an image, the project it was built from if there is one, and how its containers are started."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.errors import InputError
from copier_slim.lock.own_lock import OwnLock, own_lock
from copier_slim.lock.project import LOCKED, answers_of, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from copier_slim.verify.image import Base, Image

BAD_REQUEST = 400
SERVER_ERROR = 500


class Project:
    """A directory with a Dockerfile. Raises InputError where there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = read_text(path / "Dockerfile")
        if text is None:
            raise InputError(f"{path} has no Dockerfile; run copier-slim copy first, or name an image by --image")
        self.dockerfile = text

    @cached_property
    def answers(self) -> dict[str, Any]:
        """What was answered, {} where the Dockerfile is not the template's."""
        return answers_of(self.path)

    @cached_property
    def own_lock(self) -> OwnLock | None:
        """The lock that another tool than `lock` makes; None where requirements.txt is the lock."""
        return own_lock(self.path, self.answers)

    @cached_property
    def lock(self) -> str | None:
        """The text of the lock."""
        return read_text(self.path / self.lock_file)

    @property
    def lock_file(self) -> str:
        """The name of the lock."""
        return self.own_lock.file if self.own_lock else LOCKED


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What containers are started with: `NAME=value` lines of `--env`, networks by name."""

    environment: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    @property
    def run(self) -> list[str]:
        """As options of docker create."""
        given = [word for item in self.environment for word in ("--env", item)]
        return given + [word for item in self.networks for word in ("--network", item)]

    def port(self, image: Image) -> int | None:
        """The port that an image listens at: the one that PORT names, else the first that it exposes."""
        given = dict(item.split("=", 1) for item in self.environment if "=" in item)
        named = given.get("PORT", image.environment.get("PORT", ""))
        if named.isdigit() and (int(named) in image.ports or "PORT" in given):
            return int(named)
        return next(iter(image.ports), None)


@dataclass(frozen=True, slots=True)
class Options(Surroundings):
    """The same, and what else the user gives to `verify`.

    `wait` is in seconds, `slow_path` a route that takes some, `budget` in MB, `rebuild` whether to build again,
    `process` the name of the only one that is looked at, `reproducible` whether to build twice and compare.
    """

    wait: float = 60
    slow_path: str = ""
    budget: float | None = None
    rebuild: bool = True
    process: str = ""
    reproducible: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """The image with what is known of it; `base` is None where it cannot be told.

    `process` is the name of the one that its containers run, "" for the default one.
    """

    image: Image
    base: Base | None
    project: Project | None
    options: Options
    process: str = ""

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered in the project, {} without one."""
        return self.project.answers if self.project else {}

    @property
    def port(self) -> int | None:
        """The port that it is asked at; a process beside the default one is asked by its health check."""
        return None if self.process else self.options.port(self.image)

    @property
    def path(self) -> str:
        """The path that it is asked for: the project's health path, "" for only a connection; else the root."""
        path = str(self.answers.get("health_path", "/") or "")
        return "" if path == catalog.frameworks()["grpc"].health_path else path

    @property
    def worst_status(self) -> int:
        """The first HTTP status that is no answer: a health path is there, the root of any app need not be."""
        return BAD_REQUEST if self.answers.get("health_path") and self.path else SERVER_ERROR
