"""Whether what a project locks can be installed, tried in the stages of its Dockerfile before anything is written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.engine import builds
from copier_slim.errors import InputError
from copier_slim.lock.compiling import build_failure
from copier_slim.lock.failures import host_failure, last_line, network_failure
from copier_slim.lock.project import ASKED, answers_of, copy_files, named_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from copier_slim.lock.own_lock import OwnLock

EXPORTER = "exported.py"  # ends the command that reads the lock; others fetch the tool


class UnusableLockError(InputError):
    """The project's own lock is one that its tool, of the version that the image uses, does not read."""


def stated_in(answers: Mapping[str, Any]) -> list[str]:
    """The files that state the dependencies, those of other packages of the project too, and its certificates."""
    row = catalog.sources()[str(answers.get("dependency_source") or ASKED)]
    states = filter(None, dict.fromkeys([row.states, row.lock]))
    return [*states, *named_files(answers)]


def export(own: OwnLock, rendered: Path, project: Path, progress: Callable[[str], None]) -> str:
    """Reads the project's own lock as the build will; what the build will say of one that is older than its file.

    `rendered` has the emitted files, `project` the project's own. Raises UnusableLockError, and ToolError for what is
    not the project's fault.
    """
    try:
        _build(rendered, project, "export", progress)
    except builds.BuildError as failure:
        said = " ".join(failure.output.split())
        if said.startswith(f"{own.file} is older than"):
            return said
        exported = EXPORTER in failure.command
        if not exported or host_failure(failure.output) or network_failure(failure.output):
            raise build_failure(failure, rendered, str(answers_of(rendered)["python_version"])) from failure
        raise UnusableLockError(f"{own.file} cannot be exported by its tool: {last_line(failure.output)}") from failure
    return ""


def install(rendered: Path, project: Path, progress: Callable[[str], None]) -> None:
    """Builds the image up to its environment; the next `docker build` finds it in the cache.

    Raises InputError for what of the requirements does not build, ToolError for what is not the project's fault.
    """
    try:
        _build(rendered, project, "build", progress)
    except builds.BuildError as failure:
        raise build_failure(failure, rendered, str(answers_of(rendered)["python_version"])) from failure


def _build(rendered: Path, project: Path, target: str, progress: Callable[[str], None]) -> None:
    text = (rendered / "Dockerfile").read_text(encoding="utf-8")
    made = [path.relative_to(rendered).as_posix() for path in rendered.rglob("*") if path.is_file()]
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as directory:
        context = Path(directory)
        copy_files(project, stated_in(answers_of(rendered)), context)
        copy_files(rendered, made, context)
        (context / "Dockerfile").write_text(text.partition("\nCOPY . .\n")[0] + "\n", encoding="utf-8")
        builds.build(context, target=target, output=None, tag=None, progress=progress)
