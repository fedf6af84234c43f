"""Asks 127.0.0.1 at a port for paths, and prints each with the status of its answer, 0 for what is not HTTP.

The first path is that of the image's health check. Where that has none, what answers only for the hosts that it names
is asked once more as localhost.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, RemoteDisconnected

WITHIN = 4  # seconds for each answer


def main() -> None:
    port, health, *others = sys.argv[1:]
    for path in dict.fromkeys(filter(None, (health, *others))):
        try:
            status = _status(int(port), path, {})
            if status == HTTPStatus.BAD_REQUEST and not health:
                status = _status(int(port), path, {"Host": "localhost"})
        except RemoteDisconnected:
            continue
        except OSError:
            return
        print(path, status)  # noqa: T201
        if not status:
            return


def _status(port: int, path: str, headers: dict[str, str]) -> int:
    """The status of an answer; RemoteDisconnected and OSError where there is none."""
    connection = HTTPConnection("127.0.0.1", port, timeout=WITHIN)
    try:
        connection.request("GET", path, headers={"Connection": "close", **headers})
        return connection.getresponse().status
    except RemoteDisconnected:
        raise
    except (HTTPException, ValueError):
        return 0
    finally:
        connection.close()


if __name__ == "__main__":
    main()
