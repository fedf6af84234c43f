"""Each process of a project is checked, and the one that fails is named."""

from __future__ import annotations

import pytest

from copier_slim.verify import Options, Status, verify
from tests.command.running import command, write
from tests.conftest import Render
from tests.engine.project import Project

pytestmark = pytest.mark.xdist_group("verify")

GOOD = "import time\nwhile True: time.sleep(0.1)\n"
SCRIPTS = {
    "good.py": GOOD,
    "late.py": f"import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n{GOOD}",
    "broken.py": "import nothing_of_that_name\n",
    "writes.py": f"open('/app/made', 'w')\n{GOOD}",
    "alone.py": "import socket\nsocket.create_connection(('localhost', 6379))\n",
    "once.py": "print('done')\n",
}
# By process: how its checks come out, R8, R9, R10 and R12, and a phrase of what the first one says
FOUND = {
    "good": ("passed", "passed", "passed", "does not apply", "started after"),
    "late": ("passed", "passed", "failed", "does not apply", "started after"),
    "broken": ("failed", "could not be seen", "could not be seen", "could not be seen", "exit code 1"),
    "writes": ("failed", "could not be seen", "could not be seen", "could not be seen", "exit code 1"),
    "alone": ("does not apply", "does not apply", "does not apply", "does not apply", "not run: "),
    "once": ("failed", "could not be seen", "could not be seen", "could not be seen", "exit code 0"),
}


@pytest.fixture(scope="module")
def project(engine: None, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Project:  # noqa: ARG001
    """A project with processes of all kinds."""
    path = render(
        tmp_path_factory.mktemp("verify-processes") / "project",
        framework="flask",
        python_version="3.13",
        package_tool="uv",
        processes="\n".join(f"{name}: python {name}.py" for name in FOUND),
        release="python -m nowhere upgrade",
        schedules="report: @daily python good.py",
    )
    made = Project(write(path, SCRIPTS), tag="copier-slim-test:verify-processes")
    made.lock()
    made.build()
    return made


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.matrix) for name in FOUND])
def test_each_process_is_checked(project: Project, name: str) -> None:
    report = verify(project.path, project.tag, Options(process=name, wait=20))
    *expected, phrase = FOUND[name]
    assert [result.id for result in report.results] == [f"{check} {name}" for check in ("R8", "R9", "R10", "R12")]
    assert [result.status for result in report.results] == expected, [result.outcome for result in report.results]
    assert phrase in report.results[0].outcome.found
    assert report.passed is (name in {"good", "alone"})


def test_a_release_and_a_job_are_looked_at_and_not_run(project: Project) -> None:
    release = verify(project.path, project.tag, Options(process="release"))["R8 release"]
    assert (release.status, release.outcome.found) == (Status.FAILED, "there is no module nowhere")
    assert verify(project.path, project.tag, Options(process="report")).passed


def test_an_unknown_process_lists_the_names(project: Project) -> None:
    result = command("verify", "--process", "wrker", cwd=project.path)
    result.fails(2, "--process wrker", "the processes are good, late, broken, writes, alone, once, release, report")
