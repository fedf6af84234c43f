"""The values of fields in the forms that files have for them: commands, variables, ports, paths of probes."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from copier_slim.detect.statements.dockerfile import unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_PORT = 65535
DEFAULT = re.compile(r"\$\{\w+:?-([^${}]*)\}")
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
PROBE_URL = re.compile(r"https?://[^\s\"'|;&)]+")


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
    """The first port inside the container: of a number, of HOST:PUBLISHED:TARGET/PROTOCOL, of what has a `target`."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            item = item.get("target", item.get("containerPort"))  # noqa: PLW2901 the port is what is asked for
        if isinstance(item, bool) or not _is_plain(item):
            continue
        target = with_defaults(str(item)).rpartition(":")[2].partition("/")
        if target[2] != "udp" and re.fullmatch(r"[0-9]{1,5}", target[0]) and 0 < int(target[0]) <= LARGEST_PORT:
            return int(target[0])
    return None


def probed(value: Any) -> str:  # noqa: ANN401 likewise
    """The path that a probe's command asks for, or that is given as one; "" where that is none."""
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    if text.startswith("/") and " " not in text:
        return urlsplit(text).path
    if found := PROBE_URL.search(text):
        try:
            return urlsplit(found[0]).path or "/"
        except ValueError:
            return ""
    return ""


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
