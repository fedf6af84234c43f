"""Types that several threads meet for the first time at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.command.running import environment

AT_ONCE = """
import sys, threading
import msgspec
from copier_slim.reading import typed
sys.setswitchinterval(1e-6)
for _ in range(60):
    inner = msgspec.defstruct("Inner", [("name", str)])
    outer = msgspec.defstruct("Outer", [("items", dict[str, list[inner]])])
    start = threading.Barrier(8)
    threads = [threading.Thread(target=lambda: (start.wait(), {call})) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


@pytest.mark.parametrize(
    "call",
    [
        "typed.convert({'items': {'a': [{'name': 'b'}]}}, outer)",
        """typed.from_json('{"items": {"a": [{"name": "b"}]}}', outer)""",
    ],
)
def test_threads_may_meet_a_type_at_once(call: str) -> None:
    program = AT_ONCE.replace("{call}", call)
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
