"""Builds a project and watches its image for some seconds: hardened, and without a network to the outside."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.engine import builds, docker
from copier_slim.lock.failures import host_failure, network_failure
from copier_slim.lock.project import answers_of
from copier_slim.prove import stdio
from copier_slim.prove.disk import Disk
from copier_slim.prove.matching import matches
from copier_slim.prove.observation import Observation
from copier_slim.verify.container import Container, scripts
from copier_slim.verify.image import look_up
from copier_slim.verify.target import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PATIENCE = 30.0  # seconds for a first answer
MOST_PATIENCE = 75.0  # seconds for one of what still works hard, as at importing a model
# Seconds for one of what listens: pymongo's client looks for its server for 30 before it says that there is none
# https://www.mongodb.com/docs/manual/reference/connection-string-options/
CLIENT_PATIENCE = 40.0
BUSY = 0.3  # seconds of CPU time in one second by which that is told
SETTLES = 6.0  # seconds after which what listens nowhere, or elsewhere, stays so
POLL = 0.4
LAST = 6.0  # seconds before its patience ends in which it is looked whether to wait on
GROWS = 32 << 20  # bytes in that time by which what takes more and more memory is told from what has what it needs
MOST_MEMORY = 4 << 30  # bytes
LARGEST_FILE = 2 << 30  # bytes: volumes are on the engine's disk, which nothing else keeps an app from filling
APP = "/app"
LAUNCHER = "/opt/launch.py"
DATA = "/mnt/data.py"  # what it fetches comes from hosts of its own
# What an app of any framework may answer, beside its health path
PATHS = ("/", "/healthz", "/health", "/docs", "/login", "/api", "/api/health", "/admin/login/")


class Trial:
    """A project's builds and starts in one scope, which removes them; without a network given they reach nothing."""

    def __init__(self, project: Path, scope: docker.Scope, around: Surroundings) -> None:
        self.project = project
        self.scope = scope
        self.around = around
        self._network = ""

    def observe(self, variables: Mapping[str, str], seconds: float, progress: Callable[[str], None]) -> Observation:
        """A build, and a start of what it made; raises ToolError for what is not the project's fault."""
        tag = self.scope.image("proof")
        try:
            builds.build(self.project, target=None, output=None, tag=tag, progress=progress)
        except builds.BuildError as error:
            if not error.command:
                raise
            outside = host_failure(error.output) or network_failure(error.output)
            if outside and DATA not in error.command:
                raise outside from error
            return Observation(error.output, built=False)
        progress("watching it start")
        seen = self._watch(tag, variables, seconds)
        if seen.exit_code == 0 and seen.state == "works" and stdio.may_speak(self.project):
            # What ends well where nobody says anything may be a server that talks over these streams
            options = self._options(variables, answers_of(self.project))
            return replace(seen, greeted=stdio.greeted(self.scope, tag, options))
        return seen

    def _options(self, variables: Mapping[str, str], answers: Mapping[str, Any]) -> list[str]:
        given = (*self.around.environment, *(f"{name}={value}" for name, value in variables.items()))
        options = Surroundings(given, self.around.networks or (self._closed_network(),)).run
        if "." in str(answers.get("writable_paths") or "").split("\n"):
            options.append("--read-only=false")  # files beside the code are no volume
        return [*options, "--memory", str(self._memory), "--ulimit", f"fsize={LARGEST_FILE}"]

    @cached_property
    def _memory(self) -> int:
        """What a start may take, in bytes: three quarters of the engine's."""
        return min(MOST_MEMORY, docker.memory() * 3 // 4) or MOST_MEMORY

    def _closed_network(self) -> str:
        """A network of this run's own that leads nowhere."""
        if not self._network:
            name = self.scope.new("network")
            docker.call("network", "create", "--internal", "--label", self.scope.label, name)
            self._network = name
        return self._network

    def _watch(self, tag: str, variables: Mapping[str, str], seconds: float) -> Observation:
        image, recorded = look_up(tag), answers_of(self.project)
        port = self.around.port(image)
        path = str(recorded.get("health_path") or "") if port else ""
        process = " ".join(word for word in image.command if word != LAUNCHER)
        keeps = bool(image.config.volumes or "." in str(recorded.get("writable_paths") or "").split("\n"))
        until = min(PATIENCE, seconds)
        with Container(self.scope, tag, options=self._options(variables, recorded)) as running:
            disk = Disk((lambda *most: _inside(running, "written", APP, *most)) if keeps else None)
            listening: tuple[str, ...] = ()
            answers: Mapping[str, int] = {}
            since = 0.0
            used: int | None = 0
            while running.exit_code is None and running.age < until:
                if disk.is_filled(running.age):
                    break
                now = _listening(running)
                since = since if now == listening else running.age
                listening = now
                settled = running.age - since >= SETTLES
                if port and any(item.endswith(f":{port}") for item in listening):
                    answers = _ask(running, port, path)
                    if settled and not (answers or path) and _is_command(recorded):
                        answers = {"/": 0}  # of a protocol in which the client speaks first
                    if answers and (settled or path in answers or running.age - since >= 1):
                        break
                elif settled and listening:
                    break
                elif settled and not port:
                    before, used = used, _memory(running)
                    if used is not None and used - (before or 0) < GROWS and used < self._memory - GROWS:
                        break
                    since, until = running.age, min(seconds, 2 * PATIENCE)  # what takes ever more is killed in the end
                if port and not answers and running.age > until - LAST:
                    until = min(seconds, _patience(running, is_listening=bool(listening)))
                self.scope.pause(POLL)
            code = running.exit_code
            ended = code is not None
            seen = Observation(
                running.log.text, port=port, path=path, exit_code=code, seconds=running.age, process=process,
                listening=() if ended else listening, answers={} if ended else answers, written=disk.written,
            )  # fmt: skip
            return _of_a_visitor(running, recorded, seen)


def _patience(running: Container, *, is_listening: bool) -> float:
    """How many seconds after its start a container is waited for that gave no answer yet."""
    if float(_inside(running, "busy").strip() or 0) >= BUSY:
        return MOST_PATIENCE
    return CLIENT_PATIENCE if is_listening else PATIENCE


def _is_command(answers: Mapping[str, Any]) -> bool:
    return catalog.frameworks()[str(answers["framework"])].app_kind == "argv"


def _of_a_visitor(running: Container, answers: Mapping[str, Any], seen: Observation) -> Observation:
    """What was seen, with what a visitor alone gets to see: what Django logs nowhere, a Streamlit script's errors."""
    app = str(answers.get("app", ""))
    if answers.get("framework") == "django" and seen.state == "error":
        asked = _inside(running, "asking_django", app.partition(":")[0], seen.path or "/", isolated=False)
        return replace(seen, log=f"{seen.log}\n{asked}")
    if answers.get("framework") == "streamlit" and seen.state == "works":
        # Its server is well whatever the script does; only what is known is taken for a failure of the script
        raised = _inside(running, "asking_streamlit", app, isolated=False)
        page = replace(seen, log=f"{seen.log}\n{raised}", raised=bool(raised.strip()))
        return page if any(matches(page)) else seen
    return seen


def _listening(running: Container) -> tuple[str, ...]:
    return tuple(_inside(running, "listening").split())


def _memory(running: Container) -> int | None:
    """The bytes that a container uses, 0 where the kernel does not tell; None where it has ended meanwhile."""
    used = _inside(running, "memory").strip()
    return int(used) if used.isdigit() else None


def _ask(running: Container, port: int, path: str) -> dict[str, int]:
    lines = (line.split() for line in _inside(running, "asking", str(port), path, *PATHS).splitlines())
    return {name: int(status) for name, status in lines}


def _inside(running: Container, name: str, *arguments: str, isolated: bool = True) -> str:
    """What a program prints inside, "" where it cannot be run, as in a container that ends meanwhile."""
    try:
        return running.run(
            "python", *(["-IS"] if isolated else []), "-", *arguments, stdin=scripts.source(name), timeout=20
        )
    except docker.DockerError:
        return ""
