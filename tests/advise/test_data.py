"""The catalog's figures are complete and sensible."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from copier_slim import catalog
from copier_slim.advise import bases

PYTHONS = list(catalog.pythons())


@pytest.mark.parametrize("base", catalog.bases())
@pytest.mark.parametrize("python", PYTHONS)
def test_every_base_has_a_size(base: str, python: str) -> None:
    for system in ("alpine",) if catalog.bases()[base].system == "alpine" else ("trixie", "bookworm"):
        found = bases.weight(base, system, python, "amd64")
        assert found
        assert found.pull < found.disk


def test_the_nearest_python_is_taken() -> None:
    assert bases.weight("slim", "bookworm", "3.12", "amd64") == bases.weight("slim", "bookworm", "3.13", "amd64")
    assert bases.weight("slim", "trixie", "3.15", "arm64") == bases.weight("slim", "trixie", "3.14", "arm64")
    assert bases.weight("nothing", "trixie", "3.15", "arm64") is None


def test_sizes_grow_from_base_to_base() -> None:
    order = [
        bases.weight(base, system, "3.13", "amd64")
        for base, system in (("alpine", "alpine"), ("slim", "trixie"), ("full", "trixie"))
    ]
    assert sorted(order, key=lambda row: row.disk if row else 0) == order
    # What is made of an image is smaller than that image
    made, slim = bases.weight("distroless", "trixie", "3.13", "amd64"), order[1]
    assert made
    assert slim
    assert made.own
    assert made.disk < slim.disk


def test_the_parts_of_an_image_are_known_for_every_released_python() -> None:
    released = set(PYTHONS) - {"3.15"}
    assert catalog.sizes().bytecode.keys() >= released
    assert catalog.sizes().standard_library.keys() >= released


@pytest.mark.parametrize("name", catalog.alternatives())
def test_alternatives(name: str) -> None:
    row = catalog.alternatives()[name]
    assert name == canonicalize_name(name)
    assert row.instead not in ("", name)
    assert row.why
    assert row.mb != 0 or row.drops, "it saves nothing"


def test_every_system_has_a_c_library() -> None:
    assert set(catalog.libcs()) == {"trixie", "bookworm", "alpine"}
