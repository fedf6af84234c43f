"""Further indexes: a package that is named comes from its own index alone, and the password stays out of the image."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from python_on_whales import docker

from copier_slim import catalog
from copier_slim.lock.failures import installing_failure
from tests.conftest import Render
from tests.engine import loopback
from tests.engine.credentials import HOUSE_STYLE, assert_nothing_keeps, build
from tests.engine.sampling import case

PASSWORD = "canary-8c51d0e2f7b94a36"  # noqa: S105 of an index that lives as long as the test
PYPROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["house-style"]\n'
NAMES = ("house-style", "house-base")
BY_TOOL = [pytest.param("pip-tools", marks=pytest.mark.matrix), "uv"]

pytestmark = pytest.mark.xdist_group("indexes")


@pytest.fixture(scope="module")
def own(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[loopback.Index]:  # noqa: ARG001
    """An index with a password and the packages of the house."""
    wheels, root = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("own")
    style = loopback.wheel(wheels, "house-style", "1.0", "print('in the house style')\n", ["house-base", "plain"])
    loopback.place([style, loopback.wheel(wheels, "house-base", "1.0"), loopback.wheel(wheels, "plain", "0.1")], root)
    with loopback.serving(root, f"builder:{PASSWORD}") as index:
        yield index


@pytest.fixture(scope="module")
def default(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[loopback.Index]:  # noqa: ARG001
    """An index for all with the tools, and with newer packages of the same names."""
    wheels, root = tmp_path_factory.mktemp("public"), tmp_path_factory.mktemp("default")
    tools = [f"{name}=={catalog.tools()[name].version}" for name in ("pip-tools", "uv")]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", wheels, *tools]
    subprocess.run(command, check=True)
    for name in NAMES:
        loopback.wheel(wheels, name, "9.0", "print('a decoy')\n")
    for version in ("1.0", "2.0"):
        loopback.wheel(wheels, "plain", version)
    loopback.place(wheels.glob("*.whl"), root)
    with loopback.serving(root) as index:
        yield index


@pytest.fixture(params=["requirements.in", "pyproject.toml"])
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=BY_TOOL)
def project(
    request: pytest.FixtureRequest,
    render: Render,
    own: loopback.Index,
    default: loopback.Index,
    source: str,
    tmp_path: Path,
) -> Path:
    """A project that needs the house's packages, one of them through the other."""
    path = tmp_path / "shop"
    path.mkdir()
    if source == "pyproject.toml":
        (path / source).write_text(PYPROJECT, encoding="utf-8")
    for index in (own, default):
        index.asked.clear()
    return render(
        path,
        **HOUSE_STYLE,
        dependency_source=source,
        package_tool=request.param,
        dependencies="house-style" if source == "requirements.in" else "",
        private_index=default.url,
        indexes=f"acme={house(own)} {' '.join(NAMES)}",
    )


def lent(project: Path, netrc: str) -> list[str | Path]:
    """The options that lend a netrc file."""
    path = project.parent / ".netrc"
    path.write_text(netrc, encoding="utf-8")
    return ["--no-cache", "--secret", f"id=netrc,src={path}"]


def assert_asked_of_its_own(own: loopback.Index, default: loopback.Index) -> None:
    """Nobody asked the default index for the house's packages, nor the house's for others."""
    assert any("house_base-1.0" in path for path in own.asked)
    assert not [path for path in default.asked if "house" in path]
    assert not [path for path in own.asked if "plain" in path]
    assert any("plain-2.0" in path for path in default.asked)


