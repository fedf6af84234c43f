"""The answers about system packages: what dependencies, code, an existing Dockerfile and other files ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.detect import dependency_source, system_packages
from copier_slim.detect.code import literals
from copier_slim.detect.findings import Evidence, Findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copier_slim.detect import dependencies as dependency_files
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.code.modules import Module
    from copier_slim.detect.statements.settled import Statements


def answer(
    findings: Findings, code: Code, declared: dependency_files.Dependencies, statements: Statements,
    modules: list[Module], extras: dict[str, set[str]], compiled: dict[str, str], given: Mapping[str, Any],
) -> None:  # fmt: skip
    """Adds the system packages that the image and its build need, with what needs each.

    `extras` are of the dependencies by name, `compiled` those without a wheel, `given` the answers that are given.
    """
    where = system_packages.of_answers(given)
    direct, names = declared.direct, declared.names
    for line in str(findings.value("data", "")).splitlines():
        row = catalog.data()[line.split()[0]]
        names -= set(row.packages) if row.system else set()  # its browser comes with the data
    if any("django.contrib.gis" in (code.tree.text(module.path) or "") for module in modules):
        names.add("djangorestframework-gis")  # GeoDjango's own libraries
    needs = system_packages.of_packages(names, extras, compiled, where)
    known = direct if declared.answer == dependency_source.INPUTS else set()  # the template reads no other list's names
    derived = system_packages.of_packages(known, extras, {}, where)
    stated = system_packages.Needs()
    existing = statements.dockerfile
    programs = {package: str(evidence) for package, evidence in system_packages.of_programs(code, modules).items()}
    if where != catalog.ALPINE:
        named = {**(existing.system_packages if existing else {}), **statements.places("system_packages")}
        built = existing.build_packages if existing else {}
        variables = findings.found.get("environment")
        started = {*programs, *needs.system, *derived.system}
        stated = system_packages.of_dockerfile(named, built, where, started, existing.locales if existing else ())
        found = literals.packages(code, modules, where, variables)
        programs |= {package: str(place) for package, place in found.items()}
        programs = system_packages.without_gone(findings, programs, where)
    literals.answer(findings, code, modules, existing.locales if existing else {})
    starts = findings.found.get("command") or findings.found["app"]
    if where == catalog.ALPINE and str(starts.value).startswith("bash "):
        stated.system["bash"] = ", ".join(map(str, starts.evidence[:1]))
    tools = system_packages.of_steps(str(findings.value("build_commands", "")))
    for package in tools:
        stated.system.pop(package, None)
    # Wheels that need nothing get nothing, whatever the old Dockerfile compiled
    build = {**stated.build, **needs.build} if needs.build else {}
    wanted = system_packages.Needs({**programs, **stated.system, **needs.system}, {**build, **tools})
    for answer, packages in wanted.without(derived).by_answer().items():
        if packages:
            reasons = (Evidence(why) for why in dict.fromkeys(packages.values()))
            findings.add(answer, "\n".join(sorted(packages)), *reasons)
    for why in dict.fromkeys([*derived.system.values(), *derived.build.values()]):
        brought = [name for name, reason in {**derived.build, **derived.system}.items() if reason == why]
        findings.note(f"{', '.join(sorted(brought))} will be installed for {why}")
    for note in (*stated.notes, *needs.notes):
        findings.note(note)
