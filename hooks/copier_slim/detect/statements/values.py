"""The values of fields in the forms that files have for them: commands, variables, ports, paths of probes."""

from __future__ import annotations

import math
import re
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from copier_slim.detect.statements.dockerfile import unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_PORT = 65535
LONGEST = 9999  # seconds, what the answer limits takes
MOST = 1_000_000  # MiB, likewise
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001, "us": 0.000001}
PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|us|[dhms])")
DURATION = re.compile(rf"(?:{PART.pattern})+")
AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([kmg])?(?:ib?|b)?")
DEFAULT = re.compile(r"\$\{\w+:?-([^${}]*)\}")
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
PROBE_URL = re.compile(
    r"https?://[^\s\"'|;&)]+|(?:curl|wget)\s[^|;&]{0,200}?(?<=[\s\"'])((?:localhost|127\.0\.0\.1|\[::1\])(?::[\w${}-]{1,99})?/[^\s\"'|;&)]*)"
)


def line(value: Any) -> str:  # noqa: ANN401 whatever the file holds
    """A command as one shell line: words are joined, and lines, each of which runs on, are a chain; "" for none."""
    if isinstance(value, list):
        return unquoted(shlex.join(map(str, value))) if all(_is_plain(word) for word in value) else ""
    if isinstance(value, dict):
        return line(value.get("command"))
    if not _is_plain(value):
        return ""
    text = re.sub(r"\\\n", " ", str(value))
    lines = [part.strip() for part in text.split("\n") if part.strip() and not part.lstrip().startswith("#")]
    return " && ".join(part.removesuffix("&&").strip() for part in lines)


def chain(value: Any) -> str:  # noqa: ANN401 likewise
    """A list of commands, each a shell line, as one line; the words of one command where a program comes first."""
    if isinstance(value, list) and any(" " in str(item).strip() for item in value):
        return " && ".join(filter(None, map(line, value)))
    return line(value)


def variables(value: Any) -> Iterator[tuple[str, str | None]]:  # noqa: ANN401 likewise
    """The names and values of environment variables, None for one that is set elsewhere."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield str(name), _text(item)
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            name = item.get("key", item.get("name", item.get("fromGroup")))
            if name is not None:
                yield str(name), _text({**item, "value": item.get("value")})
            elif len(item) == 1:
                yield from variables(item)
        else:
            name, equals, text = str(item).partition("=")
            yield name.strip(), text if equals else None


def _text(value: Any) -> str | None:  # noqa: ANN401 likewise
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return _text(value.get("value"))
    return str(value) if _is_plain(value) else None


def with_defaults(text: str) -> str:
    """The text with the defaults of its variables; $$ is a $, as compose has it."""
    return DEFAULT.sub(lambda found: found[1], text)


def port(value: Any) -> int | None:  # noqa: ANN401 likewise
    """The first port inside the container."""
    return next(iter(ports(value)), None)


def ports(value: Any) -> list[int]:  # noqa: ANN401 likewise
    """The ports inside the container: of a number, of HOST:PUBLISHED:TARGET/PROTOCOL, of what has a `target`."""
    found: dict[int, None] = {}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            item = item.get("target", item.get("containerPort"))  # noqa: PLW2901 the port is what is asked for
        if isinstance(item, bool) or not _is_plain(item):
            continue
        target = with_defaults(str(item)).rpartition(":")[2].partition("/")
        if target[2] != "udp" and re.fullmatch(r"[0-9]{1,5}", target[0]) and 0 < int(target[0]) <= LARGEST_PORT:
            found[int(target[0])] = None
    return list(found)


def probed(value: Any) -> str:  # noqa: ANN401 likewise
    """The path that a probe's command asks for, or that is given as one; "" where that is none."""
    address = _address(value)
    return address.path or "/" if address else ""


def asked_beside(value: Any) -> str:  # noqa: ANN401 likewise
    """What such a path is asked with, as ?full=1; "" where that is nothing."""
    address = _address(value)
    return f"?{address.query}" if address and address.query else ""


def _address(value: Any) -> SplitResult | None:  # noqa: ANN401 likewise
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    found = PROBE_URL.search(text)
    try:
        if text.startswith("/") and " " not in text:
            return urlsplit(text)
        return urlsplit(f"http://{found[1]}" if found[1] else found[0]) if found else None
    except ValueError:
        return None


def seconds(value: Any) -> str:  # noqa: ANN401 likewise
    """A duration as whole seconds: of a number of them, of 1m30s; "" where it is none from 1 to 9999."""
    text = str(value).strip().lower() if _is_plain(value) else ""
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text):
        total = float(text)
    elif DURATION.fullmatch(text):
        total = sum(float(number) * UNITS[unit] for number, unit in PART.findall(text))
    else:
        return ""
    whole = math.ceil(total)
    return str(whole) if 0 < whole <= LONGEST else ""


def memory(value: Any) -> str:  # noqa: ANN401 likewise
    """An amount of memory as whole MiB or GiB: of bytes, of 512m, 512Mi, 1.5 GB; "" where it is none."""
    found = AMOUNT.fullmatch(str(value).strip().lower()) if _is_plain(value) else None
    amount = int(float(found[1]) * 1024 ** ".kmg".index(found[2] or ".")) >> 20 if found else 0
    if not 0 < amount < MOST:
        return ""
    return f"{amount >> 10}G" if amount % 1024 == 0 else f"{amount}M"


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
