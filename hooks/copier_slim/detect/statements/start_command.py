"""The start command that the repository states outright, for this platform or another."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from copier_slim.detect.findings import Evidence
from copier_slim.detect.statements.commands import read_command
from copier_slim.detect.statements.programs import flask_app
from copier_slim.detect.statements.start import Start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copier_slim.detect.code.apps import Code
    from copier_slim.detect.statements.settled import Statements

DOTENV = (".flaskenv", ".env", ".env.example", ".env.sample")


def stated(code: Code, statements: Statements) -> Iterator[tuple[Start, Evidence]]:
    """What is stated, with its place, the most binding first; only what can be told, and what is in the repository."""
    for command, evidence, image in statements.commands:
        start = read_command(command, code, evidence, image)
        if start:
            yield replace(start, evidence=start.evidence if start.evidence.line else evidence), evidence
    if (flask := _flask_env(code)) is not None:
        yield flask, flask.evidence


def _flask_env(code: Code) -> Start | None:
    for path in DOTENV:
        for number, line in enumerate((code.tree.text(path) or "").split("\n"), 1):
            if match := re.match(r"\s*(?:export\s+)?FLASK_APP\s*=\s*[\"']?([^\"'\s#]+)", line):
                app = flask_app(match[1], code)
                if app:
                    return Start(Evidence(path, number, line), ("flask", "run"), app=app, interface="wsgi")
    return None
