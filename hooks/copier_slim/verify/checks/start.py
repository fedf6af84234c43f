"""How it starts: bytecode, output, time to the first answer."""

from __future__ import annotations

import math

from copier_slim.verify.container.processes import in_front, is_wrapper, server
from copier_slim.verify.not_seen import DoesNotApplyError, need
from copier_slim.verify.observations import SLACK, Facts
from copier_slim.verify.outcome import Outcome, failed, of, passed


def has_bytecode(facts: Facts) -> Outcome:
    """R5, PEP 552."""
    seen = need(facts.bytecode)
    if not seen.seen:
        raise DoesNotApplyError("there are no modules in its directories")
    where = f"{seen.seen} modules of dependencies and application"
    wrong = list(seen.wrong)
    return of(where, wrong, "all have theirs")


def prints_at_once(facts: Facts) -> Outcome:
    """R23."""
    seconds = need(facts.unbuffered)
    where = "a line that its Python prints, and goes on"
    if math.isinf(seconds):
        return failed(where, "the line stays in the buffer")
    return passed(where, f"the line is there after {seconds:.1f} s")


def answers_in_time(facts: Facts) -> Outcome:
    """R24."""
    pace = need(facts.pace)
    where = "seconds to the first answer, as shipped and with all bytecode cached"
    # One that stays in front starts the server as its child, when cannot be told; that is R10's
    if not is_wrapper(server(need(facts.processes)).command):
        seconds, shell = in_front(need(facts.moments), of_init=True)
        if seconds >= SLACK:
            took = f"{facts.started.seconds:.1f} s, {seconds:.1f} s of them before the server was started"
            return failed("the processes of a container from its start", f"{took}, by {shell[:100]}")
    found = f"{pace.cold:.1f} s, {pace.warm:.1f} s with warm bytecode"
    return failed(where, found) if pace.slow else passed(where, found)
