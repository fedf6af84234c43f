"""The scripts that fetch data, run as they are: each whole, or one line and nothing; what they need is copied alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from copier_slim import catalog
from tests.conftest import ROOT, Render
from tests.engine import places

DATA = "nltk stopwords\nspacy xx_tiny_sm\nwhisper base\nplaywright chromium\ntiktoken o200k_base\nhuggingface a/b"
BROWSERS = (
    '{"browsers": [{"name": "chromium", "revision": "12"}, {"name": "chromium-headless-shell", "revision": "12"},'
    ' {"name": "firefox", "revision": "3"}]}'
)


@pytest.fixture(scope="module")
def scripts(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder container/ of a project with data of each kind."""
    return render(tmp_path_factory.mktemp("data") / "shop", framework="flask", data=DATA) / "container"


@pytest.fixture
def served() -> Iterator[places.Places]:
    with places.serving() as found:
        yield found


def fetch(scripts: Path, target: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of data.py."""
    return subprocess.run(
        [sys.executable, scripts / "data.py", target, *words],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_what_is_fetched_is_whole_and_not_fetched_again(
    scripts: Path, served: places.Places, tmp_path: Path
) -> None:  # fmt: skip
    for _ in range(2):
        done = fetch(scripts, tmp_path, "nltk=stopwords", **served.build_args)
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "nltk/corpora/stopwords/english").read_text() == "the\nof\n"
    assert served.asked == ["/index.xml", "/stopwords.zip"]


SPOILT = {
    "cut": f"is cut off after {len(places.STOPWORDS) // 2} of {len(places.STOPWORDS)} bytes",
    "changed": "has the md5",
    "missing": "answers 404",
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_is_spoilt_is_one_line_and_leaves_nothing(
    how: str, scripts: Path, served: places.Places, tmp_path: Path
) -> None:  # fmt: skip
    served.spoilt = how
    done = fetch(scripts, tmp_path, "nltk=stopwords", **served.build_args)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"nltk stopwords: {served.url}/stopwords.zip")
    assert SPOILT[how] in done.stderr
    assert not (tmp_path / "nltk").exists()
    served.spoilt = ""
    assert fetch(scripts, tmp_path, "nltk=stopwords", **served.build_args).returncode == 0


def test_without_a_network_it_is_one_line(scripts: Path, tmp_path: Path) -> None:
    done = fetch(scripts, tmp_path, "nltk=stopwords", NLTK_INDEX="http://127.0.0.1:9/index.xml")
    assert done.returncode == 1
    assert done.stderr == "nltk stopwords: http://127.0.0.1:9/index.xml: [Errno 111] Connection refused\n"


def test_a_name_that_is_not_there_is_one_line(scripts: Path, served: places.Places, tmp_path: Path) -> None:
    done = fetch(scripts, tmp_path, "nltk=nothing", **served.build_args)
    assert done.stderr == f"nltk nothing: {served.url}/index.xml has no nothing\n"


def test_a_model_of_spacys_is_of_the_version_that_is_installed(
    scripts: Path, served: places.Places, tmp_path: Path
) -> None:  # fmt: skip
    record = tmp_path / "site/spacy-3.8.11.dist-info/METADATA"
    record.parent.mkdir(parents=True)
    record.write_text("Metadata-Version: 2.1\nName: spacy\nVersion: 3.8.11\n")
    done = fetch(
        scripts, tmp_path / "data", "spacy=xx_tiny_sm",
        PYTHONPATH=str(tmp_path / "site"), **served.build_args,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "data/spacy/xx_tiny_sm/__init__.py").exists()


def test_whispers_model_is_checked(scripts: Path, served: places.Places, tmp_path: Path) -> None:
    module = tmp_path / "site/whisper/__init__.py"
    module.parent.mkdir(parents=True)
    module.write_text(f'_MODELS = {{"base": "{served.url}/{"0" * 64}/base.pt"}}\n')
    done = fetch(scripts, tmp_path / "data", "whisper=base", PYTHONPATH=str(module.parents[1]))
    assert "has the sha256" in done.stderr
    module.write_text(f'_MODELS = {{"base": "{served.url}/{places.WEIGHTS_SHA256}/base.pt"}}\n')
    done = fetch(scripts, tmp_path / "data", "whisper=base", PYTHONPATH=str(module.parents[1]))
    assert (tmp_path / "data/whisper/base.pt").read_bytes() == places.WEIGHTS, done.stderr


def test_playwright_finds_debians_browser_where_its_own_would_be(scripts: Path, tmp_path: Path) -> None:
    browsers = tmp_path / "site/playwright/driver/package/browsers.json"
    browsers.parent.mkdir(parents=True)
    browsers.write_text(BROWSERS)
    done = fetch(scripts, tmp_path / "data", "playwright=chromium", PYTHONPATH=str(tmp_path / "site"))
    assert (done.returncode, done.stderr) == (0, "")
    own = tmp_path / "data/playwright"
    assert {path.name for path in own.iterdir()} == {"chromium-12", "chromium_headless_shell-12"}
    program = own / "chromium_headless_shell-12/chrome-headless-shell-linux64/chrome-headless-shell"
    assert program.readlink() == Path("/usr/lib/chromium/chromium")


def test_tools_are_what_a_distribution_requires_and_no_more(scripts: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-I", scripts / "tools.py", tmp_path / "all", "jinja2"], check=True)
    assert {path.name for path in (tmp_path / "all").iterdir() if "-" not in path.name} == {"jinja2", "markupsafe"}
    subprocess.run([sys.executable, "-I", scripts / "tools.py", tmp_path / "one", "jinja2:*/METADATA"], check=True)
    files = [path for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["METADATA"]
    absent = subprocess.run(
        [sys.executable, "-I", scripts / "tools.py", tmp_path / "none", "not-there"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert absent.stderr == "the answer data needs not-there, which is not among the dependencies\n"


@pytest.mark.parametrize("kind", catalog.data())
def test_a_row_says_what_it_needs_to(kind: str) -> None:
    row = catalog.data()[kind]
    fetched = catalog.data()[row.same or kind]
    assert row.packages
    assert row.calls or row.uses
    assert fetched.pattern
    assert "other" in fetched.mb
    assert fetched.variables or fetched.on_path
    assert (ROOT / f"partials/data/{row.same or kind}.py.jinja").exists()
    assert (ROOT / fetched.proven).exists()
