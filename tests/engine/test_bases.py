"""What the bases promise beyond an answer: distroless holds what an app needs; a missing library fails the build."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from python_on_whales import DockerException, docker

from tests.conftest import Render
from tests.engine.conftest import Build
from tests.engine.layers import files_of, layers_of
from tests.engine.project import HARDENED, Project

pytestmark = pytest.mark.xdist_group("bases")

# The app of the issue that the sizes are promised for
API: dict[str, Any] = {
    "framework": "fastapi",
    "dependencies": "sqlalchemy\npsycopg2",
    "package_tool": "uv",
    "python_version": "3.13",
}
MOST_COMPRESSED = 35e6  # bytes

# Every module of the standard library that cannot be imported, one a line
NOT_IMPORTED = """
import importlib, sys, warnings
warnings.simplefilter("ignore")
for name in sorted(sys.stdlib_module_names - {"antigravity", "this"}):
    try:
        importlib.import_module(name)
    except ImportError:
        print(name)
"""
# What distroless leaves out on purpose: installing packages, a screen, an interactive terminal
LEFT_OUT = {"_curses", "_curses_panel", "curses", "ensurepip", "idlelib", "pydoc_data", "readline"}
SCREEN = {"_tkinter", "tkinter", "turtle", "turtledemo"}

SYSTEM = """
import ctypes.util, hashlib, locale, pwd, sqlite3, ssl, time, zoneinfo
import psycopg2
assert ssl.create_default_context().cert_store_stats()["x509_ca"] > 100
assert zoneinfo.ZoneInfo("Europe/Vienna").key and time.tzname
assert locale.setlocale(locale.LC_ALL, "C.UTF-8")
assert hashlib.new("sha3_256") and hashlib.new("md5")
assert ctypes.CDLL(None).getpid() == 1
assert sorted(user.pw_name for user in pwd.getpwall()) == ["app", "nobody", "root"]
print(ctypes.util.find_library("pq"), sqlite3.connect(":memory:").execute("select 1").fetchone()[0])
"""


@pytest.fixture(scope="module")
def distroless(build: Build) -> Project:
    """FastAPI, SQLAlchemy, psycopg2 and uvicorn on distroless."""
    return build("api-distroless", base="distroless", **API)


@pytest.fixture(scope="module")
def slim(build: Build) -> Project:
    """The same on slim."""
    return build("api-slim", base="slim", **API)


def compressed(project: Project) -> int:
    """The bytes of an image's layers, each compressed as a registry stores it."""
    return sum(layer.compressed for layer in layers_of(project.tag))


def test_distroless_is_small(distroless: Project, slim: Project) -> None:
    assert compressed(distroless) <= MOST_COMPRESSED
    assert distroless.image.size < 0.65 * slim.image.size


def test_distroless_has_no_shell_and_no_package_manager(distroless: Project) -> None:
    files = files_of(distroless.tag)
    programs = {name for name in files if re.match(r"(usr/|usr/local/)?s?bin/", name)}
    assert {Path(name).name for name in programs} == {"env", "python", "python3", "python3.13", "ldconfig"}
    assert not any("pip/" in name or "apt/" in name for name in files)
    for shell in "sh", "bash":
        with pytest.raises(DockerException):
            distroless.output(shell, "-c", "true")


def test_distroless_finds_certificates_time_zones_users_and_libraries(distroless: Project) -> None:
    assert distroless.output("python", "-c", SYSTEM, **HARDENED) == "libpq.so.5 1"


def test_distroless_has_the_standard_library_but_for_what_no_app_can_use(distroless: Project, slim: Project) -> None:
    here, there = (set(project.output("python", "-c", NOT_IMPORTED).split()) for project in (distroless, slim))
    assert here - there <= LEFT_OUT | SCREEN
    assert here >= LEFT_OUT


def test_distroless_keeps_the_records_of_its_debian_packages_for_scanners(distroless: Project) -> None:
    files = files_of(distroless.tag)
    records = {Path(name).name for name in files if name.startswith("var/lib/dpkg/status.d/")}
    assert {"libc6", "libssl3t64", "libpq5", "ca-certificates", "tzdata", "base-files"} <= records
    assert not {"bash", "dash", "apt", "perl-base"} & records
    assert "etc/os-release" in files
    listed = docker.run("python:3.13-slim-trixie", ["dpkg-query", "--show", "--showformat=${Package}\n"], remove=True)
    assert records - set(str(listed).split()) >= {"libpq5"}
    assert {f"usr/share/doc/{name}/copyright" for name in records - {"libgcc-s1"}} <= files


