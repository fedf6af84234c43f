"""Whatever files are there, `copy --defaults` ends well or in one line, and writes in its directory only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copier_slim.errors import InputError
from tests.command.running import copy_here, state

READ = [
    "requirements.txt", "requirements.in", "requirements/base.txt", "pyproject.toml", "setup.py", "setup.cfg",
    "poetry.lock", "uv.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "environment.yml", "Procfile", "runtime.txt",
    ".python-version", ".tool-versions", "mise.toml", "Dockerfile", "compose.yaml", "docker-compose.yml",
    ".dockerignore", "gunicorn.conf.py", "manage.py", "config/settings.py", "app.py", "main.py", "src/shop/__init__.py",
]  # fmt: skip
# Written by the command for itself, or made by it as it goes
OURS = ["Dockerfile.orig", ".Dockerfile.copier-slim", ".copier-answers.yml.orig", "requirements.in.orig"]
NAMES = st.sampled_from(READ + OURS) | st.binary(min_size=1, max_size=20).map(
    lambda name: os.fsdecode(name.replace(b"/", b"-").replace(b"\0", b"0"))
).filter(lambda name: name not in {".", "..", ".git", ".copier-answers.yml"})
LINES = [
    b"flask", b"flask==3.1.*", b"-r ../outside", b"-e .", b"[project]", b'name = "../../outside"', b"dependencies = [",
    b'"flask"]', b"web: gunicorn web:site", b"FROM python:3.12", b"RUN apt-get install -y libpq5", b"EXPOSE 99999",
    b'CMD ["python", "../outside"]', b"WORKDIR /../outside", b"3.12", b"\xff\xfe\x00", b"\xef\xbb\xbf", b"{{ 7 * 7 }}",
    b"{% raw %}", b"import os", b"os.environ['SECRET']", b"app = Flask(__name__)", b"def create_app(): return 1", b"\\",
    b"services:", b"  web: {command: python main.py, build: ..}", b"*", b"!x", b"&a [*a]", b"EOF",
]  # fmt: skip
CONTENT = st.binary(max_size=200) | st.lists(st.sampled_from(LINES), max_size=8).map(b"\n".join)
FILES = st.dictionaries(NAMES, CONTENT, max_size=6)
APP = b"from flask import Flask\n\nsite = Flask(__name__)\n"


def place(root: Path, files: Mapping[str, bytes]) -> dict[Path, bytes]:
    """Writes what the file system takes; what is there then."""
    root.mkdir()
    for name, content in files.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError:  # a directory of that name, or one that a file takes the place of
            continue
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(files=FILES, app=st.booleans())
def test_ends_well_or_says_why_and_stays_inside(template: Path, files: dict[str, bytes], app: bool) -> None:  # noqa: FBT001
    with tempfile.TemporaryDirectory(prefix="anything-") as directory:
        home = Path(directory)
        (home / "outside").write_bytes(b"flask\n")
        root = home / "shop"
        before = place(root, files | ({"web.py": APP} if app else {}))
        was = state(root)
        try:
            copy_here(root, template)
        except InputError as error:
            assert str(error).strip()  # noqa: PT017
            assert state(root) == was
        else:
            assert (root / "Dockerfile").is_file()
        assert {path.name for path in home.iterdir()} == {"outside", "shop"}
        assert (home / "outside").read_bytes() == b"flask\n"
        after = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
        for path, content in before.items():
            assert content in after, f"{path} is lost"
            if path.name not in {"Dockerfile", ".dockerignore", "requirements.in"}:
                assert path.read_bytes() == content
