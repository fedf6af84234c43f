"""`copy --prove`: builds and starts what was made, reads why that fails, changes the answers, and tries again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier_slim import console
from copier_slim.engine import docker
from copier_slim.errors import CheckFailedError, InputError, ToolError
from copier_slim.lock.project import answers_of
from copier_slim.process import interruption
from copier_slim.prove import report
from copier_slim.prove.changes import Change, Project
from copier_slim.prove.matching import matches, with_variables
from copier_slim.prove.mends import change
from copier_slim.prove.observation import Observation
from copier_slim.prove.rewriting import put, rewrite
from copier_slim.prove.trial import Trial
from copier_slim.rendering.source import find
from copier_slim.verify.container import require_engine
from copier_slim.verify.outcome import Status
from copier_slim.verify.target import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console

    from copier_slim.prove.matching import Found
    from copier_slim.prove.rewriting import Files
    from copier_slim.rendering.source import Source
    from copier_slim.verify.result import Report

__all__ = ["Surroundings", "Verdict", "advice", "for_the_build", "mend", "prove", "run"]

ROUNDS = 5
FOR_THE_LOCK = {"build_package", "python_with_wheel"}  # mends of what does not compile
SECONDS = 120.0  # for all starts, beside the builds


@dataclass(slots=True)
class Mended:
    """A change that was made: the failure that it is for, the answers and files as they were before."""

    found: Found
    change: Change
    answers: Mapping[str, Any] = field(default_factory=dict)
    before: Files = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    """How it ended: the last observation, what was mended on the way, and what stands in the way still."""

    observation: Observation
    mended: list[Mended] = field(default_factory=list)
    left: list[Found] = field(default_factory=list)

    @property
    def works(self) -> bool:
        """Whether it was seen working."""
        return self.observation.state == "works"

    @property
    def fine(self) -> bool:
        """Whether nothing in the image is at fault, as far as was seen."""
        seen = self.observation
        return self.works or (seen.state == "not-found" and not seen.path) or any(
            found.row.blame == "outside" for found in report.needed(self.left)
        )  # fmt: skip


def run(project: Path, source: Source, around: Surroundings, out: Console) -> None:
    """Proves a project and shows how that went; the last line says what was seen working.

    Raises CheckFailedError where it does not work for a reason in the image, ToolError without an engine.
    """
    verdict = prove(project, source, around, out)
    report.show(verdict, out)
    if not verdict.fine:
        raise CheckFailedError(report.failure(verdict))
    out.print(report.end(verdict), soft_wrap=True)


def prove(project: Path, source: Source, around: Surroundings, out: Console) -> Verdict:
    """Builds and starts, and mends the answers, at most ROUNDS times and only while that gets further."""
    require_engine()
    with docker.Scope() as scope, console.progress(out, "proving") as tell:
        return _Loop(project, source, Trial(project, scope, around), out, tell).run()


def mend(project: Path, around: Surroundings, out: Console) -> None:
    """Mends the answers of a project that has them, for `verify`, which then says itself what works.

    Raises InputError where the project is not the template's.
    """
    if not answers_of(project):
        raise InputError(f"{project} has no answers to mend; run copier-slim copy first")
    report.show(prove(project, find(), around, out), out)


def advice(project: Path, verified: Report) -> Iterator[str]:
    """What to change so that an image starts which `verify` did not see start, and by which line of its log."""
    started = verified.started
    recorded = answers_of(project)
    if not recorded or started is None or started.answer or verified["R8"].status is not Status.FAILED:
        return
    port = int(recorded.get("port") or 0) or None
    seen = Observation(
        started.log, port=port, path=str(recorded.get("health_path") or ""), exit_code=started.exit_code,
        seconds=started.seconds, listening=started.listening,
    )  # fmt: skip
    own = Project(project, recorded)
    fitting = [with_variables(found, own) for found in matches(seen)]
    for found in fitting:
        if made := change(found, own):
            yield f"to mend: {report.shown(made, recorded)}, as {found.told(found.row.says)}: {found.evidence}"
            yield "         copier-slim verify --mend changes it"
            return
    for found in report.needed(fitting):
        yield f"needs: {found.told(found.row.needs)}: {found.evidence}"


def for_the_build(error: InputError, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, changed, by which what did not compile while the lock was made may; {} where none are known."""
    output = getattr(error.__cause__, "output", "")
    seen = Observation(output, built=False)
    for found in matches(seen) if output else ():
        if found.row.mend in FOR_THE_LOCK and (made := change(found, Project(Path(), answers))):
            return dict(made.answers)
    return {}


