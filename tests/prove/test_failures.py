"""The rows of failures.yml: what each fits, and what looks alike and is left alone."""

from __future__ import annotations

import re
import time

import pytest

from copier_slim import catalog
from copier_slim.catalog.failure_rows import STATES
from copier_slim.prove.matching import matches
from copier_slim.prove.mends import MENDS
from copier_slim.prove.observation import Observation

ROWS = catalog.failures()
LOGS = [(name, text) for name, row in ROWS.items() for text in row.examples]
OTHERS = [(name, text) for name, row in ROWS.items() for text in row.others]


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_whole(name: str) -> None:
    row = ROWS[name]
    assert set(row.at) <= set(STATES)
    assert row.mend or row.needs
    assert not row.mend or row.mend in MENDS
    assert bool(row.mend) == bool(row.says)
    assert bool(row.log) == bool(row.examples) == bool(row.others)
    for pattern in (row.log, row.unless, *row.uses):
        re.compile(pattern)


@pytest.mark.parametrize(("name", "text"), LOGS)
def test_a_row_fits_what_it_is_for(name: str, text: str) -> None:
    assert name in found(name, f"starting\n{text}\nended\n")


@pytest.mark.parametrize(("name", "text"), OTHERS)
def test_a_row_leaves_alone_what_looks_alike(name: str, text: str) -> None:
    assert name not in found(name, f"starting\n{text}\nended\n")


def found(name: str, log: str) -> list[str]:
    """The rows that fit a log of an observation in the first of the states that a row is for."""
    return [item.name for item in matches(OBSERVATIONS[ROWS[name].at[0]](log))]


OBSERVATIONS = {
    "unbuilt": lambda log: Observation(log, built=False),
    "killed": lambda log: Observation(log, port=8000, exit_code=137),
    "full": lambda log: Observation(log, port=8000, written=(3 << 30, 4000)),
    "illegal": lambda log: Observation(log, port=8000, exit_code=132),
    "ended": lambda log: Observation(log, port=8000, exit_code=1),
    "silent": lambda log: Observation(log, port=8000),
    "loopback": lambda log: Observation(log, port=8000, listening=("127.0.0.1:8000",)),
    "elsewhere": lambda log: Observation(log, port=8000, listening=("0.0.0.0:7000",)),
    "mute": lambda log: Observation(log, port=8000, listening=("0.0.0.0:8000",)),
    "error": lambda log: Observation(log, port=8000, listening=("0.0.0.0:8000",), answers={"/": 500}),
    "refused": lambda log: Observation(
        log, port=8000, path="/healthz", listening=("0.0.0.0:8000",), answers={"/healthz": 401, "/": 200}
    ),
    "not-found": lambda log: Observation(log, port=8000, listening=("0.0.0.0:8000",), answers={"/": 404, "/docs": 404}),
    "works": lambda log: Observation(log, port=8000, listening=("[::]:8000",), answers={"/": 200}),
}


@pytest.mark.parametrize("state", STATES)
def test_a_start_comes_out_in_one_of_the_states(state: str) -> None:
    assert OBSERVATIONS[state]("").state == state


@pytest.mark.parametrize(
    ("observation", "state"),
    [
        (Observation("", exit_code=0), "works"),
        (Observation("", exit_code=1), "ended"),
        (Observation("", port=8000, exit_code=0), "ended"),
        (Observation(""), "works"),
        (Observation("", listening=("0.0.0.0:9000",)), "elsewhere"),
        (Observation("", listening=("0.0.0.0:45123",)), "works"),
        (Observation("", listening=("127.0.0.1:9000",)), "works"),
        (Observation("", port=8000, listening=("[::1]:8000",)), "loopback"),
        (Observation("", port=8000, listening=("127.0.0.1:8000", "0.0.0.0:8000"), answers={"/": 0}), "works"),
        (Observation("", port=8000, listening=("0.0.0.0:8000",), answers={"/": 503}), "error"),
        (Observation("", port=8000, listening=("0.0.0.0:8000",), answers={"/": 302}), "works"),
        (Observation("", port=8000, listening=("0.0.0.0:8000",), answers={"/": 404, "/docs": 200}), "works"),
    ],
)
def test_where_it_listens_and_what_it_answers_counts(observation: Observation, state: str) -> None:
    assert observation.state == state


# What the expressions begin with, over and over in one line, as a flood of output may be
FLOODS = (
    "x", "=", '/jinja2/a.py"\n', "A_", "a/", "token ", "Error: ", "env A_B ", "libab.", "sqlalchemy.", "package.json: ",
    "connection ", "No such file or directory: 'a/", "PermissionError: [Errno 13] Permission denied: '/a/",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.log])
def test_a_row_reads_a_flood_at_once(name: str) -> None:
    begun = time.process_time()
    for text in FLOODS:
        for _ in re.finditer(ROWS[name].log, text * (20_000 // len(text)), re.MULTILINE):
            pass
    assert time.process_time() - begun < 3
