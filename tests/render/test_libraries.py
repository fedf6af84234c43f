"""The script that looks for missing shared libraries, on files made here: any class, byte order and machine."""

from __future__ import annotations

import importlib.util
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from copier_slim import catalog
from tests.command.running import write

SCRIPT = Path(__file__).parents[2] / "template/container/libraries.py"
X86_64, I386, AARCH64, S390X = 62, 3, 183, 22


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """The script as a module, on a machine whose interpreter is x86-64's and that has libc.so.6 alone."""
    interpreter = tmp_path / "python"
    interpreter.write_bytes(elf(["libc.so.6"]))
    system = tmp_path / "system"
    system.mkdir()
    (system / "libc.so.6").touch()
    spec = importlib.util.spec_from_file_location("libraries", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "INTERPRETER", str(interpreter))
    monkeypatch.setattr(module, "search_path", lambda: [str(system)])
    yield module
    sys.modules.pop("libraries", None)


def elf(needed: list[str], *, module: str = "", machine: int = X86_64, wide: bool = True, order: str = "<") -> bytes:
    """A shared object without code: its header, one loaded and one dynamic segment, and the strings of the latter.

    https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
    """
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in [*needed, *([f"PyInit_{module}"] if module else [])])
    header, segment, address = (64, 56, 0x1000) if wide else (52, 32, 0x1000)
    at = header + 2 * segment
    offsets = [1 + len("\0".join(needed[:number])) + bool(number) for number in range(len(needed))]
    pairs = [(1, offset) for offset in offsets] + [(5, address + at), (10, len(strings)), (0, 0)]
    dynamic = b"".join(struct.pack(order + ("qQ" if wide else "iI"), *pair) for pair in pairs)
    pairs[len(offsets)] = (5, address + at + len(dynamic))
    dynamic = b"".join(struct.pack(order + ("qQ" if wide else "iI"), *pair) for pair in pairs)
    size = at + len(dynamic) + len(strings)

    def program(kind: int, offset: int, length: int) -> bytes:
        if wide:
            return struct.pack(order + "IIQQQQQQ", kind, 4, offset, address + offset, 0, length, length, 8)
        return struct.pack(order + "IIIIIIII", kind, offset, address + offset, 0, length, length, 4, 4)

    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    rest = (3, machine, 1, 0, header, 0, 0, header, segment, 2, 0, 0, 0)
    head = ident + struct.pack(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), *rest)
    return head + program(1, 0, size) + program(2, at, len(dynamic)) + dynamic + strings


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A directory to put modules into."""
    path = tmp_path / "site-packages"
    path.mkdir()
    return path


def missing(libraries: ModuleType, environment: Path, *optional: str) -> dict[str, list[str]]:
    """What the script finds, with paths relative to the environment."""
    found = libraries.missing(libraries.elves([str(environment)]), optional)
    return {name: [str(Path(path).relative_to(environment)) for path in paths] for name, paths in found.items()}


@pytest.mark.parametrize(
    ("machine", "wide", "order"),
    [(X86_64, True, "<"), (AARCH64, True, "<"), (I386, False, "<"), (S390X, True, ">"), (20, False, ">")],
)
def test_reads_what_a_file_of_any_machine_needs(
    libraries: ModuleType,
    tmp_path: Path,
    machine: int,
    wide: bool,  # noqa: FBT001 a parameter of the table
    order: str,
) -> None:
    path = tmp_path / "some.so"
    path.write_bytes(elf(["libz.so.1", "libpq.so.5"], module="some", machine=machine, wide=wide, order=order))
    read = libraries.Elf(str(path))
    assert read.needed == ["libz.so.1", "libpq.so.5"]
    assert read.is_module
    assert read.machine[1] == machine


def test_reads_a_real_extension_module(libraries: ModuleType) -> None:
    import msgspec._core  # noqa: PLC0415

    read = libraries.Elf(msgspec._core.__file__)  # noqa: SLF001
    assert read.is_module
    assert any(name.startswith("libc.") for name in read.needed)


@pytest.mark.parametrize("content", [b"", b"x", b"\x7fELF", b"\x7fELF" + bytes(60), b"#!/bin/sh\n"])
def test_what_is_no_such_file_is_passed_over(libraries: ModuleType, environment: Path, content: bytes) -> None:
    (environment / "odd.so").write_bytes(content)
    assert missing(libraries, environment) == {}


def test_names_the_module_and_not_the_library_in_between(libraries: ModuleType, environment: Path) -> None:
    (environment / "cv2.abi3.so").write_bytes(elf(["libQt.so.5", "libc.so.6"], module="cv2"))
    (environment / "libQt.so.5").write_bytes(elf(["libGL.so.1"]))
    assert missing(libraries, environment) == {"libGL.so.1": ["cv2.abi3.so"]}


def test_what_no_module_loads_may_lack_what_it_likes(libraries: ModuleType, environment: Path) -> None:
    (environment / "libtransport_ucx.so.3").write_bytes(elf(["libucp.so.0"]))
    assert missing(libraries, environment) == {}


def test_drivers_come_from_the_host(libraries: ModuleType, environment: Path) -> None:
    (environment / "gpu.so").write_bytes(elf(["libcuda.so.1", "libnvidia-ml.so.1"], module="gpu"))
    assert missing(libraries, environment) == {}


def test_files_for_another_machine_or_another_libc_are_passed_over(libraries: ModuleType, environment: Path) -> None:
    (environment / "a.so").write_bytes(elf(["libx.so"], module="a", machine=AARCH64))
    (environment / "b.so").write_bytes(elf(["libx.so"], module="b", machine=I386, wide=False))
    (environment / "c.so").write_bytes(elf(["libc.musl-x86_64.so.1", "libx.so"], module="c"))
    assert missing(libraries, environment) == {}


def test_libraries_that_need_each_other_end(libraries: ModuleType, environment: Path) -> None:
    (environment / "m.so").write_bytes(elf(["liba.so"], module="m"))
    (environment / "liba.so").write_bytes(elf(["libb.so"]))
    (environment / "libb.so").write_bytes(elf(["liba.so", "libgone.so.1"]))
    assert missing(libraries, environment) == {"libgone.so.1": ["m.so"]}


def test_what_the_app_does_not_import_is_left_out(libraries: ModuleType, environment: Path) -> None:
    (environment / "qt").mkdir()
    (environment / "qt/gui.so").write_bytes(elf(["libGL.so.1"], module="gui"))
    assert missing(libraries, environment, "other/*") == {"libGL.so.1": ["qt/gui.so"]}
    assert missing(libraries, environment, "other/*", "qt/g*") == {}


def test_names_what_to_install_on_alpine(
    libraries: ModuleType, environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(libraries, "MUSL", True)
    (environment / "cv2.so").write_bytes(elf(["libGL.so.1", "libc.so.6"], module="cv2"))
    with pytest.raises(SystemExit, match=r"apk add so:libGL\.so\.1$"):
        libraries.check(libraries.elves([str(environment)]))
    assert "cv2.so: libGL.so.1 is missing" in capsys.readouterr().out


SITE = "lib/python3.13/site-packages"


def installed(root: Path, distributions: dict[str, tuple[dict[str, str], tuple[str, ...]]]) -> Path:
    """A virtual environment with distributions: by name their files, and what they require."""
    site = root / SITE
    for name, (files, requires) in distributions.items():
        write(site, files)
        record = site / f"{name}-1.dist-info"
        record.mkdir()
        lines = "".join(f"Requires-Dist: {line}\n" for line in requires)
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{lines}")
        (record / "RECORD").write_text("".join(f"{path},,\n" for path in files))
    return root


FAILS = {"telegram/__init__.py": "from .files import (\n    inputfile,\n)\n", "telegram/files/__init__.py": "",
         "telegram/files/inputfile.py": "import os\nimport imghdr\n"}  # fmt: skip


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({"python-telegram-bot": (FAILS, ())}, "telegram/files/inputfile.py imports imghdr, which Python 3.13"),
        ({"bot": ({"bot.py": "import telegram as t\n"}, ("tele>=1",)), "tele": (FAILS, ())}, "imports imghdr"),
        ({"one": ({"one.py": "import json, cgi\n"}, ())}, "one.py imports cgi"),
        ({"one": ({"one.py": "from distutils.util import strtobool\n"}, ())}, "imports distutils"),
        # Prepared for it, or not imported with the package
        ({"one": ({"one.py": "try:\n    import cgi\nexcept ImportError:\n    cgi = None\n"}, ())}, ""),
        ({"one": ({"one.py": "def form():\n    import cgi\n    return cgi\n"}, ())}, ""),
        ({"one": ({"one/__init__.py": "", "one/old.py": "import cgi\n"}, ())}, ""),
        ({"one": ({"one.py": "from . import cgi\nfrom pack import cgi\nimport imports\n"}, ())}, ""),
        # There after all
        ({"one": ({"one.py": "import cgi\n"}, ()), "legacy-cgi": ({"cgi.py": ""}, ())}, ""),
        ({"one": ({"one.py": "import distutils\n"}, ()), "setuptools": ({"_distutils_hack/__init__.py": ""}, ())}, ""),
        # A tool of tests, which no app imports
        ({"nose": ({"nose.py": "import imp\n"}, ())}, ""),
        # By which of its packages it is imported cannot be told
        ({"future": ({"future/__init__.py": "", "past/__init__.py": "import imp\n"}, ())}, ""),
    ],
)  # fmt: skip
def test_what_python_no_longer_has_stops_the_build_where_an_import_needs_it(
    libraries: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    there: dict[str, tuple[dict[str, str], tuple[str, ...]]],
    said: str,
) -> None:
    monkeypatch.setattr(libraries.sys, "version_info", (3, 13, 1))
    venv = installed(tmp_path / "venv", there)
    if not said:
        libraries.check_imports([str(venv)])
        return
    with pytest.raises(SystemExit, match=r"Add to dependencies: .+; or choose an older Python"):
        libraries.check_imports([str(venv)])
    assert said in capsys.readouterr().out
    libraries.check_imports([str(venv)], ["one.py", "telegram/*"])


def test_a_python_that_has_them_is_not_looked_at(
    libraries: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries.sys, "version_info", (3, 11, 9))
    libraries.check_imports([str(installed(tmp_path / "venv", {"one": ({"one.py": "import cgi\nimport imp\n"}, ())}))])


def test_it_knows_the_removed_modules_of_the_catalog(libraries: ModuleType) -> None:
    known = {
        name: (".".join(map(str, since)), brought_by)
        for since, names in libraries.REMOVED.items()
        for name, _, brought_by in (pair.partition("=") for pair in names.split())
    }
    assert known == {name: (row.since, row.brought_by) for name, row in catalog.removed().items()}
