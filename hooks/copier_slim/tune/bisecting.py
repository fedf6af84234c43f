"""Which modules cannot wait: found by trying, with about as many trials as the binary logarithm for each one found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    Fails = Callable[[Collection[str]], str]

MOST_FOUND = 12
MOST_OF_ONE = 3  # modules of a package beyond which it is named as a whole


class TooManyError(Exception):
    """More modules cannot wait than it makes sense to list."""


class NoneHelpsError(Exception):
    """Something fails, which it says, whichever modules do not wait."""


def needed(candidates: Sequence[str], fails: Fails, kept: Collection[str] = ()) -> dict[str, str]:
    """The candidates that cannot wait, beside those `kept`, each with what fails if it does.

    `fails` says what fails where only the modules that it is given cannot wait, "" where nothing does. With all
    candidates nothing may fail. Of two that would each do, the first is found. Raises TooManyError beyond MOST_FOUND,
    NoneHelpsError where something fails with all of them.
    """
    found: dict[str, str] = {}
    rest = list(candidates)
    why = fails([*kept, *found])
    while why:
        if len(found) == MOST_FOUND:
            raise TooManyError
        if not rest:
            raise NoneHelpsError(why)
        low, high = 0, len(rest)  # it fails with rest[:low], and does not with rest[:high]
        while high - low > 1:
            middle = (low + high) // 2
            if said := fails([*kept, *found, *rest[:middle]]):
                low, why = middle, said
            else:
                high = middle
        found[rest[low]] = why
        rest = rest[:low]
        why = fails([*kept, *found])
    return found


def eager_modules(imported: Collection[str], fails: Fails) -> dict[str, str]:
    """The modules that cannot wait, of those that are imported: packages first, then what of each.

    A name stands for the modules below it, too. Raises TooManyError where they are too many, NoneHelpsError where
    something fails with all of them.
    """
    packages = sorted({name.partition(".")[0] for name in imported})
    if not fails([]):
        return {}
    if why := fails(packages):
        raise NoneHelpsError(why)
    found = needed(packages, fails)
    for package in list(found):
        # Deepest first: a module comes before the package that stands for it
        below = sorted(
            (name for name in imported if name.startswith(f"{package}.")), key=lambda name: (-name.count("."), name)
        )
        others = [name for name in found if name != package]
        if not below or fails([*others, *below]):
            continue
        try:
            of_it = needed(below, fails, others)
        except (TooManyError, NoneHelpsError):
            continue
        if 0 < len(of_it) <= MOST_OF_ONE:
            del found[package]
            found |= of_it
    # What failed once by chance is not needed
    for name in list(found):
        if not fails([other for other in found if other != name]):
            del found[name]
    return dict(sorted(found.items()))
