"""What is seen of running containers: each function starts one, or looks at one that runs."""

from __future__ import annotations

import contextlib
import posixpath
import select
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.engine import docker, engines
from copier_slim.errors import ToolError
from copier_slim.rendering.source import support
from copier_slim.verify.container import HARDENED, POLL, Answer, Container, scripts
from copier_slim.verify.container.processes import in_front
from copier_slim.verify.not_seen import CannotLookError, DoesNotApplyError, NotSeen, need
from copier_slim.verify.observations import SLACK, Bytecode, Hung, Moment, Pace, Process, Started
from copier_slim.verify.services import unreached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from copier_slim.verify.image.python import Interpreter
    from copier_slim.verify.target import Subject

EXCHANGE = "/copier-slim"  # a volume, where files can be put although the root is read-only
ANY_USER = "123456:0"
SETTLES = 3  # seconds after which what listens on no port and has no probe is taken to have started
PROBE_EVERY = 1
PROBE_TIMEOUT = 5  # for a server's probe while all is stopped; others may need what the image says
RETRIES = 2
PROBE_KILL = 10  # seconds that the engine may take to end a probe that hangs
ENGINE_TIMEOUT = 30  # of a HEALTHCHECK that names none
HERE = "here"  # what inside/buffering.py says first
LINE = "a line"
LINE_WITHIN = 5  # the interpreter starts, on a machine that is busy
# All but itself and the first: that is what kill(-1) means. There are none where what was counted was a probe
STOP_OTHERS = """
import contextlib, os, signal
with contextlib.suppress(ProcessLookupError):
    os.kill(-1, signal.SIGSTOP)
"""
# The files whose time says until when a process is well, and that time over: none who is stopped moves it on. One that
# has no end is left, since nothing would be seen of a hang
HEARTBEATS = 'import glob; print(*glob.glob("/dev/shm/heartbeat*"))'
EXPIRE = """
import glob, os, time
now = time.time()
for path in glob.glob("/dev/shm/heartbeat*"):
    if now < os.stat(path).st_mtime < now + 3600:
        os.utime(path, (now - 1, now - 1))
"""


def container(scope: docker.Scope, subject: Subject, *options: str) -> Container:
    """A hardened container of the subject, its probe every second."""
    return Container(
        scope,
        subject.image.name,
        port=subject.port,
        options=[*probes(subject), *subject.options.run, *options],
        command=[subject.process] if subject.process else [],
    )


def probes(subject: Subject) -> list[str]:
    """Options that let the image's own probe run every second."""
    check = subject.image.config.healthcheck
    if not check.command:
        return []
    own = check.timeout // 1_000_000_000 or ENGINE_TIMEOUT
    timeout = min(own, PROBE_TIMEOUT) if subject.port else own
    # No start period, in which failures would not count
    return [
        f"--health-interval={PROBE_EVERY}s", f"--health-timeout={timeout}s", f"--health-retries={RETRIES}",
        "--health-start-period=0s",
    ]  # fmt: skip


def start(running: Container, subject: Subject) -> Started:
    """Waits for the first answer; for the probe where there is no port, else until it ends or has settled."""
    seconds = subject.options.wait
    answer = None
    if subject.process:
        answer = _settles(running, subject)
    elif subject.port:
        while running.exit_code is None and running.age < seconds:
            answer = running.wait_for_answer(subject.path, seconds)
            if answer is None or answer.status < 500:  # noqa: PLR2004 not ready yet, says an HTTP server's 503
                break
            running.scope.pause(0.2)
        if answer and answer.status >= subject.worst_status:
            # What it says is in the log or in the answer; the status is what counts
            return Started(answer, running.age, None, running.log.text, running.log.size)
    elif subject.image.config.healthcheck.command:
        answer = Answer(0, b"") if running.wait_for_health("healthy", seconds) else None
    else:
        running.wait_for_end(SETTLES)
        answer = Answer(0, b"") if running.exit_code in {None, 0} else None
    return Started(answer, running.age, running.exit_code, running.log.text, running.log.size)


def _settles(running: Container, subject: Subject) -> Answer | None:
    """An answer where a process goes on and is healthy; without a network it is not waited for in vain."""
    probed = bool(subject.image.config.healthcheck.command)
    while running.wait_for_end(4 * POLL) is None and running.age < subject.options.wait:
        if running.age < SETTLES:
            continue
        if not probed or running.health == "healthy":
            return Answer(0, b"")
        if not subject.options.networks and unreached(running.log.text):
            break
    return None


def starts_as_any_user(scope: docker.Scope, subject: Subject) -> Started:
    """A start as a user that the image does not know, in the group 0."""
    with container(scope, subject, "--user", ANY_USER) as running:
        return start(running, subject)


