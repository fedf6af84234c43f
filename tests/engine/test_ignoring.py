"""What reaches a build by .dockerignore, as the engine has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from copier_slim.engine import dockerignore
from tests.test_ignoring import EMITTED, FILES, OWN

PROBE = """\
FROM python:3.13-alpine
WORKDIR /context
COPY . .
RUN find . -type f | sort >/list
FROM scratch
COPY --from=0 /list /list
"""


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_the_engine_leaves_out_what_the_rules_say(own: str, tmp_path: Path) -> None:
    context, out = tmp_path / "context", tmp_path / "out"
    for name in FILES:
        path = context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "probe").write_text(PROBE, encoding="utf-8")
    for text in (own, dockerignore.merged(EMITTED, own, ["requirements.in", "requirements.txt"])):
        (context / ".dockerignore").write_text(text, encoding="utf-8")
        subprocess.run(
            ["docker", "build", "--quiet", "--file", tmp_path / "probe", "--output", out, context],
            check=True,
            capture_output=True,
        )
        sent = {line.removeprefix("./") for line in (out / "list").read_text(encoding="utf-8").split()}
        ignored = dockerignore.read(text)
        assert sent - {".dockerignore"} == {name for name in FILES if not ignored.leaves_out(name)}
