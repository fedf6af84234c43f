"""How each locked package gets into an image: its wheel for that system and machine, compiled, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.advise.model import How

if TYPE_CHECKING:
    from copier_slim.advise.pins import Pin
    from copier_slim.package_index.index import File
    from copier_slim.package_index.wheels import Release, Target


@dataclass(frozen=True, slots=True)
class Choice:
    """A package on a target: how it is installed, why so, and the file whose size tells its own."""

    pin: Pin
    how: How
    why: str = ""
    file: File | None = None


def choose(pin: Pin, release: Release | None, target: Target) -> Choice:
    """What pip would do for a locked package there; `release` is what the index has of it."""
    if release is None:
        return Choice(pin, How.UNKNOWN)
    if not release.fits(target.python):
        return Choice(pin, How.ABSENT, f"it is for Python {release.requires_python}")
    if (wheel := release.wheel(target)) is not None:
        return Choice(pin, How.WHEEL, file=wheel)
    nearest = release.closest_wheel(target) or release.source
    if release.source is None:
        return Choice(pin, How.ABSENT, "it has no wheel for that and no source distribution", nearest)
    row = catalog.packages().get(pin.name)
    if release.native or (row is not None and row.always_compiled(target.system)):
        return Choice(pin, How.COMPILED, f"{pin.name} {pin.version} has no wheel for that", nearest)
    return Choice(pin, How.BUILT, file=nearest)
