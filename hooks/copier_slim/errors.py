"""The ways in which a verb ends that is not fine: each is one line on stderr and an exit code.

The codes are part of the command's contract: 1 a check failed or a conflict is left, 2 wrong usage,
3 the input cannot be used, 4 a tool that is needed is missing or broken, so that a check could not look, too.
"""

from __future__ import annotations

from typing import ClassVar


class CopierSlimError(Exception):
    """Says in one line what, where and what to do; `exit_code` is the command's."""

    exit_code: ClassVar[int] = 1


class CheckFailedError(CopierSlimError):
    """A check failed, or conflicts are left."""

    exit_code = 1


class UsageError(CopierSlimError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class InputError(CopierSlimError):
    """What the repository or the user gives cannot be used.

    `with_python` where another Python may do; `not_built` is the package that has no wheel for it and does not compile.
    """

    exit_code = 3

    def __init__(self, message: str, *, with_python: bool = False, not_built: str = "") -> None:
        super().__init__(message)
        self.with_python = with_python or bool(not_built)
        self.not_built = not_built


class ToolError(CopierSlimError):
    """Docker, the network or another tool that is needed is missing or broken."""

    exit_code = 4
