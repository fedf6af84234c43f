"""Debian packages: what dependencies need, what an existing Dockerfile names, and the programs that the code runs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.findings import Evidence, Findings

# Libraries under a number that the next release of Debian has no more
GONE = re.compile(r"libpython\d|python3\.\d|libssl\d|libicu\d|libgdal\d|libwebp\d|libffi\d|libboost")
# Of an existing Dockerfile: what compiles, and what the image has no use for
COMPILES = re.compile(
    r"build-essential|gcc(?:-\d+)?|g\+\+|make|cmake|pkg-config|pkgconf|cargo|rustc|swig|gfortran|autoconf|automake|libtool|python3?-dev|.*-dev"
)

LARGE = 20  # megabytes of a program that are worth a word
# What a command of Django or Babel needs beside Python, https://docs.djangoproject.com/en/stable/ref/django-admin/#compilemessages
STEPS = {"compilemessages": "gettext", "makemessages": "gettext"}


@dataclass(slots=True)
class Needs:
    """Debian names to why they are needed, for the image and for compiling; what is named to the user only."""

    system: dict[str, str] = field(default_factory=dict)
    build: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def without(self, other: Needs) -> Needs:
        """What is needed beyond what another names."""
        return Needs(
            {name: why for name, why in self.system.items() if name not in other.system},
            {name: why for name, why in self.build.items() if name not in other.build},
            self.notes,
        )

    def by_answer(self) -> dict[str, dict[str, str]]:
        """The packages and why they are needed, by the answer that names them."""
        return {"system_packages": self.system, "build_packages": self.build}


def of_answers(answers: Mapping[str, Any]) -> str:
    """The system whose packages a project's answers mean: a suite of Debian, or alpine."""
    default, *_ = catalog.bases().values()
    base = catalog.bases().get(str(answers.get("base")), default)
    return base.release(str(answers.get("debian_suite") or "trixie"))


def of_packages(
    names: Iterable[str], extras: Mapping[str, set[str]], compiled: Mapping[str, str], system: str = "trixie"
) -> Needs:
    """What distributions need of `system`: a suite of Debian, or alpine.

    `names` are canonical; `extras` those asked for, by name, of others too; `compiled` those without a wheel, with the
    reason.
    """
    needs = Needs()
    compiler = catalog.compiler(system)
    installed = set(names)
    installed |= {f"{name}-{extra}" for name in installed for extra in extras.get(name, ())}
    for name in sorted(installed):
        row = catalog.packages().get(name)
        if row is None:
            if name in compiled:
                needs.build.setdefault(compiler, compiled[name])
            continue
        if installed & set(row.unless) or (row.extras and not extras.get(name, set()) & set(row.extras)):
            continue
        compiles = row.always_compiled(system) or name in compiled
        why = f"{name}: {row.why}"
        if row.ask:
            wanted = " ".join(row.names("runtime", system))
            needs.notes.append(f"{name} may need {wanted} ({row.mb:g} MB), which is not installed by itself: {row.why}")
            continue
        for package in [*row.names("runtime", system), *(row.names("linked", system) if compiles else [])]:
            needs.system.setdefault(package, why)
        if compiles:
            needs.build.setdefault(compiler, compiled.get(name, why))
            for package in row.names("build", system):
                needs.build.setdefault(package, why)
    return needs


def of_dockerfile(
    system: Mapping[str, Evidence],
    build: Mapping[str, Evidence],
    suite: str = "trixie",
    started: Collection[str] = (),
    locales: Collection[str] = (),
) -> Needs:
    """What an existing Dockerfile installs, for the image and for compiling, without what only its own way needs.

    `started` are packages that are installed already, `locales` those that are made. What is left out of the image, and
    might be missed, is noted.
    """
    needs = Needs()
    debian = catalog.debian()
    unused: dict[str, str] = {}
    for package, evidence in {**build, **system}.items():
        name = debian.name(package, suite)
        if package in debian.gone and suite != "bookworm":
            needs.notes.append(
                f"{package} ({evidence.place}) is left out: {suite} has it no more;"
                f" {debian.gone[package]} does its work"
            )
        elif GONE.match(name) and package in system:
            needs.notes.append(f"{package} ({evidence.place}) is left out: its number is that of one release of Debian")
        elif re.fullmatch(debian.foreign.replace(" ", ""), name) and package in system:
            needs.notes.append(
                f"{package} ({evidence.place}) is left out: it is none of Debian's; an image of your own may have it"
                " (--data base_image=…), or image_files its files"
            )
        elif name in started or (locales and name in ("locales", "locales-all")):
            continue
        elif name in debian.unused and package in system:
            unused[package] = evidence.place
        elif COMPILES.fullmatch(name):
            needs.build[name] = evidence.place
        elif package in system and not GONE.match(name) and name not in debian.needless | debian.unused:
            needs.system[name] = evidence.place
    if unused:
        needs.notes.append(
            f"{', '.join(unused)} ({next(iter(unused.values()))}) left out, as no code starts them;"
            " where one is needed: --data system_packages=…"
        )
    return needs


def of_steps(build_commands: str) -> dict[str, str]:
    """The packages whose programs the build's commands start, with the command; the image does without them."""
    return {
        package: line for line in build_commands.splitlines() for word, package in STEPS.items() if word in line.split()
    }


def of_programs(code: Code, modules: Iterable[Module]) -> dict[str, Evidence]:
    """The Debian packages of programs that the code starts or looks for."""
    found: dict[str, Evidence] = {}
    for module in modules:
        for call in module.calls():
            name = module.full_name(call.func)
            if not (
                name.startswith(("subprocess.", "asyncio.create_subprocess"))
                or name in ("shutil.which", "os.system", "os.popen")
            ):
                continue
            first = call.args[0] if call.args else None
            words = first.elts if isinstance(first, ast.List | ast.Tuple) else [first]
            if words and isinstance(words[0], ast.Constant) and isinstance(words[0].value, str):
                program = words[0].value.split()[0] if words[0].value.split() else ""
                if package := catalog.programs().get(program):
                    found.setdefault(package, code.evidence(module, call.lineno))
    return found


def without_gone(findings: Findings, programs: dict[str, str], suite: str) -> dict[str, str]:
    """The packages that a suite has; the others are noted, with what does their work."""
    gone = catalog.debian().gone if suite != "bookworm" else {}
    for package in programs.keys() & gone.keys():
        findings.note(f"{programs[package]}: {suite} has no {package}; {gone[package]} does its work")
    kept = {package: why for package, why in programs.items() if package not in gone}
    for package, why in kept.items():
        mb = catalog.sizes().programs.get(package, 0)
        if mb > LARGE:
            findings.note(
                f"{package} is installed, which adds {mb:.0f} MB: {why};"
                " where it is not needed, take it out of system_packages"
            )
    return kept
