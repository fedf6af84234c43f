"""What becomes of a request that is under way at SIGTERM.

Three ways to have one: a route that the user names, one that is put in front of the application where the server's
command names that, and for any other server a request of which half has come.
"""

from __future__ import annotations

import contextlib
import re
import select
import threading
import time
from dataclasses import replace
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING

from copier_slim.engine import docker, engines
from copier_slim.verify.container import GRACE, KILLED, Answer, Container, Stop
from copier_slim.verify.container.experiments import EXCHANGE, container, start
from copier_slim.verify.container.scripts import slow_app
from copier_slim.verify.not_seen import CannotLookError, DoesNotApplyError, NotSeen, need
from copier_slim.verify.observations import InFlight

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from copier_slim.verify.target import Subject

UNDER_WAY = 0.7  # seconds from a request to SIGTERM
OTHERS_WITHIN = 5  # seconds in which a busy machine answers, too
OPTION = "--slow-path"
WITHOUT = f"without {OPTION}"
APP = re.compile(r"(?<![\w./:-])([A-Za-z_][\w.]*:[A-Za-z_][\w.]*(?:\(\))?)(?![\w:/])")


def in_flight(scope: docker.Scope, subject: Subject, mount: Callable[[], list[str] | NotSeen]) -> InFlight:
    """What became of one. Raises DoesNotApplyError where none can be had without the user's help.

    One that was not answered is asked again of a fresh container: a busy machine's network loses some, too.
    """
    if not subject.port:
        raise DoesNotApplyError("it listens on no port, so it has no requests")
    found = _one(scope, subject, mount)
    return found if _kept(found, subject) else replace(_one(scope, subject, mount), tries=2)


def _kept(found: InFlight, subject: Subject) -> bool:
    answered = found.answer is not None and found.answer.status < subject.worst_status
    return answered and found.stop.in_order


def _one(scope: docker.Scope, subject: Subject, mount: Callable[[], list[str] | NotSeen]) -> InFlight:
    if path := subject.options.slow_path:
        return _slow(container(scope, subject), subject, path)
    try:
        return _slow(_with_slow_route(scope, subject, mount), subject, slow_app.PATH)
    except (CannotLookError, DoesNotApplyError) as error:
        return _half(scope, subject, str(error))


def _slow(container: Container, subject: Subject, path: str) -> InFlight:
    """Asks for what takes two seconds, and stops the container meanwhile."""
    with container as running:
        if not start(running, subject).answer:
            last = " ".join(running.log.last(1))
            raise CannotLookError(f"it does not answer where {path} is to be asked for: {last}")
        answers: list[Answer] = []
        began = running.age

        def ask() -> None:
            with contextlib.suppress(OSError, HTTPException):
                answers.append(running.ask(path, timeout=60))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(UNDER_WAY)
        if not asking.is_alive():
            what = f"{path} is answered in {running.age - began:.1f} s, before SIGTERM can be sent"
            raise CannotLookError(f"{what}; name a route that takes one to eight seconds by {OPTION}")
        stop = running.stop()
        asking.join(1)
    what = f"a request for {path}, and SIGTERM {UNDER_WAY} s later"
    return InFlight(what, answers[0] if answers else None, stop)


def _with_slow_route(scope: docker.Scope, subject: Subject, mount: Callable[[], list[str] | NotSeen]) -> Container:
    """A container whose server serves the application with one more route."""
    image = subject.image
    words = image.command
    found = next((found for word in words if (found := APP.search(word))), None)
    if not found:
        raise DoesNotApplyError("its command has no module:app to put a slow route in front of")
    kind = "aiohttp" if any("aiohttp" in word for word in words) else "factory" if "--factory" in words else ""
    name, *rest = [APP.sub("slow_app:app", word, count=1) if found[1] in word else word for word in words]
    before = image.environment.get("PYTHONPATH", "")
    options = [
        *need(mount()), "--entrypoint", name, "--env", f"PYTHONPATH={EXCHANGE}{before and ':' + before}",
        "--env", f"COPIER_SLIM_APP={found[1]}", "--env", f"COPIER_SLIM_KIND={kind}",
    ]  # fmt: skip
    return Container(scope, image.name, port=subject.port, options=[*subject.options.run, *options], command=rest)


def _half(scope: docker.Scope, subject: Subject, why: str) -> InFlight:
    """Sends half a request, SIGTERM, and the rest. `why` says why nothing better can be asked for.

    A server that reads it in a thread or process of its own has to wait for it. One with an event loop may take such a
    connection for idle: raises DoesNotApplyError where it was closed by what may be one.
    """
    path = subject.path or "/"
    options = [*subject.options.run, "--no-healthcheck"]  # a probe's threads would be counted
    with Container(scope, subject.image.name, port=subject.port, options=options) as running:
        if not start(running, subject).answer:
            raise CannotLookError("it does not answer in one more container")
        try:
            running.ask(path)
        except (OSError, HTTPException) as error:
            raise DoesNotApplyError(f"{why}, and what it answers is not HTTP", WITHOUT) from error
        running.scope.pause(UNDER_WAY)
        before = _threads(running)
        with _begun(running, path) as connection:
            running.scope.pause(UNDER_WAY)
            more = _more(before, _threads(running))
            own = more or _blocked(running, path)
            if select.select([connection], [], [], 0)[0]:
                raise DoesNotApplyError(f"{why}, and it closes a connection on which a request is slow", WITHOUT)
            running.signal(subject.image.config.stop_signal or "TERM")
            signalled = time.monotonic()
            running.scope.pause(UNDER_WAY)
            answer = _rest(connection)
        code = running.wait_for_end(GRACE - (time.monotonic() - signalled))
        stop = Stop(time.monotonic() - signalled, KILLED if code is None else code)
    if answer is None and not own:
        if more is None:
            raise CannotLookError("half a request is cut off, and the engine's ps does not say whether a thread had it")
        raise DoesNotApplyError(f"{why}, and of half a request it does not wait for the rest", WITHOUT)
    return InFlight(f"a request of which half has come at SIGTERM, the rest {UNDER_WAY} s later", answer, stop)


def _begun(running: Container, path: str) -> socket.socket:
    """A connection on which half a request has been sent."""
    try:
        connection = running.connect(GRACE)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode())
    except OSError as error:
        raise CannotLookError(f"it cannot be reached any more: {error}") from error
    return connection


def _more(before: int | None, after: int | None) -> bool | None:
    return None if before is None or after is None else after > before


def _threads(running: Container) -> int | None:
    """How many there are of all its processes, None where the engine's ps cannot tell."""
    if engines.current().podman:
        return None
    with contextlib.suppress(docker.DockerError):
        lines = docker.call("top", running.name, "-o", "pid,nlwp").splitlines()[1:]
        return sum(int(line.split()[-1]) for line in lines)
    return None


def _blocked(running: Container, path: str) -> bool:
    """Whether nobody else is answered meanwhile."""
    try:
        running.ask(path, timeout=OTHERS_WITHIN)
    except TimeoutError:
        return True
    except (OSError, HTTPException):
        return False
    return False


def _rest(connection: socket.socket) -> Answer | None:
    """Sends the rest; the answer, None where there is none."""
    try:
        connection.sendall(b"Connection: close\r\n\r\n")
        response = HTTPResponse(connection)
        response.begin()
        return Answer(response.status, response.read(1 << 16))
    except (OSError, HTTPException):
        return None
