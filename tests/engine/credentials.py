"""Builds that are lent a credential, and all that may keep it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from python_on_whales import docker

# A project that runs the package that only credentials lead to
HOUSE_STYLE: dict[str, Any] = {
    "framework": "command",
    "app": "python -m house_style",
    "starter": False,
    "python_version": "3.13",
}
TARGETS = "packages", "build", "runtime"


def build(project: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """One build in the network of this machine, its log in stderr."""
    command = ["docker", "buildx", "build", "--progress", "plain", "--network", "host", *options, project]
    # The whole provenance, which the classic image store cannot keep beside the image
    environment = os.environ | {"BUILDX_METADATA_PROVENANCE": "max"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def assert_nothing_keeps(secret: str, project: Path, tag: str, *options: str | Path, metadata: Path) -> None:
    """Locks and builds a project of HOUSE_STYLE, and looks for the secret in all that is left.

    `options` lend the credential; `metadata` is the file that gets what the build says about itself.
    """
    lock = build(project, *options, "--target", "lock", "--output", project)
    assert lock.returncode == 0, lock.stderr
    tags = [f"{tag}-{target}" for target in TARGETS]
    kept = lock.stderr
    try:
        for target, name in zip(TARGETS, tags, strict=True):
            built = build(project, *options, "--target", target, "--tag", name, "--load", "--metadata-file", metadata)
            assert built.returncode == 0, built.stderr
            kept += built.stderr
        assert docker.run(tags[-1], remove=True) == "in the house style"
        for name in tags:
            saved = subprocess.run(["docker", "save", name], capture_output=True, check=True).stdout
            assert b"house_style" in saved
            assert secret.encode() not in saved
            for command in ["docker", "inspect"], ["docker", "history", "--no-trunc"]:
                kept += subprocess.run([*command, name], capture_output=True, text=True, check=True).stdout
    finally:
        docker.image.remove(tags, force=True)
    provenance = metadata.read_text(encoding="utf-8")
    assert "buildx.build.provenance" in provenance
    assert secret not in kept + provenance
    assert not [path for path in project.rglob("*") if path.is_file() and secret in path.read_text("utf-8")]
