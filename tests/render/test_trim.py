"""container/trim.py: what it takes out of a virtual environment, what it leaves, and what it says of the app."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Render

SCRIPT = ROOT / "template/container/{{ 'trim.py' if trim }}"


def site_with(venv: Path, files: dict[str, str]) -> Path:
    """A virtual environment with these files in its site-packages."""
    site = venv / "lib/python3.13/site-packages"
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return site


def record(site: Path) -> list[str]:
    with (site / "a-1.dist-info/RECORD").open(encoding="utf-8", newline="") as lines:
        return [row[0] for row in csv.reader(lines)]


def take(tmp_path: Path, files: dict[str, str]) -> tuple[set[str], str]:
    """The files that are left, as RECORD has them too, and the packages of tests that were taken out, a line each."""
    site = site_with(tmp_path / "venv", files)
    rows = [[name, "sha256=x", "1"] for name in files] + [["a-1.dist-info/RECORD", "", ""]]
    (site / "a-1.dist-info").mkdir(exist_ok=True)
    with (site / "a-1.dist-info/RECORD").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows(rows)
    run("take", tmp_path / "venv", tmp_path / "taken")
    left = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert set(record(site)) == left
    assert not [at for at, folders, names in os.walk(site) if not folders and not names]
    return left - {"a-1.dist-info/RECORD"}, (tmp_path / "taken").read_text(encoding="utf-8")


def run(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-IS", str(SCRIPT), *map(str, words)]
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def test_takes_what_nothing_reads(tmp_path: Path) -> None:
    files = {
        "a/__init__.py": "",
        "a/__init__.pyi": "",
        "a/py.typed": "",
        "a/fast.c": "",
        "a/fast.pyx": "",
        "a/include/a,b.h": "",
        "a/tests/__init__.py": "",
        "a/tests/data/big.csv": "",
        "a/b/tests/test_b.py": "from a.tests import helper",
        "a/testing.py": "",
        "a/test/__init__.py": "",
    }
    left, taken = take(tmp_path, files)
    assert left == {"a/__init__.py", "a/py.typed", "a/testing.py", "a/test/__init__.py"}
    assert taken.split() == ["a.b.tests", "a.tests"]


@pytest.mark.parametrize(
    "code",
    [
        "import a.tests",
        "from a.tests import helper",
        "from a.tests.helper import x",
        "from a import tests",
        "from . import tests",
        "from .tests.helper import x",
        "import importlib; importlib.import_module('a.tests.helper')",
        "from pathlib import Path; Path(__file__).parent / 'tests' / 'x'",
        "open(__file__ + '/../tests/x')",
        "def f():\n    try:\n        from .tests import helper\n    except ImportError:\n        pass",
        "this is no Python of its tests",
    ],
)
def test_tests_that_something_names_stay(tmp_path: Path, code: str) -> None:
    """numpy.testing imports from numpy's own tests, for one."""
    files = {"a/__init__.py": code, "a/tests/__init__.py": "", "a/tests/helper.py": "x = 1", "a/b/tests/x.py": ""}
    left, taken = take(tmp_path, files)
    assert left >= {"a/tests/__init__.py", "a/tests/helper.py"}
    assert "a.tests" not in taken.split()


@pytest.mark.parametrize("entry", ["a-1.dist-info/entry_points.txt", "a.pth"], ids=lambda name: name.rpartition("/")[2])
def test_tests_that_an_entry_point_names_stay(tmp_path: Path, entry: str) -> None:
    text = "import a.tests.main" if entry.endswith(".pth") else "[console_scripts]\na = a.tests.main:run\n"
    left, _ = take(tmp_path, {"a/tests/main.py": "", entry: text})
    assert "a/tests/main.py" in left


@pytest.mark.parametrize(
    ("code", "stays"),
    [
        ("lazy_loader.attach_stub(__name__, __file__)", "a/__init__.pyi"),
        ("glob('*.pyi')", "a/__init__.pyi"),
        ("open('include/fast.h')", "a/include/fast.h"),
        ('HEADERS = [".h"]', "a/include/fast.h"),
    ],
)
def test_a_file_that_its_package_names_stays(tmp_path: Path, code: str, stays: str) -> None:
    """scikit-image, by lazy_loader, imports what its stubs say."""
    left, _ = take(tmp_path, {"a/__init__.py": code, "a/__init__.pyi": "", "a/include/fast.h": "", "a/fast.c": ""})
    assert left == {"a/__init__.py", stays}


def test_what_compiles_when_it_runs_keeps_its_sources(tmp_path: Path) -> None:
    left, _ = take(tmp_path, {"cupy/_core/include/complex.h": "", "torch/include/a.h": "", "torchlike/a.h": ""})
    assert left == {"cupy/_core/include/complex.h", "torch/include/a.h"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"main.py": "from a.tests import helper"}, "main.py names a.tests"),
        ({"app/settings.py": "RUNNER = 'a.tests.Runner'"}, "app/settings.py names a.tests"),
        ({"main.py": "import a"}, ""),
        ({"tests/test_app.py": "from a.tests import helper", "test_it.py": "import a.tests", "conftest.py": ""}, ""),
        ({"main.py": "import a.tests", "a/tests/__init__.py": ""}, ""),
    ],
)
def test_the_build_fails_where_the_app_names_what_was_taken(tmp_path: Path, files: dict[str, str], says: str) -> None:
    app = tmp_path / "app"
    for name, text in files.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text, encoding="utf-8")
    (tmp_path / "taken").write_text("a.tests\n", encoding="utf-8")
    done = run("check", tmp_path / "taken", cwd=app)
    mend = ", which trim takes out; run: copier-slim update --data trim=false\n"
    assert (done.returncode, done.stderr) == ((1, says + mend) if says else (0, ""))


