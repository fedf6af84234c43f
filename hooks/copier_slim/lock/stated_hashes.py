"""pip-compile with the hashes that the package index states: the same lock, in a fraction of the time.

pip-tools takes hashes from the JSON API that PyPI has beside the simple one, in one more request for each package; of
an index that has none, such as a mirror or a company's, it fetches every file of every release in the lock, for all
systems, to hash it. The simple API states the hashes on the page that pip has read anyway (PEP 503, PEP 691). A release
with a file whose hash is not stated is hashed as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim.lock.project import COMPILE_COMMAND, write_text

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "copier-slim-lock"  # in the context that the lock stage is built from, and in /opt of that stage
SCRIPT = "hashes.py"
# Run by the lock's Python, so that it needs nothing of this package
HASHES = """\
import sys

from piptools.repositories.pypi import PyPIRepository
from piptools.scripts.compile import cli


def stated(repository, requirement):
    files = repository._get_matching_candidates(requirement)
    hashes = [getattr(file.link, "_hashes", {}).get("sha256") for file in files]
    return {f"sha256:{value}" for value in hashes} if all(hashes) else hashed(repository, requirement)


# Private: a pip-tools that has it no longer does its own
if hashed := getattr(PyPIRepository, "_get_req_hashes", None):
    PyPIRepository._get_req_hashes = stated

sys.exit(cli(prog_name="pip-compile"))
"""
# In front of the image's own on the PATH, whose interpreter it takes
PIP_COMPILE = f"""\
#!/bin/sh
PATH=${{PATH#*:}}
own=$(command -v pip-compile) || exec pip-compile "$@"
read -r first < "$own"
python=${{first#??}}
[ -x "$python" ] || exec "$own" "$@"
exec "$python" /opt/{FOLDER}/{SCRIPT} "$@"
"""


def write_script(folder: Path) -> Path:
    """Writes what a Python with pip-tools runs in place of pip-compile; its path."""
    write_text(folder / SCRIPT, HASHES)
    return folder / SCRIPT


def into_lock_stage(context: Path) -> None:
    """Lets the lock stage of a context that is only built from do it, where it is the template's, by pip-compile."""
    path = context / "Dockerfile"
    dockerfile = path.read_text(encoding="utf-8")
    found = COMPILE_COMMAND.search(dockerfile)
    if not found or found[0].startswith("ENV UV_"):
        return
    folder = context / FOLDER
    folder.mkdir()
    write_script(folder)
    command = folder / "pip-compile"
    write_text(command, PIP_COMPILE)
    command.chmod(0o755)
    more = f"\nCOPY {FOLDER} /opt/{FOLDER}\nENV PATH=/opt/{FOLDER}:$PATH"
    write_text(path, f"{dockerfile[: found.end()]}{more}{dockerfile[found.end() :]}")
