"""What libraries fetch at their first use is there before: the app loads it with no network, in a read-only root."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from python_on_whales import docker

from tests.conftest import Render
from tests.engine import places
from tests.engine.project import HARDENED, Project

MAIN = """\
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
import nltk
from huggingface_hub import hf_hub_download
nltk.download("stopwords")
words = nltk.corpus.stopwords.words("english")
tokens = len(open(hf_hub_download("acme/tiny", "tokenizer.json")).read())
print(json.dumps([words, tokens]))
"""
LOADED = f'[["the", "of"], {len(places.TOKENIZER)}]'
DATA = "nltk stopwords\nhuggingface acme/tiny"


@pytest.fixture(scope="module")
def served() -> Iterator[places.Places]:
    with places.serving() as found:
        yield found


@pytest.fixture(scope="module")
def project(render: Render, tmp_path_factory: pytest.TempPathFactory, engine: None) -> Project:  # noqa: ARG001
    """A command that loads both, locked."""
    path = tmp_path_factory.mktemp("data")
    (path / "main.py").write_text(MAIN)
    answers = {"framework": "command", "app": "python main.py", "starter": False, "port": 0}
    rendered = render(path, **answers, dependencies="nltk\nhuggingface-hub", data=DATA)
    made = Project(rendered, tag="copier-slim-test:data")
    made.lock()
    return made


def build(project: Project, served: places.Places, target: str | None = None) -> None:
    """Builds the image, which fetches from the host's loopback."""
    docker.buildx.build(
        project.path, tags=project.tag, target=target, build_args=served.build_args, load=True, progress=False,
        network="host",
    )  # fmt: skip


def test_the_app_finds_it_without_a_network_in_a_read_only_root(project: Project, served: places.Places) -> None:
    build(project, served)
    assert LOADED in project.output(networks=["none"], **HARDENED)
    # Weights in another format than the one that is loaded are not fetched
    assert not [path for path in served.asked if path.endswith((".h5", ".bin"))]
    listed = project.output("python", "-c", LISTING, **HARDENED)
    assert listed.strip() == "all of root's, readable by all, nothing half made"


LISTING = """\
import os, stat
from pathlib import Path
found = [os.lstat(path) for path in Path("/opt/data").rglob("*")]
files = [one for one in found if not stat.S_ISLNK(one.st_mode)]
assert files and all(one.st_uid == 0 and one.st_mode & 0o044 == 0o044 and not one.st_mode & 0o022 for one in files)
assert not {".partly", ".lock", ".fetched"} & set(os.listdir("/opt/data"))
print("all of root's, readable by all, nothing half made")
"""


def test_a_change_of_code_or_of_another_dependency_fetches_nothing(project: Project, served: places.Places) -> None:
    build(project, served)
    asked = len(served.asked)
    main, inputs, lock = (project.path / name for name in ("main.py", "requirements.in", "requirements.txt"))
    before = {path: path.read_text() for path in (main, inputs, lock)}
    main.write_text(MAIN + "# changed\n")
    inputs.write_text(before[inputs] + "\niniconfig\n")
    project.lock()
    try:
        build(project, served)
    finally:
        for path, text in before.items():
            path.write_text(text)
    assert len(served.asked) == asked