def exchange(scope: docker.Scope, subject: Subject, python: Interpreter) -> list[str]:
    """Options that mount a volume in which all may write, with the slow application in it."""
    volume = scope.new("volume")
    docker.call("volume", "create", "--label", scope.label, volume)
    mount = ["--volume", f"{volume}:{EXCHANGE}"]
    code = (
        f"import os, sys; os.chmod({EXCHANGE!r}, 0o1777); open('{EXCHANGE}/slow_app.py', 'w').write(sys.stdin.read())"
    )
    docker.call(
        "run", "--rm", "--interactive", "--label", scope.label, "--log-driver", "none", "--pull", "never", *HARDENED,
        "--user", "0:0", "--no-healthcheck", *mount, "--entrypoint", python.path, subject.image.name, "-IS", "-c", code,
        stdin=scripts.source("slow_app").encode(),
    )  # fmt: skip
    return mount


def caching(mount: list[str]) -> list[str]:
    """Options that let Python keep bytecode in a volume, and take it from there."""
    return [*mount, "--env", f"PYTHONPYCACHEPREFIX={EXCHANGE}/bytecode", "--env", "PYTHONDONTWRITEBYTECODE="]


def warm_start(scope: docker.Scope, subject: Subject, mount: list[str]) -> float:
    """Seconds to the first answer with the bytecode that earlier starts have left in a volume."""
    return _timed(scope, subject, caching(mount))


def pace(scope: docker.Scope, subject: Subject, mount: list[str], cold: float) -> Pace:
    """How much sooner than in `cold` seconds it could answer; what seems slow is timed again, twice."""
    found = Pace(cold, warm_start(scope, subject, mount))
    for _ in range(2):
        if found.slow:
            again = _timed(scope, subject, [])
            found = Pace(min(found.cold, again), min(found.warm, warm_start(scope, subject, mount)))
    return found


def _timed(scope: docker.Scope, subject: Subject, options: list[str]) -> float:
    if not subject.port:
        raise DoesNotApplyError("it listens on no port, so no first answer can be timed")
    options = [*subject.options.run, *options]
    with Container(scope, subject.image.name, port=subject.port, options=options) as running:
        started = start(running, subject)
    if not started.answer:
        raise CannotLookError("it does not answer with its bytecode in a volume")
    return started.seconds


@contextlib.contextmanager
def asleep(scope: docker.Scope, subject: Subject, python: Interpreter) -> Iterator[Container]:
    """A container that only sleeps, for programs to be run inside."""
    options = [*subject.options.run, "--no-healthcheck", "--entrypoint", python.path]
    running = Container(
        scope, subject.image.name, options=options, command=["-IS", "-c", "import time; time.sleep(600)"]
    )
    with running:
        while not running.state().get("Running") and running.exit_code is None:
            scope.pause(POLL)
        yield running


@contextlib.contextmanager
def moments(running: Container) -> Iterator[list[Moment]]:
    """Notes a container's processes while something else is done, close together at first.

    Where the engine has no ps, the Python on the PATH looks. Raises CannotLookError at the end where neither could.
    """
    seen: list[Moment] = []
    errors: list[str] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(max(POLL, running.age / 8)):
            try:
                if listed := processes(running, lambda: "python"):
                    seen.append(Moment(running.age, tuple(listed)))
            except CannotLookError:  # it has none yet, or none any more
                pass
            except docker.DockerError as error:
                errors.extend([] if docker.is_over(error) else [str(error)])
            except ToolError:  # who waits for the answer gets it as well
                return

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()
    if errors and not seen:
        raise CannotLookError(errors[-1])


def moments_again(scope: docker.Scope, subject: Subject, seen: list[Moment]) -> list[Moment]:
    """Those of another start where a shell seems to have waited, the one of the two in which it waited less."""
    if in_front(seen, of_init=True)[0] < SLACK:
        return seen
    with container(scope, subject) as running, moments(running) as again:
        start(running, subject)
    return min(seen, again, key=lambda one: in_front(one, of_init=True)[0]) if again else seen


def processes(running: Container, find_python: Callable[[], str]) -> list[Process]:
    """The processes, the first one first. The engine looks; where it has no ps, the image's Python does, by its path.

    Raises CannotLookError where there are none, DockerError where neither can look.
    """
    first = str(running.state().get("Pid") or "")
    try:
        lines = docker.top(running.name, first) if first else []
    except docker.DockerError as error:
        if docker.is_over(error):
            lines = []
        else:
            first = "1"
            lines = running.run(find_python(), "-IS", "-", stdin=scripts.source("processes")).splitlines()
    rows = (line.split(maxsplit=2) for line in lines)
    found = [Process(row[0] == first, "".join(row[2:]).strip(), row[1] == first) for row in rows]
    if not found:
        raise CannotLookError("it has no process any more")
    return sorted(found, key=lambda process: not process.first)


