"""How it starts: bytecode, output, time to the first answer."""

from __future__ import annotations

import math

from copier_slim.verify.facts import CannotLookError, Facts, need
from copier_slim.verify.inside.bytecode import MOST
from copier_slim.verify.outcome import Outcome, failed, of, passed

RATIO = 1.5  # of the start with warm bytecode
SLACK = 1.0  # seconds, for what else the machine does


def has_bytecode(facts: Facts) -> Outcome:
    """R5, PEP 552."""
    seen = need(facts.bytecode)
    if not seen.seen:
        raise CannotLookError("there are no modules in its directories")
    where = f"{seen.seen} modules of dependencies and application"
    wrong = list(seen.wrong)
    return of(
        where, wrong, good="all have theirs", bad="modules do not, or more" if len(wrong) == MOST else "modules do not"
    )


def prints_at_once(facts: Facts) -> Outcome:
    """R23."""
    seconds = need(facts.unbuffered)
    where = "a line that its Python prints, and goes on"
    if math.isinf(seconds):
        return failed(where, "the line stays in the buffer")
    return passed(where, f"the line is there after {seconds:.1f} s")


def answers_in_time(facts: Facts) -> Outcome:
    """R24."""
    warm = need(facts.warm)
    cold = facts.started.seconds
    where = "seconds to the first answer, as shipped and with all bytecode cached"
    found = f"{cold:.1f} s, {warm:.1f} s with warm bytecode"
    return passed(where, found) if cold <= RATIO * warm + SLACK else failed(where, found)
