"""What the RUN lines of an existing Dockerfile set up of the operating system: locales, and the time zone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.statements.dockerfile import Dockerfile

MAKES = re.compile(r"locale-gen|localedef|locale\.gen|update-locale|LANG=|(?:dpkg-reconfigure|debconf)\b.*\blocales\b")
LOCALE = re.compile(
    r"\b(?P<name>[a-z]{2,3}_[A-Z]{2})(?:\.(?P<charset>UTF-?8|utf-?8|ISO-?8859-\d{1,2})| (?P<behind>ISO-8859-\d{1,2}))"
)
ZONE = r"(?P<{}>[A-Z][A-Za-z0-9_+-]{{1,30}}(?:/[A-Za-z0-9_+-]{{1,30}}){{0,2}})"
SETS_ZONE = re.compile(
    rf"zoneinfo/{ZONE.format('link')}[\"']?\s+/etc/localtime|echo\s+[\"']?{ZONE.format('echo')}[\"']?\s*>\s*/etc/timezone"
)
SYSTEM = re.compile(
    r"locale-gen|localedef|locale\.gen|update-locale|/etc/localtime|/etc/timezone|^fc-cache\b|^update-ca-certificates\b"
)
VARIABLES = re.compile(r"LANG|LANGUAGE|LC_[A-Z]+")


def take(line: str, evidence: Evidence, facts: Dockerfile) -> None:
    """Takes the locales that a RUN makes, and the time zone that it sets, as the variable TZ."""
    if MAKES.search(line):
        for found in LOCALE.finditer(line):
            facts.locales.setdefault(f"{found['name']}.{_charset(found['charset'] or found['behind'])}", evidence)
    if said := SETS_ZONE.search(line):
        facts.environment.setdefault("TZ", (said["link"] or said["echo"], evidence))


def _charset(name: str) -> str:
    return "UTF-8" if name.upper().replace("-", "") == "UTF8" else name.replace("ISO8859", "ISO-8859")


def named(
    variables: Mapping[str, tuple[str, Evidence]], made: Mapping[str, Evidence]
) -> dict[str, tuple[str, Evidence]]:
    """The variables that choose one of the locales that are made."""
    names = {name.partition(".")[0] for name in made}
    return {
        name: said
        for name, said in variables.items()
        if VARIABLES.fullmatch(name) and said[0].partition(".")[0] in names
    }
