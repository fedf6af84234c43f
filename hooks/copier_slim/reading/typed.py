"""Data as a type says, by msgspec, in one thread at a time.

msgspec 0.22 ends the process where two threads meet a type for the first time.
"""

from __future__ import annotations

import threading
from typing import TypeVar

import msgspec

Type = TypeVar("Type")
MEETING = threading.Lock()


def convert(data: object, wanted: type[Type]) -> Type:
    """Plain data as the type; raises msgspec.ValidationError where they do not fit."""
    with MEETING:
        return msgspec.convert(data, wanted)


def from_json(text: bytes | str, wanted: type[Type]) -> Type:
    """JSON as the type; raises msgspec.MsgspecError where it is none, or they do not fit."""
    with MEETING:
        return msgspec.json.decode(text, type=wanted)