def bytecode(running: Container, python: Interpreter, workdir: str) -> Bytecode:
    """The bytecode of dependencies and application."""
    roots = [f"/{folder}" for folder in python.site] + ([workdir] if posixpath.normpath(workdir) != "/" else [])
    shown = running.run(python.path, "-IS", "-", *roots, stdin=scripts.source("bytecode"))
    said = docker.parsed(shown)
    return Bytecode(said["seen"], tuple(said["wrong"]))


def lacking(running: Container, python: Interpreter, answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """The shared libraries that modules need and the image lacks, with those modules, by the build's own script.

    What need not work is what the answers say, and what the catalog knows of dependencies.
    """
    optional = str(answers.get("optional_modules") or "").split()
    optional += [pattern for row in catalog.packages().values() for pattern in row.optional]
    folders = [f"/{folder}" for folder in python.site]
    code = scripts.source("libraries").replace('"SCRIPT"', repr(support("libraries.py")))
    found: dict[str, list[str]] = docker.parsed(
        running.run(python.path, "-IS", "-", *folders, "--optional", *optional, stdin=code)
    )
    return found


def listening(running: Container, python: Interpreter) -> tuple[str, ...]:
    """Where it listens."""
    return tuple(running.run(python.path, "-IS", "-", stdin=scripts.source("listening")).split())


def unbuffered(running: Container, python: Interpreter, switches: Sequence[str]) -> float:
    """Seconds until a line that the image's Python prints comes out while it goes on; infinite if it does not.

    `switches` are those that the application itself runs under.
    """
    code = scripts.source("buffering")
    argv = [engines.current().program, "exec", running.name, python.path, "-IS", "-c", code, LINE, *switches]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101 Popen was asked for it
        assert process.stderr is not None  # noqa: S101 the same
        try:
            # How long docker takes to start it says nothing about it
            begun, _, _ = select.select([process.stderr], [], [], docker.PATIENCE)
            here = process.stderr.readline().decode(errors="replace").strip() if begun else "it does not start"
            started = time.monotonic()
            readable, _, _ = select.select([process.stdout], [], [], LINE_WITHIN) if here == HERE else ([], [], [])
            said = process.stdout.readline().decode(errors="replace").strip() if readable else ""
        finally:
            process.kill()
    if here != HERE or (readable and said != LINE):
        why = said or (here if here != HERE else "") or "it ended at once"
        raise CannotLookError(f"its Python {python.path} does not run: {why}")
    return time.monotonic() - started if readable else float("inf")


def healthy(running: Container, subject: Subject) -> bool:
    """Whether the engine comes to call it healthy."""
    if not subject.image.config.healthcheck.command:
        raise DoesNotApplyError("the image has no HEALTHCHECK")
    return running.wait_for_health("healthy", subject.options.wait)


def hang(scope: docker.Scope, subject: Subject, find_python: Callable[[], Interpreter | NotSeen]) -> Hung:
    """What the engine says of a container that is healthy and of which then every process is stopped."""
    if not subject.image.config.healthcheck.command:
        raise DoesNotApplyError("the image has no HEALTHCHECK")
    with container(scope, subject) as running:
        if not running.wait_for_health("healthy", subject.options.wait):
            raise CannotLookError("it did not become healthy")
        if subject.process and not running.run(need(find_python()).path, "-IS", "-c", HEARTBEATS).strip():
            raise DoesNotApplyError("only whether it is there can be asked of it")
        several = len(processes(running, lambda: need(find_python()).path)) > 1
        running.signal("STOP")
        if several:
            python = find_python()
            if isinstance(python, NotSeen):
                raise CannotLookError("the image has no Python by which its other processes could be stopped")
            running.run(python.path, "-IS", "-c", STOP_OTHERS)
        with contextlib.suppress(CannotLookError, DoesNotApplyError, docker.DockerError):
            running.run(need(find_python()).path, "-IS", "-c", EXPIRE)
        return _unhealthy(running, subject)


def _unhealthy(running: Container, subject: Subject) -> Hung:
    """Waits until the engine says so, or its probe has succeeded twice on what is stopped."""
    stopped = running.age
    before = _probes_done(running)
    own = subject.image.config.healthcheck.timeout // 1_000_000_000 or ENGINE_TIMEOUT
    succeeded: set[str] = set()
    while running.exit_code is None and running.age - stopped < (RETRIES + 1) * (own + PROBE_EVERY + PROBE_KILL):
        if running.health == "unhealthy":
            return Hung(running.age - stopped)
        succeeded |= {began for began, code in _probes_done(running) - before if code == 0}
        if len(succeeded) > 1:
            break
        running.scope.pause(0.2)
    if running.exit_code is not None:
        raise CannotLookError(f"it ended with exit code {running.exit_code} while its processes were stopped")
    return Hung(None)


def _probes_done(running: Container) -> set[tuple[str, int]]:
    """When the last probes began, and their exit codes."""
    log = (running.state().get("Health") or {}).get("Log") or []
    return {(probe["Start"], probe["ExitCode"]) for probe in log}
