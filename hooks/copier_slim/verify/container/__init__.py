"""A container under observation: started as a careful platform does, asked, looked at, stopped, removed."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from copier_slim.engine import docker, engines
from copier_slim.verify.not_seen import CannotLookError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

# What a careful platform runs containers with; the sizes keep an app that fills its disk from filling the host's
HARDENED = (
    "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp:size=256m",  # noqa: S108
    "--pids-limit", "1024",
)  # fmt: skip
GRACE = 10  # seconds that docker stop gives
KILLED = 137
ENDED = (0, 143)  # by itself, or by SIGTERM
POLL = 0.05
KNOCK = 0.3  # seconds in which the engine's proxy closes a connection that leads nowhere
KEPT_OF_LOG = 1 << 16


@dataclass(frozen=True, slots=True)
class Stop:
    """How a container ended: seconds from `docker stop` to the end, exit code."""

    seconds: float
    exit_code: int

    @property
    def in_order(self) -> bool:
        """Whether it ended by itself, or by the signal."""
        return self.exit_code in ENDED


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request: HTTP's status, 0 for another protocol; the first of its bytes."""

    status: int
    body: bytes


class Log:
    """Both streams of a container: all bytes are counted, `kept` of the beginning and as many of the end are there."""

    def __init__(self, kept: int = KEPT_OF_LOG) -> None:
        self.size = 0
        self._kept = kept
        self._head = b""
        self._tail = b""
        self._lock = Lock()

    def add(self, data: bytes) -> None:
        with self._lock:
            self.size += len(data)
            room = self._kept - len(self._head)
            self._head += data[:room]
            self._tail = (self._tail + data[room:] if room < len(data) else self._tail)[-self._kept :]

    @property
    def text(self) -> str:
        """The log, without its middle where it is long."""
        with self._lock:
            gap = b"\n[...]\n" if self.size > len(self._head) + len(self._tail) else b""
            return (self._head + gap + self._tail).decode(errors="replace")

    def last(self, lines: int) -> list[str]:
        """The last lines with something in them."""
        return [line[:500] for line in self.text.splitlines() if line.strip()][-lines:]


