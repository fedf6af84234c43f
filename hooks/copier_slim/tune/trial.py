"""A project's image started with and without lazy imports: what it answers, what it imports, how long, how much."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from copier_slim.engine import docker
from copier_slim.errors import CheckFailedError
from copier_slim.verify.checks.running import WRONG, why_not
from copier_slim.verify.container import Container, scripts
from copier_slim.verify.container.experiments import probes, start
from copier_slim.verify.rebuilds import build

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from copier_slim.verify.image import Image
    from copier_slim.verify.target import Subject

LAZY, EAGER = "all", "normal"  # values of PYTHON_LAZY_IMPORTS
RECORD = "/tmp/copier-slim-imports"  # noqa: S108 the container's own
RECORDING = {"COPIER_SLIM_RECORD": RECORD}
POLL = 0.005
MOST_PATHS = 50
AT_ONCE = 1000  # names in a variable, of which Linux takes 128 KiB
WAIT = 5.0  # seconds for a start, beside three times what it takes without lazy imports
SETTLES = 0.5  # seconds in which a worker that has answered writes what went wrong


@dataclass(frozen=True, slots=True)
class Answered:
    """What a path is answered: a status, 0 where the connection ends; a body, None where it is not always the same."""

    status: int
    body: bytes | None


@dataclass(slots=True)
class Measured:
    """Seconds to the first answer and bytes in memory after all paths were asked, one of each for a start."""

    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    @property
    def ms(self) -> float:
        """The median of the seconds, in milliseconds."""
        return median(self.seconds) * 1000

    @property
    def bytes(self) -> float:
        """The median of the memory; 0 where the kernel does not tell."""
        return median(self.memory)


def site_packages(python: str) -> str:
    """Where the image has its dependencies."""
    return f"/opt/venv/lib/python{python}/site-packages"


def with_filter(image: Image, python: str, scope: docker.Scope) -> Image:
    """The image with the filter that trials set by variables, in place of its own; raises CannotLookError."""
    site = site_packages(python)
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as name:
        context = Path(name)
        (context / "eager_imports.py").write_text(scripts.source("eager_imports"), encoding="utf-8")
        (context / "eager_imports.pth").write_text("import eager_imports\n", encoding="utf-8")
        for path in context.iterdir():
            path.chmod(0o644)
        (context / "Dockerfile").write_text(
            f"FROM {image.name}\nCOPY eager_imports.py eager_imports.pth {site}/\n", encoding="utf-8"
        )
        return build(context, scope.image("trial"), scope).image


def variables(mode: str, eager: Collection[str], more: Mapping[str, str]) -> list[str]:
    """Options that set a trial's mode and filter; the modules in several variables, as a word has its limit."""
    names = sorted(eager)
    parts = {f"COPIER_SLIM_EAGER_{at}": " ".join(names[at : at + AT_ONCE]) for at in range(0, len(names), AT_ONCE)}
    # The order of sets is no difference
    given = {"PYTHON_LAZY_IMPORTS": mode, "PYTHONHASHSEED": "0", **parts, **more}
    return [word for name, value in given.items() for word in ("--env", f"{name}={value}")]