@pytest.mark.parametrize("options", [{}, {"package_tool": "uv"}, {"base": "distroless"}], ids=str)
def test_only_where_it_is_answered(render: Render, tmp_path: Path, options: dict[str, str]) -> None:
    project = render(tmp_path / "project", trim=True, **options)
    dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
    steps: Iterable[str] = ("--requirement", "trim.py take", "\nCOPY . .", "trim.py check", "rm -f requirements.in")
    places = [dockerfile.index(step) for step in steps]
    assert places == sorted(places)
    assert "container/trim.py" in dockerfile[dockerfile.index("rm -f requirements.in") :]
    plain = render(tmp_path / "plain", **options)
    assert not (plain / "container/trim.py").exists()
    assert "trim" not in (plain / "Dockerfile").read_text(encoding="utf-8")


def library(*, before: bytes = b"", behind: bytes = b"", debug: bytes = b"d" * 500) -> bytes:
    """An ELF file of one segment and sections that are not loaded, with something `before` the table or `behind` it."""
    names = b"\0.text\0.debug_info\0.comment\0.shstrtab\0"
    code, comment = b"c" * 40, b"GCC"
    head, part = 64, 56
    places = {".text": head + part, ".debug_info": head + part + len(code)}
    places[".comment"] = places[".debug_info"] + len(debug)
    places[".shstrtab"] = places[".comment"] + len(comment)
    content = code + debug + comment + names + before
    table = head + part + len(content)
    contents = {".text": code, ".debug_info": debug, ".comment": comment, ".shstrtab": names}
    rows = [(0,) * 10] + [
        (names.index(name.encode()), 1, 2 if name == ".text" else 0, 0, places[name], len(text), 0, 0, 1, 0)
        for name, text in contents.items()
    ]
    return (
        b"\x7fELF\x02\x01\x01" + bytes(9)
        + struct.pack("<2HI3QI6H", 3, 62, 1, 0, head, table, 0, head, part, 1, 64, len(rows), len(rows) - 1)
        + struct.pack("<2I6Q", 1, 5, 0, 0, 0, head + part + len(code), head + part + len(code), 4096)
        + content + b"".join(struct.pack("<2I4Q2I2Q", *row) for row in rows) + behind
    )  # fmt: skip


def test_takes_debug_symbols_out_of_libraries_and_says_so_in_record(tmp_path: Path) -> None:
    site = site_with(tmp_path / "venv", {"a/__init__.py": "", "a-1.dist-info/RECORD": ""})
    (site / "a/fast.so").write_bytes(library())
    (site / "a-1.dist-info/RECORD").write_text("a/__init__.py,sha256=x,0\na/fast.so,sha256=x,1\n", encoding="utf-8")
    (site / "a/fast.so").chmod(0o755)
    assert run("take", tmp_path / "venv", tmp_path / "taken").returncode == 0
    made = (site / "a/fast.so").read_bytes()
    assert b"dddd" not in made
    assert made[64 : 64 + 56 + 40] == library()[64 : 64 + 56 + 40]
    assert (site / "a/fast.so").stat().st_mode & 0o777 == 0o755
    table, count = struct.unpack_from("<Q", made, 40)[0], struct.unpack_from("<H", made, 60)[0]
    rows = [struct.unpack_from("<2I4Q2I2Q", made, table + 64 * at) for at in range(count)]
    assert rows[2] == (0,) * 10
    assert [made[row[4] : row[4] + row[5]] for row in (rows[1], rows[3])] == [b"c" * 40, b"GCC"]
    assert made[rows[4][4] :].startswith(b"\0.text\0")
    digest = base64.urlsafe_b64encode(hashlib.sha256(made).digest()).decode().rstrip("=")
    lines = (site / "a-1.dist-info/RECORD").read_text(encoding="utf-8").splitlines()
    assert lines == ["a/__init__.py,sha256=x,0", f"a/fast.so,sha256={digest},{len(made)}"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x7fELF\x02\x01",
        library()[:70],
        library()[:-30],
        library(behind=b"a payload of its own"),  # as what packs an application adds
        library(before=b"not named by a section"),
        library(debug=b""),
        b"\x7fELF\x01" + library()[5:],
        b"INPUT(libfast.so.1)\n",
    ],
)
def test_leaves_what_it_does_not_know_as_it_is(tmp_path: Path, content: bytes) -> None:
    site = site_with(tmp_path / "venv", {"a/__init__.py": ""})
    (site / "a/fast.so").write_bytes(content)
    assert run("take", tmp_path / "venv", tmp_path / "taken").returncode == 0
    assert (site / "a/fast.so").read_bytes() == content
