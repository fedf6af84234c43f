"""The project, built twice without a cache: in two folders, with other modes, times and order of the files."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from copier_slim.engine import builds, docker, engines
from copier_slim.verify.not_seen import DoesNotApplyError
from copier_slim.verify.rebuilds import copy_context, logged
from copier_slim.verify.reproduction.differences import Difference, Picture, compare, pictures, short
from copier_slim.worktree import git

if TYPE_CHECKING:
    from copier_slim.verify.target import Project, Subject

# 1980, in seconds: times are only ever set back, and a layer that the cache has from before a commit would keep its own
EPOCH = 315532800
DAY = 24 * 60 * 60
LOADING = 600  # seconds for an image to be read from a file
DRIVER = re.compile(r"^Driver:\s+docker$", re.MULTILINE)
MARK = "COPIER_SLIM_BUILD"
FROM = re.compile(
    r"^[Ff][Rr][Oo][Mm][ \t]+(?:--platform=\S+[ \t]+)?\S+(?:[ \t]+[Aa][Ss][ \t]+[\w.-]+)?[ \t]*$", re.MULTILINE
)
CACHE = re.compile(r"--mount=type=cache,\S*+")


class Twice(NamedTuple):
    """Two builds of one tree, and how they differ.

    `rewritten` is whether the engine set the files' times, `dirty` whether the tree differs from it.
    """

    differences: list[Difference]
    rewritten: bool
    dirty: bool


def build_twice(subject: Subject, scope: docker.Scope) -> Twice:
    """As `build_project_twice`; raises DoesNotApplyError where nobody asks for it, or there is no project, too."""
    if not subject.options.reproducible:
        raise DoesNotApplyError("--reproducible is not given", "without --reproducible")
    if not subject.project:
        raise DoesNotApplyError("only an image was given, and no project to build again", "without DEST")
    return build_project_twice(subject.project, scope)


def build_project_twice(project: Project, scope: docker.Scope) -> Twice:
    """Builds copies of a project twice; raises CannotLookError where one fails, EngineGoneError without an engine.

    The second build has an empty cache for what installs packages, too, as on another machine.
    """
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as scratch:
        return _build_twice(project, Path(scratch), scope)


def _build_twice(project: Project, scratch: Path, scope: docker.Scope) -> Twice:
    context = copy_context(project, scratch, scope)
    rewrites = _rewrites()
    tags = [scope.image(f"twice-{number}") for number in range(2)]
    for number, mask in enumerate((0o022, 0o077)):
        place = scratch / ("one" if not number else "another/of/a/longer/name")
        place.mkdir(parents=True)
        copy_otherwise(context, place / "tree", mask=mask, later=number * DAY, backwards=bool(number))
        text = anew(project.dockerfile, secrets.token_hex(4), caches=bool(number))
        (place / "Dockerfile").write_text(text, encoding="utf-8")
        _image(place, tags[number], scope, rewrites=rewrites)
    one, other = pictures(tags[0], tags[1], scope.check)
    differences = compare(one, other) + days_of_the_build(other, int(time.time()))
    return Twice(differences, rewrites, is_dirty(project.path))


def days_of_the_build(image: Picture, now: int) -> list[Difference]:
    """Where accounts say that they were made today, `now` in seconds since 1970: no build of another day agrees.

    It is the third field of shadow(5), in days since 1970; two builds of one day are the same in it. The first layer
    that has the file is the base image's.
    """
    today = now // DAY
    found = []
    before: set[bytes] | None = None
    for number, layer in enumerate(image.layers, 1):
        lines = set(layer.kept.get("etc/shadow", b"").splitlines())
        if before is not None and {today - 1, today}.intersection(map(_day, lines - before)):
            found.append(Difference(number, short(layer.instruction), "/etc/shadow", "the day of the build"))
        before = lines or before
    return found


def _day(account: bytes) -> int:
    """The day of an account's last change, 0 where it names none."""
    fields = account.split(b":")
    return int(fields[2]) if len(fields) > 2 and fields[2].isdigit() else 0  # noqa: PLR2004


def anew(dockerfile: str, token: str, *, caches: bool) -> str:
    """The same Dockerfile, of which no command was run before, by an argument of this `token` that none of them reads.

    `--no-cache` would leave second results of each command in the cache, among which later builds choose at will. With
    `caches`, the cache mounts are others, too.
    """

    def other(mount: re.Match[str]) -> str:
        options = dict(option.partition("=")[::2] for option in mount[0].split(","))
        target = options.get("target") or options.get("dst") or options.get("destination", "")
        kept = [option for option in mount[0].split(",") if not option.startswith("id=")]
        return ",".join([*kept, f"id={options.get('id', target)}-{token}"])

    marked = FROM.sub(rf"\g<0>\nARG {MARK}={token}", dockerfile)
    return CACHE.sub(other, marked) if caches else marked


def is_dirty(project: Path) -> bool:
    """Whether the tree holds what its commit does not, or there is no commit."""
    said = git.answer(project, "status", "--porcelain", "--", ".")
    return said is None or bool(said.strip())


def copy_otherwise(tree: Path, into: Path, *, mask: int, later: int, backwards: bool) -> None:
    """A copy of what `tree` holds, with other modes, times and order, as a checkout by somebody else has them.

    `later` in seconds. What git keeps of a mode, whether a file can be executed, stays.
    """
    paths = sorted(tree.rglob("*"), reverse=backwards)
    into.mkdir(parents=True)
    now = time.time() + later
    for path in paths:
        copied = into / path.relative_to(tree)
        copied.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            copied.symlink_to(path.readlink())
        elif path.is_dir():
            copied.mkdir(exist_ok=True)
        elif path.is_file():
            shutil.copyfile(path, copied)
            copied.chmod((0o777 if path.stat().st_mode & 0o100 else 0o666) & ~mask)
    for path in into.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o777 & ~mask)
        os.utime(path, (now, now), follow_symlinks=False)


def _image(place: Path, tag: str, scope: docker.Scope, *, rewrites: bool) -> None:
    """Builds what is in `place`, as at EPOCH; raises CannotLookError where that fails."""
    options = [f"--file={place / 'Dockerfile'}"]
    if engines.current().podman:
        logged(place / "tree", tag, scope, [*options, f"--source-date-epoch={EPOCH}", "--rewrite-timestamp"])
        return
    options.append(f"--build-arg=SOURCE_DATE_EPOCH={EPOCH}")
    if not rewrites:
        logged(place / "tree", tag, scope, options)
        return
    # What goes to the engine at once is unpacked, with the times as they were
    archive = place / "image.tar"
    options.append(f"--output=type=docker,name={tag},{builds.in_list('dest', archive)},rewrite-timestamp=true")
    logged(place / "tree", None, scope, options)
    docker.call("load", "--input", str(archive), timeout=LOADING)
    archive.unlink()


def _rewrites() -> bool:
    """Whether the builder can set the times of files: the one inside the engine can with containerd's store alone.

    https://docs.docker.com/build/ci/github-actions/reproducible-builds/
    """
    if engines.current().podman or "io.containerd.snapshotter" in docker.call(
        "info", "--format", "{{json .DriverStatus}}"
    ):
        return True
    try:
        return not DRIVER.search(docker.call("buildx", "inspect"))
    except docker.DockerError:
        return False
