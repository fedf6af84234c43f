"""Asks a Django app for a path without a server, and prints the traceback that its settings log nowhere.

The first argument is the module with its WSGI or ASGI application.
"""

from __future__ import annotations

import importlib
import sys
import traceback


def main() -> None:
    try:
        importlib.import_module(sys.argv[1])
        # The container's Django, which needs the settings first
        importlib.import_module("django.test").Client(HTTP_HOST="127.0.0.1").get(sys.argv[2])
    except Exception:  # noqa: BLE001 whatever the app raises
        traceback.print_exc(file=sys.stdout)


if __name__ == "__main__":
    main()
