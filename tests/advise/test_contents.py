"""What wheels hold, from their directory alone; estimates where a server does not send parts of files."""

from __future__ import annotations

import pytest

from copier_slim import catalog
from copier_slim.advise.contents import END, Contents, of_files
from copier_slim.package_index import index as client

from .conftest import PURE, Index

MEMBERS = {"shop/__init__.py": 3000, "shop/data.json": 5000, "shop-1.0.dist-info/RECORD": 200}


def contents(index: Index, project: str) -> dict[str, Contents | Exception]:
    """What the files of a project hold."""
    assert index.url
    return of_files(client.ask([project], {}).files[project], 10, lambda *_: None)


@pytest.mark.parametrize("form", ["json", "html"])
def test_a_wheel_tells_what_it_holds(form: str, index: Index) -> None:
    index.form = form
    index.add("shop", "1.0", PURE, members=MEMBERS)
    found = contents(index, "shop")["shop-1.0-py3-none-any.whl"]
    assert isinstance(found, Contents)
    assert (found.unpacked, found.sources, found.members, found.exact) == (8200, 3000, 3, True)
    assert 0 < found.packed < len(index.files["shop"]["shop-1.0-py3-none-any.whl"])


def test_only_the_end_is_asked_for_by_its_place(index: Index) -> None:
    index.add("shop", "1.0", PURE, members={"shop/library.so": 400_000})
    size = len(index.files["shop"]["shop-1.0-py3-none-any.whl"])
    assert size > END
    found = contents(index, "shop")["shop-1.0-py3-none-any.whl"]
    assert isinstance(found, Contents)
    assert found.unpacked == 400_000
    file = "/files/shop-1.0-py3-none-any.whl"
    # Not bytes=-N, which PyPI refuses
    assert index.asked[1:] == [f"GET {file} bytes={size - END}-{size - 1}"]


def test_a_directory_that_is_longer_takes_a_second_request(index: Index) -> None:
    members = {f"shop/module_{number:05}.py": 10 for number in range(3000)}
    index.add("shop", "1.0", PURE, members=members)
    found = contents(index, "shop")["shop-1.0-py3-none-any.whl"]
    assert isinstance(found, Contents)
    assert (found.members, found.sources) == (3000, 30_000)
    assert len(index.asked) == 3


@pytest.mark.parametrize("form", ["json", "html"])
def test_without_ranges_it_is_estimated_by_the_size(form: str, index: Index) -> None:
    index.form, index.ranges = form, False
    index.add("shop", "1.0", PURE, members={"shop/library.so": 400_000})
    size = len(index.files["shop"]["shop-1.0-py3-none-any.whl"])
    ratio = catalog.sizes().wheel
    found = contents(index, "shop")["shop-1.0-py3-none-any.whl"]
    assert found == Contents(round(size * ratio.unpacked), round(size * ratio.sources), size, 0, exact=False)


def test_a_source_distribution_is_estimated_by_its_size(index: Index) -> None:
    index.add("shop", "1.0", sdist=100_000)
    ratio = catalog.sizes().source
    found = contents(index, "shop")["shop-1.0.tar.gz"]
    assert found == Contents(
        round(100_000 * ratio.unpacked), round(100_000 * ratio.sources), round(100_000 * ratio.packed), 0, exact=False
    )


def test_it_is_asked_once(index: Index) -> None:
    index.add("shop", "1.0", PURE, sdist=100)
    first = contents(index, "shop")
    asked = len(index.asked)
    assert contents(index, "shop") == first
    assert len(index.asked) == asked


def test_what_is_no_zip_is_told_and_not_kept(index: Index) -> None:
    index.add("shop", "1.0", PURE)
    index.files["shop"]["shop-1.0-py3-none-any.whl"] = b"<html>an error page of some proxy</html>"
    for _ in range(2):
        found = contents(index, "shop")["shop-1.0-py3-none-any.whl"]
        assert isinstance(found, ValueError)
        assert "shop-1.0-py3-none-any.whl" in str(found)
    assert len(index.asked) == 3


def test_a_file_that_is_gone_is_told(index: Index) -> None:
    index.add("shop", "1.0", PURE)
    listed = client.ask(["shop"], {}).files["shop"]
    index.files["shop"].clear()
    found = of_files(listed, 10, lambda *_: None)
    assert "404" in str(found["shop-1.0-py3-none-any.whl"])
