"""The health check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.verify.not_seen import DoesNotApplyError, need
from copier_slim.verify.outcome import Outcome, failed, passed

if TYPE_CHECKING:
    from copier_slim.verify.observations import Facts

FETCHER = re.compile(r"(?:^|[/\s])(curl|wget)(?:\s|$)")


def follows_the_application(facts: Facts) -> Outcome:
    """R12, CIS Docker 4.6; what slim images do not have for it, an attacker does not find in them either."""
    image = facts.subject.image
    probe = image.config.healthcheck.command
    where = "HEALTHCHECK, in a running container and in one of which all processes are stopped"
    if not probe:
        if not facts.subject.port:
            raise DoesNotApplyError("it listens on no port and has no HEALTHCHECK")
        return failed(where, "the image has none")
    if fetcher := FETCHER.search(" ".join(probe)):
        return failed(where, f"it needs {fetcher[1]}")
    if not need(facts.healthy):
        return failed(where, "it does not turn healthy")
    hung = need(facts.hung)
    if hung.seconds is None:
        return failed(where, "it stays healthy when the application hangs")
    return passed(where, f"healthy; unhealthy {hung.seconds:.1f} s after all was stopped")