class _Loop:
    """One run of the loop; `tried` are the changes that were made, whether or not they helped."""

    def __init__(self, project: Path, source: Source, trial: Trial, out: Console, tell: Callable[[str], None]) -> None:
        self.project, self.source, self.trial, self.out, self.tell = project, source, trial, out, tell
        self.variables: dict[str, str] = {}
        self.mended: list[Mended] = []
        self.tried: list[Change] = []
        self.left_seconds = SECONDS

    def run(self) -> Verdict:
        seen = self._observe()
        for _ in range(ROUNDS):
            done = self._mend(seen)
            if done is None:
                break
            after = self._observe()
            if _is_of_no_use(done.found, after):
                self._take_back(done)  # and try another mend for what was seen before
            else:
                self.mended.append(done)
                report.tell(done, self.out)
                interruption.wrote(f"everything is written, with {report.answers(self.mended)}")
                seen = after
            if self.left_seconds <= 0:
                break
        project = Project(self.project, answers_of(self.project))
        return Verdict(seen, self.mended, [with_variables(found, project) for found in matches(seen)])

    def _observe(self) -> Observation:
        seen = self.trial.observe(self.variables, max(self.left_seconds, 1), self.tell)
        self.left_seconds -= seen.seconds
        return seen

    def _mend(self, seen: Observation) -> Mended | None:
        """Makes the first change that was not made yet and that can be; None where there is none."""
        project = Project(self.project, answers_of(self.project))
        for found in matches(seen):
            made = self._without_given(change(found, project))
            if made is None or made in self.tried:
                continue
            self.tried.append(made)
            done = Mended(found, made, project.answers)
            try:
                if made.answers:
                    self._rewrite(done)
            except (InputError, ToolError) as error:
                self.out.print(f"note: {report.shown(made, project.answers)} cannot be tried: {error}")
                continue
            self.variables |= made.variables
            return done
        return None

    def _rewrite(self, done: Mended) -> None:
        """Writes what a change asks for, and what has to be changed beside it for its packages to be had."""
        answers = dict(done.change.answers)
        for _ in range(ROUNDS):
            self.tell(f"trying {', '.join(answers)}")
            try:
                done.before = rewrite(self.project, self.source, answers, self.tell)
            except InputError as error:
                more = for_the_build(error, {**answers_of(self.project), **answers})
                if not more:
                    raise
                answers |= more
            else:
                done.change = replace(done.change, answers=answers)
                return

    def _without_given(self, made: Change | None) -> Change | None:
        """A change without the variables that the user gave."""
        given = {item.partition("=")[0] for item in self.trial.around.environment}
        if made is None or not given.intersection(made.variables):
            return made
        kept = {name: value for name, value in made.variables.items() if name not in given}
        return Change(made.answers, kept) if kept or made.answers else None

    def _take_back(self, done: Mended) -> None:
        if done.before:
            put(self.project, done.before)
        for name in done.change.variables:
            self.variables.pop(name, None)


def _is_of_no_use(found: Found, after: Observation) -> bool:
    """Whether a start after a change fails as the one before, or got less far than one that answered."""
    before = found.observation
    if after.progress < before.progress and (after.state == "unbuilt" or before.answers or before.state == "works"):
        return True
    return after.progress <= before.progress and any(other.key == found.key for other in matches(after))
