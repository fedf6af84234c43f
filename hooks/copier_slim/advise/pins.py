"""What a project's lock names: one version of each package, and what comes from somewhere else than the index."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.advise import front_end
from copier_slim.advise.model import Size
from copier_slim.credentials import masked
from copier_slim.detect.dependencies import locks, smaller
from copier_slim.detect.dependencies import requirement as single
from copier_slim.detect.dependencies.requirements_txt import INDEX, PER_REQUIREMENT, PLACES, logical_lines
from copier_slim.detect.tree import Tree
from copier_slim.errors import InputError
from copier_slim.lock.own_lock import own_lock
from copier_slim.lock.project import ASKED, LOCKED, answers_of, lock_command, read_text
from copier_slim.package_index.wheels import MACHINES
from copier_slim.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

MOST_PINS = 10_000
# Options of a requirements file after which it is no lock: other files, and directories
LEADS_AWAY = ("-r", "--requirement", "-c", "--constraint", "-e", "--editable")


@dataclass(frozen=True, slots=True)
class Pin:
    """A version of a package, by its canonical name, and the marker of where it is installed, "" for everywhere."""

    name: str
    version: str
    marker: str = ""

    def applies(self, python: str, architecture: catalog.Architecture) -> bool:
        """Whether it is installed with that Python on that architecture; True where that cannot be told."""
        return single.applies(self.marker, python, MACHINES[architecture])


@dataclass(slots=True)
class Project:
    """What is asked about: the Python, the suite of Debian, the lock, and the answers.

    foreign   names of what the lock takes from somewhere else than the index, with the reason
    extras    those that requirements.in asks for, by name; the lock does not have them
    notes     what of the lock is passed over
    front_end what its front-end files weigh, where they are made
    """

    name: str
    python: str
    suite: str
    pins: list[Pin] = field(default_factory=list)
    foreign: dict[str, str] = field(default_factory=dict)
    extras: dict[str, set[str]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    front_end: Size = field(default_factory=Size)

    def answer(self, name: str) -> str:
        """An answer as text, "" where it is not given."""
        return str(self.answers.get(name) or "")


def read(root: Path, python: str = "") -> Project:
    """The project in `root`, with another Python than the answered one where `python` names it.

    Raises InputError where there is no lock, where it is none, or for a Python or a suite that is not known.
    """
    answers = answers_of(root)
    own = own_lock(root, answers)
    file, mend = (own.file, own.mend) if own else (LOCKED, lock_command(root))
    text = read_text(root / file)
    if text is None:
        raise InputError(f"{root} has no {file}; run: {mend}")
    project = Project(
        root.resolve().name,
        python or str(answers.get("python_version") or next(iter(catalog.pythons()))),
        str(answers.get("debian_suite") or next(iter(catalog.libcs()))),
        answers=answers,
    )
    if project.python not in catalog.pythons():
        raise InputError(f"Python {project.python} is not supported; take one of {', '.join(catalog.pythons())}")
    if project.suite not in catalog.libcs():
        raise InputError(f"debian_suite {project.suite} is not known; take one of {', '.join(catalog.libcs())}")
    project.front_end = front_end.weigh(root, answers, project.notes)
    if own:
        project.pins += [Pin(name, version) for name, version in own.pins().items()]
        text = ""
    for number, line in logical_lines(text):
        if len(project.pins) + len(project.foreign) >= MOST_PINS:
            raise InputError(f"{LOCKED}:{number}: there are over {MOST_PINS:,} requirements, so this is no lock")
        _add(project, PER_REQUIREMENT.sub("", line).strip(), f"{LOCKED}:{number}", lock_command(root))
    _leave_out(project, locks.from_other_indexes(Tree(root), own.file) if own else frozenset(), own.file if own else "")
    for _, line in logical_lines(read_text(root / ASKED) or ""):
        with suppress(ValueError):
            requirement = single.parse(line)
            project.extras.setdefault(canonicalize_name(requirement.name), set()).update(requirement.extras)
    return project


def _leave_out(project: Project, elsewhere: frozenset[str], lock: str) -> None:
    """Asks the index for no name that is another's, and says what another has smaller."""
    indexes = project.answer("indexes")
    named = frozenset(canonicalize_name(name) for line in indexes.splitlines() for name in line.split()[1:])
    # PyPI takes no local versions, as in 2.9.0+cpu
    elsewhere |= named | {pin.name for pin in project.pins if "+" in pin.version}
    project.notes += smaller.smaller({pin.name for pin in project.pins}, elsewhere, indexes, lock)
    for pin in [pin for pin in project.pins if pin.name in elsewhere]:
        project.pins.remove(pin)
        project.foreign[pin.name] = "it comes from another index"


def _add(project: Project, line: str, place: str, lock_command: str) -> None:
    option = re.split(r"[=\s]", line, maxsplit=1)[0]
    if option in LEADS_AWAY:
        raise InputError(f"{place}: {option} leads out of the file, so this is no lock; run: {lock_command}")
    if line.startswith("-"):
        if option in INDEX | PLACES:
            project.notes.append(
                f"{place}: {printable(masked(line))} is passed over; set PIP_INDEX_URL to ask another index"
            )
        return
    try:
        requirement = single.parse(line)
    except ValueError:
        shown = printable(masked(line))
        project.foreign[single.url_name(line) or shown] = f"it comes from {shown}"
        return
    name = canonicalize_name(requirement.name)
    version = single.pinned_version(requirement)
    if requirement.url:
        project.foreign[name] = f"it comes from {printable(masked(requirement.url))}"
    elif version:
        project.pins.append(Pin(name, version, str(requirement.marker or "")))
    else:
        raise InputError(f"{place}: {requirement} names no version, so this is no lock; run: {lock_command}")