class Container:
    """A container of `image`, published at `port` where it has one; removed when the `with` ends.

    `options` are further ones of `docker create`, `kept` is for its log; `said` is what its standard input gets, which
    stays open, and is empty without it. Raises ToolError where the engine cannot start it.
    """

    def __init__(
        self,
        scope: docker.Scope,
        image: str,
        *,
        port: int | None = None,
        options: Sequence[str] = (),
        command: Sequence[str] = (),
        kept: int = KEPT_OF_LOG,
        said: bytes = b"",
    ) -> None:
        self.scope = scope
        self._said = said
        self.name = scope.new("container")
        self.port = port
        self.log = Log(kept)
        self._ended: int | None = None
        bind, self._host = docker.host()
        self._address: tuple[str, int] | None = None
        publish = ["--publish", f"{bind}::{port}"] if port else []
        docker.call(
            "create", "--rm", "--name", self.name, "--label", scope.label, "--log-driver", "none", "--pull", "never",
            *HARDENED, *(["--interactive"] if said else []), *publish, *options, image, *command,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self.scope.check()
        self.started = time.monotonic()
        self.client = subprocess.Popen(  # noqa: S603
            [engines.current().program, "start", "--attach", *(["--interactive"] if self._said else []), self.name],
            stdin=subprocess.PIPE if self._said else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for this command, and not for what runs in the container
        )
        assert self.client.stdout is not None  # noqa: S101 Popen was asked for it
        self._reader = Thread(target=self._read, args=(self.client.stdout,), daemon=True)
        self._reader.start()
        if self.client.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.client.stdin.write(self._said)
                self.client.stdin.flush()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.remove()
        finally:
            if self.client.stdin:
                with contextlib.suppress(BrokenPipeError):
                    self.client.stdin.close()
            # Without its container the client ends; without an engine it may not
            try:
                self.client.wait(GRACE)
            except subprocess.TimeoutExpired:
                self.client.kill()
                self.client.wait()
            self._reader.join(GRACE)
            if self.client.stdout:
                self.client.stdout.close()

    def remove(self) -> None:
        """Removes it with its volumes, running or not."""
        with contextlib.suppress(docker.DockerError):  # --rm was quicker
            docker.call("rm", "--force", "--volumes", self.name)

    def _read(self, stream: IO[bytes]) -> None:
        while data := os.read(stream.fileno(), 1 << 16):
            self.log.add(data)

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs; raises ToolError where the engine could not start it, or docker broke."""
        code = self.client.poll()
        if code is not None and self._ended is None:
            self._reader.join(GRACE)
            text = self.log.text
            if docker.UNREACHABLE.search(text) and "daemon" in text:
                docker.call("version")
            if "Error response from daemon" in text and code in {1, 125, 126, 127}:
                raise docker.failure(text)
            if code < 0 or self.state().get("Running"):
                raise docker.DockerError(f"docker start ended with {code}, and its container did not")
            self._ended = code
        return code

    @property
    def age(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.started

    def state(self) -> dict[str, Any]:
        """The engine's State of it, {} where it is gone; raises ToolError where docker fails."""
        try:
            found: dict[str, Any] = docker.parsed(docker.call("inspect", "--format", "{{json .State}}", self.name))
        except docker.DockerError as error:
            if not docker.is_over(error):
                raise
            return {}
        return found

    @property
    def health(self) -> str:
        """starting, healthy, unhealthy; "" without a HEALTHCHECK."""
        docker.ask_health(self.name)
        return str((self.state().get("Health") or {}).get("Status", ""))

    def address(self) -> tuple[str, int] | None:
        """Where the port is published; None as long as the engine has not started it."""
        if not self._address and self.port:
            try:
                shown = docker.call("port", self.name, f"{self.port}/tcp").split()
            except docker.DockerError as error:
                if not docker.is_over(error):
                    raise
                return None
            self._address = (self._host, int(shown[0].rpartition(":")[2])) if shown else None
        return self._address

    def ask(self, path: str, timeout: float = 10) -> Answer:
        """GET `path`, or only a connection where it is ""; raises OSError or HTTPException where nothing answers."""
        address = self.address()
        if not address:
            raise OSError("not published")
        if not path:
            return knock(address)
        connection = HTTPConnection(*address, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            response = connection.getresponse()
            return Answer(response.status, response.read(1 << 16))
        finally:
            connection.close()

    def connect(self, timeout: float) -> socket.socket:
        """A connection to its port; raises OSError where none is made within `timeout` seconds."""
        address = self.address()
        if not address:
            raise OSError("not published")
        return socket.create_connection(address, timeout=timeout)

    def wait_for_answer(self, path: str, seconds: float) -> Answer | None:
        """The first answer, None where it ends or `seconds` pass since its start without one."""
        while self.exit_code is None and self.age < seconds:
            try:
                return self.ask(path, timeout=max(1, seconds - self.age))
            except RemoteDisconnected:
                pass
            except HTTPException:
                return Answer(0, b"")
            except OSError:
                pass
            self.scope.pause(POLL)
        return None

    def wait_for_health(self, status: str, seconds: float) -> bool:
        """Whether the engine comes to call it `status` within `seconds` from now."""
        deadline = time.monotonic() + seconds
        while self.exit_code is None and time.monotonic() < deadline:
            if self.health == status:
                return True
            self.scope.pause(4 * POLL)
        return False

    def wait_for_end(self, seconds: float) -> int | None:
        """The exit code, None where it still runs after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.exit_code is None and time.monotonic() < deadline:
            self.scope.pause(POLL)
        return self.exit_code

    def run(self, *argv: str, stdin: str = "", timeout: float = 60) -> str:
        """The output of a command run inside, as the container's user; raises DockerError where it fails."""
        return docker.call("exec", "--interactive", self.name, *argv, stdin=stdin.encode(), timeout=timeout)

    def stop(self, signal: str = "", grace: int = GRACE) -> Stop:
        """`docker stop`, with `grace` seconds; by another signal than the image's where one is given.

        Raises CannotLookError where the container has ended already, ToolError where docker fails.
        """
        if self.exit_code is not None:
            raise CannotLookError(f"it ended by itself with exit code {self.exit_code}, before it was stopped")
        started = time.monotonic()
        docker.stop(self.name, grace, signal)
        try:
            self.client.wait(docker.PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise docker.EngineGoneError("docker stop ended, and the container did not; look at the engine") from error
        seconds = time.monotonic() - started
        return Stop(seconds, self.exit_code or 0)

    def signal(self, name: str) -> None:
        """Sends a signal to its first process."""
        docker.call("kill", "--signal", name, self.name)


def knock(address: tuple[str, int]) -> Answer:
    """An answer where a connection is not closed at once; raises OSError elsewhere."""
    with socket.create_connection(address, timeout=KNOCK) as connection:
        try:
            data = connection.recv(1)
        except TimeoutError:
            return Answer(0, b"")
    if not data:
        raise ConnectionResetError("closed at once")
    return Answer(0, data)


def require_engine() -> None:
    """Raises ToolError where no engine answers."""
    from copier_slim.engine import builds  # noqa: PLC0415

    if not builds.answers():
        raise engines.silent(", then verify again")
