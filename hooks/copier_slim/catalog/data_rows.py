"""The type of the rows on data that libraries fetch, explained at the head of data.yml."""

from __future__ import annotations

import msgspec

from copier_slim.catalog.rows import Row


class Data(Row, frozen=True, kw_only=True):
    """What a library fetches at its first use: how that is seen, what fetches it, where it lies, what it weighs."""

    about: str
    same: str = msgspec.field(default="", name="as")
    packages: list[str]
    tools: tuple[str, ...] = ()
    variables: dict[str, str] = msgspec.field(default_factory=dict)
    set: tuple[str, ...] = ()
    on_path: bool = False
    calls: tuple[str, ...] = ()
    first: bool = True
    argument: tuple[str, ...] = ()
    prefix: str = ""
    names: dict[str, str] = msgspec.field(default_factory=dict)
    beside: dict[str, list[str]] = msgspec.field(default_factory=dict, name="with")
    uses: dict[str, list[str]] = msgspec.field(default_factory=dict)
    commands: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    system: dict[str, list[str]] = msgspec.field(default_factory=dict)
    pattern: str = ""
    elsewhere: dict[str, str] = msgspec.field(default_factory=dict)
    secret: str = ""
    mb: dict[str, float] = msgspec.field(default_factory=dict)
    proven: str = ""

    def weight(self, name: str) -> float:
        """The megabytes of a name, unpacked."""
        return self.mb.get(name.partition("@")[0], self.mb.get("other", 0))


class Literal(Row, frozen=True, kw_only=True):
    """What of a package's data code names by a literal; `only` are the calls and `names` the variables that count."""

    pattern: str
    only: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    since: str = ""
