"""What can no longer be imported in an image from which `trim` took files, although it could be with them there."""

from __future__ import annotations

import json
import re
import tempfile
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from copier_slim.engine import docker, stages
from copier_slim.verify.container import HARDENED, scripts
from copier_slim.verify.not_seen import DoesNotApplyError
from copier_slim.verify.observations import Importable
from copier_slim.verify.rebuilds import copy_context, logged

if TYPE_CHECKING:
    from collections.abc import Callable

    from copier_slim.verify.image.python import Interpreter
    from copier_slim.verify.target import Subject

TAKE = re.compile(r"\btrim\.py take (?P<venv>/\S+)")
SECONDS = 1800  # for all modules of an image, of which there may be tens of thousands


def importable(subject: Subject, scope: docker.Scope, find_python: Callable[[], Interpreter]) -> Importable:
    """Imports the packages' modules in the image, first with the environment as it was before trim, then as it ships.

    Everything but the environment is the same: that of a build without trim is mounted over the image's own. Raises
    DoesNotApplyError where nothing is trimmed or built again, CannotLookError where that build fails.
    """
    if not subject.project:
        raise DoesNotApplyError("only an image was given, and no project to build again", "without DEST")
    whole, venv, stage = without_trim(subject.project.dockerfile)
    if not venv:
        raise DoesNotApplyError("no step of the Dockerfile takes files out of the packages (trim)")
    if not subject.options.rebuild:
        raise DoesNotApplyError("--no-rebuild is given", "with --no-rebuild")
    python = find_python()
    untrimmed = scope.image("untrimmed")
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as scratch:
        context = copy_context(subject.project, Path(scratch), scope)
        dockerfile = Path(scratch, "Dockerfile")
        dockerfile.write_text(whole, encoding="utf-8")
        logged(context, untrimmed, scope, [f"--file={dockerfile}", f"--target={stage}"])
    volume = scope.new("volume")
    docker.call("volume", "create", "--label", scope.label, volume)
    # A new volume gets what the image has there
    docker.call(
        "run", "--rm", "--label", scope.label, "--log-driver", "none", "--pull", "never",
        "--volume", f"{volume}:{venv}", "--entrypoint", "python", untrimmed, "-IS", "-c", "",
    )  # fmt: skip
    sites = [f"/{folder}" for folder in python.site if f"/{folder}".startswith(f"{venv}/")]

    def tried(groups: list[list[str]], *options: str) -> dict[str, str]:
        code = scripts.source("importable").replace('json.loads("[]")', f"json.loads({json.dumps(json.dumps(groups))})")
        printed = docker.call(
            "run", "--rm", "--interactive", "--label", scope.label, "--log-driver", "none", "--pull", "never",
            *HARDENED, "--network", "none", "--no-healthcheck", *options, "--entrypoint", python.path,
            subject.image.name, "-I", "-", *sites,
            stdin=code.encode(), timeout=SECONDS,
        )  # fmt: skip
        found: dict[str, str] = docker.parsed(printed)
        return found

    as_it_was = ["--volume", f"{volume}:{venv}:ro"]
    before = tried([], *as_it_was)
    # All of them again, in the same order: what an import that failed leaves behind lets others succeed
    groups = [list(of_package) for _, of_package in groupby(before, lambda name: name.partition(".")[0])]
    after = tried(groups) if groups else {}
    could = [name for name, why in before.items() if not why]
    if lost := [[name] for name in could if after.get(name)]:
        alone = tried(lost, *as_it_was)
        after = {name: why for name, why in tried(lost).items() if alone.get(name) == ""}
    return Importable(tuple(could), {name: after[name] for name in could if after.get(name)})


def without_trim(dockerfile: str) -> tuple[str, str, str]:
    """A Dockerfile without the step that trims; the environment that this is about, and the stage that it is in.

    Both "" where there is none.
    """
    lines = dockerfile.splitlines(keepends=True)
    first = 0
    for number, line in enumerate(lines):
        if line.rstrip().endswith("\\"):
            continue
        instruction = "".join(lines[first : number + 1])
        if instruction.startswith("RUN ") and (found := TAKE.search(instruction)):
            until = stages.read("".join(lines[:first]))
            whole = "".join(lines[:first] + lines[number + 1 :])
            return whole, found["venv"], until[-1].name or str(len(until) - 1)
        first = number + 1
    return dockerfile, "", ""
