"""The variables of the container, of all that state some: what ran in production wins over what is for development."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import credentials
from copier_slim.detect.code import django
from copier_slim.detect.statements.stated import OWN_VARIABLES, Said, is_plain_variable

if TYPE_CHECKING:
    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.entry import Entry
    from copier_slim.detect.findings import Evidence, Findings
    from copier_slim.detect.statements.dockerfile import Dockerfile
    from copier_slim.detect.statements.settled import Statements

SETTINGS = "DJANGO_SETTINGS_MODULE"


def settle(findings: Findings, found: Entry, statements: Statements, code: Code) -> dict[str, tuple[str, Evidence]]:
    """The variables with where each is stated; what of them cannot be taken is named.

    What the start command sets itself comes first, then what files state, and then what the code shows. A service for
    development comes last.
    """
    stated = statements.lines("environment")
    for name in found.told & found.environment.keys():
        evidence = found.stated_at or found.evidence[0]
        _override(stated, name, Said(found.environment[name], evidence), statements)
    _drop_development_settings(stated, found, statements, code)
    variables = {name: (said.value, said.evidence) for name, said in stated.items()}
    for name, value in found.environment.items():
        place = found.evidence[0].place
        if credentials.secret_variable(name, value):
            findings.note(f"not carried over from {place}: {name} may be a secret; set it at run time")
        elif is_plain_variable(name, value):
            variables.setdefault(name, (value, found.evidence[0]))
        else:
            findings.note(f"not carried over from {place}: {name}, whose value has special characters")
    _name_left(findings, statements.dockerfile)
    return variables


def _override(stated: dict[str, Said], name: str, said: Said, statements: Statements) -> None:
    """Lets a variable of the start command win over those of files."""
    other = stated.get(name)
    if not other or not is_plain_variable(name, said.value) or credentials.secret_variable(name, said.value):
        return
    statements.give_way(name, said, [other])
    stated[name] = said


def _drop_development_settings(stated: dict[str, Said], found: Entry, statements: Statements, code: Code) -> None:
    """Leaves out settings of Django that only a service for development names, where the code names some itself."""
    said = stated.get(SETTINGS)
    if not said or not statements.is_weak(SETTINGS, said):
        return
    project = django.find(code) if found.framework == "django" else None
    if project and (code.tree.text(project.settings_path) or "").strip():
        names = (item for item in project.evidence if SETTINGS in item.text)
        own = Said(project.settings, next(names, project.evidence[-1]))
        statements.give_way(SETTINGS, own, [stated.pop(SETTINGS)])


def _name_left(findings: Findings, existing: Dockerfile | None) -> None:
    """Names the variables of a Dockerfile that may be secret, or have more than plain characters."""
    for name, (value, evidence) in (existing.environment if existing else {}).items():
        if OWN_VARIABLES.fullmatch(name) or not value:
            continue
        if credentials.secret_variable(name, value):
            findings.note(f"not carried over from {evidence.place}: {name} may be a secret; set it at run time")
        elif not is_plain_variable(name, value):
            findings.note(
                f"not carried over from {evidence.place}: {name},"
                " whose value depends on others or has special characters"
            )
