"""The projects under measurement: one app, one lock, a design each, and the changes that are made to them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier import run_copy

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

PYTHON = "3.13"
BASES = [f"python:{PYTHON}-slim-trixie", f"python:{PYTHON}-trixie", f"python:{PYTHON}-alpine"]

ANSWERS: dict[str, Any] = {
    "project_name": "bench",
    "framework": "fastapi",
    "dependencies": "sqlalchemy\npsycopg2-binary\nrequests",
    "python_version": PYTHON,
}

# The dependency that is added: one wheel without a dependency of its own
ADDED = "itsdangerous==2.2.0"
ADDED_HASH = "sha256:c6242fc49e35958c8b15141343aa660db5fc54d4f13a1db01a3f5891b98700ef"


@dataclass(frozen=True)
class Design:
    """A way to make the image: its label in the tables; copier-slim's answers, or None for a folder in designs/."""

    label: str
    answers: dict[str, Any] | None = None
    own_lock: bool = False  # uv.lock, in place of requirements.txt


OWN_LOCK: dict[str, Any] = {
    "package_tool": "uv",
    "dependency_source": "uv.lock",
    "dependencies": "",
    "provided": "fastapi uvicorn",
    "starter": False,
}

DESIGNS = {
    "naive-full": Design("naive, full"),
    "naive-slim": Design("naive, slim"),
    "wheels": Design("wheels copied, slim"),
    "wheels-run": Design("wheels copied, slim, a RUN that does nothing after the code"),
    "copier-slim": Design("**copier-slim**", {"package_tool": "pip-tools"}),
    "copier-slim-uv": Design("**copier-slim**, uv", {"package_tool": "uv"}),
    "distroless": Design("**copier-slim**, uv, distroless", {"package_tool": "uv", "base": "distroless"}),
    "alpine": Design("**copier-slim**, uv, alpine", {"package_tool": "uv", "base": "alpine"}),
    "full": Design("**copier-slim**, uv, full", {"package_tool": "uv", "base": "full"}),
    "uv-guide": Design("uv's guide, uv.lock, slim", own_lock=True),
    "uv-lock": Design("**copier-slim**, uv.lock", OWN_LOCK, own_lock=True),
    "uv-lock-distroless": Design(
        "**copier-slim**, uv.lock, distroless", OWN_LOCK | {"base": "distroless"}, own_lock=True
    ),
}
REFERENCE = "naive-slim"


@dataclass
class Project:
    """A directory to build; `hashed` where its lock has hashes. Remembers its files as they are when it is made.

    `with_added` are the files that a further dependency changes, by name, where that is not a line at their end.
    """

    path: Path
    hashed: bool
    with_added: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(init=False)
    dockerfile: str = field(init=False)

    def __post_init__(self) -> None:
        lists = list(self.with_added) or ["requirements.txt", *(["requirements.in"] if self.hashed else [])]
        names = ["Dockerfile", "main.py", *lists]
        self.files = {name: (self.path / name).read_text(encoding="utf-8") for name in names}
        self.dockerfile = self.files["Dockerfile"]

    def begin_round(self, mark: str) -> None:
        """Keeps what earlier builds have cached out of the next: a variable that is new in every stage's base.

        BuildKit knows layers by content. A second round would find there what the first made of the same packages.
        """
        dockerfile, stages = re.subn(
            r"^FROM python:.*", rf"\g<0>\nENV BENCH_ROUND={mark}", self.dockerfile, flags=re.MULTILINE
        )
        if not stages:
            raise ValueError(f"{self.path.name}: no stage is FROM python:…")
        self.files["Dockerfile"] = dockerfile
        self.restore()

    def restore(self) -> None:
        """Takes the changes back."""
        for name, text in self.files.items():
            (self.path / name).write_text(text, encoding="utf-8")

    def change_code(self, mark: str) -> None:
        """From the restored state: a comment at the end of main.py. No build has seen it where `mark` is new."""
        self.restore()
        self._append("main.py", f"# {mark}\n")

    def add_dependency(self, mark: str) -> None:
        """From the restored state: one more locked package. No build has seen it where `mark` is new."""
        self.restore()
        for name, text in self.with_added.items():
            (self.path / name).write_text(f"{text}# {mark}\n", encoding="utf-8")
        for name in self.files.keys() & {"requirements.in", "requirements.txt"}:
            hashed = self.hashed and name == "requirements.txt"
            self._append(name, f"{ADDED}{f' --hash={ADDED_HASH}' if hashed else ''}\n# {mark}\n")

    def _append(self, name: str, text: str) -> None:
        (self.path / name).write_text(self.files[name] + text, encoding="utf-8")


def copy_template(destination: Path) -> Path:
    """The template as it stands, in a directory outside git: Copier takes uncommitted changes without a word."""
    ignored = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "bench", "tests")
    return Path(shutil.copytree(ROOT, destination, ignore=ignored))


def make_projects(template: Path, workspace: Path, make_lock: Callable[[Path, str], str]) -> dict[str, Project]:
    """Every design's project by name, in directories of `workspace`.

    `make_lock` gets the directory of a project and the name of its lock, and gives the lock, which all projects get.
    """
    for name, design in DESIGNS.items():
        if design.answers is None:
            shutil.copytree(HERE / "designs" / name, workspace / name)
        else:
            answers = ANSWERS | design.answers
            run_copy(str(template), workspace / name, data=answers, defaults=True, quiet=True)
        shutil.copy(HERE / "app.py", workspace / name / "main.py")
    lock = make_lock(workspace / "copier-slim", "requirements.txt")
    own, with_added = own_locks(workspace / "uv-guide", make_lock)
    projects = {}
    for name, design in DESIGNS.items():
        if design.own_lock:
            for file, text in own.items():
                (workspace / name / file).write_text(text, encoding="utf-8")
            projects[name] = Project(workspace / name, hashed=True, with_added=with_added)
            continue
        hashed = design.answers is not None
        text = lock if hashed else without_hashes(lock)
        (workspace / name / "requirements.txt").write_text(text, encoding="utf-8")
        projects[name] = Project(workspace / name, hashed)
    return projects


def own_locks(project: Path, make_lock: Callable[[Path, str], str]) -> tuple[dict[str, str], dict[str, str]]:
    """pyproject.toml and uv.lock by name, as they are and with the dependency that is added."""
    stated = project / "pyproject.toml"
    before = stated.read_text(encoding="utf-8")
    own = {"pyproject.toml": before, "uv.lock": make_lock(project, "uv.lock")}
    more = before.replace("dependencies = [\n", f'dependencies = [\n  "{ADDED}",\n')
    stated.write_text(more, encoding="utf-8")
    (project / "uv.lock").unlink()
    return own, {"pyproject.toml": more, "uv.lock": make_lock(project, "uv.lock")}


def without_hashes(lock: str) -> str:
    r"""The requirements of a lock, one a line: `a==1 \`, `    --hash=…` gives `a==1`."""
    return "".join(f"{line.removesuffix(chr(92)).rstrip()}\n" for line in lock.splitlines() if re.match(r"\w", line))


def pinned_tools(projects: dict[str, Project]) -> dict[str, str]:
    """The versions of pip-tools and uv that the rendered Dockerfiles install, by name."""
    text = "".join(project.dockerfile for project in projects.values())
    return dict(re.findall(r"\b(pip-tools|uv)==([\w.]+)", text))
