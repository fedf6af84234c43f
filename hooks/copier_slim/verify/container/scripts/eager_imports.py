"""Sets the filter of lazy imports (PEP 810) for a trial, by variables; in the venv, where a .pth imports it.

COPIER_SLIM_EAGER and those that begin so have the modules that cannot wait, COPIER_SLIM_TESTS those whose own imports
cannot. Where COPIER_SLIM_RECORD names a file, no import waits, and what is imported is written there, a line each.
"""

from __future__ import annotations

import os
import sys
from itertools import accumulate

EAGER = {
    name for variable, value in os.environ.items() if variable.startswith("COPIER_SLIM_EAGER") for name in value.split()
}
TESTS = {*os.environ.get("COPIER_SLIM_TESTS", "").split()}
RECORD = os.environ.get("COPIER_SLIM_RECORD", "")


def among(name: str, modules: set[str]) -> bool:
    """Whether a module is one of these, or below one."""
    return not modules.isdisjoint(accumulate(name.split("."), "{}.{}".format))


def can_wait(importer: str, module: str, names: tuple[str, ...] | None) -> bool:
    imported = [module, *(f"{module}.{name}" for name in names or ())]
    if RECORD:
        descriptor = os.open(RECORD, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, "".join(f"{name}\n" for name in imported).encode())
        os.close(descriptor)
        return False
    return not (among(importer, TESTS) or any(among(name, EAGER) for name in imported))


if hasattr(sys, "set_lazy_imports_filter"):
    sys.set_lazy_imports_filter(can_wait)
