"""Which wheel pip would take: the system's C library and its version, the machine, the Python."""

from __future__ import annotations

import pytest

from copier_slim.package_index.index import File
from copier_slim.package_index.wheels import Release, Target, release, supported

AMD64 = Target("3.13", "trixie", "x86_64")
ARM64 = Target("3.13", "trixie", "aarch64")
BOOKWORM = Target("3.13", "bookworm", "x86_64")
ALPINE = Target("3.13", "alpine", "x86_64")


def of(*names: str, version: str = "1.0") -> Release:
    """A release with these files, wheels by their tags."""
    files = [File(name if name.endswith(".tar.gz") else f"shop-{version}-{name}.whl") for name in names]
    found = release("shop", files, version)
    assert found
    return found


WHERE = {
    "py3-none-any": (AMD64, ARM64, BOOKWORM, ALPINE),
    "py2.py3-none-any": (AMD64, ARM64, BOOKWORM, ALPINE),
    "cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64": (AMD64, BOOKWORM),
    "cp313-cp313-manylinux1_x86_64": (AMD64, BOOKWORM),
    "cp313-cp313-manylinux_2_39_x86_64": (AMD64,),
    "cp313-cp313-manylinux_2_42_x86_64": (),
    "cp313-cp313-manylinux2014_aarch64": (ARM64,),
    "cp313-cp313-musllinux_1_2_x86_64": (ALPINE,),
    "cp313-cp313-musllinux_1_3_x86_64": (),
    "cp313-cp313-linux_x86_64": (AMD64, BOOKWORM, ALPINE),
    "cp39-abi3-manylinux2014_x86_64": (AMD64, BOOKWORM),
    "cp314-abi3-manylinux2014_x86_64": (),
    "py3-none-manylinux2014_x86_64": (AMD64, BOOKWORM),
    "cp312-cp312-manylinux2014_x86_64": (),
    "cp313-cp313t-manylinux2014_x86_64": (),
    "pp311-pypy311_pp73-manylinux2014_x86_64": (),
    "cp313-cp313-win_amd64": (),
    "cp313-cp313-macosx_11_0_arm64": (),
    "py2-none-any": (),
}


@pytest.mark.parametrize("tag", WHERE)
def test_where_a_wheel_runs(tag: str) -> None:
    found = of(tag)
    assert tuple(target for target in (AMD64, ARM64, BOOKWORM, ALPINE) if found.wheel(target)) == WHERE[tag]


def test_the_most_specific_wheel_is_taken() -> None:
    found = of("py3-none-any", "cp39-abi3-manylinux2014_x86_64", "cp313-cp313-manylinux_2_28_x86_64")
    taken = {target: wheel.name.partition("-1.0-")[2] for target in (AMD64, ALPINE) if (wheel := found.wheel(target))}
    assert taken == {AMD64: "cp313-cp313-manylinux_2_28_x86_64.whl", ALPINE: "py3-none-any.whl"}


@pytest.mark.parametrize(
    ("names", "closest"),
    [
        (["cp313-cp313-manylinux2014_x86_64", "cp313-cp313-musllinux_1_2_aarch64"], "cp313-cp313-manylinux2014_x86_64"),
        (["cp312-cp312-musllinux_1_2_x86_64", "cp313-cp313-manylinux2014_x86_64"], "cp313-cp313-manylinux2014_x86_64"),
        (["cp312-cp312-manylinux2014_x86_64", "cp313-cp313-win_amd64"], "cp312-cp312-manylinux2014_x86_64"),
    ],
)
def test_the_closest_wheel_is_the_one_most_like_it(names: list[str], closest: str) -> None:
    found = of(*names).closest_wheel(ALPINE)
    assert found
    assert found.name == f"shop-1.0-{closest}.whl"


def test_a_wheel_for_another_system_is_like_none() -> None:
    assert of("cp313-cp313-win_amd64", "cp313-cp313-macosx_11_0_arm64").closest_wheel(AMD64) is None


def test_what_was_taken_back_is_only_found_by_its_version() -> None:
    files = [File("shop-1.0-py3-none-any.whl"), File("shop-1.1-py3-none-any.whl", yanked=True)]
    newest, named = release("shop", files), release("shop", files, "1.1")
    assert newest
    assert named
    assert (str(newest.version), str(named.version)) == ("1.0", "1.1")


def test_a_version_before_the_release_is_not_taken_unasked() -> None:
    files = [File("shop-1.0-py3-none-any.whl"), File("shop-2.0rc1-py3-none-any.whl")]
    newest, only = release("shop", files), release("shop", files[1:])
    assert newest
    assert only
    assert (str(newest.version), str(only.version)) == ("1.0", "2.0rc1")


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1"])
def test_a_version_is_found_however_it_is_written(version: str) -> None:
    files = [File("shop-1.0-py3-none-any.whl"), File("shop-1.0.0.post1-py3-none-any.whl")]
    found = release("shop", files, version)
    assert found
    assert [file.name for file in found.files] == ["shop-1.0-py3-none-any.whl"]


def test_a_release_knows_whether_its_source_compiles() -> None:
    files = [File("shop-1.0.tar.gz"), File("shop-0.9-cp312-cp312-win_amd64.whl")]
    native, pure = release("shop", files, "1.0"), release("shop", files[:1], "1.0")
    assert native
    assert pure
    assert native.native
    assert not pure.native
    assert native.source == files[0]


def test_ranks_are_those_of_the_order() -> None:
    ranks = list(supported(AMD64).items())
    assert sorted(rank for _, rank in ranks) == list(range(len(ranks)))
