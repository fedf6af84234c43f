"""The command as a process: it can be stopped from its first moment on, and leaves no temporary file behind."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # the current directory: nothing is imported from the repository that is looked at

import os
from typing import NoReturn

from copier_slim import interruption


def main() -> NoReturn:
    """Runs the command, whatever is imported for it included."""
    interruption.listen()
    from copier_slim import cli, scratch  # noqa: PLC0415 what takes time comes after that

    code: object
    try:
        interruption.begin()
        try:
            scratch.make()
            cli.main()
        except SystemExit as end:
            code = end.code
        interruption.over()
    except KeyboardInterrupt:
        interruption.over()
        code = interruption.EXIT_CODE
        from copier_slim import report  # noqa: PLC0415 likewise

        report.complain(f"copier-slim: {interruption.line()}")
    finally:
        scratch.remove()
    _leave(code if isinstance(code, int) else 0)


def _leave(code: int) -> NoReturn:
    """Ends the process without waiting for threads, which may wait for the network."""
    from copier_slim import report  # noqa: PLC0415 likewise

    os._exit(code if report.flush() else code or 1)


if __name__ == "__main__":
    main()
