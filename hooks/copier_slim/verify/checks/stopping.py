"""The end: who gets SIGTERM, and what becomes of a request in flight."""

from __future__ import annotations

import posixpath

from copier_slim import catalog
from copier_slim.verify.container import KILLED
from copier_slim.verify.facts import Facts, need
from copier_slim.verify.outcome import Outcome, failed, passed

IN_TIME = 5  # seconds, idle
ENDED = (0, 143)  # by itself, or by the signal


def ends_on_sigterm(facts: Facts) -> Outcome:
    """R10: docker stop, Kubernetes and Cloud Run send SIGTERM to PID 1, and kill later."""
    processes, stop = need(facts.processes), need(facts.stop)
    where = "the processes of a container, and docker stop"
    first = processes[0].command
    words = [posixpath.basename(word) for word in first.split()]
    traces = catalog.traces()
    if words and words[0].lstrip("-") in traces.shells | traces.wrappers:
        return failed(where, f"PID 1 is {first[:100]}, not the server")
    if stop.exit_code == KILLED:
        return failed(where, f"it was killed after {stop.seconds:.1f} s, PID 1 is {first[:100]}")
    if stop.exit_code not in ENDED:
        return failed(where, f"it ended with exit code {stop.exit_code}, not 0 or 143")
    if stop.seconds >= IN_TIME:
        return failed(where, f"it took {stop.seconds:.1f} s, not under {IN_TIME}")
    return passed(where, f"PID 1 is {first[:60]}, and ended with {stop.exit_code} after {stop.seconds:.1f} s")


def finishes_what_is_in_flight(facts: Facts) -> Outcome:
    """R11."""
    seen = need(facts.in_flight)
    where = "a request of two seconds, SIGTERM after 0.7 s"
    if seen.answer is None:
        return failed(where, f"it was cut off, and the container ended with {seen.stop.exit_code}")
    if seen.answer.status >= facts.subject.worst_status:
        return failed(where, f"it was answered with status {seen.answer.status}")
    if seen.stop.exit_code not in ENDED:
        return failed(where, f"it was answered, but the container ended with {seen.stop.exit_code}")
    return passed(where, f"answered, and ended after {seen.stop.seconds:.1f} s")
