"""The checks by their id: each judges what was seen, and touches neither the engine nor the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim.verify.checks import contents, dependencies, health, rebuilds, running, size, start, stopping, user
from copier_slim.verify.not_seen import CannotLookError, DoesNotApplyError
from copier_slim.verify.outcome import unseen

if TYPE_CHECKING:
    from collections.abc import Callable

    from copier_slim.verify.observations import Facts
    from copier_slim.verify.outcome import Outcome

CHECKS: dict[str, Callable[[Facts], Outcome]] = {
    "R1": user.is_numeric,
    "R2": contents.has_no_compiler,
    "R3": dependencies.has_no_installer,
    "R4": contents.has_no_cache,
    "R5": start.has_bytecode,
    "R6": user.reads_all_and_writes_nothing,
    "R7": user.has_no_more_setuid,
    "R8": running.runs_hardened,
    "R9": running.runs_as_any_user,
    "R10": stopping.ends_on_sigterm,
    "R11": stopping.finishes_what_is_in_flight,
    "R12": health.follows_the_application,
    "R13": contents.has_no_secret,
    "R14": rebuilds.code_leaves_dependencies,
    "R15": rebuilds.lock_leaves_code,
    "R16": rebuilds.base_leaves_code,
    "R17": rebuilds.gives_the_same_image,
    "R18": size.is_within_budget,
    "R19": dependencies.match_the_lock,
    "R20": contents.has_nothing_stray,
    "R23": start.prints_at_once,
    "R24": start.answers_in_time,
    "R25": dependencies.find_their_libraries,
    "R26": dependencies.import_what_they_could,
}


def judged(check_id: str, facts: Facts) -> Outcome:
    """How a check came out, also where what it is about was not seen."""
    try:
        return CHECKS[check_id](facts)
    except (CannotLookError, DoesNotApplyError) as error:
        return unseen(error)
