"""Looks at an image and its containers, side by side where they do not disturb each other."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from copier_slim.engine import docker
from copier_slim.verify import imports, named, trimmed
from copier_slim.verify.container import experiments, requests_at_stop
from copier_slim.verify.container.processes import server
from copier_slim.verify.container.processes import switches as switches_of
from copier_slim.verify.image import compressed_sizes
from copier_slim.verify.image.filesystem import Files
from copier_slim.verify.image.layers import scan
from copier_slim.verify.image.python import distributions, interpreter_of
from copier_slim.verify.not_seen import CannotLookError, DoesNotApplyError, NotSeen, need
from copier_slim.verify.observations import Facts, Moment
from copier_slim.verify.rebuilds import rebuild
from copier_slim.verify.reproduction import build_twice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copier_slim.verify.container import Container
    from copier_slim.verify.image.python import Distribution, Interpreter
    from copier_slim.verify.observations import Started
    from copier_slim.verify.result import Result
    from copier_slim.verify.target import Subject

T = TypeVar("T")
AT_ONCE = 8


class Observer:
    """One run of all observations of a subject; `progress` gets each that begins, in a few words."""

    def __init__(self, subject: Subject, scope: docker.Scope, progress: Callable[[str], None]) -> None:
        self.subject = subject
        self.scope = scope
        self.progress = progress

    def observe(self) -> Facts:
        """Everything; raises ToolError where the engine fails, and leaves nothing running."""
        with self.at_once(), experiments.container(self.scope, self.subject) as running:
            return self._observe(running)

    def of_processes(self, names: list[str]) -> list[Result]:
        """How the processes, release and jobs of these names come out; raises ToolError where the engine fails."""
        with self.at_once():
            if not hasattr(self, "files"):
                self.files = self.later("reading the layers", self.read)
            return named.results(self, names)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Lets things be looked at side by side, and removes all of them where one fails."""
        with ThreadPoolExecutor(AT_ONCE) as self.pool:
            try:
                yield
            except BaseException:
                # Containers first: what waits for one ends with it
                self.scope.give_up()
                self.scope.remove_quietly()
                raise

    def _observe(self, running: Container) -> Facts:
        subject, scope = self.subject, self.scope
        # Alone on the machine, since it is timed; so is what comes last
        moments, started = self.begin(running)
        broken = None if works(subject, started) else NotSeen("it does not run, see R8")
        ended = broken or self.ended(started)
        self.files = self.later("reading the layers", self.read)
        rebuilt = self.later("building again", lambda: rebuild(subject, scope))
        any_user = self.later(
            "starting as any user", lambda: experiments.starts_as_any_user(scope, subject), unless=broken
        )
        hung = self.later(
            "stopping all processes", lambda: experiments.hang(scope, subject, lambda: self.python), unless=broken
        )
        mount = self.later(
            "preparing a volume", lambda: experiments.exchange(scope, subject, need(self.python)), unless=broken
        )
        in_flight = self.later(
            "a request in flight at SIGTERM",
            lambda: requests_at_stop.in_flight(scope, subject, mount.result),
            unless=broken,
        )
        warming = self.later("warming bytecode", lambda: experiments.warm_start(scope, subject, need(mount.result())))
        processes = self.attempt(
            "its processes", lambda: experiments.processes(running, lambda: need(self.python).path), unless=ended
        )
        healthy = self.attempt("its health", lambda: experiments.healthy(running, subject), unless=ended)
        switches = [] if isinstance(processes, NotSeen) else switches_of(server(processes).command)
        with self.place(running) as place:
            unbuffered = self.attempt(
                "whether its output is buffered", lambda: experiments.unbuffered(place, need(self.python), switches)
            )
            bytecode = self.attempt(
                "its bytecode", lambda: experiments.bytecode(place, need(self.python), subject.image.workdir)
            )
            lacking = self.attempt(
                "its shared libraries", lambda: experiments.lacking(place, need(self.python), subject.answers)
            )
        if broken and started.exit_code is None:
            where = self.attempt("where it listens", lambda: experiments.listening(running, need(self.python)))
            started = replace(started, listening=() if isinstance(where, NotSeen) else where)
        beside = hung.result(), any_user.result(), in_flight.result(), rebuilt.result()
        # When the others are done: two whole builds would slow down what is timed
        twice = self.attempt("building twice without a cache", lambda: build_twice(subject, scope))
        importable = self.attempt(
            "what could be imported before trim",
            lambda: trimmed.importable(subject, scope, lambda: need(self.python)),
        )
        warmed = warming.result()
        # Timed again, and nothing else is under way
        stop = self.attempt(
            "how it ends on SIGTERM",
            lambda: running.stop("SIGTERM" if subject.image.config.stop_signal else ""),
            unless=ended,
        )
        moments = self.attempt(
            "its first process", lambda: experiments.moments_again(scope, subject, need(moments)), unless=broken
        )
        pace = self.attempt(
            "a start with warm bytecode",
            lambda: experiments.pace(scope, subject, need(mount.result()), started.seconds),
            unless=warmed if isinstance(warmed, NotSeen) else None,
        )
        imported = self.attempt(
            "what it imports", lambda: imports.of_a_start(scope, subject, need(self.python)), unless=broken
        )
        return Facts(
            subject=subject,
            files=self.files.result(),
            python=self.python,
            installed=self.attempt("what is installed", self.installed),
            started=started,
            moments=moments,
            processes=processes,
            bytecode=bytecode,
            lacking=lacking,
            unbuffered=unbuffered,
            healthy=healthy,
            stop=stop,
            hung=beside[0],
            any_user=beside[1],
            in_flight=beside[2],
            rebuilt=beside[3],
            twice=twice,
            importable=importable,
            pace=pace,
            imports=imported,
        )

    def begin(self, running: Container, subject: Subject | None = None) -> tuple[list[Moment] | NotSeen, Started]:
        """The start, and what its processes were meanwhile; of another `subject` where one is given."""
        started: list[Started] = []

        def look() -> list[Moment]:
            with experiments.moments(running) as seen:
                started.append(experiments.start(running, subject or self.subject))
            return seen

        moments = self.attempt("waiting for the first answer", look)
        if not started:
            raise docker.DockerError(moments.reason if isinstance(moments, NotSeen) else "it was not started")
        return moments, started[0]

    @staticmethod
    def ended(started: Started) -> NotSeen | None:
        """Why there is nothing to see of what runs: it did what it is for, as a command does."""
        if not started.ended:
            return None
        return NotSeen(f"it ended by itself after {started.seconds:.1f} s", applies=False)

    def read(self) -> Files:
        """The image's files, as its layers have them."""
        image, base = self.subject.image, self.subject.base
        known = image.layers[: base.layers if base else 0]
        read = scan(image.name, image.layers, known=known, weights=compressed_sizes.load(), check=self.scope.check)
        compressed_sizes.save({name: layer.compressed for layer in read for name in (layer.archived, layer.digest)})
        return Files(read, base.layers if base else None)

    @cached_property
    def python(self) -> Interpreter | NotSeen:
        """The application's Python, as soon as the layers are read."""
        files = self.files.result()
        if isinstance(files, NotSeen):
            return files
        return interpreter_of(files, self.subject.image) or NotSeen("the image has no Python", applies=False)

    def installed(self) -> list[Distribution]:
        """What the application's Python can import."""
        return distributions(need(self.files.result()), need(self.python).site)

    @contextmanager
    def place(self, running: Container) -> Iterator[Container]:
        """A container to run something in: the one there is, or where that has ended one that only sleeps."""
        if running.exit_code is None or isinstance(self.python, NotSeen):
            yield running
        else:
            with experiments.asleep(self.scope, self.subject, self.python) as asleep:
                yield asleep

    def later(self, what: str, look: Callable[[], T], unless: NotSeen | None = None) -> Future[T | NotSeen]:
        """The same beside what else is done."""
        return self.pool.submit(self.attempt, what, look, unless)

    def attempt(self, what: str, look: Callable[[], T], unless: NotSeen | None = None) -> T | NotSeen:
        """What `look` returns, or why it cannot be seen."""
        if unless:
            return unless
        self.scope.check()
        self.progress(what)
        try:
            return look()
        except (CannotLookError, DoesNotApplyError, docker.DockerError) as error:
            return NotSeen.of(error)


def works(subject: Subject, started: Started) -> bool:
    """Whether it gave an answer that counts as one."""
    return started.answer is not None and started.answer.status < subject.worst_status
