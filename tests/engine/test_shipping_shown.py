"""docs/shipping.md shows how an image is pushed, signed and checked, on a registry on loopback, with the real tools."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.running import commit, shell, write
from tests.conftest import ROOT, Render
from tests.engine.project import Project
from tests.engine.registry import REGISTRY, STORE_HOST, require_containerd_store, require_registry
from tests.render.test_readme import check_shown

PAGE = ROOT / "docs/shipping.md"
SCANNER = "docker/buildkit-syft-scanner:stable-1"
PUSHED = [
    "export SOURCE_DATE_EPOCH=$(git -C shop log -1 --format=%ct)",
    "export OUTPUT=type=oci,dest=shop.tar,rewrite-timestamp=true,compression=zstd,force-compression=true",
    "docker buildx build --quiet --no-cache --sbom=true --provenance=mode=max --output $OUTPUT shop",
    f"skopeo copy --quiet --all oci-archive:shop.tar docker://{REGISTRY}/acme/shop:1.0",
    f"export IMAGE={REGISTRY}/acme/shop@$(crane digest {REGISTRY}/acme/shop:1.0)",
    "cosign signing-config create --out signing.json",
    "cosign sign --yes --recursive --key cosign.key --signing-config signing.json $IMAGE",
]
CHECKED = [
    "cosign verify --key cosign.pub --insecure-ignore-tlog $IMAGE | jq --raw-output '.[].critical.type'",
    "crane manifest --platform linux/amd64 $IMAGE | jq --raw-output '.layers[].mediaType' | sort --unique",
    "copier-slim verify --attested --image $IMAGE shop",
    "docker buildx build --quiet --no-cache --provenance=false --metadata-file again --output $OUTPUT shop",
    "jq --raw-output '.\"containerimage.digest\"' again > digest",
    "crane manifest $IMAGE | grep --count --file digest",
]
# As Syft does, in the form that BuildKit asks a scanner for:
# https://github.com/moby/buildkit/blob/master/docs/attestations/sbom-protocol.md
SCAN = """\
import json, os, pathlib
from importlib.metadata import PathDistribution

root = pathlib.Path(os.environ["BUILDKIT_SCAN_SOURCE"])
packages = []
for path in root.rglob("*.dist-info"):
    known = PathDistribution(path)
    purl = f"pkg:pypi/{known.name}@{known.version}"
    found = f"acquired package info from installed python package manifest file: /{path.relative_to(root)}/METADATA"
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
    packages.append({"SPDXID": f"SPDXRef-{len(packages)}", "name": known.name, "versionInfo": known.version,
                     "sourceInfo": found, "externalRefs": [reference]})
to = pathlib.Path(os.environ["BUILDKIT_SCAN_DESTINATION"], "sbom.spdx.json")
statement = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document"}
to.write_text(json.dumps({**statement, "predicate": {"spdxVersion": "SPDX-2.3", "packages": packages}}))
"""

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("containerd")]


def docker(*words: str) -> str:
    done = subprocess.run(["docker", "--host", STORE_HOST, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[None]:
    """What BuildKit asks for an SBOM, where it is not on the engine; skips without what the page needs."""
    for program in ("cosign", "crane", "skopeo", "jq"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    require_registry()
    if not STORE_HOST:
        pytest.skip("the page needs an engine by its address: name it by CONTAINERD_STORE_HOST")
    require_containerd_store()
    there = bool(docker("image", "ls", "--quiet", SCANNER))
    if not there:
        text = 'FROM python:3.13-slim\nCOPY scan.py /\nENTRYPOINT ["python", "/scan.py"]\n'
        made = write(tmp_path / "scanner", {"Dockerfile": text, "scan.py": SCAN})
        docker("build", "--quiet", "--tag", SCANNER, str(made))
    yield
    if not there:
        docker("image", "rm", "--force", SCANNER)


def shown(lines: list[str], before: list[str], at: Path, env: dict[str, str]) -> str:
    """What a terminal shows of them, digests and commits cut short."""
    told = ""
    for line in lines:
        known = [one for one in before if one.startswith("export ")]
        printed = shell("\n".join([*known, line]), at, env)
        before.append(line)
        told += f"$ {line}\n" + "".join(f"{text.rstrip()}\n" for text in printed.splitlines())
    return re.sub(r"\b[0-9a-f]{40,64}\b", "…", told)


def test_the_page_s_commands_go(
    scanner: None,  # noqa: ARG001
    render: Render,
    tmp_path: Path,
    update_golden: bool,  # noqa: FBT001
) -> None:
    project = render(
        tmp_path / "work/shop", framework="command", python_version="3.13", package_tool="uv", dependencies="six"
    )
    Project(project, tag="").lock()
    commit(project)
    programs = write(
        tmp_path / "bin",
        {"copier-slim": f'#!/bin/sh\nPYTHONPATH={ROOT / "hooks"} exec {sys.executable} -m copier_slim "$@"\n'},
    )
    (programs / "copier-slim").chmod(0o755)
    registries = tmp_path / "registries.conf"
    registries.write_text(f'[[registry]]\nlocation = "{REGISTRY}"\ninsecure = true\n', encoding="utf-8")
    env = os.environ | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "DOCKER_HOST": STORE_HOST,
        "CONTAINERS_REGISTRIES_CONF": str(registries),
        "COSIGN_PASSWORD": "",
        "COLUMNS": "100",
    }
    at = tmp_path / "work"
    shell("cosign generate-key-pair", at, env)
    before: list[str] = []
    check_shown("pushed", shown(PUSHED, before, at, env), update_golden=update_golden, page=PAGE)
    told = shown(CHECKED, before, at, env)
    assert "tar+zstd\n" in told
    assert told.endswith("--file digest\n1\n")
    check_shown("checked", told, update_golden=update_golden, page=PAGE)
    refuses(before, at, env)


def refuses(before: list[str], at: Path, env: dict[str, str]) -> None:
    """Another key, another lock and another commit are told, each in one line."""
    shell("cosign generate-key-pair --output-key-prefix other", at, env)
    known = [one for one in before if one.startswith("export ")]

    def fails(line: str) -> str:
        script = "\n".join([*known, line])
        done = subprocess.run(["bash", "-c", script], cwd=at, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stderr
        return done.stderr

    assert "no matching" in fails("cosign verify --key other.pub --insecure-ignore-tlog $IMAGE")
    lock = at / "shop/requirements.txt"
    lock.write_text(lock.read_text(encoding="utf-8").replace("six==1", "six==0"), encoding="utf-8")
    assert fails("copier-slim verify --attested --image $IMAGE shop").rstrip().endswith("is not from this lock")
    commit(at / "shop")
    said = fails("copier-slim verify --attested --image $IMAGE shop")
    assert said.rstrip().endswith("is not from this commit and this lock")
    assert len([line for line in said.splitlines() if line.startswith("copier-slim:")]) == 1
