"""Which container engine is used: the one that was chosen, else Docker or Podman, whichever answers first."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, replace
from functools import cache

from copier_slim.errors import ToolError, UsageError

CHOICE = "COPIER_SLIM_ENGINE"
PATIENCE = 10  # seconds to answer


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine: the program that is called, what people call it, and further options of its builds.

    `podman` is whether it is Podman: Buildah builds then, and some options have other names.
    """

    program: str
    title: str
    build: tuple[str, ...]
    podman: bool = False


ENGINES = {
    "docker": Engine("docker", "the Docker Engine", ("--progress", "plain")),
    # In OCI's own format there is no HEALTHCHECK: https://docs.podman.io/en/latest/markdown/podman-build.1.html
    "podman": Engine("podman", "Podman", ("--format", "docker"), podman=True),
}


def choose(name: str) -> None:
    """Takes an engine for this command and what it starts."""
    if name:
        os.environ[CHOICE] = name


def current() -> Engine:
    """The engine to call: the chosen one, else the first that answers, else Docker. Raises UsageError for another."""
    return find(os.environ.get(CHOICE, ""))


def answers() -> bool:
    """Whether it answers within ten seconds; False without its program on the PATH."""
    return _version(current().program) is not None


def silent(then: str, why: str = "") -> ToolError:
    """The error where no engine answers, and `why` that matters; `then` is what to do once one does."""
    chosen = os.environ.get(CHOICE, "")
    other = next((name for name in ENGINES if chosen and name != chosen and _version(name) is not None), "")
    what = {"docker": "no Docker Engine answers", "podman": "Podman does not answer"}.get(
        chosen, "neither Docker nor Podman answers"
    )
    start = {"docker": "start Docker", "podman": "install or start it"}.get(chosen, "start one of them")
    instead = f"; {ENGINES[other].title} answers: --engine {other}" if other else ""
    return ToolError(f"{what}{f' and {why}' if why else ''}; {start}{then}{instead}")


@cache
def buildah_version() -> tuple[int, ...]:
    """The version of Podman's Buildah; () where it does not say. https://docs.podman.io/en/latest/markdown/podman-info.1.html"""
    said = _said(current().program, "info", "--format", "{{.Host.BuildahVersion}}") or ""
    numbers = re.match(r"\d+(?:\.\d+)+", said.strip(), re.ASCII)
    return tuple(map(int, numbers[0].split("."))) if numbers else ()


@cache
def find(chosen: str) -> Engine:
    """The engine of a name, of any where that is ""."""
    if chosen and chosen not in ENGINES:
        raise UsageError(f"{CHOICE} is {chosen}; use one of: {', '.join(ENGINES)}")
    for name, engine in ENGINES.items():
        if chosen in {"", name} and (said := _version(engine.program)) is not None:
            # The package podman-docker puts Podman behind the name docker
            return replace(ENGINES["podman"], program=name) if "podman" in said.lower() else engine
    return ENGINES[chosen or "docker"]


def _version(program: str) -> str | None:
    """What `version` prints, None where no engine answers."""
    return _said(program, "version")


def _said(program: str, *arguments: str) -> str | None:
    """What a short call of a program prints; None where it fails, or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 an argument list; the PATH's program is the one that is meant
            [program, *arguments], check=True, capture_output=True, timeout=PATIENCE
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace")
