"""The benchmark's report states figures that were measured, and no others."""

from __future__ import annotations

from bench.generation import VERSION
from bench.report import Report, Result


def text(**images: int) -> str:
    """The report on designs of these sizes, in bytes."""
    seconds = {"cold": [1.0], "code": [1.0], "dependency": [1.0], "start": [1.0]}
    results = {
        name.replace("_", "-"): Result(name, size, size, 7_400_000, 418, seconds) for name, size in images.items()
    }
    return Report(results, {VERSION: [1.0]}, {}, "naive-slim", 1, 1).markdown()


def test_what_bytecode_weighs_is_as_measured() -> None:
    said = text(uv_guide=150_000_000, uv_lock=161_300_000)
    assert "uv's own guide is 11.3 MB smaller" in said
    assert "7.4 MB in 418 modules" in said


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert "guide is" not in text(uv_lock=161_300_000)
    assert "guide is" not in text(uv_guide=161_300_000, uv_lock=150_000_000)
