"""An image as the engine describes it: its configuration, its history, its layers' digests, and its base."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from copier_slim import catalog
from copier_slim.engine import docker, engines
from copier_slim.errors import InputError
from copier_slim.reading import typed

if TYPE_CHECKING:
    from collections.abc import Iterable


class Healthcheck(msgspec.Struct, frozen=True, rename="pascal"):
    """The HEALTHCHECK; times in nanoseconds, 0 for the engine's default."""

    test: list[str] | None = None
    interval: int = 0
    timeout: int = 0

    @property
    def command(self) -> list[str]:
        """The probe's words; none where the image has no probe or turns its base's off."""
        return [] if not self.test or self.test[0] == "NONE" else self.test[1:]


class Config(msgspec.Struct, frozen=True, rename="pascal"):
    """What a container of the image starts with."""

    user: str = ""
    env: list[str] | None = None
    entrypoint: list[str] | None = None
    cmd: list[str] | None = None
    working_dir: str = ""
    exposed_ports: dict[str, dict[str, str]] | None = None
    volumes: dict[str, dict[str, str]] | None = None
    healthcheck: Healthcheck = Healthcheck()
    labels: dict[str, str] | None = None
    stop_signal: str = ""


class _RootFS(msgspec.Struct, frozen=True, rename="pascal"):
    layers: list[str] = []


class _Described(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    config: Config
    root_f_s: _RootFS = msgspec.field(name="RootFS", default=_RootFS())
    repo_tags: list[str] | None = None
    healthcheck: Healthcheck | None = None  # where Podman has it


@dataclass(frozen=True, slots=True)
class Base:
    """The image that another is made from: its name, and how many of the layers are its."""

    name: str
    layers: int


@dataclass(frozen=True, slots=True)
class Image:
    """An image on the engine. `layers` are the digests of the unpacked layers, the base's first."""

    name: str
    id: str
    config: Config
    layers: tuple[str, ...]
    history: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """The variables of ENV."""
        return {name: value for name, _, value in (item.partition("=") for item in self.config.env or [])}

    @property
    def command(self) -> list[str]:
        """The words of ENTRYPOINT and CMD."""
        return [*(self.config.entrypoint or []), *(self.config.cmd or [])]

    @property
    def ports(self) -> list[int]:
        """The TCP ports that it exposes."""
        exposed = (port.partition("/") for port in self.config.exposed_ports or {})
        return sorted(int(number) for number, _, protocol in exposed if protocol in {"", "tcp"})

    @property
    def workdir(self) -> str:
        """Where the code is, as a rule."""
        return self.config.working_dir or "/"


def look_up(name: str) -> Image:
    """An image of the engine; raises InputError where it has none of this name."""
    try:
        found = _described([name])[0]
    except docker.DockerError as error:
        engine = engines.current()
        raise InputError(
            f"{engine.title} has no image {name}; build it, or run: {engine.program} pull {name}"
        ) from error
    lines = docker.call("history", "--no-trunc", "--format", "{{json .CreatedBy}}", name).splitlines()
    history = tuple(json.loads(line) for line in reversed(lines))
    config = msgspec.structs.replace(found.config, healthcheck=found.healthcheck or found.config.healthcheck)
    return Image(name, found.id, config, tuple(found.root_f_s.layers), history)


def base_among(image: Image, names: Iterable[str]) -> Base | None:
    """The image with the most layers of which all are the first ones of `image`; None where none is."""
    best: Base | None = None
    for name in names:
        for found in _that_are_there([name]):
            best = _better(best, image, found, name)
    return best


def base_on_engine(image: Image) -> Base | None:
    """The same among the images on the engine that are known as bases, by the catalog: an app's image is none."""
    ids = sorted(set(docker.call("image", "ls", "--quiet", "--no-trunc", "--filter", "dangling=false").split()))
    known = re.compile("|".join(catalog.traces().bases))
    best: Base | None = None
    for found in _that_are_there(ids):
        own = [tag for tag in found.repo_tags or [] if known.fullmatch(tag.rpartition(":")[0])]
        if own and len(found.root_f_s.layers) < len(image.layers):
            best = _better(best, image, found, own[0])
    return best


def _better(best: Base | None, image: Image, found: _Described, name: str) -> Base | None:
    layers = tuple(found.root_f_s.layers)
    fits = layers and found.id != image.id and image.layers[: len(layers)] == layers
    return Base(name, len(layers)) if fits and (best is None or len(layers) > best.layers) else best


def _that_are_there(names: list[str]) -> list[_Described]:
    """What the engine has of these images: another process may have removed one since it was listed."""
    try:
        return _described(names) if names else []
    except docker.DockerError:
        return [found for name in names for found in _that_are_there([name])] if len(names) > 1 else []


def _described(names: list[str]) -> list[_Described]:
    return typed.convert(docker.inspect("image", *names), list[_Described])
