"""The docker command line as verify uses it: short calls, whose failure is one line, and all that is made in one place.

Chosen over a client library: it follows the user's contexts and DOCKER_HOST, answers in 20 ms, and adds no dependency.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import time
from contextlib import suppress
from functools import cache
from threading import Event, Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from copier_slim.engine import builds, engines
from copier_slim.errors import ToolError
from copier_slim.process import interruption, runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

PATIENCE = 60  # seconds for a short call
RETURNS = 10  # seconds that an engine is given which is restarted, or still removes a container, to remove what is left
LABEL = "copier-slim.verify"
PREFIX = "copier-slim-verify-"
NAME = re.compile(rf"{PREFIX}(?P<run>{runs.PATTERN})-[0-9a-f]{{8}}", re.ASCII)
LONGEST = 24 * 60 * 60  # seconds, more than any run takes
UNREACHABLE = re.compile(
    r"Cannot connect to the Docker daemon|error during connect|connection refused|connection reset|broken pipe"
    r"|failed to connect to the docker API|(?:: |unexpected )EOF\b",
    re.IGNORECASE,
)
OVER = re.compile(
    r"No such (?:container|object)|is not running|No public port|marked for removal|already in progress"
    r"|no container with name or ID|can only (?:kill|exec|create exec sessions)|container state improper",
    re.IGNORECASE,
)


class DockerError(ToolError):
    """A docker command failed, while the engine still answers."""


class EngineGoneError(ToolError):
    """The engine does not answer any more."""


class StoppedError(Exception):
    """The run is being given up, by the user or for an error elsewhere; nobody reads this one."""


def failure(message: str) -> ToolError:
    """The error that docker's stderr means: its last line that says something, without its own prefixes."""
    engine = engines.current()
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if not line.startswith(("See '", "Run 'docker"))), "it said nothing")
    said = re.sub(r"^(?:docker: )?(?:Error response from daemon: |Error: |ERROR: )*", "", said)
    if UNREACHABLE.search(message):
        return EngineGoneError(f"{engine.title} does not answer any more ({said[:200]}); start it and verify again")
    return DockerError(f"{engine.program}: {said[:300]}")


