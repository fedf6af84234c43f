"""What an image weighs before its dependencies, by the catalog's figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from website.browser.template import Renderer

REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?")
CATALOG = "hooks/copier_slim/catalog/"


def sizes(renderer: Renderer, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts of the image on amd64 as `name`, `disk` and `pull`, in MB of 10^6 bytes."""
    table = renderer.parse(renderer.bundle.files[f"{CATALOG}sizes.yml"].decode())
    base, python = answers["base"], str(answers["python_version"])
    by_system = table["images"][base]
    by_python = by_system.get("alpine") or by_system.get(answers["debian_suite"]) or next(iter(by_system.values()))
    image = by_python[_nearest(by_python, python)]["amd64"]
    parts = [{"name": f"the base image, {base}", "disk": image["disk"], "pull": image["pull"]}]
    if not image.get("own"):
        bytecode = table["standard_library"][_nearest(table["standard_library"], python)]
        parts.append({"name": "the standard library's bytecode", **bytecode})
    if packages := _packages(renderer, answers):
        pull = round(packages * table["compressed"]["system_packages"], 1)
        parts.append({"name": "system packages", "disk": packages, "pull": pull})
    if fetched := _data(renderer, answers):
        pull = round(fetched * table["compressed"]["data"], 1)
        parts.append({"name": "data that libraries fetch", "disk": fetched, "pull": pull})
    return parts


def _data(renderer: Renderer, answers: Mapping[str, Any]) -> float:
    """MB of what libraries fetch into the image."""
    if answers.get("data_place") == "volume":
        return 0
    rows = renderer.parse(renderer.bundle.files[f"{CATALOG}data.yml"].decode())
    lines = [line.split() for line in str(answers.get("data") or "").splitlines() if line.strip()]
    weights = [(rows[kind].get("mb", {}), name.partition("@")[0]) for kind, *names in lines for name in names]
    return sum(float(mb.get(name, mb.get("other", 0))) for mb, name in weights)


def _packages(renderer: Renderer, answers: Mapping[str, Any]) -> float:
    """MB that the system packages add, which the dependencies are known to need on Debian."""
    asked = [REQUIREMENT.match(line.strip()) for line in str(answers["dependencies"]).splitlines()]
    if answers["base"] == "alpine" or not any(asked):
        return 0
    rows = renderer.parse(renderer.bundle.files[f"{CATALOG}packages.yml"].decode())
    names = {re.sub(r"[-_.]+", "-", found[1]).lower(): found[2] or "" for found in asked if found}
    known = {name: rows[name] for name in names if name in rows and not rows[name].get("ask")}
    each = (
        float(row.get("mb", 0))
        for name, row in known.items()
        if not row.get("extras") or any(extra in names[name] for extra in row["extras"])
    )
    return sum(each)


def _nearest(rows: Mapping[str, Any], python: str) -> str:
    """The row of this minor version of Python, or of the nearest one."""
    minor = int(python.partition(".")[2])
    return min(rows, key=lambda name: (abs(int(name.partition(".")[2]) - minor), name))
