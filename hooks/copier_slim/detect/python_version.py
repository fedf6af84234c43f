"""Which Python the project wants, out of those that are supported."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from copier_slim import catalog
from copier_slim.errors import InputError
from copier_slim.reading import formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from copier_slim.detect.findings import Evidence
    from copier_slim.detect.statements.stated import Said
    from copier_slim.detect.tree import Tree

# Longer numbers are none of a Python
NUMBER = re.compile(r"(?<![\d.])(\d{1,9})(?:\.(\d{1,9}))?(?:\.\d+)*")
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """A version that the project asks for: a specifier over minor versions and its place; `exact` for a single one."""

    specifier: str
    evidence: Evidence
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer, what it follows from, what else the wishes allow (the best first), and what to tell the user."""

    version: str
    evidence: tuple[Evidence, ...]
    allowed: tuple[str, ...]
    stated: bool
    notes: tuple[str, ...] = ()


def supported() -> list[str]:
    """The supported minor versions, the most preferred first: the default, older ones, then newer ones."""
    versions = sorted(catalog.pythons(), key=Version, reverse=True)
    default = next(iter(catalog.pythons()))
    return [
        *(v for v in versions if Version(v) <= Version(default)),
        *(v for v in versions if Version(v) > Version(default)),
    ]


def wishes(
    tree: Tree, ranges: list[tuple[str, Evidence]], image: tuple[str, Evidence] | None, stated: Said | None = None
) -> Iterator[Wish]:
    """What the project says, the most binding first: a pinned interpreter, ranges of the metadata, an existing image.

    `stated` is what a platform's file asks for, and binds as a pinned interpreter does.

    Raises InputError where it is Python 2.
    """
    for path, pattern in (
        (".python-version", r"(?:^|\n)\s*(?:cpython-?|python-?)?(\d[\w.]*)"),
        ("runtime.txt", r"(?:^|\n)\s*(?:python-?)?(\d[\w.]*)"),
        (".tool-versions", r"(?:^|\n)\s*python\s+(\d[\w.]*)"),
    ):
        found = [
            _exact(match[1], tree.evidence(path, match[0].strip())) for match in re.finditer(pattern, _text(tree, path))
        ]
        # pyenv makes all of them available, the first by the name python
        fitting = (wish for wish in found if all(_both(wish.specifier, other) for other, _ in ranges))
        yield from [*fitting, *found][:1]
    for path in ("mise.toml", ".mise.toml"):
        if version := _mise(tree, path):
            yield _exact(version, tree.evidence(path, "python"))
    if stated and (match := re.search(r"\d[\w.]*", stated.value)):
        yield _exact(match[0], stated.evidence)
    for specifier, evidence in ranges:
        yield Wish(specifier, evidence)
    if image:
        yield Wish(f"=={image[0]}.*", image[1], exact=True)


def _both(one: str, other: str) -> bool:
    """Whether some supported version satisfies both specifiers."""
    return any(_fits(version, one) and _fits(version, other) for version in supported())


def _text(tree: Tree, path: str) -> str:
    """The text of a file that names a version, with a note where it is not UTF-8, which its tools take it for."""
    content = tree.read(path)
    if not content:
        return ""
    try:
        plain = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        plain = "\0"
    if "\0" not in plain:
        return tree.text(path) or ""
    tree.note(f"{path} is not UTF-8, so that other tools do not read it; save it as UTF-8")
    # In UTF-16 without its mark each other byte of a version is null
    return (tree.text(path) or "").replace("\0", "")


def _exact(version: str, evidence: Evidence) -> Wish:
    version = version[:LONGEST]
    if re.fullmatch(r"\d{2,3}", version):  # python312
        version = f"{version[0]}.{version[1:]}"
    match = NUMBER.match(version)
    major, minor = (match[1], match[2]) if match else ("3", None)
    if major == "2":
        raise InputError(
            f"{evidence.place} asks for Python {version}, and Python 2 is not supported since 2020; port the code first"
        )
    return Wish(f"=={major}.{minor}.*" if minor else f"=={major}.*", evidence, exact=minor is not None)


