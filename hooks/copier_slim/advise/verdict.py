"""The base to take, and what there is to say for and against each one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.advise.model import How, Verdict
from copier_slim.console import a_few

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from copier_slim.advise.model import Bill
    from copier_slim.advise.pins import Project

DEFAULT = "slim"
ALPINE = "alpine"
DISTROLESS = "distroless"
FULL = "full"
# What a base costs even where nothing speaks against it. Without `--enable-optimizations`:
# https://github.com/docker-library/python/blob/master/Dockerfile-linux.template
COSTS = {
    DISTROLESS: "no shell and no package manager in the container",
    ALPINE: "musl's slower memory allocation, a Python built without profiles",
}
# A step or a command that a shell runs
SHELL = re.compile(r"^[^\S\n]*(?:(?:/usr)?/bin/)?(?:(?:ba|da|a)?sh\b|\S+\.sh\b)", re.MULTILINE)
MOST_NAMED = 4


def judge(project: Project, bills: Iterable[Bill]) -> Verdict:
    """The recommended base: slim, or the answered one where nothing speaks against it. Never full."""
    by_base: dict[str, list[Bill]] = {}
    for bill in bills:
        by_base.setdefault(bill.base, []).append(bill)
    against = {base: objections(project, found, by_base[DEFAULT]) for base, found in by_base.items()}
    saved = {base: _saved(found, by_base[DEFAULT]) for base, found in by_base.items()}
    remarks = {base: "; ".join(filter(None, [*against[base], saved[base], COSTS.get(base, "")])) for base in by_base}
    remarks[DEFAULT] = _installs(by_base[DEFAULT])
    answered = project.answer("base")
    if answered in COSTS and answered in by_base and not against[answered]:
        why = f"as answered, nothing speaks against it: {_installs(by_base[answered])}"
        return Verdict(answered, f"{why}; {saved[answered]}" if saved[answered] else why, remarks, answered)
    why = _installs(by_base[DEFAULT])
    if against.get(answered):
        why += f"; {answered} is answered, but {against[answered][0]}"
    elif saved.get(DISTROLESS) and not against[DISTROLESS]:
        why += f"; distroless {saved[DISTROLESS]} where no shell is needed in the container"
    return Verdict(DEFAULT, why, remarks, answered)


def objections(project: Project, bills: Sequence[Bill], default: Sequence[Bill]) -> list[str]:
    """What speaks against a base, in a few words each; nothing does against the default."""
    base = bills[0].base
    if base == DEFAULT:
        return []
    if base == FULL:
        return ["it is to build or to debug, not to ship"]
    found = []
    if compiled := _named(bills, How.COMPILED) & _named(default, How.WHEEL):
        found.append(f"{_some(compiled)} would be compiled, with a wheel on Debian")
    if absent := _named(bills, How.ABSENT) - _named(default, How.ABSENT):
        found.append(f"{_some(absent)} cannot be had")
    unfit = {name: why for bill in bills for name, why in bill.unfit.items() if name not in compiled | absent}
    found += [f"{name} does not work there: {why}" for name, why in sorted(unfit.items())]
    if base == DISTROLESS:
        # Debian's libraries are called lib…; anything else is there to be run
        if programs := {name for bill in bills for name in bill.system_packages if not name.startswith("lib")}:
            found.append(f"{_some(programs)} is run as a program")
        if SHELL.search(project.answer("prestart")) or SHELL.search(project.answer("app")):
            found.append("a command of the project needs a shell")
        if project.answer("profiler") not in ("", "none"):
            found.append("the image with the profiler is made by pip")
    return found


def _installs(bills: Sequence[Bill]) -> str:
    """How the packages get there: whether anything is compiled, or cannot be had."""
    compiled, absent = _named(bills, How.COMPILED), _named(bills, How.ABSENT)
    said = [f"{_some(compiled)} is compiled in the build stage"] if compiled else []
    said += [f"{_some(absent)} cannot be had"] if absent else []
    return "; ".join(said) or "nothing has to be compiled"


def _saved(bills: Sequence[Bill], default: Sequence[Bill]) -> str:
    """What a base saves on the first architecture; "" where it saves nothing, or that is not known."""
    here, there = bills[0].size, default[0].size
    if here is None or there is None or here.disk >= there.disk:
        return ""
    less = there - here
    return f"saves {less.disk:.0f} MB on disk, {less.pull:.0f} MB to pull"


def _named(bills: Iterable[Bill], how: How) -> set[str]:
    return {package.name for bill in bills for package in bill.packages if package.how is how}


def _some(names: Iterable[str]) -> str:
    return a_few(sorted(names), MOST_NAMED)
