"""The verb `tune`: finds by trying what of an app's imports can be lazy (PEP 810), and writes what is proven.

The image is started as `verify` starts it, without lazy imports and with all of them lazy. Where something differs,
the modules that cannot wait are found by halving. https://peps.python.org/pep-0810/
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.engine import builds, docker
from copier_slim.errors import InputError, ToolError
from copier_slim.lock.project import answers_of
from copier_slim.prove.rewriting import rewrite
from copier_slim.tune import own_tests
from copier_slim.tune.bisecting import NoneHelpsError, TooManyError, eager_modules
from copier_slim.tune.result import Tuned
from copier_slim.tune.trial import EAGER, LAZY, WAIT, Trial, with_filter
from copier_slim.verify import built
from copier_slim.verify.container import require_engine
from copier_slim.verify.image import look_up
from copier_slim.verify.named import processes_of
from copier_slim.verify.not_seen import CannotLookError
from copier_slim.verify.target import Options, Project, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from copier_slim.rendering.source import Source

__all__ = ["Plan", "Tuned", "tune", "write"]

SINCE = (3, 15)
NO_TESTS = "the project has no tests"


@dataclass(frozen=True, slots=True)
class Plan:
    """How containers are started, how often each way is measured, and whether the project's tests are run."""

    options: Options = field(default_factory=Options)
    runs: int = 5
    tests: bool = True


def tune(project: Path, plan: Plan, progress: Callable[[str], None] = lambda _: None) -> Tuned:
    """Tries, and measures what is found; writes nothing.

    Raises InputError where the project is not the template's, its Python is older or it listens on no port,
    CheckFailedError where it does not start without lazy imports either, ToolError without an engine.
    """
    subject_of = Project(project)
    answers = answers_of(project)
    if not answers:
        raise InputError(f"{project} has no answers to tune; run copier-slim copy first")
    python = str(answers.get("python_version") or "")
    require_python(python)
    require_engine()
    with docker.Scope() as scope:
        tag = built(subject_of, scope, progress)
        try:
            image = with_filter(look_up(tag), python, scope)
        except CannotLookError as error:
            raise ToolError(f"the trial's image cannot be built: {error}") from error
        subject = Subject(image, None, subject_of, plan.options)
        if not subject.port:
            raise InputError(f"{project / 'Dockerfile'} exposes no port, so there is no first answer to time")
        tuned = Tuned(project.resolve().name, python)
        with ExitStack() as within:
            progress("making its tests ready")
            tests = _tests(project, python, scope, plan, tuned, within)
            search = _Search(Trial(subject, scope, progress), tests, tuned, plan, progress)
            search.run(app_of(answers), processes_of(answers))
    return tuned


def app_of(answers: Mapping[str, Any]) -> str:
    """The import path of an app that can be asked for its routes, "" where it is a script or a command."""
    framework = catalog.frameworks().get(str(answers.get("framework")))
    return str(answers.get("app") or "") if framework and framework.app_kind == "object" else ""


def require_python(version: str) -> None:
    """Raises InputError where a Python has no lazy imports."""
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
    if numbers < SINCE:
        raise InputError(
            f"lazy imports need Python 3.15, and the image has {version}; "
            "run copier-slim update --data python_version=3.15, then tune again"
        )


def write(tuned: Tuned, project: Path, source: Source, progress: Callable[[str], None] = lambda _: None) -> None:
    """Writes the answers that are proven, and what follows from them; nothing where nothing was gained.

    Raises what `rewrite` raises, and nothing is written then.
    """
    now = answers_of(project)
    differ = any((now.get(name) or "") != (value or "") for name, value in tuned.answers.items())
    if tuned.problem or not tuned.gained or not differ:
        return
    rewrite(project, source, tuned.answers, progress)
    tuned.written = True


def _tests(
    project: Path, python: str, scope: docker.Scope, plan: Plan, tuned: Tuned, within: ExitStack
) -> own_tests.OwnTests | None:
    """The project's tests for as long as `within` lasts, None where they are not run."""
    names = own_tests.files_of(project) if plan.tests else []
    if not plan.tests:
        tuned.tests = "not run, by --no-tests"
    elif not own_tests.tests_among(names):
        tuned.tests = NO_TESTS
    else:
        try:
            return within.enter_context(own_tests.own_tests(project, python, scope, plan.options, names))
        except (docker.DockerError, builds.BuildError) as error:
            tuned.tests = f"could not be run: {error}"
    return None


class _Search:
    """One run: what is expected, whether that holds with lazy imports, what cannot wait, and what it brings."""

    def __init__(
        self, trial: Trial, tests: own_tests.OwnTests | None, tuned: Tuned, plan: Plan, progress: Callable[[str], None]
    ) -> None:
        self.trial, self.tests, self.tuned, self.plan, self.progress = trial, tests, tuned, plan, progress
        self.wait = plan.options.wait
        self.processes: list[str] = []

    def run(self, app: str, processes: Collection[str]) -> None:
        tuned, trial = self.tuned, self.trial
        imported = trial.expect(app)
        for name in processes:
            why, more = trial.expect_process(name)
            if why:
                tuned.untried[name] = why
            else:
                self.processes.append(name)
                imported |= more
        tuned.paths = list(trial.expected)
        self.wait = min(self.wait, WAIT + 3 * trial.seconds)
        imported |= self._try_tests()
        try:
            tuned.eager = eager_modules(imported, self._fails)
        except TooManyError:
            tuned.problem = "more modules cannot wait than it makes sense to list"
        except NoneHelpsError as error:
            tuned.problem = f"with lazy imports {error}, whichever modules are loaded at once"
        else:
            self._measure()
        tuned.trials = trial.count

    def _try_tests(self) -> set[str]:
        """Looks whether the tests say something, as what fails without lazy imports does not; what they import."""
        if self.tests is None:
            return set()
        self.progress("running its tests without lazy imports")
        ran, imported = self.tests.expect()
        if ran.fine:
            self.tuned.tests = f"{ran.passed} pass with lazy imports as without"
            return imported
        self.tests = None
        self.tuned.tests = f"say nothing, as they fail without lazy imports, too: {ran.last}"
        return set()

    def _fails(self, eager: Collection[str]) -> str:
        if said := self.trial.fails(eager, self.wait):
            return said
        for name in self.processes:
            if said := self.trial.process_fails(name, eager):
                return said
        if self.tests is None:
            return ""
        self.progress(f"running its tests, with {len(eager)} modules that cannot wait")
        return self.tests.fails(eager)

    def _measure(self) -> None:
        """Both ways in turn; what fails now, and did not before, is chance, and nothing is proven then."""
        tuned = self.tuned
        for number in range(self.plan.runs):
            self.progress(f"measuring, {number + 1} of {self.plan.runs}")
            for mode, into in ((EAGER, tuned.before), (LAZY, tuned.after))[:: -1 if number % 2 else 1]:
                if problem := self.trial.measure(mode, tuned.eager, into, self.plan.options.wait):
                    with_or = "with" if mode == LAZY else "without"
                    tuned.problem = f"once in several starts {with_or} lazy imports {problem}"
                    return
