"""The images that a project's files name, with the digests that their registries have for them now."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from copier_slim.engine import builds, docker, engines, stages
from copier_slim.errors import ToolError
from copier_slim.lock.project import read_text
from copier_slim.reading import formats

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIPELINES = (".gitlab-ci.yml", ".github/workflows/container.yml")
BUILDKIT = re.compile(r"driver-opts?[:\s]+image=(\S+)")
PATIENCE = 60  # seconds for a registry to answer


def find(root: Path, dockerfile: str, notes: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """Each image as its name without tag, its tag, all of its name, and its digest or "".

    What has no digest is added to `notes`.
    """
    engine = builds.answers()
    unknown = []
    for image in dict.fromkeys([*stages.base_names(dockerfile), *_beside(root)]):
        plain, _, pinned = image.partition("@")
        tag = plain.rpartition(":")[2] if ":" in plain.rpartition("/")[2] else ""
        digest = pinned or (_digest(plain) if engine else "")
        if not digest:
            unknown.append(plain)
        yield plain.removesuffix(f":{tag}"), tag, plain, digest
    if unknown:
        why = "no registry answers for it" if engine else "no engine answers to ask for it"
        notes.append(f"without a digest, as {why}: {', '.join(unknown)}")


def _beside(root: Path) -> Iterator[str]:
    """The images of services and of pipelines' jobs."""
    for name in ("compose.yaml", *PIPELINES):
        text = read_text(root / name) or ""
        with suppress(formats.BrokenError):
            for image in _of_yaml(formats.yaml(text or "{}")):
                if "$" not in image:
                    yield image
        yield from (found.strip("\"'") for found in BUILDKIT.findall(text))


def _of_yaml(value: Any) -> Iterator[str]:  # noqa: ANN401 as YAML is
    if isinstance(value, list):
        for item in value:
            yield from _of_yaml(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "image" and "build" not in value:
            image = item.get("name") if isinstance(item, dict) else item
            if isinstance(image, str):
                yield image
        elif key == "services" and isinstance(item, list):
            yield from (str(one.get("name")) if isinstance(one, dict) else str(one) for one in item)
        else:
            yield from _of_yaml(item)


def _digest(image: str) -> str:
    """The digest that the registry has for an image, or the engine where it came from one; "" for neither."""
    if not engines.current().podman:
        with suppress(ToolError):
            asked = "buildx", "imagetools", "inspect", "--format", "{{json .Manifest.Digest}}", image
            return str(docker.parsed(docker.call(*asked, timeout=PATIENCE)))
    with suppress(ToolError):
        for known in docker.inspect("image", image)[0].get("RepoDigests") or ():
            return str(known).partition("@")[2]
    return ""
