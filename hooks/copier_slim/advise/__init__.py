"""The verb `advise`: which base image suits a project, by what the package index has of all that its lock names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.advise import bases, bill, contents, lighter, pins, verdict
from copier_slim.advise.choice import choose
from copier_slim.advise.model import Advice
from copier_slim.credentials import masked
from copier_slim.errors import ToolError
from copier_slim.package_index import index
from copier_slim.package_index.wheels import MACHINES, Target, release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from copier_slim.advise.choice import Choice
    from copier_slim.advise.contents import Contents
    from copier_slim.advise.model import Bill
    from copier_slim.advise.pins import Pin, Project
    from copier_slim.catalog import Architecture
    from copier_slim.package_index.index import File
    from copier_slim.package_index.wheels import Release

ARCHITECTURES: tuple[Architecture, ...] = ("amd64", "arm64")
PATIENCE = 60.0  # seconds for all answers of the index together


def advise(
    root: Path,
    python: str = "",
    architectures: Sequence[Architecture] = ARCHITECTURES,
    progress: Callable[[str], None] = lambda _: None,
) -> Advice:
    """What each base image would mean for the project in `root`, and the one to take.

    `python` is another version than the answered one. `progress` gets each step in a few words. Raises InputError where
    there is no lock or it cannot be read, ToolError where the package index does not answer.
    """
    project = pins.read(root, python)
    on_engine = bases.on_engine({row.image_for(project.python, project.suite) for row in catalog.bases().values()})
    bills, unknown = bills_of(project, architectures, on_engine, progress)
    first = bills[0]  # the default base, for the first architecture
    return Advice(
        project.name,
        project.python,
        project.suite,
        bills,
        lighter.heaviest(first),
        lighter.lighter(first),
        unknown,
        project.notes,
        verdict.judge(project, bills),
    )


def bills_of(
    project: Project,
    architectures: Sequence[Architecture],
    on_engine: Mapping[tuple[str, str], float],
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[list[Bill], dict[str, str]]:
    """The bill of each base for each architecture, and why there are packages whose sizes are not in it.

    `on_engine` has megabytes on disk of base images by name and architecture, to be taken instead of the catalog's.
    Raises ToolError where the package index does not answer.
    """
    releases, unknown = _releases(project, progress)
    choices: dict[tuple[str, Architecture], list[Choice]] = {}
    for system in dict.fromkeys(row.release(project.suite) for row in catalog.bases().values()):
        for architecture in architectures:
            target = Target(project.python, system, MACHINES[architecture])
            applying = [pin for pin in project.pins if pin.applies(project.python, architecture)]
            choices[system, architecture] = [choose(pin, releases.get(pin), target) for pin in applying]
    known, failed = _contents((choice for found in choices.values() for choice in found), progress)
    packages = {
        where: [bill.installed(choice, known, project.python) for choice in found] for where, found in choices.items()
    }
    bills = [
        bill.make(project, base, architecture, packages[row.release(project.suite), architecture], on_engine)
        for base, row in catalog.bases().items()
        for architecture in architectures
    ]
    return bills, {**project.foreign, **unknown, **failed}


def _releases(project: Project, progress: Callable[[str], None]) -> tuple[dict[Pin, Release], dict[str, str]]:
    """What the index has of each pin, and why it has nothing of others."""
    wanted = {pin.name: pin.version for pin in project.pins}
    answers = index.ask(wanted, wanted, PATIENCE, lambda done, of: progress(f"{done} of {of} projects"))
    if answers.failed and not answers.files:
        raise _silent(next(iter(answers.failed.values())))
    releases: dict[Pin, Release] = {}
    unknown = dict(answers.failed)
    for pin in project.pins:
        if pin.name in answers.failed:
            continue
        found = release(pin.name, answers.files.get(pin.name, ()), pin.version)
        if found is not None:
            releases[pin] = found
        else:
            unknown[pin.name] = f"the package index has no {pin.name} {pin.version}"
    return releases, unknown


def _contents(choices: Iterable[Choice], progress: Callable[[str], None]) -> tuple[dict[str, Contents], dict[str, str]]:
    """What the chosen files hold by name, and the packages for which that cannot be told, with the reason."""
    owners: dict[File, str] = {choice.file: choice.pin.name for choice in choices if choice.file is not None}
    found = contents.of_files(owners, PATIENCE, lambda done, of: progress(f"{done} of {of} files"))
    known = {name: result for name, result in found.items() if not isinstance(result, Exception)}
    failed = {owner: str(found[file.name]) for file, owner in owners.items() if file.name not in known}
    if failed and not known:
        raise _silent(next(iter(failed.values())))
    return known, failed


def _silent(why: str) -> ToolError:
    return ToolError(f"the package index {masked(index.url())} does not answer: {why}; check the network")