def test_the_interpreter_s_layer_is_the_same_for_every_service_and_from_build_to_build(
    distroless: Project, build: Build, tmp_path: Path
) -> None:
    other = build(
        "flask-distroless-3.13",
        framework="flask",
        base="distroless",
        package_tool="uv",
        python_version="3.13",
        uid=12345,
    )
    again = Project(shutil.copytree(distroless.path, tmp_path / "again"), tag="copier-slim-test:api-again")
    docker.buildx.build(
        again.path, target="distill", cache=False, tags="copier-slim-test:distill", load=True, progress=False
    )
    again.build()
    assert interpreter_layer(distroless) == interpreter_layer(other) == interpreter_layer(again)


def interpreter_layer(project: Project) -> str:
    """The digest of the one layer that holds the interpreter."""
    (layer,) = (
        layer
        for layer in layers_of(project.tag)
        if any(entry.path == "usr/local/bin/python3.13" for entry in layer.entries)
    )
    return layer.digest


# A package whose wheel lacks a library, put below the template's own lines, so that no row of the catalog is asked
UNKNOWN = "pyodbc"


@pytest.fixture
def lacking(render: Render, tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    """A project whose requirements.in got a package that the Dockerfile does not know."""
    answers = {"framework": "command", "package_tool": "uv", "python_version": "3.13", **request.param}
    project = Project(render(tmp_path / "project", **answers), tag=f"copier-slim-test:lacking-{answers['base']}")
    with (project.path / "requirements.in").open("a", encoding="utf-8") as file:
        file.write(f"{UNKNOWN}\n")
    project.lock()
    return project


@pytest.mark.parametrize(
    "lacking", [{"base": "slim"}, {"base": "distroless"}], indirect=True, ids=["slim", "distroless"]
)
def test_a_missing_library_fails_the_build_with_what_to_install(lacking: Project) -> None:
    with pytest.raises(DockerException, match=r"libodbc\.so\.2 is missing, of libodbc2") as failure:
        lacking.build()
    assert "apt-get install --yes --no-install-recommends libodbc2" in str(failure.value)


@pytest.mark.parametrize(
    "lacking",
    [{"base": "slim", "system_packages": "libodbc2"}, {"base": "distroless", "system_packages": "libodbc2"}],
    indirect=True,
    ids=["slim", "distroless"],
)
def test_what_it_names_mends_it(lacking: Project) -> None:
    lacking.build()
    assert lacking.output("python", "-c", "import pyodbc; print(pyodbc.version)")


@pytest.mark.parametrize("lacking", [{"base": "slim", "optional_modules": "pyodbc.*"}], indirect=True, ids=["slim"])
def test_a_module_that_the_app_does_not_import_may_lack_one(lacking: Project) -> None:
    lacking.build()


def test_distroless_takes_programs_with_their_data(build: Build) -> None:
    """A library that is looked up by name and has data, a program with libraries, one that the base has already."""
    project = build(
        "programs-distroless",
        framework="command",
        base="distroless",
        package_tool="uv",
        python_version="3.13",
        dependencies="python-magic",
        system_packages="poppler-utils mawk",
    )
    code = """
import magic, subprocess
print(magic.from_buffer(b"%PDF-1.4"))
print(subprocess.run(["pdfinfo", "-v"], capture_output=True, text=True).stderr.split()[0])
print(subprocess.run(["mawk", "BEGIN {print 6*7}"], capture_output=True, text=True).stdout.strip())
"""
    assert project.output("python", "-c", code).split("\n") == ["PDF document, version 1.4", "pdfinfo", "42"]


def test_distroless_takes_what_a_line_of_the_user_s_own_installs(render: Render, tmp_path: Path) -> None:
    answers = {"framework": "command", "base": "distroless", "package_tool": "uv", "python_version": "3.13"}
    project = Project(render(tmp_path / "project", **answers), tag="copier-slim-test:by-hand-distroless")
    dockerfile = project.path / "Dockerfile"
    before, found, after = dockerfile.read_text(encoding="utf-8").partition("# Copies the libraries that")
    assert found
    own = "RUN apt-get update && apt-get install --yes --no-install-recommends jq\n"
    dockerfile.write_text(before + own + found + after, encoding="utf-8")
    project.lock()
    project.build()
    assert project.output("jq", "--null-input", "6 * 7") == "42"


# What an app may do where its code is, one line of True or False for each try
BESIDE_THE_CODE = """
import os
for path, mode in (("new.txt", "w"), ("uploads/new.txt", "w"), ("/data/new.txt", "w"), ("main.py", "a")):
    try:
        open(path, mode).close()
        print(True)
    except OSError:
        print(False)
try:
    os.remove("main.py")
except OSError:
    print(False)
"""


@pytest.mark.parametrize("base", ["slim", "distroless"])
def test_an_app_may_write_where_the_answers_let_it(build: Build, base: str) -> None:
    project = build(
        f"writes-{base}",
        framework="command",
        base=base,
        package_tool="uv",
        python_version="3.13",
        writable_paths=".\nuploads\n/data",
    )
    assert project.output("python", "-c", BESIDE_THE_CODE).split() == ["True", "True", "True", "False", "False"]
