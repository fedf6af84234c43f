"""No regular expression goes back: each reads 30,000 characters, made of its own parts, in a moment."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from tests.limits.patterns import Pattern, all_patterns, texts

LENGTH = 30_000
SECONDS = 1.0
PATTERNS = all_patterns()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Ends what takes more of the processor by a TimeoutError; the engine of regular expressions looks for signals."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def slow(pattern: Pattern) -> str | None:
    """The beginning and the end of a text that takes the pattern too long; None where none does."""
    for text in texts(pattern, LENGTH):
        for method in pattern.methods:
            subject = text.encode() if isinstance(pattern.text, bytes) else text
            arguments = ("", subject) if method in {"sub", "subn"} else (subject,)
            try:
                with at_most(SECONDS):
                    found = getattr(pattern.compiled, method)(*arguments)
                    if method == "finditer":  # which looks when it is asked for the next
                        list(found)
            except TimeoutError:
                return f"{method} {text[:90]!r}…{text[-10:]!r}"
    return None


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.place)
def test_no_pattern_goes_back(pattern: Pattern) -> None:
    assert slow(pattern) is None, pattern.text
