"""What is in an image that a company uses in place of the official one: asked of the image itself, by an engine."""

from __future__ import annotations

import inspect
import os
import re

import msgspec

from copier_slim.base_image import probe
from copier_slim.engine import buildah, builds, docker, engines, stages
from copier_slim.errors import InputError, ToolError
from copier_slim.reading import typed

# By name where the image's PATH knows it, else where distributions put it
PYTHONS = ("python3", "python", "/usr/bin/python3", "/usr/local/bin/python3", "/opt/python/bin/python3")
ISOLATED = ("--rm", "--network", "none", "--env", "HOME=/tmp")
ABSENT = re.compile(r"no such image|manifest unknown|not found|does not exist", re.IGNORECASE)
NO_PROGRAM = re.compile(
    r"executable file .{0,200}not found|no such file or directory|not found in \$PATH", re.IGNORECASE
)


class Facts(msgspec.Struct, frozen=True):
    """An image: its Python (X.Y, and the interpreter's path without links), its system, and what it brings along.

    `release` is VERSION_CODENAME of /etc/os-release; `musl` whether the C library is musl and not glibc; `manager` the
    program that installs system packages, or ""; `pip` whether pip is on the PATH and may install into the system;
    `uid` the user that the image runs as. `for_others` is whether any other user can run its Python.
    """

    version: str
    python: str
    release: str
    musl: bool
    shell: bool
    manager: str
    pip: bool
    venv: bool
    uid: int = 0
    for_others: bool = True


def look(image: str, uid: int) -> Facts:
    """The facts of an image, and whether the user `uid` can run its Python.

    The image is pulled where the engine has it not. Raises InputError where it has no Python, ToolError where it cannot
    be pulled or the engine fails.
    """
    _pull(image)
    for python in PYTHONS:
        try:
            # As root, whom its files belong to; what a build of it runs as, too
            said = _run(image, python, inspect.getsource(probe), "--user", "0")
            own = _run(image, python, "import os; print(os.getuid())")
        except docker.DockerError as error:
            if NO_PROGRAM.search(str(error)):
                continue
            raise
        found = typed.from_json(said, Facts)
        return msgspec.structs.replace(found, uid=int(own), for_others=_runs_as(uid, found.python, image))
    raise InputError(f"{image} has no Python; name an image that has one, as base_image")


def differ(one: Facts, other: Facts) -> list[str]:
    """Where two images do not fit together, of which one's packages are used in the other."""
    libc = {True: "musl", False: "glibc"}
    pairs = ((one.version, other.version), (one.python, other.python), (libc[one.musl], libc[other.musl]))
    return [f"{ours} there and {theirs} here" for ours, theirs in pairs if ours != theirs]


def _run(image: str, python: str, code: str, *options: str) -> str:
    return docker.call("run", *ISOLATED, *options, "--entrypoint", python, image, "-I", "-c", code)


def _runs_as(uid: int, python: str, image: str) -> bool:
    try:
        _run(image, python, "import json", "--user", f"{uid}:{uid}")
    except docker.DockerError:
        return False
    return True


def _pull(image: str) -> None:
    """Pulls an image that the engine has not; a registry that refuses to answer is no engine that is gone."""
    try:
        docker.inspect("image", image)
    except docker.DockerError as error:
        pull = [engines.current().program, "pull", "--quiet", image]
        code, said = builds.stream(pull, env=os.environ, each=lambda _: None)
        if code:
            raise _not_pulled(image, said) from error


def _not_pulled(image: str, why: str) -> ToolError:
    program = engines.current().program
    if buildah.NO_IDS.search(why):
        return ToolError(buildah.ADD_IDS)
    if builds.LOGIN.search(why):
        login = f"{program} login {stages.registry_of(image)}".rstrip()
        return ToolError(
            f"{image} cannot be pulled: its registry asks for a password, or has no such image; run: {login}"
        )
    if ABSENT.search(why):
        return ToolError(f"{image} cannot be pulled: its registry has no such image; check the name and the tag")
    lines = why.split("\n")
    reason = next((line for line in reversed(lines) if line.strip()), "").rpartition("Error response from daemon: ")[2]
    return ToolError(f"{image} cannot be pulled: {reason[:200]}; check the network and the registry")
