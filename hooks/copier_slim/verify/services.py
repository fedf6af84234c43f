"""Whether a process came to nothing only because a service that it needs, such as a broker, is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copier_slim.verify.observations import Started

# What clients say of a service that they do not reach, and what a program says that has a fault of its own
UNREACHED = re.compile(
    r"connection (?:refused|error|closed|reset|timed out)|(?:cannot|can't|could not) connect|ConnectionError"
    r"|ConnectionRefusedError|name or service not known|name resolution|getaddrinfo|no address associated|gaierror"
    r"|AMQPConnectionError|ServerSelectionTimeout|\bError (?:111|-2|-3|-5)\b",
    re.IGNORECASE,
)
BROKEN = re.compile(r"\b(?:ModuleNotFound|Import|Syntax|Name|Attribute|Permission|Key)Error\b|Read-only file system")
CANNOT_START = (126, 127)


def unreached(log: str) -> str:
    """The last line that says so, "" where none does or another fault is seen."""
    if BROKEN.search(log):
        return ""
    return next((line.strip()[:160] for line in log.splitlines()[::-1] if UNREACHED.search(line)), "")


def lonely(started: Started) -> str:
    """Such a line of a start that gave no answer; "" for any other start."""
    return "" if started.answer or started.exit_code in CANNOT_START else unreached(started.log)
