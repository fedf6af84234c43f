"""What the answers about the network do to the output."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from copier_slim import base_image, catalog
from tests import dockerfile
from tests.conftest import Render

REGISTRY = "registry.example.com/docker-hub/"
EXTRAS = ["bake", "compose", "ci-github", "ci-gitlab", "kubernetes", "renovate", "dependabot", "devcontainer"]
FETCHES = re.compile(r"apt-get|apk add|pip install|pip-compile|uv pip (?:compile|install)|uv export")


def froms(project: Path) -> list[str]:
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    return [found.arguments for found in dockerfile.parse(text) if found.keyword == "FROM"]


@pytest.mark.parametrize("given", [REGISTRY, REGISTRY.rstrip("/")])
def test_every_image_that_is_named_comes_from_the_registry(tmp_path: Path, render: Render, given: str) -> None:
    render(tmp_path, registry=given, extras=EXTRAS, dependencies="psycopg\nredis", python_version="3.13")
    assert froms(tmp_path)[0] == f"{REGISTRY}python:3.13-slim-trixie AS base"
    compose = yaml.safe_load((tmp_path / "compose.yaml").read_text(encoding="utf-8"))["services"]
    images = [service["image"] for name, service in compose.items() if name != "app"]
    gitlab = yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    images += [gitlab[".docker"]["image"], gitlab["lint"]["image"], gitlab["scan"]["image"]["name"]]
    assert gitlab[".docker"]["services"] == [{"name": f"{REGISTRY}docker:28-dind", "alias": "docker"}]
    assert len(images) == 5
    assert all(image.startswith(REGISTRY) for image in images)
    for file in (".gitlab-ci.yml", ".github/workflows/container.yml"):
        assert f"image={REGISTRY}moby/buildkit:" in (tmp_path / file).read_text(encoding="utf-8")


def test_library_is_in_front_of_official_images_alone(tmp_path: Path, render: Render) -> None:
    render(tmp_path, registry="registry.example.com/hub/library", extras=["ci-gitlab"])
    text = (tmp_path / ".gitlab-ci.yml").read_text(encoding="utf-8")
    assert "image: registry.example.com/hub/library/docker:28-cli" in text
    assert "name: registry.example.com/hub/anchore/grype:" in text


HUB = "registry.example.com/hub/library/"
IMAGES = {
    "python:3.13": "registry.example.com/hub/library/python:3.13",
    "docker.io/library/python:3.13": "registry.example.com/hub/library/python:3.13",
    "docker.io/python": "registry.example.com/hub/library/python",
    "grafana/python:1": "registry.example.com/hub/grafana/python:1",
    "docker.io/grafana/python:1": "registry.example.com/hub/grafana/python:1",
    "dhi.io/python:3.13": "dhi.io/python:3.13",
    "builds:5000/python": "builds:5000/python",
    "localhost/python": "localhost/python",
}


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_is_named_by_one_rule_wherever_it_is_named(tmp_path: Path, render: Render, image: str) -> None:
    """By the template in three places, and by the command, which asks the image itself."""
    answers = {"base_image": image, "image_python": "/usr/local/bin/python3.13", "python_version": "3.13"}
    files = f"--from={image} /bin/x /bin-x\n--from={image} /bin/y /app/y"
    render(tmp_path, registry=HUB, image_files=files, extras=["dependabot"], **answers)
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    assert froms(tmp_path)[0] == f"{IMAGES[image]} AS base"
    assert f"COPY --link --from={IMAGES[image]} /bin/x /bin-x\n" in text
    assert f"COPY --from={IMAGES[image]} /bin/y /app/y\n" in text
    assert base_image.named({**answers, "registry": HUB})[0] == IMAGES[image]
    dependabot = yaml.safe_load((tmp_path / ".github/dependabot.yml").read_text(encoding="utf-8"))
    (ignored,) = dependabot["updates"][0]["ignore"]
    assert ignored["dependency-name"] == IMAGES[image].partition("/")[2].partition(":")[0]
    alone = render(tmp_path / "alone", image_files=files, **answers)
    assert froms(alone)[0] == f"{image} AS base"


def test_gitlab_lints_without_the_official_image_where_another_is_in_its_place(tmp_path: Path, render: Render) -> None:
    answers = {"base_image": "dhi.io/python:3.13", "image_python": "/usr/bin/python3.13", "python_version": "3.13"}
    render(tmp_path, registry=REGISTRY, extras=["ci-gitlab"], **answers)
    gitlab = yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    assert gitlab["lint"]["image"] == gitlab[".docker"]["image"]
    assert "python:3" not in (tmp_path / ".gitlab-ci.yml").read_text(encoding="utf-8")


def test_bots_hold_python_s_minor_version_of_the_image_in_the_registry(tmp_path: Path, render: Render) -> None:
    render(tmp_path, registry=REGISTRY, extras=["renovate", "dependabot"])
    renovate = json.loads((tmp_path / "renovate.json").read_text(encoding="utf-8"))
    assert renovate["packageRules"][0]["matchPackageNames"] == [f"{REGISTRY}python"]
    dependabot = yaml.safe_load((tmp_path / ".github/dependabot.yml").read_text(encoding="utf-8"))
    # Without the registry's host, as https://github.com/dependabot/dependabot-core's docker/file_parser.rb has it
    assert dependabot["updates"][0]["ignore"][0]["dependency-name"] == "docker-hub/python"


@pytest.mark.parametrize("base", ["slim", "distroless", "alpine", "full"])
@pytest.mark.parametrize("tool", ["pip-tools", "uv"])
@pytest.mark.parametrize("at_run_time", [False, True])
def test_every_step_that_fetches_trusts_the_network(
    tmp_path: Path, render: Render, base: str, tool: str, at_run_time: object
) -> None:
    render(
        tmp_path, base=base, package_tool=tool, certificates="certs/company.pem", trusts_at_run_time=at_run_time,
        dependencies="psycopg2", profiler="py-spy",
    )  # fmt: skip
    stages: dict[str, str] = {}
    stage = ""
    fetching = 0
    for found in dockerfile.parse((tmp_path / "Dockerfile").read_text(encoding="utf-8")):
        if found.keyword == "FROM":
            beneath, _, stage = found.arguments.partition(" AS ")
            stages[stage] = beneath
        elif found.keyword == "RUN" and FETCHES.search(found.arguments) and "--no-index" not in found.arguments:
            fetching += 1
            trusted = at_run_time or stages[stage] == "trust" or "--mount=type=bind,from=trust" in found.arguments
            assert trusted, found.arguments
    assert fetching >= 5
    assert ("trust" in stages) != at_run_time
    lines = (tmp_path / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines.index("!certs/company.pem") > lines.index("**/*.[Pp][Ee][Mm]")


@pytest.mark.parametrize("base", ["slim", "distroless", "alpine"])
def test_the_image_that_ships_trusts_it_where_that_is_asked_for(tmp_path: Path, render: Render, base: str) -> None:
    for at_run_time in (False, True):
        path = tmp_path / str(at_run_time)
        render(path, base=base, certificates="a.crt", trusts_at_run_time=at_run_time)
        instructions = dockerfile.parse((path / "Dockerfile").read_text(encoding="utf-8"))
        last = max(at for at, found in enumerate(instructions) if found.keyword == "FROM")
        first = next(at for at, found in enumerate(instructions) if found.keyword == "FROM" and at > 0) if last else 0
        shipped = [*instructions[: first if base != "distroless" else 0], *instructions[last:]]
        assert any("SSL_CERT_FILE" in found.arguments for found in shipped if found.keyword == "ENV") == at_run_time


def test_a_secret_is_asked_for_wherever_the_image_is_built(tmp_path: Path, render: Render) -> None:
    render(tmp_path, certificates="secret:COMPANY_CA", extras=EXTRAS)
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    assert "--mount=type=secret,id=COMPANY_CA,required=true,target=/mnt/secret:COMPANY_CA" in text
    assert "docker build --secret id=COMPANY_CA --target lock" in text
    for file in ("compose.yaml", "docker-bake.hcl", ".gitlab-ci.yml", ".github/workflows/container.yml"):
        assert "COMPANY_CA" in (tmp_path / file).read_text(encoding="utf-8"), file


def test_without_them_nothing_is_different(tmp_path: Path, render: Render) -> None:
    render(tmp_path)
    assert not (tmp_path / "container/certificates.py").exists()
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8") + (tmp_path / ".dockerignore").read_text(
        encoding="utf-8"
    )
    assert "SSL_CERT_FILE" not in text
    assert "Certificates" not in text
    assert len([line for line in froms(tmp_path) if "trust" in line]) == 0


def test_bots_hold_node_of_the_registry_too(tmp_path: Path, render: Render) -> None:
    render(tmp_path, registry=REGISTRY, extras=["renovate", "dependabot"], assets="npm", assets_output="dist")
    renovate = json.loads((tmp_path / "renovate.json").read_text(encoding="utf-8"))
    assert [rule["matchPackageNames"] for rule in renovate["packageRules"]] == [
        [f"{REGISTRY}python"],
        [f"{REGISTRY}node"],
    ]
    dependabot = yaml.safe_load((tmp_path / ".github/dependabot.yml").read_text(encoding="utf-8"))
    ignored = [item["dependency-name"] for item in dependabot["updates"][0]["ignore"]]
    assert ignored == ["docker-hub/python", "docker-hub/node"]


UBI = {
    "base_image": "registry.access.redhat.com/ubi9/python-312",
    "image_python": "/usr/bin/python3.12",
    "image_packages": "dnf",
    "python_version": "3.12",
}
BARE = {
    "base": "distroless",
    "base_image": "dhi.io/python:3.13-debian13",
    "build_image": "dhi.io/python:3.13-debian13-dev",
    "image_python": "/opt/python/bin/python3.13",
    "python_version": "3.13",
}


def test_another_image_is_what_everything_starts_from(tmp_path: Path, render: Render) -> None:
    render(tmp_path, extras=["renovate", "dependabot"], dependencies="psycopg2", **UBI)
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    assert froms(tmp_path)[0] == "registry.access.redhat.com/ubi9/python-312 AS base"
    assert "python:3" not in text
    assert "apt-get" not in text
    assert "/usr/local/lib" not in text
    installed = [found.arguments for found in dockerfile.parse(text) if "dnf install" in found.arguments]
    build, *_, runtime = [set(step.split()) for step in installed]
    assert {"gcc", "gcc-c++", "make", "libpq-devel", "python3.12-devel"} <= build
    assert "libpq" in runtime
    assert "gcc" not in runtime
    assert "/usr/bin/python3.12 -m venv" in text
    assert "ENTRYPOINT []" in text
    renovate = json.loads((tmp_path / "renovate.json").read_text(encoding="utf-8"))
    assert renovate["packageRules"][0]["matchPackageNames"] == ["registry.access.redhat.com/ubi9/python-312"]
    dependabot = yaml.safe_load((tmp_path / ".github/dependabot.yml").read_text(encoding="utf-8"))
    assert dependabot["updates"][0]["ignore"][0]["dependency-name"] == "ubi9/python-312"


def test_an_image_without_a_shell_runs_no_step(tmp_path: Path, render: Render) -> None:
    render(tmp_path, certificates="a.crt", trusts_at_run_time=True, **BARE)
    stages = froms(tmp_path)
    assert stages[0] == f"{BARE['build_image']} AS base"
    assert f"{BARE['base_image']} AS bare" in stages
    assert stages[-1] == "bare AS runtime"
    instructions = dockerfile.parse((tmp_path / "Dockerfile").read_text(encoding="utf-8"))
    last = max(at for at, found in enumerate(instructions) if found.keyword == "FROM")
    assert not [found for found in instructions[last:] if found.keyword == "RUN"]
    assert (tmp_path / "container/launch.py").read_text(encoding="utf-8").startswith("#!/opt/venv/bin/python")
    copied = [found.arguments for found in instructions[last:] if found.keyword == "COPY"]
    assert any("--from=base" in line and "ca-certificates.crt" in line for line in copied)


@pytest.mark.parametrize(
    ("image", "named"),
    [
        ("chainguard/python:latest-dev", "registry.example.com/docker-hub/chainguard/python:latest-dev"),
        ("cgr.dev/chainguard/python:latest-dev", "cgr.dev/chainguard/python:latest-dev"),
        ("localhost:5000/python:3", "localhost:5000/python:3"),
    ],
)
def test_the_registry_is_in_front_of_an_image_of_docker_hub_alone(
    tmp_path: Path, render: Render, image: str, named: str
) -> None:
    render(tmp_path, registry=REGISTRY, base_image=image)
    assert froms(tmp_path)[0] == f"{named} AS base"


@pytest.mark.parametrize("base", ["slim", "distroless", "full"])
def test_pip_comes_from_the_system_where_the_image_has_none(tmp_path: Path, render: Render, base: str) -> None:
    render(
        tmp_path, base=base, base_image="ubuntu:24.04", image_pip=False, image_python="/usr/bin/python3.12",
        python_version="3.12", certificates="a.crt", profiler="py-spy",
    )  # fmt: skip
    stages = dict(line.split(" AS ")[::-1] for line in froms(tmp_path))
    assert stages["pip"] == "trust"
    assert {stages[name] for name in ("compile", "packages", "profiler")} == {"pip"}
    assert "pip" not in {stages.get("check"), stages.get("distill")}


@pytest.mark.parametrize("base", ["slim", "distroless", "full"])
def test_a_mirror_of_debian_is_asked_by_each_step_and_stays_out_of_the_image(
    tmp_path: Path, render: Render, base: str
) -> None:
    render(tmp_path, base=base, apt_mirror="https://apt.example.com/debian/", dependencies="psycopg2")
    sources = (tmp_path / "container/debian.sources").read_text(encoding="utf-8")
    assert re.findall(r"URIs: (.+)", sources) == [
        "https://apt.example.com/debian",
        "https://apt.example.com/debian-security",
    ]
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    asks = [found.arguments for found in dockerfile.parse(text) if "apt-get" in found.arguments]
    assert len(asks) == 3
    assert all("source=container/debian.sources,target=/mnt/debian.sources" in step for step in asks)
    assert all("APT_CONFIG=/mnt/apt.conf" in step for step in asks)
    assert "container/apt.conf container/debian.sources" in text  # removed with the other scripts of the build
    assert "apt.example.com" not in text


ZEROS = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("mirror", "archive"),
    [
        ("", "https://snapshot.debian.org/archive/debian"),
        ("http://snapshots.example.com/debian/", "http://snapshots.example.com/debian"),
    ],
)
def test_system_packages_are_those_of_a_day(tmp_path: Path, render: Render, mirror: str, archive: str) -> None:
    render(tmp_path, apt_mirror=mirror, apt_snapshot="20261101", dependencies="psycopg2", extras=["renovate"])
    sources = (tmp_path / "container/debian.sources").read_text(encoding="utf-8")
    assert re.findall(r"URIs: (.+)", sources) == [f"{archive}/20261101", f"{archive}-security/20261101"]
    # What an archive of the past says of its age is true
    assert sources.count("Check-Valid-Until: no") == 2
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    asks = [found.arguments for found in dockerfile.parse(text) if "apt-get" in found.arguments]
    assert len(asks) == 3
    assert all("APT_CONFIG=/mnt/apt.conf" in step for step in asks)
    # A bot raises it in both files
    manager = json.loads((tmp_path / "renovate.json").read_text(encoding="utf-8"))["customManagers"][0]
    [pattern] = [re.compile(found.replace("(?<", "(?P<")) for found in manager["matchStrings"]]
    for file, times in (("container/debian.sources", 2), (".copier-answers.yml", 1)):
        assert [found["currentValue"] for found in pattern.finditer((tmp_path / file).read_text())] == [
            "20261101"
        ] * times


def test_images_are_pinned_by_the_names_that_the_dockerfile_has(tmp_path: Path, render: Render) -> None:
    images = ["registry.example.com/hub/python:3.13-slim-trixie", "registry.example.com/hub/node:24-slim"]
    render(
        tmp_path, registry="registry.example.com/hub/", python_version="3.13", assets="npm", assets_output="dist",
        extras=["renovate"],
        image_digests="\n".join(f"{name}@{ZEROS}" for name in [*images, "python:3.14-slim-trixie"]),
    )  # fmt: skip
    assert [line.split()[0] for line in froms(tmp_path) if "/" in line] == [f"{name}@{ZEROS}" for name in images]
    manager = json.loads((tmp_path / "renovate.json").read_text(encoding="utf-8"))["customManagers"][0]
    [pattern] = [re.compile(found.replace("(?<", "(?P<")) for found in manager["matchStrings"]]
    found = pattern.search((tmp_path / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert found
    assert found.groupdict() == {
        "depName": "registry.example.com/hub/python", "currentValue": "3.13-slim-trixie", "currentDigest": ZEROS,
    }  # fmt: skip


def test_another_python_is_not_pinned_by_the_digest_of_the_last_one(tmp_path: Path, render: Render) -> None:
    render(tmp_path, python_version="3.14", image_digests=f"python:3.13-slim-trixie@{ZEROS}")
    assert "@" not in froms(tmp_path)[0]


@pytest.mark.parametrize("tool", catalog.tools())
def test_what_locks_and_installs_is_pinned_by_hashes_where_that_is_asked_for(
    tmp_path: Path, render: Render, tool: str
) -> None:
    row = catalog.tools()[tool]
    render(tmp_path, package_tool=tool, tool_hashes=True)
    text = (tmp_path / "container/package_tool.txt").read_text(encoding="utf-8")
    versions = dict(re.findall(r"^([a-z-]+)==(\S+) ", text, re.MULTILINE))
    assert versions[tool] == row.version
    assert versions.keys() == {tool, *row.needs, *([row.groups.split("==")[0]] if row.groups else [])}
    assert {f"{name}=={version}" for name, version in versions.items()} >= {row.groups, row.knows} - {None}
    assert text.count("--hash=sha256:") >= len(versions)
    found = dockerfile.parse((tmp_path / "Dockerfile").read_text(encoding="utf-8"))
    steps = [one.arguments for one in found if "pip install" in one.arguments and "root-user-action" in one.arguments]
    assert steps
    assert all("--require-hashes" in step and f"{tool}==" not in step for step in steps)
    assert "container/package_tool.txt" in next(
        one.arguments for one in found if "rm -f requirements.in" in one.arguments
    )


def test_sources_that_are_a_secret_are_asked_for_wherever_the_image_is_built(tmp_path: Path, render: Render) -> None:
    render(tmp_path, apt_mirror="secret:APT_SOURCES", extras=EXTRAS, dependencies="psycopg2")
    assert not (tmp_path / "container/debian.sources").exists()
    text = (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    assert "--mount=type=secret,id=APT_SOURCES,required=true,target=/mnt/debian.sources" in text
    for file in ("compose.yaml", "docker-bake.hcl", ".gitlab-ci.yml", ".github/workflows/container.yml"):
        assert "APT_SOURCES" in (tmp_path / file).read_text(encoding="utf-8"), file


@pytest.mark.parametrize(
    ("manager", "variables"),
    [
        ("npm", ["NPM_CONFIG_REGISTRY"]),
        ("pnpm", ["NPM_CONFIG_REGISTRY"]),
        ("yarn", ["NPM_CONFIG_REGISTRY", "YARN_REGISTRY"]),
        ("yarn-berry", ["NPM_CONFIG_REGISTRY", "YARN_NPM_REGISTRY_SERVER"]),
        ("bun", ["NPM_CONFIG_REGISTRY"]),
    ],
)
def test_front_end_packages_come_from_a_mirror(
    tmp_path: Path, render: Render, manager: str, variables: list[str]
) -> None:
    render(tmp_path, npm_mirror="https://npm.example.com/", assets=manager, assets_output="dist")
    instructions = dockerfile.parse((tmp_path / "Dockerfile").read_text(encoding="utf-8"))
    at = next(at for at, found in enumerate(instructions) if found.arguments.endswith("AS assets"))
    told = " ".join(found.arguments for found in instructions[at : at + 6] if found.keyword == "ENV")
    assert all(f"{name}=https://npm.example.com/" in told for name in variables)


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ({"base_image": "Example.com/Python"}, "Use a name"),
        ({"base_image": "python:3.13 AS base"}, "Use a name"),
        ({"base_image": "python:3.13", "build_image": "a\nRUN b"}, "Use a name"),
        ({"base_image": "python:3.13", "image_python": "/usr/bin/python3; rm"}, "Use a path"),
        ({"apt_mirror": "http://user:word@apt.example.com/debian"}, "Use http://host/debian"),
        ({"npm_mirror": "https://user:word@npm.example.com/"}, "Use https://host/path"),
    ],
)
def test_what_would_break_out_of_its_line_is_refused(
    tmp_path: Path, render: Render, answers: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        render(tmp_path, **answers)
