"""Asks 127.0.0.1 at a port for paths, and prints each with the status of its answer, 0 for what is not HTTP."""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException, RemoteDisconnected

WITHIN = 4  # seconds for each answer


def main() -> None:
    port = int(sys.argv[1])
    for path in sys.argv[2:]:
        connection = HTTPConnection("127.0.0.1", port, timeout=WITHIN)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            status = connection.getresponse().status
        except (HTTPException, ValueError) as error:
            if isinstance(error, RemoteDisconnected):
                continue
            status = 0
        except OSError:
            return
        finally:
            connection.close()
        print(path, status)  # noqa: T201
        if not status:
            return


if __name__ == "__main__":
    main()
