"""The heaviest dependencies, and what the catalog knows to be lighter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import catalog
from copier_slim.advise.model import Bill, Heavy, Size

if TYPE_CHECKING:
    from copier_slim.advise.model import Installed

MOST = 10


def heaviest(bill: Bill) -> list[Heavy]:
    """The ten packages that weigh most in an image, the system's packages that they need not counted."""
    known = [(package, package.size) for package in bill.packages if package.size is not None]
    known.sort(key=lambda item: (-item[1].disk, item[0].name))
    return [_heavy(package, size, bill) for package, size in known[:MOST]]


def lighter(bill: Bill) -> list[Heavy]:
    """All packages of an image for which there is a lighter alternative, the largest saving first."""
    found = [_heavy(package, package.size or Size(), bill) for package in bill.packages]
    return sorted((heavy for heavy in found if heavy.instead), key=lambda heavy: (-heavy.saves, heavy.name))


def _heavy(package: Installed, size: Size, bill: Bill) -> Heavy:
    row = catalog.alternatives().get(package.name)
    if row is None or (row.architectures and bill.architecture not in row.architectures):
        return Heavy(package.name, package.version, size)
    dropped = sum(other.size.disk for other in bill.packages if other.size and other.name.startswith(tuple(row.drops)))
    saves = dropped + (size.disk if row.mb is None else row.mb)
    if not saves:
        return Heavy(package.name, package.version, size)
    return Heavy(package.name, package.version, size, row.instead, row.why, saves)
