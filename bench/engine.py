"""What is asked of the Docker Engine: builds, sizes, starts; all of it labelled, and removed by the label."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import uuid
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from types import MappingProxyType
from typing import TYPE_CHECKING

from python_on_whales import ClientNotFoundError, Container, DockerException, docker

from copier_slim.advise.bases import on_disk
from copier_slim.errors import ToolError
from copier_slim.verify.image.layers import scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from python_on_whales import Network

LABEL = "copier-slim-bench"
RUN = uuid.uuid4().hex[:8]  # tells this run's containers and images from those of another at the same time
PORT = 8000
POLL_SECONDS = 0.005
START_LIMIT_SECONDS = 60
HTTP_OK = 200


class BenchError(Exception):
    """Why the benchmark cannot go on, in a line or with the end of a log."""


def engine_answers() -> bool:
    """Whether there is a Docker client, and an engine that answers it."""
    try:
        return bool(docker.info().server_version)
    except (ClientNotFoundError, DockerException, OSError):
        return False


def describe_engine() -> str:
    """The engine's version and how it stores images, for people."""
    info = docker.info()
    return f"{info.server_version} ({info.driver})"


def pull_missing(images: list[str]) -> None:
    """Pulls the base images that are not there, so that no build is charged for it. They stay."""
    for image in images:
        if not docker.image.exists(image):
            try:
                docker.image.pull(image, quiet=True)
            except DockerException as error:
                raise BenchError(f"{image} cannot be pulled: {(error.stderr or '').strip()}") from error


def describe_image(image: str) -> str:
    """A Python image's Python, pip, size in MB and digest, for people."""
    code = "import pip, platform; print(platform.python_version(), pip.__version__)"
    python, pip = str(docker.run(image, ["python", "-c", code], remove=True, labels={LABEL: RUN})).split()
    found = docker.image.inspect(image)
    origin = found.repo_digests[0].split("@")[-1] if found.repo_digests else "built locally, not pulled"
    return f"Python {python}, pip {pip}, {image_bytes(image) / 1e6:.1f} MB, {origin}"


def make_lock(project: Path, name: str) -> str:
    """The text of the lock with this name, made by a project's lock stage as its README says."""
    _build(project, "--target", "lock", "--output", str(project))
    return (project / name).read_text(encoding="utf-8")


def build(project: Path, tag: str, *, cold: bool = False) -> float:
    """Builds and tags the image of a directory; the seconds it took. `cold` uses no cached layer."""
    options = ["--no-cache"] if cold else []
    started = time.perf_counter()
    _build(project, "--load", "--tag", tag, "--label", f"{LABEL}={RUN}", *options)
    return time.perf_counter() - started


def _build(project: Path, *options: str) -> None:
    # Not by python-on-whales: it asks for builder and image around each build, and that would be timed
    command = [*map(str, docker.client_config.docker_cmd), "buildx", "build", "--progress", "plain", *options]
    done = subprocess.run([*command, str(project)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"the build of {project.name} failed:\n" + "\n".join(done.stderr.splitlines()[-25:]))


def empty_cache_mounts() -> None:
    """Empties what `RUN --mount=type=cache` has kept, of every project; the cached layers stay."""
    docker.buildx.prune(filters={"type": "exec.cachemount"})


def image_bytes(image: str) -> int:
    """The bytes of the image's files, whichever store it is in."""
    command = [*map(str, docker.client_config.docker_cmd), "image", "inspect", image]
    return on_disk(image, json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0])


def library_bytecode(image: str) -> tuple[int, int]:
    """The bytes of the standard library's bytecode in an image, and of how many modules it is."""
    code = (
        "import os, pathlib; library = pathlib.Path(os.__file__).parent;"
        "found = [path for path in library.rglob('*.pyc') if 'site-packages' not in path.parts];"
        "print(sum(path.stat().st_size for path in found), len(found))"
    )
    size, modules = str(docker.run(image, ["python", "-c", code], remove=True, labels={LABEL: RUN})).split()
    return int(size), int(modules)


def compressed_bytes(image: str, known: dict[str, int]) -> int:
    """The bytes of an image's layers, compressed. `known` has some by digest, and gets those that it lacks."""
    digests = docker.image.inspect(image).root_fs.layers or []
    if not known.keys() >= set(digests):
        try:
            known |= {layer.digest: layer.compressed for layer in scan(image, digests, known=digests, weights=known)}
        except ToolError as error:
            raise BenchError(str(error)) from error
    return sum(known[digest] for digest in digests)


def remove_image(tag: str) -> None:
    """Takes an image away; its layers stay in the build cache."""
    docker.image.remove(tag, force=True)


def first_answer(tag: str, path: str) -> float:
    """Seconds from `docker run` to the first 200 of `path` through a published port; then the container is removed."""
    with serving(tag, path) as (_, seconds):
        return seconds


@contextmanager
def serving(
    tag: str, path: str, envs: Mapping[str, str] = MappingProxyType({}), networks: Sequence[Network] = ()
) -> Iterator[tuple[int, float]]:
    """A container that has answered `path` with 200: its published port, the seconds from `docker run` to that."""
    port = _free_port()
    started = time.perf_counter()
    container = docker.run(
        tag,
        detach=True,
        labels={LABEL: RUN},
        publish=[(f"127.0.0.1:{port}", PORT)],
        envs=dict(envs),
        networks=list(networks),
    )
    if not isinstance(container, Container):
        raise TypeError(container)
    try:
        while not _answers(port, path):
            if time.perf_counter() - started > START_LIMIT_SECONDS:
                raise BenchError(f"{tag} gave no answer in {START_LIMIT_SECONDS} s:\n{docker.logs(container)}")
            time.sleep(POLL_SECONDS)
        yield port, time.perf_counter() - started
    finally:
        docker.remove(container, force=True, volumes=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTP_OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def cleaned() -> Iterator[None]:
    """Removes the benchmark's containers and images at the end, however it comes."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for container in docker.container.list(all=True, filters=[("label", f"{LABEL}={RUN}")]):
            docker.remove(container, force=True, volumes=True)
        for image in docker.image.list(filters=[("label", f"{LABEL}={RUN}")]):
            docker.image.remove(image, force=True)
        for network in docker.network.list(filters={"label": f"{LABEL}={RUN}"}):
            docker.network.remove(network)
        signal.signal(signal.SIGINT, signal.default_int_handler)
