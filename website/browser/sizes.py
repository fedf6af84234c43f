"""What an image weighs before its dependencies, by the catalog's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from website.browser.template import Renderer

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
    return parts


def _nearest(rows: Mapping[str, Any], python: str) -> str:
    """The row of this minor version of Python, or of the nearest one."""
    minor = int(python.partition(".")[2])
    return min(rows, key=lambda name: (abs(int(name.partition(".")[2]) - minor), name))
