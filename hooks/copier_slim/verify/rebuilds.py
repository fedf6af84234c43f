"""Building again, from a copy of what the build sees of the project, which itself stays as it is.

With planted secrets, after a change of code, and after a change of the lock and of the base image.
"""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from copier_slim import catalog
from copier_slim.engine import builds, docker, stages
from copier_slim.errors import CopierSlimError
from copier_slim.verify.image import look_up
from copier_slim.verify.image.layers import scan
from copier_slim.verify.not_seen import CannotLookError, DoesNotApplyError, NotSeen
from copier_slim.verify.observations import Changes, Rebuilt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copier_slim.verify.image import Image
    from copier_slim.verify.target import Project, Subject

CONTEXT = "FROM scratch\nCOPY . /\n"
SECRET_ARGUMENT = re.compile(
    r"^[^\S\n]*ARG\s+(\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|CREDENTIAL)\w*)", re.IGNORECASE | re.MULTILINE
)


def rebuild(subject: Subject, scope: docker.Scope) -> Rebuilt:
    """All builds, each on the one before; DoesNotApplyError without a project, CannotLookError where one fails."""
    if not subject.project:
        raise DoesNotApplyError("only an image was given, and no project to build again", "without DEST")
    if not subject.options.rebuild:
        raise DoesNotApplyError("--no-rebuild is given", "with --no-rebuild")
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as scratch:
        return _Builds(subject, subject.project, scope, Path(scratch)).all()


class Built(NamedTuple):
    """An image, and the commands that were run for it and not taken from the cache."""

    image: Image
    commands: list[str]


def build(context: Path, tag: str, scope: docker.Scope, options: Sequence[str] = ()) -> Built:
    """Builds an image; raises CannotLookError where that fails, EngineGoneError without an engine."""
    log = logged(context, tag, scope, options)
    return Built(look_up(tag), builds.commands_run(log))


def logged(context: Path, tag: str | None, scope: docker.Scope, options: Sequence[str] = ()) -> str:
    """What such a build wrote; without `tag` the options say what becomes of it. Raises the same."""
    scope.check()
    try:
        return builds.build(
            context, target=None, output=None, tag=tag, options=options, progress=lambda _: scope.check()
        )
    except CopierSlimError as error:
        said = error.log if isinstance(error, builds.BuildError) else ""
        if docker.UNREACHABLE.search(said):
            raise docker.failure(said) from error
        raise CannotLookError(f"building again failed: {error}") from error


def build_text(dockerfile: str, scope: docker.Scope) -> Image:
    """The image of a Dockerfile that needs no other file; raises what `build` raises."""
    with tempfile.TemporaryDirectory(prefix="copier-slim-") as name:
        Path(name, "Dockerfile").write_text(dockerfile, encoding="utf-8")
        return build(Path(name), scope.image("base"), scope).image


def copy_context(project: Project, scratch: Path, scope: docker.Scope) -> Path:
    """A copy in `scratch` of the files that reach a build, by the project's .dockerignore, and that file.

    The Dockerfile is beside it. Raises CannotLookError where it cannot be made.
    """
    context = scratch / "context"
    probe = scratch / "probe.Dockerfile"
    probe.write_text(CONTEXT, encoding="utf-8")
    (scratch / "Dockerfile").write_text(project.dockerfile, encoding="utf-8")
    of_its_own = project.path / "Dockerfile.dockerignore"
    for name in ("probe.Dockerfile", "Dockerfile") if of_its_own.is_file() else ():
        shutil.copyfile(of_its_own, scratch / f"{name}.dockerignore")
    try:
        builds.build(
            project.path, target=None, output=context, tag=None, options=["--file", str(probe)],
            progress=lambda _: scope.check(),
        )  # fmt: skip
    except CopierSlimError as error:
        raise CannotLookError(f"the build's context cannot be copied: {error}") from error
    ignored = project.path / ".dockerignore"
    if ignored.is_file():
        shutil.copyfile(ignored, context / ".dockerignore")
    return context