class Trial:
    """Starts of one image, as `verify` starts it; `expected` is what it answers without lazy imports."""

    def __init__(self, subject: Subject, scope: docker.Scope, progress: Callable[[str], None]) -> None:
        self.subject = subject
        self.scope = scope
        self.progress = progress
        self.paths = [subject.path] if subject.path else []
        self.expected: dict[str, Answered] = {}
        self.wrong_before = False
        self.count = 0
        self.seconds = 0.0  # to the first answer, without lazy imports

    def _started(
        self, mode: str, eager: Collection[str] = (), more: Mapping[str, str] | None = None, process: str = ""
    ) -> Container:
        given = variables(mode, eager, more or {})
        self.count += 1
        # What a process does is told by its health check alone; elsewhere that would cost time
        probed = probes(replace(self.subject, process=process)) if process else ["--no-healthcheck"]
        return Container(
            self.scope, self.subject.image.name, port=None if process else self.subject.port,
            options=[*self.subject.options.run, *given, *probed], command=[process] if process else [],
        )  # fmt: skip

    def process_fails(self, process: str, eager: Collection[str]) -> str:
        """Why a process beside the default one does not run with lazy imports, "" where it does."""
        self.progress(f"starting {process} with lazy imports")
        with self._started(LAZY, eager, process=process) as running:
            return self._why_no_process(running, process)

    def expect_process(self, process: str) -> tuple[str, set[str]]:
        """Why such a process does not run here although no import is lazy, and what it imports."""
        self.progress(f"starting {process} without lazy imports")
        with self._started(LAZY, more=RECORDING, process=process) as running:
            return self._why_no_process(running, process), _recorded(running)

    def _why_no_process(self, running: Container, process: str) -> str:
        subject = replace(self.subject, process=process)
        problem = why_not(subject, start(running, subject))
        return f"{process}: {problem}" if problem else ""

    def expect(self, app: str) -> set[str]:
        """Learns what it answers without lazy imports, and how soon, by three starts; what is imported meanwhile.

        Raises CheckFailedError where it does not start so.
        """
        self.progress("starting it without lazy imports")
        with self._started(EAGER) as running:
            self._require(running)
            self.paths = self._routes(running, app)
            seen = [self._seen(running)]
        self.progress("recording what it imports")
        with self._started(LAZY, more=RECORDING) as running:
            self._require(running)
            seen.append(self._seen(running))
            imported = _recorded(running)
        self.progress("starting it once more")
        with self._started(EAGER) as running:
            self._require(running)
            self.seconds = running.age
            seen.append(self._seen(running))
        for path, first in seen[0].items():
            others = [one[path] for one in seen]
            if all(one.status == first.status for one in others):
                same = all(one.body == first.body for one in others)
                self.expected[path] = Answered(first.status, first.body if same else None)
        return imported

    def _seen(self, running: Container) -> dict[str, Answered]:
        """What all paths are answered; whether its log speaks of errors then is kept."""
        answers = self._answers(running)
        self.wrong_before |= bool(WRONG.search(running.log.text))
        return answers

    def _require(self, running: Container) -> None:
        started = start(running, self.subject)
        if problem := why_not(self.subject, started):
            failure = CheckFailedError(f"without lazy imports, too, {problem}; run copier-slim verify first")
            failure.add_note("\n".join(started.log.splitlines()[-10:]))
            raise failure

    def _routes(self, running: Container, app: str) -> list[str]:
        """The health path, the root, and what the app says that it answers."""
        found: list[str] = []
        if app:
            try:
                said = running.run("python", "-", app, stdin=scripts.source("routes"), timeout=120)
                found = docker.parsed(said.splitlines()[-1] if said.strip() else "[]")
            except docker.DockerError:
                pass  # it is no app of a framework that tells its routes, or none that is imported twice
        return list(dict.fromkeys([*self.paths, "/", *found]))[:MOST_PATHS]

    def _answers(self, running: Container) -> dict[str, Answered]:
        return dict(self._asked(running))

    def _asked(self, running: Container) -> Iterator[tuple[str, Answered]]:
        for path in self.paths:
            try:
                answer = running.ask(path)
                yield path, Answered(answer.status, answer.body)
            except (OSError, HTTPException):
                yield path, Answered(0, b"")

    def fails(self, eager: Collection[str], wait: float) -> str:
        """What fails with lazy imports where these modules cannot wait; "" where all is as without."""
        self.progress(f"trial {self.count}, with {len(eager)} modules that cannot wait")
        with self._started(LAZY, eager) as running:
            seconds = self._first_answer(running, wait)
            if seconds is None:
                return _why(running)
            differs = self._differs(running)
            self.scope.pause(SETTLES)
            if not differs and running.exit_code is not None:
                return _why(running)
            if not differs and not self.wrong_before and WRONG.search(running.log.text):
                return f"its log has an error: {_last(running)}"
        return differs

    def _differs(self, running: Container) -> str:
        now = self._answers(running)
        for path, before in self.expected.items():
            if now[path].status != before.status:
                return f"GET {path} is answered with {now[path].status or 'nothing'}, and with {before.status} without"
            if before.body is not None and now[path].body != before.body:
                return f"GET {path} is answered otherwise"
        return ""

    def _first_answer(self, running: Container, wait: float) -> float | None:
        """Seconds to the first answer that counts, None where none comes."""
        while running.exit_code is None and running.age < wait:
            try:
                answer = running.ask(self.subject.path, timeout=max(1, wait - running.age))
                if answer.status < self.subject.worst_status:
                    return running.age
            except (OSError, HTTPException):
                pass
            self.scope.pause(POLL)
        return None

    def measure(self, mode: str, eager: Collection[str], into: Measured, wait: float) -> str:
        """One start more; what fails, "" where all is as expected."""
        with self._started(mode, eager) as running:
            seconds = self._first_answer(running, wait)
            if seconds is None:
                return _why(running)
            if differs := self._differs(running):
                return differs
            into.seconds.append(seconds)
            into.memory.append(int(running.run("python", "-IS", "-", stdin=scripts.source("resident")).strip() or 0))
        return ""


def _recorded(running: Container) -> set[str]:
    """What it has imported until now, nothing where it has ended."""
    if running.exit_code is not None:
        return set()
    return {*running.run("python", "-IS", "-c", f"print(open({RECORD!r}).read())").split()}


def _why(running: Container) -> str:
    ended = f"it ends with {running.exit_code}" if running.exit_code is not None else "it gives no answer"
    said = _last(running)
    return f"{ended}: {said}" if said else ended


def _last(running: Container) -> str:
    """The last line of its log that names an error, or else the last one."""
    lines = running.log.last(30)
    named = [line for line in lines if "Error" in line or "Exception" in line]
    return (named or lines or [""])[-1].strip()[:200]
