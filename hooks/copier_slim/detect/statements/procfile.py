"""Procfiles: a process in each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements import processes
from copier_slim.detect.statements.stated import NOT_UNDERSTOOD, Said

if TYPE_CHECKING:
    from copier_slim.detect.statements.files import File
    from copier_slim.detect.statements.stated import Stated

ONCE = ("release", "postdeploy")
LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)$")


def read(file: File, stated: Stated) -> None:
    """Takes each process: `web`, or else the first, is the default one, `release` what runs before new ones.

    That is called postdeploy by Scalingo: https://doc.scalingo.com/platform/app/postdeploy-hook
    """
    found: dict[str, Said] = {}
    for number, text in enumerate(file.text.split("\n"), 1):
        match = LINE.match(text)
        if match and match[1] not in found:
            found[match[1]] = Said(match[2].strip(), Evidence(file.path, number, text))
        elif text.strip() and not text.lstrip().startswith("#"):
            name = f"{match[1]} (line {number})" if match else f"line {number}"
            stated.leave(name, "stated above, too" if match else NOT_UNDERSTOOD)
    default = (
        "web" if "web" in found else next((name for name in found if _may_be_default(name, found[name].value)), "")
    )
    for name, said in found.items():
        if name == default:
            stated.commands.append(said)
        elif name in ONCE:
            stated.take_release(processes.plain(said.value), said.evidence)
        else:
            processes.take(stated, name, said.value, said.evidence)


def _may_be_default(name: str, command: str) -> bool:
    return name not in ONCE and not processes.CRON.fullmatch(command)
