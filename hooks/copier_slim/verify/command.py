"""The verb as the command line has it: progress, output in the form that is asked for, the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import console as reports
from copier_slim import prove
from copier_slim.check import check
from copier_slim.errors import CheckFailedError, CopierSlimError, ToolError
from copier_slim.lock.project import answers_of
from copier_slim.verify import Options, Report, Status, verify
from copier_slim.verify import report as verify_report
from copier_slim.verify.attested import run as attested
from copier_slim.verify.reproduction.report import same
from copier_slim.worktree import checkout, journal

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

__all__ = ["Options", "attested", "run", "same"]


def run(
    project: Path | None,
    image: str | None,
    options: Options,
    *,
    as_json: bool,
    junit: Path | None,
    html: Path | None = None,
    mend: bool = False,
) -> None:
    """Verifies and shows the report, after the answers are mended with `mend`.

    Raises CheckFailedError where a check failed, ToolError where none did but one could not look, and what `verify`
    raises.
    """
    out = reports.console(stderr=as_json)
    if project:
        _prepare(project, options, out, mend=mend)
    try:
        with reports.progress(out, "verifying", beside_json=as_json) as tell:
            report = verify(project, image, options, tell)
    except CopierSlimError as error:
        for lines in getattr(error, "__notes__", ()):
            out.print(reports.styled(lines))
        raise
    _write(report, junit, html)
    if as_json:
        reports.write(verify_report.as_json(report))
    else:
        verify_report.show(report, out)
        _note_what_is_left(project, out)
        _advise(None if image or mend else project, report, out)
    if report.by(Status.FAILED):
        raise CheckFailedError(verify_report.verdict(report))
    if not report.passed:
        raise ToolError(verify_report.verdict(report))
    if out.is_terminal or not as_json:
        out.print(verify_report.verdict(report))


def _write(report: Report, junit: Path | None, html: Path | None) -> None:
    """Writes the files that are asked for."""
    if junit:
        journal.write_text(junit, verify_report.as_junit(report))
    if html:
        from copier_slim.verify import page  # noqa: PLC0415 only where a page is asked for

        journal.write_text(html, page.as_html(report))


def _note_what_is_left(project: Path | None, out: Console) -> None:
    """Names what faults of earlier versions left behind in a project of the template's."""
    for finding in check(project) if project and answers_of(project) else []:
        out.print(f"note: {finding.id}, {finding.advisory.title}: {finding.evidence}; copier-slim check says more")


def _advise(project: Path | None, report: Report, out: Console) -> None:
    """Names the answer that would let the project's image start."""
    for line in prove.advice(project, report) if project else ():
        out.print(line, soft_wrap=True)


def _prepare(project: Path, options: Options, out: Console, *, mend: bool) -> None:
    """Undoes what a killed run left, and mends the answers where that is asked for."""
    checkout.recover(project, out)
    if mend:
        prove.mend(project, options, out)
