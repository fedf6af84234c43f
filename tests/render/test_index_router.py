"""container/indexes.py: what it answers to the tool that it runs, and what it says where that fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.engine import loopback

ANSWERS = {"framework": "command", "app": "python main.py", "starter": False, "dependencies": "house-style"}
# Asks an index of the environment for a page, and says what came of it
ASK = """
import os, sys, urllib.error, urllib.request
variable, path = sys.argv[1:]
try:
    with urllib.request.urlopen(os.environ[variable] + path) as page:
        print(page.headers["Content-Type"], page.read().decode())
except urllib.error.HTTPError as error:
    sys.exit(error.code)
"""
NOT_FOUND = 404 % 256  # as an exit code
LINKS = '<a href="wheels/House_Style-1.0-py3-none-any.whl">a wheel</a>\n<a href="wheels/house_style_more-2.0.tar.gz">'


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[loopback.Index]:
    """An index with a page of links beside it, and one of nothing."""
    root = tmp_path / "pages"
    loopback.place([loopback.wheel(tmp_path / "wheels", "plain", "1.0")], root)
    (root / "simple/links.html").write_text(LINKS, encoding="utf-8")
    (root / "simple/house-style").mkdir()
    with loopback.serving(root) as index:
        yield index


def ask(project: Path, variable: str, path: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a tool hears of the index in a variable, run by the script in the project's directory."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    argv = [sys.executable, "container/indexes.py", sys.executable, "-c", ASK, variable, path]
    return subprocess.run(
        argv, cwd=project, env=kept | environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_page_of_links_is_the_page_of_each_package_that_it_has(
    render: Render, tmp_path: Path, pages: loopback.Index
) -> None:
    project = render(tmp_path / "shop", **ANSWERS, indexes=f"links={pages.url}links.html")
    for name in ("house-style", "house-style-more"):
        done = ask(project, "PIP_EXTRA_INDEX_URL", f"{name}/")
        assert (done.returncode, done.stdout.strip()) == (0, f"text/html {LINKS}"), done.stderr
    for name in ("house", "style", "house-style-more-of-it"):
        assert ask(project, "PIP_EXTRA_INDEX_URL", f"{name}/").returncode == NOT_FOUND


def test_a_package_of_a_page_of_links_is_asked_of_that_alone(
    render: Render, tmp_path: Path, pages: loopback.Index
) -> None:
    project = render(tmp_path / "shop", **ANSWERS, indexes=f"links={pages.url}links.html house-style absent")
    assert LINKS in ask(project, "PIP_INDEX_URL", "house-style/").stdout
    done = ask(project, "PIP_INDEX_URL", "absent/")
    page = f"{pages.url}links.html"
    expected = f"absent comes from the index links alone, and {page} answers with a page that lists no file of it\n"
    assert (done.returncode, done.stderr) == (NOT_FOUND, expected)


def test_an_index_that_lists_no_file_is_named(render: Render, tmp_path: Path, pages: loopback.Index) -> None:
    project = render(tmp_path / "shop", **ANSWERS, indexes=f"acme={pages.url} house-style plain")
    assert ask(project, "PIP_INDEX_URL", "plain/").returncode == 0
    failed = [sys.executable, "-c", f"{ASK}\nsys.exit(1)", "PIP_INDEX_URL", "house-style/"]
    done = subprocess.run(
        [sys.executable, "container/indexes.py", *failed], cwd=project, capture_output=True, text=True, check=False
    )
    url = f"{pages.url}house-style/"
    expected = f"house-style comes from the index acme alone, and {url} answers with a page that lists no file of it\n"
    assert (done.returncode, done.stderr) == (1, expected)


def test_a_wheel_of_the_tree_is_listed_with_an_upload_time(render: Render, tmp_path: Path) -> None:
    loopback.wheel(tmp_path / "shop/vendor", "house-style", "1.0")
    project = render(tmp_path / "shop", **ANSWERS, workspace_files="vendor/house_style-1.0-py3-none-any.whl")
    done = ask(project, "PIP_INDEX_URL", "House.Style/")
    assert done.stdout.startswith("application/vnd.pypi.simple.v1+json ")
    assert '"upload-time": "1980-01-01T00:00:00Z"' in done.stdout


@pytest.mark.parametrize(("tool", "sent"), [("pip", "grüße".encode().decode("latin-1")), ("uv", "grüße")])
def test_a_password_is_utf_8_to_each_tool(render: Render, tmp_path: Path, tool: str, sent: str) -> None:
    project = render(tmp_path / "shop", **ANSWERS, indexes="acme=https://pypi.acme.example/simple/ house-style")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine pypi.acme.example login builder password grüße\n", encoding="utf-8")
    program = tmp_path / tool
    program.write_text('#!/bin/sh\ncat "$NETRC"\n', encoding="utf-8")
    program.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "container/indexes.py", tool], cwd=project, capture_output=True, encoding="utf-8", check=False,
        env=os.environ | {"NETRC": str(netrc), "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.stdout == f'machine pypi.acme.example login "builder" password "{sent}"\n', done.stderr


@pytest.mark.parametrize("packages", ["", " house-style"])
def test_pip_takes_a_wheel_of_a_page_of_links(
    render: Render, tmp_path: Path, pages: loopback.Index, packages: str
) -> None:
    loopback.wheel(tmp_path / "pages/simple/wheels", "house-style", "1.0")
    (tmp_path / "pages/simple/links.html").write_text(
        '<a href="wheels/house_style-1.0-py3-none-any.whl">house-style</a>', encoding="utf-8"
    )
    indexes = f"links={pages.url}links.html{packages}"
    project = render(tmp_path / "shop", **ANSWERS, private_index=pages.url, indexes=indexes)
    (tmp_path / "pages/simple/house-style").rmdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    argv = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--dest", tmp_path, "house-style"]
    done = subprocess.run(
        [sys.executable, "container/indexes.py", *argv], cwd=project, env=kept | {"PIP_CONFIG_FILE": os.devnull},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    assert (tmp_path / "house_style-1.0-py3-none-any.whl").is_file()
