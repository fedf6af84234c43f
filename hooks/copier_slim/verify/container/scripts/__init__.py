"""Programs that are run inside containers, by whatever Python the image has: the standard library is all they need."""

from __future__ import annotations

from pathlib import Path


def source(name: str) -> str:
    """The text of one of them."""
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
