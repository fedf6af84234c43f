"""Runs a script, and lets it start no other program: sys.argv names it, then its arguments.

pip starts one for whatever it builds, which runs code of the package: a setup.py, a build backend. An audit hook
(PEP 578) holds where its settings do not: `--only-binary` knows nothing of requirements by URL, and a line
`--no-binary` in requirements.in takes it back. It is run by the lock's Python, so it needs nothing of this package.
"""

import os
import runpy
import sys
from pathlib import Path
from typing import Any

STARTS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "pty.spawn")
REFUSED = "builds nothing on this machine"


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Raises the OSError that pip takes well where it could do without the program.

    keyring may be started: it is asked for an index's password where the machine's own settings say so.
    """
    if event not in STARTS:
        return
    program = arguments[0] or (arguments[1][0] if len(arguments) > 1 and arguments[1] else "")
    if Path(os.fsdecode(program)).name not in {"keyring", "keyring.exe"}:
        raise PermissionError(REFUSED)


if __name__ == "__main__":
    sys.addaudithook(refuse)
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")