def call(
    *arguments: str, stdin: bytes = b"", timeout: float = PATIENCE, more: Mapping[str, str] = MappingProxyType({})
) -> str:
    """What a docker command prints, which `more` variables are set for.

    Raises DockerError where it fails, EngineGoneError after `timeout` seconds.
    """
    engine = engines.current()
    try:
        done = subprocess.run(  # noqa: S603 an argument list, without a shell
            [engine.program, *arguments],
            input=stdin,
            capture_output=True,
            timeout=timeout,
            env={**os.environ, **more},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineGoneError(
            f"{engine.program} {arguments[0]} took more than {timeout:.0f} s; look at {engine.title}, then verify again"
        ) from error
    except OSError as error:
        raise ToolError(
            f"{engine.program} cannot be started: {error.strerror}; install it or put it on the PATH"
        ) from error
    if done.returncode:
        raise failure(done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="replace")


def top(name: str, pid: str) -> list[str]:
    """The processes of a container that runs, each as its id, its parent's and its words; `pid` is the first one's.

    Podman counts as the container does, from 1, which is what its first one gets here.
    """
    if not engines.current().podman:
        return call("top", name, "-o", "pid,ppid,args").splitlines()[1:]
    lines = (line.split(maxsplit=2) for line in call("top", name, "pid", "ppid", "args").splitlines()[1:])
    at_host = {"1": pid}
    return [" ".join([at_host.get(own, own), at_host.get(parent, parent), *words]) for own, parent, *words in lines]


def stop(name: str, grace: int, signal: str) -> None:
    """Stops a container, by another signal than its own where one is given, and by force after `grace` seconds."""
    if signal and engines.current().podman:
        with suppress(DockerError):  # it has ended
            call("kill", "--signal", signal, name)
            call("wait", name, timeout=grace)
            return
    call("stop", "-t", str(grace), *(["--signal", signal] if signal else []), name)


def ask_health(name: str) -> None:
    """Has the container's health checked now, which Podman only does by itself where systemd is."""
    if engines.current().podman:
        with suppress(DockerError):  # unhealthy, as its state says then
            call("healthcheck", "run", name)


def memory() -> int:
    """The bytes of memory that the engine has, 0 where it does not say."""
    field = "{{.Host.MemTotal}}" if engines.current().podman else "{{.MemTotal}}"
    return int(call("info", "--format", field).strip() or 0)


def is_over(error: DockerError) -> bool:
    """Whether a call failed because the container does not run any more, or is not there."""
    return bool(OVER.search(str(error)))


def inspect(kind: str, *names: str) -> list[dict[str, Any]]:
    """What the engine knows of images or containers; raises DockerError where one does not exist."""
    found: list[dict[str, Any]] = parsed(call(kind, "inspect", *names))
    return found


def parsed(text: str) -> Any:  # noqa: ANN401 as JSON is
    """What docker, or a program that it ran, printed as JSON; raises DockerError where that is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        program = engines.current().program
        raise DockerError(f"{program}: it printed {text.strip()[:80] or 'nothing'!r}, and that is no JSON") from error


def host() -> tuple[str, str]:
    """The address to publish ports at, and the one that leads there: an engine elsewhere has them on its own."""
    endpoint = urlsplit(_endpoint())
    if endpoint.scheme in {"tcp", "http", "https", "ssh"} and endpoint.hostname:
        return "0.0.0.0", endpoint.hostname  # noqa: S104 the engine's host, not this one
    return "127.0.0.1", "127.0.0.1"


def _endpoint() -> str:
    """Where the engine is: by its variable, else by Docker's context; "" where neither says.

    https://docs.docker.com/engine/manage-resources/contexts/
    """
    if engines.current().podman:
        return os.environ.get("CONTAINER_HOST", "")
    if named := os.environ.get("DOCKER_HOST", ""):
        return named
    with suppress(ToolError):
        return _of_context()
    return ""


@cache
def _of_context() -> str:
    """The address in Docker's context, asked for once and not for each container."""
    return call("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").strip()


class Scope:
    """All that one run makes on the engine, by a name of its own: removed at the end, whatever the end is.

    `stopped` is set when the run is given up: what waits asks for it by `check`.
    """

    def __init__(self) -> None:
        # Whose it is can be told, should the run be killed before it removes it
        self.name = f"{PREFIX}{runs.own()}-{secrets.token_hex(4)}"
        self.stopped = Event()
        self._lock = Lock()
        self._count = 0

    def __enter__(self) -> Self:
        remove_left()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_up()
        with interruption.ignored():
            deadline = time.monotonic() + RETURNS
            while True:
                try:
                    return self.remove()
                except ToolError as failed:
                    # A volume whose container is being removed by another thread is still in use
                    passes = isinstance(error, EngineGoneError) or "in use" in str(failed)
                    if not passes or time.monotonic() > deadline:
                        if error is None:
                            raise
                        return None
                    time.sleep(1)

    def new(self, what: str) -> str:
        """A name for a container or an image's tag that no other has."""
        with self._lock:
            self._count += 1
            return f"{self.name}-{self._count}-{what}" if what else self.name

    def image(self, what: str) -> str:
        """A name for an image."""
        with self._lock:
            self._count += 1
            return f"{self.name}:{self._count}-{what}"

    @property
    def label(self) -> str:
        """The label of the containers."""
        return f"{LABEL}={self.name}"

    def give_up(self) -> None:
        """Lets all that waits, or builds, end."""
        self.stopped.set()
        builds.stop()

    def check(self) -> None:
        """Raises StoppedError where the run is given up."""
        if self.stopped.is_set():
            raise StoppedError

    def pause(self, seconds: float) -> None:
        """Sleeps, and raises StoppedError as soon as the run is given up."""
        if self.stopped.wait(seconds):
            raise StoppedError

    def remove(self) -> None:
        """Removes the containers with their volumes, and the images."""
        remove_all(self.name)

    def remove_quietly(self) -> None:
        """The same where another error is on its way, as when the engine is gone."""
        with suppress(ToolError), interruption.ignored():
            self.remove()


def remove_left() -> None:
    """Removes what runs that are over have left on the engine, and nothing of one on another host until a day later."""
    label = f'{{{{.Label "{LABEL}"}}}}'
    labelled = "--filter", f"label={LABEL}", "--format", label
    found = [
        name
        for kind in (["ps", "--all"], ["volume", "ls"], ["network", "ls"])
        for name in call(*kind, *labelled).split()
    ]
    found += call("image", "ls", "--filter", f"reference={PREFIX}*", "--format", "{{.Repository}}").split()
    for name in sorted({*found}):
        made = NAME.fullmatch(name)
        if made and runs.is_over(made["run"], LONGEST):
            with suppress(DockerError):  # another run may be removing it too
                remove_all(name)


def remove_all(name: str) -> None:
    """Removes the containers with their volumes, the images and the networks of a scope by its name."""
    label = f"label={LABEL}={name}"
    _remove(["rm", "--force", "--volumes"], call("ps", "--all", "--quiet", "--filter", label))
    _remove(["image", "rm", "--force"], call("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", name))
    _remove(["volume", "rm", "--force"], call("volume", "ls", "--quiet", "--filter", label))
    _remove(["network", "rm"], call("network", "ls", "--quiet", "--filter", label))


def _remove(command: Sequence[str], listed: str) -> None:
    names = listed.split()
    if names:
        try:
            call(*command, *names)
        except DockerError as error:
            # Another removal may be under way: --rm, or the same by a second thread
            if "no such" not in str(error).lower() and "already in progress" not in str(error):
                raise
