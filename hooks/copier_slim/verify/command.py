"""The verb as the command line has it: progress, output in the form that is asked for, the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import journal, worktree
from copier_slim import report as reports
from copier_slim.errors import CheckFailedError, CopierSlimError, InputError, ToolError
from copier_slim.verify import Options, Status, showing, verify

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Options", "run"]


def run(project: Path | None, image: str | None, options: Options, *, as_json: bool, junit: Path | None) -> None:
    """Verifies and shows the report.

    Raises CheckFailedError where a check failed, ToolError where none did but one could not look, and what `verify`
    raises.
    """
    out = reports.console(stderr=as_json)
    if project:
        worktree.recover(project, out)
    try:
        with reports.progress(out, "verifying", beside_json=as_json) as tell:
            report = verify(project, image, options, tell)
    except CopierSlimError as error:
        for lines in getattr(error, "__notes__", ()):
            out.print(reports.styled(lines))
        raise
    if junit:
        try:
            journal.write_one(junit, showing.as_junit(report).encode())
        except OSError as error:
            raise InputError(f"{junit} cannot be written: {error.strerror}; name another file") from error
    if as_json:
        reports.write(showing.as_json(report))
    else:
        showing.show(report, out)
    if report.by(Status.FAILED):
        raise CheckFailedError(showing.verdict(report))
    if not report.passed:
        raise ToolError(showing.verdict(report))
    if out.is_terminal or not as_json:
        out.print(showing.verdict(report))
