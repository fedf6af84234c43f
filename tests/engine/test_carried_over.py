"""What an old Dockerfile does beside packages is in the image that is made of it, on slim and on distroless."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.detect.repository import detect
from tests.command.running import write
from tests.conftest import Render
from tests.engine.project import HARDENED, Project
from tests.engine.sampling import case

FILES = {
    "main.py": """\
import json, locale, os, time
from pathlib import Path
if __name__ == "__main__":
    locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
    print(json.dumps([
        Path("/etc/shop/rates.json").read_text(), Path("/etc/shop/conf/a.ini").read_text(),
        Path("/code/made.txt").read_text(), Path("settings.ini").read_text(),
        locale.localeconv()["decimal_point"], Path("/srv/busybox").stat().st_uid,
    ]))
""",
    "requirements.txt": "iniconfig\n",
    "deploy/rates.json": "1",
    "deploy/conf/a.ini": "2",
    "deploy/settings.ini": "4",
    "scripts/make.py": "from pathlib import Path\nPath('made.txt').write_text('3')\n",
    "Dockerfile": """\
FROM python:3.13-slim
WORKDIR /code
RUN python scripts/make.py
ADD deploy/rates.json /etc/shop/rates.json
COPY deploy/conf /etc/shop/conf
COPY . .
COPY deploy/settings.ini /code/settings.ini
COPY --from=python:3.13-slim /usr/bin/env /srv/busybox
LABEL org.opencontainers.image.title="A shop"
CMD ["python", "main.py"]
""",
}


@pytest.mark.parametrize(
    "base",
    [
        case("slim", name="slim", group="carried-slim", sampled=False),
        case("distroless", name="distroless", group="carried-distroless", sampled=False),
    ],
)
def test_it_is_there(base: str, render: Render, tmp_path: Path, engine: None) -> None:  # noqa: ARG001
    answers = detect(write(tmp_path / "shop", FILES), online=False).findings.answers
    project = Project(render(tmp_path / "shop", **{**answers, "base": base}), tag=f"copier-slim-test:carried-{base}")
    project.lock()
    project.build()
    assert '["1", "2", "3", "4", ",", 0]' in project.output(**HARDENED)
    assert project.image.config.labels == {"org.opencontainers.image.title": "A shop"}
