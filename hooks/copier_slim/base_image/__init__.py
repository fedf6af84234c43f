"""The answers base_image and build_image: what the template needs to know of them, and where they do not fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from copier_slim import catalog
from copier_slim.base_image import facts
from copier_slim.engine import builds, stages
from copier_slim.errors import CopierSlimError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from copier_slim.base_image.facts import Facts

UID = 10001  # the question's default
UIDS = range(1000, 65534)
ALPINE, BARE = "alpine", "distroless"
MANAGERS = {"apt-get": "apt"}  # where the answer has another name than the program
# The release of Debian by whose names a related system calls its packages
SUITES = {"jammy": "bookworm", "noble": "trixie", "questing": "trixie"}
# The answers that name images, and those that an update keeps where another image is named
NAMES = {"base_image", "build_image"}
KEPT = (*NAMES, "registry", "uid")


def named(answers: Mapping[str, Any]) -> tuple[str, str]:
    """The image that ships and the one of the build stages, as the Dockerfile names them; "" without base_image."""
    base = prefixed(str(answers.get("base_image") or "").strip(), answers)
    return base, prefixed(str(answers.get("build_image") or "").strip(), answers) or base


def prefixed(image: str, answers: Mapping[str, Any]) -> str:
    """The name of an image with the registry in front of it, where it would come from Docker Hub.

    The same as questions/images.jinja has it, which a test compares.
    """
    registry = str(answers.get("registry") or "").rstrip("/")
    if not image or not registry:
        return image
    of_hub = re.sub(r"\A(?:index\.)?docker\.io/(?:library/)?", "", image)
    if stages.registry_of(of_hub):
        return of_hub
    return f"{registry.removesuffix('/library') if '/' in of_hub else registry}/{of_hub}"


def ask(given: Mapping[str, Any], out: Console) -> dict[str, Any]:
    """The answers that follow from the images that are given, after they are shown; those given count.

    {} where no engine answers, which is said. Raises InputError where an image does not fit, ToolError where it cannot
    be pulled.
    """
    if not named(given)[0]:
        return {}
    if not builds.answers():
        out.print("note: no engine answers to look into base_image; what it has is taken as answered")
        return {}
    base, shipped, build, built = _look(given)
    for fault in faults(base, shipped, build, built, given):
        raise InputError(fault)
    found = {name: value for name, value in follows(shipped, built).items() if name not in given}
    if found:
        out.print(f"found in the image: {', '.join(f'{name}={value}' for name, value in found.items())}")
    return found


def parted(answers: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Where the images are no longer what was recorded of them: the answer, what it is, what is found, what to do."""
    if not named(answers)[0] or not builds.answers():
        return
    name = str(answers["base_image"])
    try:
        base, shipped, build, built = _look(answers)
    except CopierSlimError as error:
        what, _, mend = str(error).partition("; ")
        yield "base_image", name, what, mend
        return
    for fault in faults(base, shipped, build, built, answers):
        what, _, mend = fault.rpartition("; ")
        yield "base_image", name, what, mend
    found = follows(shipped, built)
    for answer in ("image_python", "image_packages", "image_pip"):
        if answer in answers and answers[answer] != found[answer]:
            mend = f"copier-slim update --data {answer}={str(found[answer]).lower()}"
            yield answer, str(answers[answer]), str(found[answer]), mend


def follows(shipped: Facts, built: Facts) -> dict[str, Any]:
    """The answers that follow from the image that ships and that of the build stages."""
    found: dict[str, Any] = {
        "python_version": built.version,
        "image_python": built.python,
        "image_packages": MANAGERS.get(built.manager, built.manager) or "none",
        "image_pip": built.pip,
    }
    if built.musl or not shipped.shell:
        found["base"] = ALPINE if built.musl else BARE
    if suite := SUITES.get(built.release, built.release if built.release in catalog.libcs() else ""):
        found["debian_suite"] = suite
    if shipped.uid in UIDS:
        found["uid"] = shipped.uid
    return found


def _look(answers: Mapping[str, Any]) -> tuple[str, Facts, str, Facts]:
    base, build = named(answers)
    uid = int(answers.get("uid") or UID)
    shipped = facts.look(base, uid)
    return base, shipped, build, facts.look(build, uid) if build != base else shipped


def faults(base: str, shipped: Facts, build: str, built: Facts, answers: Mapping[str, Any]) -> Iterator[str]:
    """In what the images do not fit: each other, the template, and the answers that are there; with what to do."""
    yield from _version(base, shipped, answers)
    yield from _libc(base, shipped, answers)
    if differences := facts.differ(shipped, built):
        yield f"{base} and {build} do not fit: {', '.join(differences)}; name two variants of one image"
    if not shipped.for_others:
        yield f"{base} lets only root run {shipped.python}, and the app never runs as root; name another image"
    yield from _builds(build, built, "base_image" if build == base else "build_image")


def _version(base: str, shipped: Facts, answers: Mapping[str, Any]) -> Iterator[str]:
    version = shipped.version
    asked = str(answers.get("python_version") or version)
    if version not in catalog.pythons():
        known = ", ".join(catalog.pythons())
        yield f"{base} has Python {version}, which is not supported; name an image with one of {known}"
    elif version != asked:
        mend = f"name an image with Python {asked}, or set python_version={version}"
        yield f"{base} has Python {version}, and python_version is {asked}; {mend}"


def _libc(base: str, shipped: Facts, answers: Mapping[str, Any]) -> Iterator[str]:
    wanted = answers.get("base")
    if shipped.musl and wanted not in {None, ALPINE}:
        yield f"{base} has musl and not glibc, which base={wanted} needs; set base={ALPINE}, or name another image"
    elif not shipped.musl and wanted == ALPINE:
        yield f"{base} has glibc and not musl, which base={ALPINE} needs; set base=slim, or name another image"
    elif not shipped.shell and wanted not in {None, BARE}:
        yield f"{base} has no shell, which base={wanted} needs; set base={BARE}, or name another image"


def _builds(build: str, built: Facts, answer: str) -> Iterator[str]:
    """Why nothing can be built in an image."""
    if not built.shell:
        mend = "name its variant that has one, often -dev: --data build_image=IMAGE"
        yield f"{build} has no shell to build with; {mend if answer == 'base_image' else 'name another one'}"
    elif not built.venv:
        yield f"{build} has a Python without the module venv; name an image with all of the standard library"
    elif not built.pip and not built.manager:
        yield f"{build} has neither pip nor a package manager to install it; name its variant that has, often -dev"
