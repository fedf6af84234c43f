"""Servers that the project pins to releases from before the options which the template gives them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from copier_slim import catalog
from copier_slim.detect import undeclared

if TYPE_CHECKING:
    from copier_slim.detect.dependencies import Dependencies
    from copier_slim.detect.entry import Entry
    from copier_slim.detect.findings import Findings


def settle(findings: Findings, found: Entry, declared: Dependencies, given: str) -> None:
    """Leaves out what the pinned release of the server does not know: of the stated command, else of the template's.

    `given` is the server that the user names, "" for none.
    """
    row = catalog.frameworks()[found.framework]
    server = given or str(findings.value("server", "") or found.server or row.default_server)
    command = getattr(catalog.servers().get(server), row.servers.get(server, ""), None)
    since = command.since if command else {}
    gone = [option for option, version in since.items() if _is_below(declared, server, version)]
    if not command or not gone:
        return
    stated = str(findings.value("command", "") or "")
    if stated and stated.partition(" ")[0] != server:
        return
    app = found.app.removesuffix("()")
    template = " ".join(line.replace("{app}", app) for line in command.command)
    factory = f" {command.factory}" if command.factory and found.app.endswith("()") else ""
    text = stated or f"{template}{factory}"
    for option in gone:
        text = re.sub(rf" {re.escape(option)}(?: |=)\S+", "", text)
        findings.note(f"{option} is left out: {server} has it since {since[option]}, and the project pins an older one")
    places = [found.stated_at] if found.stated_at else found.evidence
    findings.add("command", text, *places)


def _is_below(declared: Dependencies, server: str, version: str) -> bool:
    locked = declared.locked.get(server)
    stated = [item for item in undeclared.parsed(declared.declared) if canonicalize_name(item.name) == server]
    if locked:
        return Version(locked) < Version(version)
    return any(undeclared.is_below(item, version) for item in stated)
