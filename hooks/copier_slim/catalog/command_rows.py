"""The types of the rows on start commands, which are checked as they are read.

Their fields are explained at the head of commands.yml, launchers.yml and finishing.yml.
"""

from __future__ import annotations

from functools import cached_property

import msgspec

from copier_slim.catalog.rows import Row


class Program(Row, frozen=True, kw_only=True, dict=True):
    """What starts a server or an app, and what its options are to a container."""

    package: str = ""
    instead: tuple[str, ...] = ()
    module: str = ""
    flags: frozenset[str] = frozenset()
    roles: dict[str, list[str]] = msgspec.field(default_factory=dict)
    settings: dict[str, str] = msgspec.field(default_factory=dict)
    overruled: dict[str, str] = msgspec.field(default_factory=dict)
    needs: tuple[str, ...] = ()
    unneeded: frozenset[str] = frozenset()
    leading: bool = False
    file_wins: bool = False
    beside: dict[str, str] = msgspec.field(default_factory=dict)
    moved: dict[str, str] = msgspec.field(default_factory=dict)
    configuration: str = ""
    variable: str = ""
    class_needs: dict[str, list[str]] = msgspec.field(default_factory=dict)

    @cached_property
    def role_of(self) -> dict[str, str]:
        """The role of each option that has one."""
        return {option: role for role, options in self.roles.items() for option in options}


class Finishing(Row, frozen=True, kw_only=True):
    """What starts a server so that it finishes the requests in flight; `module` is that server's name for python -m."""

    program: str
    module: str


class Wrapper(Row, frozen=True, kw_only=True):
    """A program in front of another: kept where nothing says why it is left out."""

    values: frozenset[str] = frozenset()
    words: int = 0
    run: str = ""
    why: str = ""
    package: str = ""
    instead: tuple[str, ...] = ()


class Commands(Row, frozen=True, kw_only=True):
    """The programs and wrappers by their words, and why the options of a role are left out."""

    programs: dict[str, Program]
    left_out: dict[str, str]
    wrappers: dict[str, Wrapper]

    @property
    def instead(self) -> dict[str, tuple[str, ...]]:
        """The distributions that bring the same programs as another."""
        programs = {row.package or name: row.instead for name, row in self.programs.items() if row.instead}
        return programs | {row.package: row.instead for row in self.wrappers.values() if row.instead}


class Launcher(Row, frozen=True, kw_only=True):
    """How a library's app is started where no server takes it as an object, or itself instead of one."""

    imports: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    itself: tuple[str, ...] = ()
    package: str = ""
    files: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    alone: bool = False
    framework: str = "command"
    command: str
    port: int = 0
    health_path: str = ""
    environment: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    requires: str = ""
    note: str = ""
