"""What an image runs beside its default process: each process is started and judged, release and jobs looked at.

A release and a job have an effect, so they are not run: what they start has to be there.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import msgspec

from copier_slim import catalog
from copier_slim.engine import docker
from copier_slim.errors import UsageError
from copier_slim.verify.checks import judged, stopping
from copier_slim.verify.container import experiments, scripts
from copier_slim.verify.not_seen import CannotLookError, DoesNotApplyError, NotSeen, need
from copier_slim.verify.observations import Facts
from copier_slim.verify.outcome import Outcome, Status, failed, passed, unseen
from copier_slim.verify.result import Result
from copier_slim.verify.services import lonely

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copier_slim.verify.observations import Started
    from copier_slim.verify.observer import Observer

OF_EACH = ("R8", "R9", "R10", "R12")
RELEASE = "release"
MEND = "name a program, script or module that the image has, as the answers release and schedules say"
OPTION = "without --network"


def processes_of(answers: Mapping[str, Any]) -> list[str]:
    """The names of the processes beside the default one."""
    return _names(answers, "processes")


def jobs_of(answers: Mapping[str, Any]) -> list[str]:
    """The release, if there is one, and the jobs by the clock."""
    return [RELEASE] * bool(answers.get(RELEASE)) + _names(answers, "schedules")


def _names(answers: Mapping[str, Any], answer: str) -> list[str]:
    lines = str(answers.get(answer) or "").splitlines()
    return [line.partition(":")[0].strip() for line in lines if line.strip()]


def require(name: str, answers: Mapping[str, Any]) -> None:
    """Raises UsageError where the project has no process of that name."""
    known = processes_of(answers) + jobs_of(answers)
    if name not in known:
        others = f"the processes are {', '.join(known)}" if known else "the project has none beside its default one"
        raise UsageError(f"--process {name}: there is no such process; {others}")


def results(observer: Observer, names: Iterable[str]) -> list[Result]:
    """How each process, release or job of those names came out, a result for each check of each."""
    answers = observer.subject.answers
    jobs = jobs_of(answers)
    found: list[Result] = []
    for name in names:
        if name not in jobs:
            found += _judged(name, _observe(observer, name))
    chosen = [name for name in names if name in jobs]
    return found + (_startable(observer, chosen) if chosen else [])


def _observe(observer: Observer, name: str) -> Facts:
    """What is seen of a process: its start, its end, its health, and the start as any user."""
    subject, scope = replace(observer.subject, process=name), observer.scope
    with experiments.container(scope, subject) as running:
        moments, started = observer.begin(running, subject)
        not_run = _not_run(started, observer)
        gone = None
        if started.exit_code is not None:
            gone = not_run or NotSeen(f"it ended by itself with exit code {started.exit_code}")
        processes = observer.attempt(
            f"{name}: its processes",
            lambda: experiments.processes(running, lambda: need(observer.python).path),
            unless=gone,
        )
        stop = observer.attempt(
            f"{name}: how it ends", lambda: running.stop("SIGTERM", stopping.OF_A_PROCESS), unless=gone
        )
    unwell = not_run or (None if started.answer else NotSeen(f"it does not run, see {_id('R8', name)}"))
    any_user = observer.later(
        f"{name}: as any user", lambda: experiments.starts_as_any_user(scope, subject), unless=unwell
    )
    hung = observer.attempt(
        f"{name}: stopping all of it", lambda: experiments.hang(scope, subject, lambda: observer.python), unless=unwell
    )
    seen: dict[str, Any] = {field.name: NotSeen("it is the image's") for field in fields(Facts)}
    return Facts(**seen | {
        "subject": subject, "started": started, "moments": moments, "processes": processes, "stop": stop,
        "healthy": unwell or True, "hung": hung,
        "any_user": any_user.result(),
    })  # fmt: skip


def _not_run(started: Started, observer: Observer) -> NotSeen | None:
    """Why a process could not come to anything: no network was given, and it does not reach what it needs there."""
    said = "" if observer.subject.options.networks else lonely(started)
    return (
        NotSeen(f"not run: a service that it needs is not reached: {said}", applies=False, option=OPTION)
        if said
        else None
    )


def _judged(name: str, facts: Facts) -> list[Result]:
    found = []
    for check_id in OF_EACH:
        outcome = judged(check_id, facts)
        if check_id == "R8" and isinstance(facts.healthy, NotSeen) and not facts.healthy.applies:
            outcome = Outcome(Status.DOES_NOT_APPLY, "", facts.healthy.reason, option=facts.healthy.option)
        check = catalog.checks()[check_id]
        found.append(
            Result(_id(check_id, name), msgspec.structs.replace(check, title=f"{name}: {check.title}"), outcome)
        )
    return found


def _startable(observer: Observer, names: list[str]) -> list[Result]:
    """Whether what release and jobs start is there, by the launcher's own table."""
    where = "the program, script or module of its command; it is not run, as it has an effect"
    try:
        with experiments.asleep(observer.scope, observer.subject, need(observer.python)) as place:
            said = place.run(need(observer.python).path, "-", *names, stdin=scripts.source("startable"))
        wrong: dict[str, str] = docker.parsed(said)
        outcomes = {
            name: failed(where, wrong[name]) if wrong[name] else passed(where, "it can be started") for name in names
        }
    except (CannotLookError, DoesNotApplyError, docker.DockerError) as error:
        outcomes = dict.fromkeys(names, unseen(error))
    return [
        Result(_id("R8", name), catalog.Check(title=f"{name}: what it starts is there", mend=MEND), outcome)
        for name, outcome in outcomes.items()
    ]


def _id(check: str, name: str) -> str:
    return f"{check} {name}"