class _Builds(NamedTuple):
    """The builds of one run; `scratch` is free to be written to."""

    subject: Subject
    project: Project
    scope: docker.Scope
    scratch: Path

    def all(self) -> Rebuilt:
        context = copy_context(self.project, self.scratch, self.scope)
        token = f"copier-slim-canary-{secrets.token_hex(8)}"
        planted = plant(context, token)
        given = [f"--build-arg={name}={token}" for name in SECRET_ARGUMENT.findall(self.project.dockerfile)]
        before = self.build("planted", *given).image
        leaked = self.search(before, token)
        try:
            changes: Changes | NotSeen = self.changes(context, before, given)
        except (CannotLookError, DoesNotApplyError) as error:
            changes = NotSeen.of(error)
        return Rebuilt(tuple(planted), tuple(leaked), changes)

    def build(self, what: str, *options: str) -> Built:
        """The image of the copy as it is now."""
        dockerfile = str(self.scratch / "Dockerfile")
        return build(self.scratch / "context", self.scope.image(what), self.scope, ["--file", dockerfile, *options])

    def search(self, image: Image, token: str) -> list[str]:
        """Where the token is: configuration, history, files of layers that the subject does not have."""
        known = frozenset(self.subject.image.layers)
        found = ["the configuration"] if token in str(docker.inspect("image", image.name)) else []
        found += ["the history"] if any(token in line for line in image.history) else []
        if not known.issuperset(image.layers):
            read = scan(image.name, image.layers, token=token.encode(), known=known, check=self.scope.check)
            found += [path for layer in read for path in layer.tokens]
        return found

    def changes(self, context: Path, before: Image, given: list[str]) -> Changes:
        """The layers after a change of code, then of the lock and the base; raises DoesNotApplyError without code."""
        code = code_file(context, str(self.subject.answers.get("app", "")))
        if not code:
            raise DoesNotApplyError("no .py file reaches the build, so there is no code to change")
        name = code.relative_to(context).as_posix()
        append(code)
        changed, commands = self.build("code", *given)
        own = set(changed.layers) - set(before.layers)
        if not own:
            raise DoesNotApplyError(f"a change of {name} changes no layer, so it is not in the image")
        lock = context / self.project.lock_file
        if self.project.own_lock:
            # A comment in it changes nothing that is installed
            unchanged = NotSeen(f"{lock.name} is the project's own; its tool changes it", applies=False)
            return Changes(name, before.layers, changed.layers, tuple(commands), unchanged, self.bumped(given))
        if not lock.is_file():
            missing = NotSeen(f"no {lock.name} reaches the build", applies=False)
            return Changes(name, before.layers, changed.layers, tuple(commands), missing, self.bumped(given))
        text = lock.read_bytes()
        append(lock)
        both = self.bumped(given)
        if not isinstance(both, NotSeen) and own <= set(both):
            # The code's layer outlives both changes: one build has proved two things
            return Changes(name, before.layers, changed.layers, tuple(commands), both, both)
        of_lock = self.attempt("lock", *given)
        lock.write_bytes(text)
        return Changes(name, before.layers, changed.layers, tuple(commands), of_lock, self.bumped(given))

    def bumped(self, given: list[str]) -> tuple[str, ...] | NotSeen:
        """The layers on base images that have one more file."""
        options = []
        for base in stages.base_names(self.project.dockerfile):
            dockerfile = f"FROM {base}\nCOPY Dockerfile /etc/copier-slim-{secrets.token_hex(4)}\n"
            try:
                image = build_text(dockerfile, self.scope)
            except CannotLookError as error:
                return NotSeen(str(error))
            options.append(f"--build-context={base}=docker-image://{image.name}")
        if not options:
            return NotSeen("its Dockerfile names no base image", applies=False)
        return self.attempt("bumped", *given, *options)

    def attempt(self, what: str, *options: str) -> tuple[str, ...] | NotSeen:
        try:
            return self.build(what, *options).image.layers
        except CannotLookError as error:
            return NotSeen(str(error))


def plant(context: Path, token: str) -> list[str]:
    """Writes files as secrets lie about in repositories, at the root and in one folder; what they are."""
    folders = sorted(path for path in context.iterdir() if path.is_dir() and not path.name.startswith("."))
    planted = []
    for folder in [context, *folders[:1]]:
        for name in catalog.traces().canaries:
            path = folder / name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"TOKEN={token}\n", encoding="utf-8")
                planted.append(path.relative_to(context).as_posix())
    return planted


def append(path: Path) -> None:
    """Adds a comment that no earlier build has seen."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n# {secrets.token_hex(8)}\n")


def code_file(context: Path, app: str) -> Path | None:
    """The module that `app` names, else the first one that is there; None without any."""
    module = app.partition(":")[0].replace(".", "/")
    named = [path for path in context.rglob(f"{Path(module).name}.py") if str(path).endswith(f"/{module}.py")]
    others = sorted(context.rglob("*.py"), key=lambda path: (len(path.parts), path))
    return next(iter([*named, *others]), None)
