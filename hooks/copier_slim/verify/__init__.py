"""The verb `verify`: builds the image, inspects it and its containers, and runs the checks on the observations."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.engine import builds, docker, stages
from copier_slim.errors import InputError
from copier_slim.lock.failures import cut, host_failure, installing_failure, last_line, system_failure
from copier_slim.verify import named
from copier_slim.verify.checks import judged
from copier_slim.verify.container import require_engine
from copier_slim.verify.image import Base, base_among, base_on_engine, look_up
from copier_slim.verify.image.size_bill import bill_of
from copier_slim.verify.not_seen import CannotLookError, NotSeen
from copier_slim.verify.observer import Observer
from copier_slim.verify.outcome import Status
from copier_slim.verify.rebuilds import build_text
from copier_slim.verify.result import Report, Result
from copier_slim.verify.target import Options, Project, Subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copier_slim.verify.image import Image
    from copier_slim.verify.observations import Facts

__all__ = ["Options", "Report", "Status", "verify"]


def verify(
    destination: Path | None,
    image: str | None = None,
    options: Options = Options(),  # noqa: B008 it is frozen
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """Checks the image of a project, or an image given by name, and leaves nothing on the engine.

    With both, the image is checked against the project's lock and its rebuilds, and the project's processes are started
    from it. `progress` gets each step in a few words. Raises InputError where there is no Dockerfile, no such image, or
    it does not build; ToolError where the engine is missing or fails; UsageError where no process has the name given.
    """
    project = Project(destination) if destination else None
    answers = project.answers if project else {}
    if options.process:
        named.require(options.process, answers)
    require_engine()
    with docker.Scope() as scope:
        name = image or built(project, scope, progress)
        found = look_up(name)
        subject = Subject(found, base_image(found, project, scope), project, options)
        observer = Observer(subject, scope, progress)
        shown = image or str(project.path.resolve().name if project else name)
        if options.process:
            unweighed = NotSeen(f"only {options.process} is checked", applies=False)
            results = observer.of_processes([options.process])
            return Report(shown, found.id, results, unweighed, "", imports=unweighed)
        facts = observer.observe()
        others = observer.of_processes(named.processes_of(answers) + named.jobs_of(answers))
    started = facts.started
    return Report(shown, found.id, judge(facts) + others, bill_of(facts), started.log, started, facts.imports)


def judge(facts: Facts) -> list[Result]:
    """Every check's result, in the catalog's order."""
    return [Result(name, check, judged(name, facts)) for name, check in catalog.checks().items()]


def built(project: Project | None, scope: docker.Scope, progress: Callable[[str], None]) -> str:
    """The name of the project's image, built anew. Raises InputError where a command of its Dockerfile fails."""
    assert project is not None  # noqa: S101 without an image there is a project
    tag = scope.image("project")
    try:
        builds.build(project.path, target=None, output=None, tag=tag, progress=progress)
    except builds.BuildError as error:
        if docker.UNREACHABLE.search(error.log):
            raise docker.failure(error.log) from error
        if not error.command:
            raise
        what = f"{project.path / 'Dockerfile'}: {cut(error.command, 80)} failed: {last_line(error.output)}"
        failure = (
            host_failure(error.output)
            or installing_failure(error.output, str(project.answers.get("python_version") or ""))
            or system_failure(error.output)
            or InputError(what)
        )
        failure.add_note("\n".join(error.output.splitlines()[-10:]))
        raise failure from error
    return tag


def base_image(image: Image, project: Project | None, scope: docker.Scope) -> Base | None:
    """What the image is made from: as its Dockerfile says, else the image on the engine that shares most layers."""
    if project:
        named = stages.base_of(project.dockerfile)
        if named == stages.EMPTY:
            return Base(named, 0)
        if found := base_among(image, [named]):
            return found
        with suppress(CannotLookError):
            # BuildKit has it, and the engine gets it by a build that adds nothing
            if found := base_among(image, [build_text(f"FROM {named}\n", scope).name]):
                return replace(found, name=named)
    return base_on_engine(image)
