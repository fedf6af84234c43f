"""For an older Buildah nothing is in the Dockerfile that it does not know, and the image gets the same files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from copier_slim.engine import buildah
from tests.conftest import Render

# Each has other small files: stop.pth, heartbeat.pth, a server's own start, the profiler's hashes
SHAPES: dict[str, dict[str, Any]] = {
    "starter": {},
    "distroless": {"base": "distroless", "profiler": "py-spy", "install_project": True},
    "hypercorn": {"framework": "quart", "server": "hypercorn", "package_tool": "uv"},
    "mcp": {"framework": "command", "app": "python server.py", "dependencies": "mcp", "starter": False},
    "queue": {"framework": "flask", "dependencies": "rq", "processes": "worker: rq worker"},
    "alpine": {"base": "alpine", "python_version": "3.13", "certificates": "secret:COMPANY_CA"},
}
HERE = re.compile(r"COPY <<'EOF' (?P<path>\S+)\n(?P<text>.*?)^EOF$", re.DOTALL | re.MULTILINE)
OLDEST = (1, 24)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_here_document_and_no_linked_copy(render: Render, tmp_path: Path, shape: str) -> None:
    current = render(tmp_path / "current/shop", **SHAPES[shape])
    older = render(tmp_path / "older/shop", builder="older", **SHAPES[shape])
    before, after = ((path / "Dockerfile").read_text(encoding="utf-8") for path in (current, older))
    assert buildah.lacks(OLDEST, before)
    assert not buildah.lacks(OLDEST, after)
    for found in HERE.finditer(before):
        name = Path(found["path"]).name
        assert f"COPY --chmod=644 container/{name} {found['path']}\n" in after
        assert (older / "container" / name).read_text(encoding="utf-8") == found["text"]
    files = {path.relative_to(older).as_posix() for path in (older / "container").iterdir()}
    for name in files - {path.relative_to(current).as_posix() for path in (current / "container").iterdir()}:
        # The build leaves them out of the application
        assert re.search(rf"rm -f .*{re.escape(name)}\b", after), name


def test_the_profiler_s_hashes_are_a_file(render: Render, tmp_path: Path) -> None:
    older = render(tmp_path / "shop", builder="older", profiler="py-spy")
    text = (older / "container/profiler.txt").read_text(encoding="utf-8")
    assert text.startswith("py-spy==")
    assert "--requirement /mnt/profiler.txt\n" in (older / "Dockerfile").read_text(encoding="utf-8")
