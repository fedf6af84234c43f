"""Making a lock: in the target image, or by the same Python or uv on this machine."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from copier_slim.detect.dependencies.groups import group_lines, groups_and_extras
from copier_slim.engine import builds, engines
from copier_slim.engine.steps import PACKAGE, with_packages
from copier_slim.errors import CopierSlimError, InputError, ToolError
from copier_slim.lock import stated_hashes, without_programs
from copier_slim.lock.failures import (
    cut,
    host_failure,
    installing_failure,
    last_line,
    locking_failure,
    system_failure,
)
from copier_slim.lock.local import declared_settings, environment_here, interpreter_of, linux_here, pip_settings
from copier_slim.lock.lockfile import Change, changes_between, pins
from copier_slim.lock.project import (
    ASKED,
    LOCKED,
    answers_of,
    compile_command,
    compiled_files,
    copies_more,
    copy_inputs,
    dockerfile_of,
    lock_command,
    named_files,
    read_text,
    write_text,
)
from copier_slim.process import logs
from copier_slim.reading import formats
from copier_slim.rendering.copier import ANSWERS_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PYPROJECT = "pyproject.toml"
GROUPS = "groups.in"  # a group's requirements, for pip-tools knows extras alone
# What the Dockerfile gives the two tools; tests/lock holds them against the template
PIP_COMPILE_OPTIONS = ["--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-emit-options"]
UV_OPTIONS = ["--generate-hashes"]
# What takes back uv's --no-build, which editable requirements do not heed, or brings in a file that may
BUILDS = re.compile(r"(?:^|\s)(--no-binary\b|-[ecr]|--(?:editable|constraint|requirement)\b)", re.MULTILINE)
# How uv and wheels_only say that they build nothing
BUILT = re.compile(
    rf"{without_programs.REFUSED}|[Bb]uilding source distributions (?:for `?([^`\s]{{1,200}})`? )?is disabled"
    r"|(?<!\S)(\S{1,200}) ha(?:s|ve) no usable wheels"
)
LOCKING = ("pip-compile", "uv pip compile", "uv.exe pip compile", stated_hashes.SCRIPT)


@dataclass(frozen=True, slots=True)
class Lock:
    """A new lock: its text, what it changes, and where it was made, as "in the image"."""

    text: str
    changes: list[Change]
    where: str


def compile_lock(
    project: Path,
    *,
    upgrade: bool = False,
    known_as: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Lock:
    """Makes the lock of a rendered project and writes nothing into it.

    The versions in its requirements.txt are kept, the newest are taken with `upgrade`. The image's own Python does it
    where an engine answers, else the same Python on this machine, or uv, which take wheels only: building a package
    runs its code. `progress` gets each step in a few words;
    `known_as` is the directory that errors name, where the project is not in its place yet.

    Raises InputError where the project has no Dockerfile with a lock stage or no requirements.in, or where they ask
    for what cannot be had; ToolError where the engine, the network, the Python or uv is missing or fails.
    """
    dockerfile = dockerfile_of(project, known_as)
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as name:
        context = Path(name, "context")
        context.mkdir()
        copy_inputs(project, context, known_as)
        stated = compile_command(dockerfile)
        job = _Job(known_as or project, context, Path(name), answers_of(project), stated, upgrade, progress)
        more = copies_more(dockerfile, named_files(job.answers))
        if builds.answers():
            if not more:
                stated_hashes.into_lock_stage(context)
            text, where = job.in_the_image(project if more else context), "in the image"
        elif more:
            raise job.no_engine(f"the Dockerfile's lock stage copies more than {ASKED}")
        else:
            text, where = job.here()
    return Lock(text, changes_between(pins(read_text(project / LOCKED) or ""), pins(text)), where)


class _Job(NamedTuple):
    """One making of a lock: `context` holds what the lock stage sees, `scratch` is free to be written to.

    `stated` is the command that the lock shall say it is made by.
    """

    project: Path
    context: Path
    scratch: Path
    answers: dict[str, Any]
    stated: str
    upgrade: bool
    progress: Callable[[str], None]

    @property
    def python(self) -> str:
        """The project's minor version of Python, "" where there are no answers."""
        return str(self.answers.get("python_version", ""))

    def in_the_image(self, context: Path) -> str:
        """The text of the lock that the Dockerfile's lock stage makes of `context`."""
        out = self.scratch / "out"
        if context == self.context:  # the copy, in which pip-compile may say what it has resolved
            dockerfile = context / "Dockerfile"
            dockerfile.write_bytes(dockerfile.read_bytes().replace(b"pip-compile --quiet", b"pip-compile --verbose"))
        build_args = {"UPGRADE": str(time.time_ns())} if self.upgrade else {}
        try:
            builds.build(context, target="lock", output=out, tag=None, build_args=build_args, progress=self.progress)
        except builds.BuildError as failure:
            asked = read_text(self.context / ASKED) or ""
            raise build_failure(failure, self.project, self.python, asked) from failure
        text = read_text(out / LOCKED)
        if text is None:
            raise InputError(f"{self.project / 'Dockerfile'}: its lock stage has no {LOCKED}; run: copier-slim update")
        return text

    def here(self) -> tuple[str, str]:
        """The text of the lock as a tool on this machine makes it, and by what."""
        if not re.fullmatch(r"\d+\.\d+", self.python):
            silent = engines.silent(f" and run: {lock_command(self.project)}")
            raise InputError(f"{self.project} has no .copier-answers.yml with a python_version, and {silent}")
        if self.answers.get("indexes") or self.answers.get("workspace_files"):
            raise self.no_engine("only the image can lock with further indexes, wheels of the tree and constraints")
        return self.by_uv() if self.answers.get("package_tool") == "uv" else self.by_pip_tools()

    def by_uv(self) -> tuple[str, str]:
        """The lock by the PATH's uv, which needs no interpreter of the project's version and no Linux."""
        uv = shutil.which("uv")
        if not uv:
            raise self.no_engine("uv is not installed here")
        asked = re.sub(r"(?:^|(?<=\s))#.*", "", read_text(self.context / ASKED) or "", flags=re.MULTILINE)
        if found := BUILDS.search(re.sub(r"\\\r?\n", "", asked)):
            raise self.no_engine(f"{found[1]} in {ASKED} can ask for a source build, which would run its code")
        argv = [uv, "pip", "compile", "--quiet", "--no-config", "--no-python-downloads", "--no-build", *UV_OPTIONS]
        argv += ["--python", interpreter_of(self.python) or sys.executable, "--python-version", self.python]
        argv += self.cooldown("uv")
        argv += [] if sys.platform == "linux" else ["--python-platform", linux_here()]
        text = self.compile("uv pip compile …", argv, environment_here() | {"UV_CUSTOM_COMPILE_COMMAND": self.stated})
        return text, f"by uv for Python {self.python} on this machine"

    def by_pip_tools(self) -> tuple[str, str]:
        """The lock by the pinned pip-tools in a virtual environment of its own."""
        if sys.platform != "linux":
            raise self.no_engine("pip-tools locks for the system it runs on, which is not Linux")
        interpreter = interpreter_of(self.python)
        if not interpreter:
            raise self.no_engine(f"Python {self.python} is not installed here")
        from copier_slim import catalog  # noqa: PLC0415 it costs start-up time

        pip_tools = f"pip-tools=={catalog.tools()['pip-tools'].version}"
        venv = self.scratch / "venv"
        python = [str(venv / "bin" / "python"), "-I", "-m"]
        environment = environment_here()
        self.progress(f"venv: Python {self.python} with {pip_tools}")
        self.run([interpreter, "-I", "-m", "venv", str(venv)], environment)
        environment |= pip_settings([*python, "pip"])
        # The image's pip is a new one too, and says more about what fails
        install = ["install", "--quiet", "--disable-pip-version-check", "--upgrade", "pip", pip_tools]
        self.run([*python, "pip", *install], environment)
        argv = [
            *python[:-1],
            without_programs.__file__,
            str(stated_hashes.write_script(self.scratch)),
            "--no-config",
            "--verbose",
            *PIP_COMPILE_OPTIONS,
            *self.cooldown("pip-tools"),
        ]
        text = self.compile("pip-compile …", argv, environment | {"CUSTOM_COMPILE_COMMAND": self.stated})
        return text, f"by Python {self.python} on this machine"

    def cooldown(self, tool: str) -> list[str]:
        """The arguments by which a tool takes nothing that is too young, as the image does."""
        from copier_slim import catalog  # noqa: PLC0415 it costs start-up time

        try:
            days = int(self.answers.get("cooldown") or 0)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"{self.project / ANSWERS_FILE}: cooldown is no number of days; restore it from git"
            ) from error
        return catalog.tools()[tool].cooldown_options(days, str(self.answers.get("cooldown_exempt") or "").split())

    def compile(self, what: str, argv: list[str], environment: Mapping[str, str]) -> str:
        """The text of the lock that a tool makes of the copies, under the settings that the image has too."""
        packages: set[str] = set()

        def each(line: str) -> None:
            if found := PACKAGE.match(line):
                packages.add(found["name"])
                self.progress(with_packages(f"compile: {what}", packages))

        self.progress(f"compile: {what}")
        settings = declared_settings(str(self.answers.get("environment") or ""))
        if index := self.answers.get("private_index"):
            settings |= {"PIP_INDEX_URL": index, "UV_DEFAULT_INDEX": index}
        argv = [*argv, *(["--upgrade"] if self.upgrade else []), "--output-file", LOCKED, *self.sources()]
        self.run(argv, {**environment, **settings}, each)
        return read_text(self.context / LOCKED) or ""

    def sources(self) -> list[str]:
        """What is compiled, as arguments of both tools: files, and the chosen extras and groups of pyproject.toml."""
        files = [name for name in compiled_files(self.answers) if (self.context / name).is_file()]
        if PYPROJECT not in files:
            return files
        groups, extras = groups_and_extras(self.answers.get("dependency_groups"))
        document = formats.toml(read_text(self.context / PYPROJECT) or "")
        lines = [line for group in groups for line in group_lines(document, group)]
        if lines:
            write_text(self.context / GROUPS, "".join(f"{line}\n" for line in lines))
        return [*files, *(f"--extra={name}" for name in extras), *([GROUPS] if lines else [])]

    def run(
        self, argv: list[str], environment: Mapping[str, str], each: Callable[[str], None] = lambda _: None
    ) -> None:
        """Runs a tool beside the copies and hands on its lines; raises what its failure means."""
        code, log = builds.stream(argv, env=environment, each=each, cwd=self.context)
        if code:
            if built := BUILT.search(log):
                what = re.sub(r"\s+", " ", next(filter(None, built.groups()), "")).strip() or "a requirement"
                raise self.no_engine(f"{what} has no wheel, and building it here would run its code")
            output, command = log if log.strip() else f"exit code: {code}", " ".join(argv)
            # Where the copies are is of no use to the user
            for directory in (self.context, self.scratch):
                output, command = (text.replace(f"{directory}{os.sep}", "") for text in (output, command))
            asked = read_text(self.context / ASKED) or ""
            raise _explained(output, log, command, self.project, self.python, asked)

    def no_engine(self, why: str) -> ToolError:
        """The error where neither an engine nor this machine can lock."""
        return engines.silent(f" and run: {lock_command(self.project)}", why)


def build_failure(failure: builds.BuildError, project: Path, python: str, asked: str = "") -> CopierSlimError:
    """The one line for a build that failed; `asked` is the text of requirements.in."""
    if not failure.command:
        return ToolError(f"{failure}; the log is {_keep(failure.log, project)}")
    return _explained(failure.output, failure.log, failure.command, project, python, asked)


def _explained(output: str, log: str, command: str, project: Path, python: str, asked: str) -> CopierSlimError:
    """The one line for what a tool wrote when it failed; the log is kept where none fits."""
    locking, cooled = any(tool in command for tool in LOCKING), "--uploaded-prior-to" in command
    return (
        host_failure(output)
        or (locking_failure(output, asked, python, cooled=cooled) if locking else installing_failure(output, python))
        or system_failure(output)
        or ToolError(f"{cut(command, 80)} failed: {last_line(output)}; the log is {_keep(log, project)}")
    )


def _keep(log: str, project: Path) -> Path:
    """Where the log stays to be read, until the next failure of this project's lock."""
    return logs.keep(log, f"lock-{project.resolve().name}")