def test_a_package_comes_from_its_own_index_alone(
    project: Path, own: loopback.Index, default: loopback.Index, tmp_path: Path
) -> None:
    options = lent(project, f"machine localhost login builder password {PASSWORD}\n")
    assert_nothing_keeps(PASSWORD, project, "copier-slim-test:indexes", *options, metadata=tmp_path / "metadata.json")
    assert_asked_of_its_own(own, default)
    pinned = re.findall(r"^([\w-]+)==(\S+)", (project / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(pinned) == [("house-base", "1.0"), ("house-style", "1.0"), ("plain", "2.0")]


@pytest.mark.parametrize("project", BY_TOOL, indirect=True)
@pytest.mark.parametrize("source", ["requirements.in"], indirect=True)
def test_the_variables_of_uv_are_build_secrets(
    project: Path,
    own: loopback.Index,
    default: loopback.Index,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_INDEX_ACME_USERNAME", "builder")
    monkeypatch.setenv("UV_INDEX_ACME_PASSWORD", PASSWORD)
    options = lent(project, "machine elsewhere login builder password other\n")
    options += ["--secret", "id=UV_INDEX_ACME_USERNAME", "--secret", "id=UV_INDEX_ACME_PASSWORD"]
    assert_nothing_keeps(PASSWORD, project, "copier-slim-test:indexes", *options, metadata=tmp_path / "metadata.json")
    assert_asked_of_its_own(own, default)


@pytest.mark.parametrize("source", ["requirements.in"], indirect=True)
def test_without_the_password_the_build_says_what_is_missing(project: Path, default: loopback.Index) -> None:
    options = lent(project, "machine elsewhere login builder password other\n")
    done = build(project, *options, "--target", "lock", "--output", project)
    assert done.returncode == 1
    assert re.search(
        r"house-style comes from the index acme alone, and http://localhost:\d+/simple/house-style/ answers 401;"
        r" pass UV_INDEX_ACME_USERNAME and UV_INDEX_ACME_PASSWORD, or netrc, to the build",
        done.stderr,
    )
    assert not [path for path in default.asked if "house" in path]
    assert not (project / "requirements.txt").exists()


UV_PROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["house-style", "house-base"]

[tool.uv.sources]
house-style = {{ index = "acme" }}
house-base = {{ index = "acme" }}

[[tool.uv.index]]
name = "acme"
url = "{own}"
explicit = true
"""


@pytest.fixture(scope="module")
def uv(default: loopback.Index, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The uv by which the image exports."""
    home = tmp_path_factory.mktemp("uv")
    subprocess.run([sys.executable, "-m", "venv", home], check=True, capture_output=True)
    install = [home / "bin/pip", "install", "--quiet", "--index-url", default.url]
    subprocess.run([*install, f"uv=={catalog.tools()['uv'].version}"], check=True, capture_output=True)
    return home / "bin/uv"


@pytest.fixture
def locked(uv: Path, own: loopback.Index, default: loopback.Index, tmp_path: Path) -> Path:
    """A project with uv.lock; the environment alone says what replaces PyPI, as on a developer's machine."""
    path = tmp_path / "shop"
    path.mkdir()
    (path / "pyproject.toml").write_text(UV_PROJECT.format(own=house(own)), encoding="utf-8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("UV_", "VIRTUAL_ENV"))}
    kept |= {"UV_DEFAULT_INDEX": default.url, "UV_INDEX_ACME_USERNAME": "builder", "UV_INDEX_ACME_PASSWORD": PASSWORD}
    subprocess.run([uv, "lock", "--quiet", "--no-cache"], cwd=path, env=kept, check=True)
    for index in (own, default):
        index.asked.clear()
    return path


@pytest.fixture
def lock(request: pytest.FixtureRequest, locked: Path, uv: Path) -> Path:
    """The lock of that project: uv's, or the standard one that uv exports."""
    if request.param == "pylock.toml":
        subprocess.run([uv, *EXPORT, "--no-cache"], cwd=locked, check=True)
        (locked / "uv.lock").unlink()
    return locked / request.param


def house(own: loopback.Index) -> str:
    """The address of the house's index, by another name than the default's, as netrc knows hosts alone."""
    return own.url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("package_tool", BY_TOOL)
def test_a_lock_of_uv_is_installed_from_the_indexes_that_it_names(
    render: Render, locked: Path, own: loopback.Index, default: loopback.Index, package_tool: str
) -> None:
    answers = {
        **HOUSE_STYLE,
        "dependency_source": "uv.lock",
        "package_tool": package_tool,
        "private_index": default.url,
    }
    # The lock says which packages it has
    render(locked, **answers, indexes=f"acme={house(own)}")
    options = lent(locked, f"machine localhost login builder password {PASSWORD}\n")
    tag = f"copier-slim-test:indexes-{package_tool}"
    done = build(locked, *options, "--tag", tag, "--load")
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stderr
    assert_asked_of_its_own(own, default)
    assert docker.run(tag, remove=True) == "in the house style"
    docker.image.remove(tag, force=True)


def test_a_lock_that_names_an_index_which_the_answers_lack_stops_the_build(
    render: Render, locked: Path, own: loopback.Index, default: loopback.Index
) -> None:
    render(locked, **HOUSE_STYLE, dependency_source="uv.lock", private_index=default.url)
    done = build(locked, *lent(locked, f"machine localhost login builder password {PASSWORD}\n"))
    assert done.returncode == 1
    url = house(own).rstrip("/")
    expected = f"uv.lock takes house-base from {url}, which the answer indexes lacks; run: copier-slim update"
    assert expected in done.stderr


BROKEN = {
    401: "house-base comes from the index acme alone, and {url}house-base/ answers 401; pass UV_INDEX_ACME_USERNAME",
    404: "house-base comes from the index acme alone, and {url}house-base/ answers 404",
    500: "house-base comes from the index acme alone, and {url}house-base/ answers 500; try again later",
    200: "house-base comes from the index acme alone, and {url}house-base/ answers with a page that lists no file",
}


EXPORT = [
    "export",
    "--quiet",
    "--frozen",
    "--no-emit-project",
    "--format",
    "pylock.toml",
    "--output-file",
    "pylock.toml",
]
LOCKS = ["uv.lock", pytest.param("pylock.toml", marks=pytest.mark.matrix)]


@pytest.mark.parametrize("lock", LOCKS, indirect=True)
@pytest.mark.parametrize(
    "where",
    [
        case((tool, status), name=f"{tool}-{status}", group="indexes", sampled=(tool, status) == ("uv", 200))
        for tool in ("uv", "pip-tools")
        for status in BROKEN
    ],
)
def test_what_an_index_answers_instead_of_itself_is_one_line(
    render: Render, lock: Path, own: loopback.Index, default: loopback.Index, where: tuple[str, int]
) -> None:
    package_tool, status = where
    answers = {"dependency_source": lock.name, "package_tool": package_tool, "private_index": default.url}
    render(lock.parent, **HOUSE_STYLE, **answers, indexes=f"acme={house(own)}")
    own.broken = status
    try:
        done = build(lock.parent, *lent(lock.parent, f"machine localhost login builder password {PASSWORD}\n"))
    finally:
        own.broken = 0
    assert done.returncode == 1
    # uv asks for both packages at once
    line = str(installing_failure(said(done.stderr), "3.13")).replace("house-style", "house-base")
    assert line.startswith(BROKEN[status].format(url=house(own)))
    assert not [path for path in default.asked if "house" in path], "nobody else is asked instead"


@pytest.mark.parametrize("lock", LOCKS, indirect=True)
@pytest.mark.parametrize(
    "package_tool",
    [case(tool, name=tool, group="indexes", sampled=False) for tool in ("uv", "pip-tools")],
)
def test_another_file_than_the_locked_one_is_never_installed(
    render: Render, lock: Path, own: loopback.Index, default: loopback.Index, package_tool: str
) -> None:
    answers = {"dependency_source": lock.name, "package_tool": package_tool, "private_index": default.url}
    render(lock.parent, **HOUSE_STYLE, **answers, indexes=f"acme={house(own)}")
    text = lock.read_text(encoding="utf-8")
    wheel = re.compile(r"(house_base-1.0.*?sha256\W+)\w{8}")
    assert wheel.search(text)
    lock.write_text(wheel.sub(r"\g<1>00000000", text), encoding="utf-8")
    done = build(lock.parent, *lent(lock.parent, f"machine localhost login builder password {PASSWORD}\n"))
    assert done.returncode == 1
    expected = "the index has another file of house-base==1.0 than the one whose hash is locked"
    assert str(installing_failure(said(done.stderr), "3.13")).startswith(expected)


def said(log: str) -> str:
    """What the command wrote that stopped a build."""
    return "\n".join(re.findall(r"^#\d+ \d+\.\d+ ?(.*)$", log, re.MULTILINE))


VENDORED = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["house-style"]

[tool.uv.sources]
house-style = { path = "vendor/house_style-1.0-py3-none-any.whl" }
"""


@pytest.fixture
def vendored(default: loopback.Index, tmp_path: Path) -> Path:
    """A project with a wheel in its tree, and a constraint on what that needs."""
    path = tmp_path / "shop"
    loopback.wheel(path / "vendor", "house-style", "1.0", "print('in the house style')\n", ["plain"])
    (path / "constraints.txt").write_text("plain<2\n", encoding="utf-8")
    (path / "pyproject.toml").write_text(VENDORED, encoding="utf-8")
    default.asked.clear()
    return path


FILES = "vendor/house_style-1.0-py3-none-any.whl\n"
LOOK = "import pathlib, importlib.metadata as m; print(m.version('plain'), sorted(pathlib.Path('.').rglob('*')))"


@pytest.mark.parametrize(
    ("source", "package_tool"),
    [
        ("requirements.in", "pip-tools"),
        *[pytest.param(source, "uv", marks=pytest.mark.matrix) for source in ("requirements.in", "pyproject.toml")],
    ],
)
def test_a_wheel_of_the_tree_and_constraints_are_for_the_build_alone(
    render: Render, vendored: Path, default: loopback.Index, source: str, package_tool: str
) -> None:
    render(
        vendored,
        **HOUSE_STYLE,
        dependency_source=source,
        package_tool=package_tool,
        dependencies="house-style==1.0" if source == "requirements.in" else "",
        private_index=default.url,
        workspace_files=f"{FILES}constraints.txt",
    )
    options = lent(vendored, "machine elsewhere login builder password other\n")
    done = build(vendored, *options, "--target", "lock", "--output", vendored)
    assert done.returncode == 0, done.stderr
    lock = (vendored / "requirements.txt").read_text(encoding="utf-8")
    assert "plain==1.0" in lock
    assert lock.count("--hash=sha256:") == 2
    tag = f"copier-slim-test:vendored-{package_tool}"
    done = build(vendored, *options, "--tag", tag, "--load")
    assert done.returncode == 0, done.stderr
    assert docker.run(tag, remove=True) == "in the house style"
    listed = docker.run(tag, ["python", "-c", LOOK], remove=True)
    docker.image.remove(tag, force=True)
    assert str(listed).startswith("1.0 ")
    assert "vendor" not in str(listed)
    assert "constraints.txt" not in str(listed)
    assert not [path for path in default.asked if "house" in path]


def test_a_wheel_of_the_tree_that_a_lock_names_is_installed(
    render: Render, vendored: Path, default: loopback.Index, uv: Path
) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("UV_", "VIRTUAL_ENV"))}
    kept |= {"UV_DEFAULT_INDEX": default.url}
    subprocess.run([uv, "lock", "--quiet", "--no-cache"], cwd=vendored, env=kept, check=True)
    answers = {**HOUSE_STYLE, "dependency_source": "uv.lock", "private_index": default.url}
    render(vendored, **answers, workspace_files=FILES)
    options = lent(vendored, "machine elsewhere login builder password other\n")
    tag = "copier-slim-test:vendored-lock"
    done = build(vendored, *options, "--tag", tag, "--load")
    assert done.returncode == 0, done.stderr
    assert docker.run(tag, remove=True) == "in the house style"
    docker.image.remove(tag, force=True)
    assert not [path for path in default.asked if "house" in path]
