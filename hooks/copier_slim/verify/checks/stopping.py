"""The end: who gets SIGTERM, and what becomes of a request in flight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_slim.verify.container import KILLED
from copier_slim.verify.container.processes import in_front, is_wrapper, name_of, server
from copier_slim.verify.not_seen import need
from copier_slim.verify.outcome import Outcome, failed, passed

if TYPE_CHECKING:
    from copier_slim.verify.observations import Facts

IN_TIME = 5  # seconds, idle
OF_A_PROCESS = 30  # seconds that compose.yaml and kubernetes.yaml give at least one beside the server
AT_ONCE = 1  # seconds after which a script in front has to have become the server


def ends_on_sigterm(facts: Facts) -> Outcome:
    """R10: docker stop, Kubernetes and Cloud Run send SIGTERM to PID 1, and kill later."""
    processes = need(facts.processes)
    where = "the processes of a container from its start, and docker stop by SIGTERM"
    first, own = processes[0].command, server(processes).command
    if is_wrapper(first):
        return failed(where, f"PID 1 is {first[:100]}, not the server")
    if is_wrapper(own):
        return failed(where, f"PID 1 is {name_of(first)}, and its child {own[:100]}, not the server")
    seconds, shell = in_front(need(facts.moments), of_init=False)
    if seconds >= AT_ONCE:
        return failed(where, f"for {seconds:.1f} s PID 1 was {shell[:100]}, before it became the server")
    stop = need(facts.stop)
    if stop.exit_code == KILLED:
        return failed(where, f"it was killed after {stop.seconds:.1f} s, PID 1 is {first[:100]}")
    if not stop.in_order:
        return failed(where, f"it ended with exit code {stop.exit_code}, not 0 or 143")
    in_time = OF_A_PROCESS if facts.subject.process else IN_TIME
    if stop.seconds >= in_time:
        return failed(where, f"it took {stop.seconds:.1f} s, not under {in_time}")
    return passed(where, f"PID 1 is {first[:60]}, and ended with {stop.exit_code} after {stop.seconds:.1f} s")


def finishes_what_is_in_flight(facts: Facts) -> Outcome:
    """R11."""
    seen = need(facts.in_flight)
    where = seen.request + (", twice" if seen.tries > 1 else "")
    if seen.answer is None:
        return failed(where, f"it was cut off, and the container ended with {seen.stop.exit_code}")
    if seen.answer.status >= facts.subject.worst_status:
        return failed(where, f"it was answered with status {seen.answer.status}")
    if not seen.stop.in_order:
        return failed(where, f"it was answered, but the container ended with {seen.stop.exit_code}")
    return passed(where, f"answered, and ended after {seen.stop.seconds:.1f} s")
