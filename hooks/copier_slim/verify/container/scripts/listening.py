"""Prints the addresses that TCP sockets listen at, as 127.0.0.1:8000, one a line."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

LISTEN = "0A"


def main() -> None:
    found = set()
    for name, family in ("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6):
        try:
            lines = Path("/proc/net", name).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            local, state = line.split()[1], line.split()[3]
            if state == LISTEN:
                address, port = local.split(":")
                # Each word of four bytes is in the machine's order
                words = [bytes.fromhex(address[at : at + 8]) for at in range(0, len(address), 8)]
                packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
                shown = socket.inet_ntop(family, packed)
                found.add(f"[{shown}]:{int(port, 16)}" if ":" in shown else f"{shown}:{int(port, 16)}")
    # Docker's own name server listens there in networks of the user's
    print("\n".join(sorted(item for item in found if not item.startswith("127.0.0.11:"))))  # noqa: T201


if __name__ == "__main__":
    main()
