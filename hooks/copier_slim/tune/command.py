"""The verb as the command line has it: progress, output in the form that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim import console as reports
from copier_slim.errors import CopierSlimError
from copier_slim.process import interruption
from copier_slim.rendering.source import find
from copier_slim.tune import Plan, tune, write
from copier_slim.tune import report as tune_report
from copier_slim.worktree import checkout

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Plan", "run"]


def run(project: Path, plan: Plan, template: str, *, as_json: bool) -> None:
    """Tunes, writes what is proven and shows it; raises what `tune` and `write` raise."""
    out = reports.console(stderr=as_json)
    checkout.recover(project, out)
    try:
        with reports.progress(out, "tuning", beside_json=as_json) as tell:
            tuned = tune(project, plan, tell)
            write(tuned, project, find(template), tell)
    except CopierSlimError as error:
        for lines in getattr(error, "__notes__", ()):
            out.print(reports.styled(lines))
        raise
    if tuned.written:
        interruption.wrote("the answers are written")
    if as_json:
        reports.write(tune_report.as_json(tuned))
        return
    tune_report.show(tuned, out)
    out.print(tune_report.verdict(tuned), soft_wrap=True)
