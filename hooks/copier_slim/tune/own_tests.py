"""The project's own tests, run in the image's build stage with and without lazy imports."""

from __future__ import annotations

import io
import re
import tarfile
import tomllib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from copier_slim.engine import builds, docker
from copier_slim.tune.trial import LAZY, RECORD, RECORDING, site_packages, variables
from copier_slim.verify.container import scripts
from copier_slim.worktree import git

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from copier_slim.verify.target import Surroundings

PLACE = "/copier-slim-tests"
KEPT = f"{PLACE}.txt"  # the versions that the image has
SECONDS = 600  # for a run
LARGEST = 20_000_000  # bytes of a file that comes along
FILES = (
    "requirements-dev.txt", "requirements-test.txt", "requirements-tests.txt", "requirements_dev.txt",
    "requirements_test.txt", "dev-requirements.txt", "test-requirements.txt", "requirements/dev.txt",
    "requirements/test.txt", "requirements/tests.txt",
)  # fmt: skip
GROUPS = ("dev", "test", "tests", "testing")
# pytest's own modules, whose imports are no matter of the app's
PYTEST = ("pytest", "_pytest", "pluggy", "conftest", "unittest", "django.test")
SUMMARY = re.compile(r"\b(\d++) passed\b|^Ran (\d++) tests?\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run of tests came out: how many passed, and the last lines where one failed."""

    code: int
    passed: int
    last: str

    @property
    def fine(self) -> bool:
        """Whether there were tests, and all passed."""
        return self.code == 0 and self.passed > 0


def files_of(project: Path) -> list[str]:
    """The project's files by git, else all but hidden ones; paths with slashes."""
    listed = git.answer(project, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is not None:
        return [name for name in git.apart(listed) if (project / name).is_file()]
    found = (path.relative_to(project) for path in project.rglob("*") if path.is_file())
    return [path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts)]


def tests_among(names: Collection[str]) -> list[str]:
    """Those that hold tests, by the names that pytest and Django look for."""
    files = ((name, PurePosixPath(name)) for name in names if name.endswith(".py"))
    return [
        name
        for name, path in files
        if path.stem.startswith("test_") or path.stem.endswith("_test") or path.stem == "tests"
    ]


def importers(tests: Collection[str]) -> list[str]:
    """The modules whose imports do not wait in a run of tests: those of the tests, and pytest's."""
    own = {part for name in tests for part in (PurePosixPath(name).parts[0].removesuffix(".py"), Path(name).stem)}
    return sorted({*own, *PYTEST})


def requirements(project: Path, names: Collection[str]) -> list[str]:
    """What tests need beside the app, as arguments of pip: files and groups that are called so, and pytest."""
    given = [word for name in FILES if name in names for word in ("--requirement", name)]
    stated: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        stated = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    groups, own = stated.get("dependency-groups"), stated.get("project")
    extras = own.get("optional-dependencies") if isinstance(own, dict) else None
    for name in GROUPS:
        if isinstance(groups, dict) and name in groups:
            given += ["--group", f"pyproject.toml:{name}"]
        lines = extras.get(name) if isinstance(extras, dict) else None
        given += [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
    return [*given, "pytest"]


def packed(project: Path, names: Collection[str]) -> bytes:
    """A tar archive of the files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in names:
            path = project / name
            if not path.is_symlink() and path.stat().st_size <= LARGEST:
                archive.add(path, f"{PLACE[1:]}/{name}", recursive=False)
    return buffer.getvalue()


class OwnTests:
    """A container of the build stage with the project in it, and with what its tests need."""

    def __init__(self, name: str, around: Surroundings, command: list[str], quiet: list[str]) -> None:
        self.name, self.around, self.command, self.quiet = name, around, command, quiet

    def _run(self, eager: Collection[str], more: Mapping[str, str]) -> Ran:
        given = variables(LAZY, eager, more)
        given += [word for item in self.around.environment for word in ("--env", item)]
        shell = 'timeout "$0" "$@" 2>&1; echo "exit code $?"'
        said = docker.call(
            "exec", "--workdir", PLACE, *given, self.name, "sh", "-c", shell, str(SECONDS), *self.command,
            timeout=SECONDS + 60,
        )  # fmt: skip
        output, _, code = said.rstrip().rpartition("exit code ")
        counts = [int(one or other) for one, other in SUMMARY.findall(output)]
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        telling = [line for line in lines if line.startswith(("E  ", "FAILED", "ERROR"))] or lines
        return Ran(int(code), sum(counts), (telling or [""])[-1][:200])

    def expect(self) -> tuple[Ran, set[str]]:
        """All tests, until the first that fails, while no import is lazy; what is imported meanwhile."""
        ran = self._run((), RECORDING)
        return ran, {*docker.call("exec", self.name, "cat", RECORD).split()} if ran.fine else set()

    def fails(self, eager: Collection[str]) -> str:
        """What fails with lazy imports; "" where nothing does."""
        ran = self._run(eager, {"COPIER_SLIM_TESTS": " ".join(self.quiet)})
        return "" if ran.fine else f"its tests fail: {ran.last}"


@contextmanager
def own_tests(
    project: Path, python: str, scope: docker.Scope, around: Surroundings, names: list[str]
) -> Iterator[OwnTests]:
    """The project's tests, ready to run, removed in the end; raises DockerError where they cannot be made ready."""
    tag, name = scope.image("tests"), scope.new("tests")
    builds.build(project, target="build", output=None, tag=tag, progress=lambda _: scope.check())
    networks = [word for item in around.networks for word in ("--network", item)]
    docker.call(
        "create", "--name", name, "--label", scope.label, "--pull", "never", *networks, "--entrypoint", "sleep", tag,
        "86400",
    )  # fmt: skip
    try:
        docker.call("cp", "-", f"{name}:/", stdin=packed(project, names))
        docker.call("start", name)
        site = site_packages(python)
        docker.call("exec", "--interactive", name, "sh", "-c", f"cat > {site}/eager_imports.py",
                    stdin=scripts.source("eager_imports").encode())  # fmt: skip
        docker.call("exec", name, "sh", "-c", f"echo import eager_imports > {site}/eager_imports.pth")
        pip = ["pip", "--python", "/opt/venv/bin/python"]
        kept = docker.call("exec", name, *pip, "freeze", "--all")
        pinned = "".join(f"{line}\n" for line in kept.splitlines() if "==" in line)
        docker.call("exec", "--interactive", name, "sh", "-c", f"cat > {KEPT}", stdin=pinned.encode())
        docker.call(
            "exec", "--workdir", PLACE, name, *pip, "install", "--quiet", "--disable-pip-version-check",
            "--root-user-action=ignore", "--constraint", KEPT, *requirements(project, names),
            timeout=SECONDS,
        )  # fmt: skip
        by_django = "manage.py" in names and not {"pytest.ini", "conftest.py", "tox.ini"} & {*names}
        command = ["python", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        if by_django and "pytest" not in _text(project / "pyproject.toml"):
            command = ["python", "manage.py", "test", "--failfast"]
        yield OwnTests(name, around, command, importers(tests_among(names)))
    finally:
        with suppress(docker.DockerError):
            docker.call("rm", "--force", "--volumes", name)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