def _mise(tree: Tree, path: str) -> str:
    try:
        value = formats.toml(tree.text(path) or "").get("tools", {}).get("python", "")
    except (formats.BrokenError, AttributeError):
        return ""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("version", "")
    return str(value) if NUMBER.match(str(value)) else ""


def choose(asked: list[Wish], *, settled: bool = False) -> Choice:
    """The supported version that satisfies the wishes, or the nearest where none does, with a note.

    Raises InputError where only Python 2 would do, or where a pinned version and a range of the metadata exclude each
    other, unless the version is `settled` by the user.
    """
    allowed = supported()
    binding: list[Evidence] = []
    notes: list[str] = []
    stated = False
    for wish in asked:
        if stated and wish.exact:
            continue
        fitting = [version for version in allowed if _fits(version, wish.specifier)]
        if not fitting:
            contradicts = bool(binding) and bool(_among(supported(), wish.specifier))
            if contradicts and stated and not wish.exact and not settled:
                raise _contradiction(binding[0], allowed, wish)
            notes += [_complaint(wish, allowed, binding[0] if contradicts else None)]
            if not binding and not notes[1:]:
                nearest = _nearest(wish.specifier)
                allowed, stated = [nearest], True
                binding.append(wish.evidence)
            continue
        if len(fitting) < len(allowed) or wish.exact:
            binding.append(wish.evidence)
        allowed = fitting
        stated = stated or wish.exact
    return Choice(allowed[0], tuple(binding), tuple(allowed), stated, tuple(notes))


def without_removed(choice: Choice, imported: Mapping[str, Evidence]) -> Choice:
    """The choice without Pythons that no longer have what the code imports; a stated one is kept, with a note."""
    for name, evidence in imported.items():
        first = catalog.removed()[name].since
        left = tuple(version for version in choice.allowed if Version(version) < Version(first))
        if left == choice.allowed:
            continue
        if choice.stated or not left:
            note = f"{evidence.place} imports {name}, which Python {first} and later do not have"
            choice = replace(choice, notes=(*choice.notes, note))
        else:
            choice = replace(choice, version=left[0], allowed=left, evidence=(*choice.evidence, evidence))
    return choice


def _among(versions: list[str], specifier: str) -> list[str]:
    return [version for version in versions if _fits(version, specifier)]


def _fits(version: str, specifier: str) -> bool:
    """Whether some release of a minor version satisfies the specifier."""
    try:
        wanted = SpecifierSet(specifier, prereleases=True)
        return any(Version(f"{version}.{patch}") in wanted for patch in (*range(31), 99))
    except ValueError:  # no specifier, or a number of thousands of digits
        return True


def _nearest(specifier: str) -> str:
    numbers = [int(match[2]) for match in NUMBER.finditer(specifier) if match[1] == "3" and match[2]]
    if not numbers and "2" in {match[1] for match in NUMBER.finditer(specifier)}:
        raise InputError(f"{specifier} asks for Python 2, which is not supported since 2020; port the code first")
    wanted = max(numbers, default=0)
    return min(supported(), key=lambda version: abs(Version(version).minor - wanted))


def _contradiction(pinned: Evidence, allowed: list[str], wish: Wish) -> InputError:
    best = _among(supported(), wish.specifier)[0]
    return InputError(
        f"{pinned.place} asks for Python {allowed[0]} and {wish.evidence.place} for {wish.specifier}, and no version is"
        f" both; change one of them, or add --data python_version={best}"
    )


def _complaint(wish: Wish, allowed: list[str], against: Evidence | None) -> str:
    text = wish.specifier.removeprefix("==").removesuffix(".*")
    if against:
        return f"{wish.evidence.place} asks for Python {text}, which {against.place} contradicts; {allowed[0]} is taken"
    nearest = allowed[0] if len(allowed) == 1 else _nearest(wish.specifier)
    return (
        f"{wish.evidence.place} asks for Python {text}, which has no supported image; the nearest, {nearest}, is taken"
    )
