"""The size, against a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim.verify.image.size_bill import MEGABYTE
from copier_slim.verify.not_seen import DoesNotApplyError, need
from copier_slim.verify.outcome import Outcome, failed, passed

if TYPE_CHECKING:
    from copier_slim.verify.observations import Facts


def is_within_budget(facts: Facts) -> Outcome:
    """R18: what a registry sends, compressed by gzip."""
    budget = facts.subject.options.budget
    if budget is None:
        raise DoesNotApplyError("no --budget is given", "without --budget")
    size = sum(layer.compressed for layer in need(facts.files).layers) / MEGABYTE
    where = f"the sum of its compressed layers, against {budget:g} MB"
    return passed(where, f"{size:.1f} MB") if size <= budget else failed(where, f"{size:.1f} MB")
