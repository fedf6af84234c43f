"""Each option of a server, however it is spelled, is kept."""

from __future__ import annotations

import shlex

import pytest

from .conftest import Detect
from .test_stated_commands import FILES

# Options with a value that it may have, of those which say nothing on where to listen or log
OPTIONS: dict[str, list[str]] = {
    "gunicorn shop.web:app": [
        "--workers 3", "-w 3", "--worker-class gthread", "-k gthread", "--worker-connections 50", "--threads 3",
        "--timeout 90", "-t 90", "--graceful-timeout 30", "--keep-alive 5", "--max-requests 900",
        "--max-requests-jitter 9", "--limit-request-line 999", "--limit-request-fields 99",
        "--limit-request-field_size 99", "--chdir shop", "--pythonpath shop", "--env A=b", "-e A=b",
        "--worker-tmp-dir /tmp", "--umask 7", "-m 7", "--forwarded-allow-ips *", "--proxy-allow-from *",
        "--log-level debug", "--log-config log.ini", "--logger-class shop.log.Logger",
        "--access-logformat %(h)s", "--statsd-host localhost:8125", "--statsd-prefix shop", "--name shop",
        "-n shop", "--backlog 99", "--certfile a.pem", "--keyfile b.pem", "--paste shop.ini",
        "--access-logfile /dev/stdout", "--error-logfile /dev/stderr",
    ],
    "uvicorn shop.api:app": [
        "--workers 3", "--loop asyncio", "--http h11", "--ws none", "--ws-max-size 99", "--ws-ping-interval 9",
        "--lifespan off", "--interface asgi3", "--env-file some.env", "--log-config log.ini",
        "--log-level debug", "--forwarded-allow-ips *", "--root-path /api", "--limit-concurrency 99",
        "--backlog 99", "--limit-max-requests 900", "--timeout-keep-alive 9", "--timeout-graceful-shutdown 30",
        "--ssl-keyfile a.pem", "--header X:y", "--app-dir shop", "--h11-max-incomplete-event-size 99",
    ],
    "hypercorn shop.api:app": [
        "--workers 3", "-w 3", "--worker-class asyncio", "-k asyncio", "--graceful-timeout 30",
        "--read-timeout 9", "--max-requests 900", "--keep-alive 9", "--root-path /api", "--server-name shop",
        "--log-level debug", "--backlog 99", "--log-config log.ini", "--certfile a.pem",
        "--insecure-bind 0.0.0.0:9106", "--quic-bind 0.0.0.0:9107", "--websocket-ping-interval 9",
        "--statsd-host localhost:8125", "-m 7",
    ],
    "granian shop.api:app": [
        "--interface asginl", "--http 1", "--workers 3", "--blocking-threads 3", "--runtime-threads 3",
        "--runtime-mode st", "--loop asyncio", "--backlog 99", "--backpressure 99", "--log-level debug",
        "--log-config log.json", "--access-log-fmt x", "--ssl-keyfile a.pem", "--url-path-prefix /api",
        "--respawn-interval 9", "--workers-lifetime 900", "--workers-kill-timeout 30", "--working-dir shop",
        "--env-files some.env", "--static-path-mount static", "--process-name shop",
    ],
}  # fmt: skip
FLAGS = {
    "gunicorn shop.web:app": ["--preload", "--capture-output", "--no-sendfile", "--reuse-port", "-R", "--log-syslog"],
    "uvicorn shop.api:app": ["--proxy-headers", "--no-server-header", "--no-access-log", "--use-colors", "--http2"],
    "hypercorn shop.api:app": [],
    "granian shop.api:app": ["--no-ws", "--respawn-failed-workers", "--no-access-log", "--metrics", "--no-log"],
}


def _spellings() -> list[tuple[str, tuple[str, ...]]]:
    found = []
    for server, options in OPTIONS.items():
        for option in options:
            name, _, value = option.partition(" ")
            found += [(server, (name, value)), (server, (f"{name}={value}" if name[1] == "-" else name + value,))]
        found += [(server, (flag,)) for flag in FLAGS[server]]
    return found


@pytest.mark.parametrize(("server", "words"), _spellings(), ids=str)
def test_an_option_is_kept_as_it_is_spelled(server: str, words: tuple[str, ...], detecting: Detect) -> None:
    program, app = server.split()
    for line in ([program, *words, app], [program, app, *words]):
        found = detecting({**FILES, "Procfile": f"web: {shlex.join(line)}\n"}).findings
        kept = shlex.split(found.value("command"))
        assert all(word in kept for word in words), kept
        assert found.value("app") in (app, app.removeprefix("shop."))
        name = words[0].partition("=")[0]
        assert sum(word.partition("=")[0] == name for word in kept) == 1, kept
