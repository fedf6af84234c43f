"""The command as a process: it can be stopped from its first moment on, and leaves no temporary file behind."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # the current directory: nothing is imported from the repository that is looked at

import os
from typing import NoReturn

from copier_slim.process import interruption


def main() -> NoReturn:
    """Runs the command, whatever is imported for it included."""
    _open_what_is_closed()
    interruption.listen()
    from copier_slim import cli  # noqa: PLC0415 what takes time comes after that
    from copier_slim.process import scratch  # noqa: PLC0415 what takes time comes after that

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
        from copier_slim import console  # noqa: PLC0415 likewise

        console.complain(f"copier-slim: {interruption.line()}")
    finally:
        scratch.remove()
    _leave(code if isinstance(code, int) else 0)


def _open_what_is_closed() -> None:
    """Gives a process that was started without stdin, stdout or stderr an empty one; a file would get its number."""
    for name, mode in ("stdin", "r"), ("stdout", "w"), ("stderr", "w"):
        if getattr(sys, name) is None:
            # The lowest number is free, and is inherited by the commands that are run
            number = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(number, True)  # noqa: FBT003 its only form
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8"))


def _leave(code: int) -> NoReturn:
    """Ends the process without waiting for threads, which may wait for the network."""
    from copier_slim import console  # noqa: PLC0415 likewise

    os._exit(code or console.flush())


if __name__ == "__main__":
    main()
