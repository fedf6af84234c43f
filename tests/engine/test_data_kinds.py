"""Each kind of data, loaded by its library with no network, in a read-only root: from the image, and from a volume."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from python_on_whales import docker

from tests.conftest import Render
from tests.engine import places
from tests.engine.project import HARDENED, Project

ENCODINGS = "js-tiktoken@1.0.21"  # npm's, which has the same ranks
MAINS = {
    "spacy xx_tiny_sm": (
        "spacy",
        "import spacy\nnlp = spacy.load('xx_tiny_sm')\nprint(nlp.meta['name'], len(nlp('one two')))\n",
        "tiny_sm 2",
    ),
    "tiktoken r50k_base": (
        "tiktoken",
        "import tiktoken\nprint(tiktoken.get_encoding('r50k_base').encode('hello world'))\n",
        "[31373, 995]",
    ),
    "playwright chromium": (
        "playwright",
        """\
from playwright.sync_api import sync_playwright
with sync_playwright() as running:
    browser = running.chromium.launch()
    page = browser.new_page()
    page.set_content("<script>document.title = ['ren', 'dered'].join('')</script><h1>x</h1>")
    print(page.title(), len(page.screenshot()) > 1000, len(page.pdf()) > 1000)
""",
        "rendered True True",
    ),
    "selenium chromium": (
        "selenium",
        """\
from selenium import webdriver
options = webdriver.ChromeOptions()
for option in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
    options.add_argument(option)
browser = webdriver.Chrome(options=options)
browser.get("data:text/html,<script>document.title = ['ren', 'dered'].join('')</script>")
print(browser.title, len(browser.get_screenshot_as_png()) > 1000)
browser.quit()
""",
        "rendered True",
    ),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, engine: None) -> Iterator[places.Places]:  # noqa: ARG001
    with places.serving() as found:
        found.more["/encodings/r50k_base.tiktoken"] = encoding(tmp_path_factory.mktemp("ranks"))
        yield found


def encoding(folder: Path) -> bytes:
    """The file of an encoding as tiktoken fetches it, from the ranks of npm's package."""
    unpacked = (
        f"npm pack --silent {ENCODINGS} | xargs tar -xzf && cp package/dist/ranks/r50k_base.js . && rm -r package"
    )
    docker.run("node:24-slim", ["sh", "-ec", unpacked], remove=True, workdir="/src", volumes=[(folder, "/src")])
    found = re.search(r'"bpe_ranks":("(?:[^"\\]|\\.)*")', (folder / "r50k_base.js").read_text())
    assert found
    lines = (line.split(" ") for line in json.loads(found[1]).splitlines())
    return "".join(
        f"{token} {rank}\n" for _, first, *tokens in lines for rank, token in enumerate(tokens, int(first))
    ).encode()


def made(render: Render, path: Path, data: str, main: str, dependencies: str, **answers: object) -> Project:
    """A command that loads the data, locked."""
    (path / "main.py").write_text(main)
    rendered = render(
        path, framework="command", app="python main.py", starter=False, port=0, dependencies=dependencies, data=data,
        package_tool="uv", python_version="3.13", **answers,
    )  # fmt: skip
    project = Project(rendered, tag=f"copier-slim-test:data-{data.split(maxsplit=1)[0]}")
    project.lock()
    return project


def build(project: Project, served: places.Places) -> None:
    """Builds the image, which fetches from the host's loopback."""
    docker.buildx.build(
        project.path, tags=project.tag, build_args=served.build_args, load=True, progress=False, network="host"
    )


@pytest.mark.matrix
@pytest.mark.xdist_group("data-kinds")
@pytest.mark.parametrize(("data", "base"), [*((data, "slim") for data in MAINS), ("playwright chromium", "distroless")])
def test_the_library_finds_it_without_a_network_in_a_read_only_root(
    render: Render, served: places.Places, tmp_path: Path, data: str, base: str
) -> None:
    dependencies, main, printed = MAINS[data]
    project = made(render, tmp_path, data, main, dependencies, base=base)
    build(project, served)
    assert project.output(networks=["none"], **HARDENED).strip().endswith(printed)


@pytest.mark.matrix
@pytest.mark.xdist_group("data-kinds")
def test_a_volume_is_filled_at_the_first_start_and_not_at_the_second(
    render: Render, served: places.Places, tmp_path: Path
) -> None:
    project = made(
        render,
        tmp_path,
        "nltk stopwords",
        "import nltk\nprint(nltk.corpus.stopwords.words('english'))\n",
        "nltk",
        data_place="volume",
    )
    build(project, served)
    volume = docker.volume.create("copier-slim-test-data")
    try:
        options = {"volumes": [(volume, "/opt/data")], "envs": served.build_args, **HARDENED}
        asked = len(served.asked)
        assert project.output(networks=["host"], **options).strip().endswith("['the', 'of']")
        assert len(served.asked) > asked
        # The second start has no network
        assert project.output(networks=["none"], **options).strip().endswith("['the', 'of']")
    finally:
        docker.volume.remove(volume)
