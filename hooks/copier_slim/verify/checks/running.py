"""The start: hardened, and as a user that the image does not know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.verify.not_seen import need
from copier_slim.verify.outcome import Outcome, failed, passed
from copier_slim.verify.services import lonely

if TYPE_CHECKING:
    from copier_slim.verify.observations import Facts, Started
    from copier_slim.verify.target import Subject

# A line that says something went wrong: as Python and the kernel say, or by its level
WRONG = re.compile(r"Traceback \(most|Permission denied|Read-only file system", re.IGNORECASE)
ERROR = re.compile(r"\berror\b|\bcritical\b|\bfatal\b", re.IGNORECASE)
# Its level is another, or it counts none
HARMLESS = re.compile(r"^[\W\d_TZ]*(?:INFO|DEBUG)\b|\b(?:no|0|zero|without(?: an?)?) error\b")
LOUD = 10_000_000  # bytes of log before the first answer
LAST_LINES = 10


def runs_hardened(facts: Facts) -> Outcome:
    """R8, OWASP's Docker rules 3, 4 and 8; what it is asked for is answered."""
    where = "a container with a read-only root, no capabilities, no-new-privileges and a tmpfs at /tmp"
    return _judged(where, facts.subject, facts.started, quiet=True)


def runs_as_any_user(facts: Facts) -> Outcome:
    """R9, as OpenShift starts containers."""
    return _judged("the same as user 123456 in group 0", facts.subject, need(facts.any_user), quiet=False)


def _judged(where: str, subject: Subject, started: Started, *, quiet: bool) -> Outcome:
    lines = [line for line in started.log.splitlines() if line.strip()]
    problem = why_not(subject, started)
    if problem:
        return failed(where, problem, lines[-LAST_LINES:])
    errors = [line.strip()[:300] for line in lines if _is_wrong(line)]
    if quiet and errors:
        return failed(where, f"its log has {len(errors)} lines about errors", errors)
    if quiet and started.log_size > LOUD:
        return failed(where, f"it wrote {started.log_size / 1e6:.0f} MB of log", lines[-LAST_LINES:])
    if started.exit_code == 0 and not subject.process:
        return passed(where, f"it ended with 0 after {started.seconds:.1f} s")
    status = f" with status {started.answer.status}" if started.answer and started.answer.status else ""
    what = f"{f'answered{status}' if subject.port else 'started'} after {started.seconds:.1f} s"
    return passed(where, f"{what}, no error in its log" if quiet else what)


def _is_wrong(line: str) -> bool:
    return bool(WRONG.search(line) or (ERROR.search(line) and not HARMLESS.search(line)))


def why_not(subject: Subject, started: Started) -> str:
    """Why a start gave no answer that counts, "" where it did."""
    if started.answer and started.answer.status >= subject.worst_status:
        return f"{subject.path} is answered with status {started.answer.status}"
    if started.answer:
        return ""
    if started.exit_code is not None:
        return f"it ended with exit code {started.exit_code} after {started.seconds:.1f} s"
    if not subject.port:
        said = lonely(started)
        return f"it was not healthy within {started.seconds:.0f} s{said and f': {said}'}"
    never = f"it gave no answer on port {subject.port} within {started.seconds:.0f} s"
    local = all(address.startswith(("127.", "[::1]")) for address in started.listening)
    where = f"at {', '.join(started.listening)}" if started.listening else "nowhere that can be seen"
    return f"{never}; it listens {where}{', which only the container reaches' if local and started.listening else ''}"
