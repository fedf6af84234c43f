#!/opt/venv/bin/python -IS
"""Asks the process that this container runs, or that of the name given, how it is; fails where it is not well."""

import os
import socket
import sys


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A frame of HTTP/2 (RFC 9113, section 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def serves() -> bool:
    """Whether grpc.health.v1.Health says that the server as a whole, the service without a name, is SERVING."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": "/grpc.health.v1.Health/Check",
        ":authority": "localhost",
        "content-type": "application/grpc",
        "te": "trailers",
    }
    # Literals without indexing (RFC 7541, section 6.2.2), so that nothing has to be compressed
    headers = b"".join(
        b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode() for name, value in fields.items()
    )
    app = socket.create_connection(("localhost", int(os.environ["PORT"] or os.environ["DEFAULT_PORT"])), timeout=4)
    request = frame(4, 0, 0, b"") + frame(1, 4, 1, headers) + frame(0, 1, 1, bytes(5))  # an empty message
    app.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + request)
    answer = app.makefile("rb")
    while head := answer.read(9):
        payload = answer.read(int.from_bytes(head[:3], "big"))
        if head[3] == 0:  # DATA: five bytes about the message, then status = 1
            return payload[5:] == b"\x08\x01"
        if head[3] in (3, 7) or (head[3] == 1 and head[4] & 1):  # RST_STREAM, GOAWAY, or an error in HEADERS
            return False
    return False


sys.exit(not serves())
