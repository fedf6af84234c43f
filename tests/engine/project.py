"""A generated project under test: its lock, its image, and the containers started from it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from python_on_whales import Container, DockerException, Image, docker

# What a careful platform runs containers with
HARDENED: dict[str, Any] = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_options": ["no-new-privileges"],
    "tmpfs": ["/tmp"],  # noqa: S108 the container's
}


@dataclass(frozen=True)
class Answer:
    """An HTTP response: status, body."""

    status: int
    body: str


@dataclass(frozen=True)
class Stop:
    """How a container ended: seconds from `docker stop` to the end, exit code."""

    seconds: float
    exit_code: int


class Service:
    """A running container and its published port."""

    def __init__(self, container: Container, port: int | None) -> None:
        self.container = container
        self.port = port

    @property
    def address(self) -> tuple[str, int]:
        """The host's address and port that lead to the container."""
        published = self.container.network_settings.ports[f"{self.port}/tcp"][0]
        return published["HostIp"], int(published["HostPort"])

    def ask(self, path: str, timeout: float = 10) -> Answer:
        """GET `path`; raises OSError or HTTPException where nothing answers."""
        connection = HTTPConnection(*self.address, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        finally:
            connection.close()

    def wait(self, path: str, seconds: float = 60) -> Answer:
        """The first answer to `path`; raises AssertionError with the log where none comes in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                return self.ask(path)
            except (OSError, HTTPException):
                self.assert_running()
                time.sleep(0.1)
        raise AssertionError(f"no answer to {path} in {seconds} s:\n{self.log()}")

    def wait_for_log(self, text: str, seconds: float = 60) -> None:
        """Returns when `text` is in the log."""
        deadline = time.monotonic() + seconds
        while text not in self.log():
            assert time.monotonic() < deadline, f"{text!r} is not in the log after {seconds} s:\n{self.log()}"
            self.assert_running()
            time.sleep(0.1)

    def wait_for_health(self, status: str, seconds: float = 60) -> None:
        """Returns when the engine calls the container `status`."""
        deadline = time.monotonic() + seconds
        while self.health() != status:
            assert time.monotonic() < deadline, f"{self.health()} after {seconds} s, not {status}:\n{self.log()}"
            time.sleep(0.2)

    def health(self) -> str | None:
        """starting, healthy, unhealthy; None without a HEALTHCHECK."""
        self.container.reload()
        health = self.container.state.health
        return health.status if health else None

    def assert_running(self) -> None:
        """Raises AssertionError with the log where the container has ended."""
        self.container.reload()
        assert self.container.state.running, f"ended with {self.container.state.exit_code}:\n{self.log()}"

    def log(self) -> str:
        """Both streams so far."""
        return str(docker.logs(self.container))

    def run(self, *argv: str, user: str | None = None) -> str:
        """The output of a command run inside; raises DockerException where it fails."""
        return str(docker.execute(self.container, list(argv), user=user))

    def python(self, code: str, user: str | None = None) -> str:
        """The output of `code` run by the app's Python."""
        return self.run("python", "-c", code, user=user)

    def stop(self) -> Stop:
        """`docker stop`, with its 10 seconds."""
        started = time.monotonic()
        docker.stop(self.container, time=10)
        seconds = time.monotonic() - started
        self.container.reload()
        return Stop(seconds, self.container.state.exit_code or 0)


class Project:
    """A rendered project: `path` in the file system, `tag` of its image."""

    def __init__(self, path: Path, tag: str) -> None:
        self.path = path
        self.tag = tag

    def lock(self, **build_args: str) -> str:
        """Runs the lock stage as the README says; the lock's text."""
        docker.buildx.build(
            self.path,
            target="lock",
            output={"type": "local", "dest": str(self.path)},
            build_args=build_args,
            progress=False,
        )
        return (self.path / "requirements.txt").read_text(encoding="utf-8")

    def build(self, target: str | None = None, **build_args: str) -> Image:
        """Builds and tags the image, or one of its stages; raises DockerException with the log where that fails."""
        image = docker.buildx.build(
            self.path, tags=self.tag, target=target, build_args=build_args, load=True, progress=False
        )
        assert isinstance(image, Image)
        return image

    @property
    def image(self) -> Image:
        """The image as the engine knows it."""
        return docker.image.inspect(self.tag)

    @contextmanager
    def running(self, *command: str, port: int | None = None, **options: Any) -> Iterator[Service]:
        """A container, removed afterwards; `port` is the one it listens on, the image's own by default."""
        exposed = list(self.image.config.exposed_ports or {})
        port = port or (int(exposed[0].split("/")[0]) if exposed else None)
        publish = [("127.0.0.1:", port)] if port else []
        container = docker.run(self.tag, list(command), detach=True, publish=publish, **options)
        assert isinstance(container, Container)
        try:
            yield Service(container, port)
        finally:
            docker.remove(container, force=True, volumes=True)

    def output(self, *command: str, **options: Any) -> str:
        """What a container prints until it ends; raises DockerException where it fails."""
        return str(docker.run(self.tag, list(command), remove=True, **options))


__all__ = ["HARDENED", "Answer", "DockerException", "Project", "Service", "Stop"]
