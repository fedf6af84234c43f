"""What the adviser finds, as it is shown and as `--json` prints it. Sizes are millions of bytes."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from copier_slim.catalog import Architecture


class How(StrEnum):
    """The ways in which a package is installed."""

    WHEEL = "wheel"
    COMPILED = "compiled"
    BUILT = "built"  # from a source distribution without anything to compile
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Size(msgspec.Struct, frozen=True):
    """Megabytes on disk, and compressed as they are pulled."""

    disk: float = 0
    pull: float = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.disk + other.disk, self.pull + other.pull)

    def __sub__(self, other: Size) -> Size:
        return Size(self.disk - other.disk, self.pull - other.pull)


class Installed(msgspec.Struct, frozen=True):
    """A package on a system and a machine.

    file        the wheel, or what its size is taken from; "" where there is none
    estimated   why its size is an estimate, "" where the index told it
    """

    name: str
    version: str
    how: How
    why: str = ""
    file: str = ""
    size: Size | None = None
    estimated: str = ""


class Bill(msgspec.Struct, frozen=True):
    """An image on one base for one architecture: what it weighs, and what its packages need.

    size              the sum of `parts`, without the project's own code; None where the base is not measured
    measured          where the base's size on disk is from: engine, for its own image, or catalog
    system_packages   what is installed beside Python's packages; of those in `unmeasured` no size is known
    build_packages    what the build stage compiles with
    unfit             packages that do not work on this system, with the reason
    notes             what packages may need that is not installed by itself
    """

    base: str
    architecture: Architecture
    image: str
    system: str
    size: Size | None = None
    parts: dict[str, Size] = {}
    measured: str = ""
    packages: list[Installed] = []
    system_packages: list[str] = []
    build_packages: list[str] = []
    unmeasured: list[str] = []
    unfit: dict[str, str] = {}
    notes: list[str] = []


class Heavy(msgspec.Struct, frozen=True):
    """A dependency that weighs much, and what would weigh less: `saves` megabytes, 0 where that is not known."""

    name: str
    version: str
    size: Size
    instead: str = ""
    why: str = ""
    saves: float = 0


class Verdict(msgspec.Struct, frozen=True):
    """The base to take, why, and what there is to say of each one; `answered` is the one that the project has now."""

    base: str
    why: str
    remarks: dict[str, str]
    answered: str = ""


class Advice(msgspec.Struct, frozen=True):
    """All that is known of the bases for a project.

    unknown   packages whose sizes are left out, with the reason
    """

    project: str
    python: str
    suite: str
    bills: list[Bill]
    heaviest: list[Heavy]
    lighter: list[Heavy]
    unknown: dict[str, str]
    notes: list[str]
    recommended: Verdict
