"""What an image weighs on a base: the base, bytecode, the unpacked wheels, the system's packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from copier_slim import catalog
from copier_slim.advise import bases
from copier_slim.advise.model import Bill, How, Installed, Size
from copier_slim.detect.system_packages import of_packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copier_slim.advise.choice import Choice
    from copier_slim.advise.contents import Contents
    from copier_slim.advise.pins import Project
    from copier_slim.catalog import Architecture

MB = bases.MB

Value = TypeVar("Value")


def installed(choice: Choice, contents: Mapping[str, Contents], python: str) -> Installed:
    """A package with its size, where the index told or allows to estimate it."""
    file = choice.file.name if choice.file else ""
    found = contents.get(file)
    estimated = ""
    if choice.how is not How.WHEEL:
        estimated = f"taken from {file}"
    elif found is not None and not found.exact:
        estimated = "from the size of the wheel: the index does not say what is in it"
    size = _size(found, python) if found is not None else None
    return Installed(choice.pin.name, choice.pin.version, choice.how, choice.why, file, size, estimated if size else "")


def _size(contents: Contents, python: str) -> Size:
    sizes = catalog.sizes()
    bytecode = contents.sources * _of_python(sizes.bytecode, python)
    packed = max(0, contents.packed - contents.members * sizes.compressed.saved_on_a_file)
    return Size((contents.unpacked + bytecode) / MB, (packed + bytecode * sizes.compressed.bytecode) / MB)


def make(
    project: Project,
    base: str,
    architecture: Architecture,
    packages: list[Installed],
    on_engine: Mapping[tuple[str, str], float],
) -> Bill:
    """The bill of a base for an architecture; `packages` are those installed on its system and that architecture."""
    system = catalog.bases()[base].release(project.suite)
    image = catalog.bases()[base].image_for(project.python, project.suite)
    row = bases.weight(base, system, project.python, architecture)
    compiled = {package.name: package.why for package in packages if package.how is How.COMPILED}
    needs = of_packages([package.name for package in packages], project.extras, compiled, system)
    for name in project.answer("system_packages").split():
        needs.system.setdefault(name if system == catalog.ALPINE else catalog.debian().name(name, system), "")
    parts: dict[str, Size] = {}
    measured = ""
    if row is not None:
        here = None if row.own else on_engine.get((image, architecture))
        measured = "catalog" if here is None else "engine"
        parts["base"] = Size(row.disk if here is None else here, row.pull)
        library = _of_python(catalog.sizes().standard_library, project.python)
        parts["standard library"] = Size() if row.own else Size(library.disk, library.pull)
        parts["packages"] = sum((package.size for package in packages if package.size), Size())
        parts["system packages"] = _system_packages(needs.system, system)
        more = {"data": _data(project), "front end": project.front_end}
        parts |= {name: weight for name, weight in more.items() if weight.disk}
    return Bill(
        base,
        architecture,
        image,
        system,
        size=sum(parts.values(), Size()) if parts else None,
        parts=parts,
        measured=measured,
        packages=packages,
        system_packages=sorted(needs.system),
        build_packages=sorted(needs.build) if compiled else [],
        unmeasured=_unmeasured(needs.system, system),
        unfit=_unfit(packages) if system == catalog.ALPINE else {},
        notes=needs.notes,
    )


def _of_python(rows: Mapping[str, Value], python: str) -> Value:
    """The row of a Python, of the newest where it is not measured yet."""
    return rows.get(python) or rows[max(rows, key=lambda name: int(name.partition(".")[2]))]


def _system_packages(needs: Mapping[str, str], system: str) -> Size:
    """What the system's packages add: each set of them once, as Debian has them, whatever the system."""
    sets: dict[frozenset[str], float] = {}
    for row in catalog.packages().values():
        names = frozenset(row.names("runtime", system))
        if names and names <= needs.keys():
            sets[names] = max(row.mb, sets.get(names, 0))
    programs = catalog.sizes().programs
    known = set[str]().union(*sets)
    others = sum(programs.get(name, 0) for name in needs if name not in known)
    disk = others + sum(mb for names, mb in sets.items() if not any(names < other for other in sets))
    return Size(disk, disk * catalog.sizes().compressed.system_packages)


def _data(project: Project) -> Size:
    """What libraries fetch into the image, by what the catalog says that it weighs; models hardly get smaller."""
    if project.answer("data_place") == "volume":
        return Size()
    rows = catalog.data()
    lines = [line.split() for line in project.answer("data").splitlines() if line.strip()]
    disk = sum(rows[kind].weight(name) for kind, *names in lines if kind in rows for name in names)
    return Size(disk, disk * catalog.sizes().compressed.data)


def _unmeasured(needs: Iterable[str], system: str) -> list[str]:
    known = {name for row in catalog.packages().values() for name in row.names("runtime", system)}
    return sorted(set(needs) - known - catalog.sizes().programs.keys())


def _unfit(packages: Iterable[Installed]) -> dict[str, str]:
    """The packages that nothing makes work on Alpine, with the reason, unless they have a wheel for it by now."""
    found = {package.name: package for package in packages if "musllinux" not in package.file}
    rows = {name: catalog.packages().get(name) for name in found}
    return {
        name: row.alpine.unfit
        for name, row in rows.items()
        if row and row.alpine.unfit and not {*row.unless} & {*found}
    }
