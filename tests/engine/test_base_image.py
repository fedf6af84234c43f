"""Images in place of the official one: stand-ins for those that companies use, each made from a local image."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.command.running import command
from tests.engine.project import Project

NAME = "copier-slim-test-base"
OFFICIAL = "python:3.13-slim-trixie"
# As Docker Hardened Images and Chainguard's have it: a user that is not root, Python as the entry point
HARDENED = """
RUN useradd --uid 65532 --no-create-home nonroot
ENTRYPOINT ["/usr/local/bin/python3"]
USER 65532
"""
NO_SHELL = "RUN rm -rf /usr/bin/*sh /usr/bin/env /usr/bin/apt* /usr/bin/dpkg* /usr/local/bin/pip* /usr/sbin/useradd"
NO_APT = "RUN rm -rf /usr/bin/apt* /usr/bin/dpkg* /var/lib/dpkg /etc/apt /usr/sbin/useradd /usr/sbin/adduser"
# Debian's own Python where distributions have it, without pip beside it
IN_USR = """
RUN apt-get update && apt-get install --yes --no-install-recommends python3 && rm -rf /var/lib/apt/lists/* \\
 && rm -rf /usr/local/bin/* /usr/local/lib/*
"""
# The Dockerfile of each stand-in, and what it stands for
IMAGES = {
    # dhi.io/python:…-dev, cgr.dev/chainguard/python:…-dev
    "hardened-dev": f"FROM {OFFICIAL}{HARDENED}",
    # The same without -dev
    "hardened": f"""\
FROM {OFFICIAL} AS full
{NO_SHELL}
FROM scratch
COPY --from=full / /
ENTRYPOINT ["python3"]
USER 65532
""",
    # ubuntu:… and a company's own on Debian
    "ubuntu": f"FROM {OFFICIAL}{IN_USR}",
    # registry.access.redhat.com/ubi9/python-313: a user of its own, no apt; dnf cannot be had here, and pip is there
    "ubi": f"""\
FROM {OFFICIAL}
{NO_APT}
RUN echo default:x:1001:0::/opt:/bin/sh >> /etc/passwd
ENTRYPOINT ["env"]
USER 1001
""",
    # The same with dnf, as Debian packages it, and a repository of one package
    "redhat": f"""\
FROM {OFFICIAL}
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends createrepo-c dnf rpm > /dev/null
COPY <<EOF /house.spec
Name: house-words
Version: 1
Release: 1
Summary: Words
License: MIT
BuildArch: noarch
%description
Words
%install
mkdir -p %{{buildroot}}/etc && echo in the house style > %{{buildroot}}/etc/house-words
%files
/etc/house-words
EOF
RUN rpmbuild --quiet -bb --define '_rpmdir /srv/repository' /house.spec && createrepo_c --quiet /srv/repository \\
 && mkdir -p /etc/yum.repos.d \\
 && printf '[house]\\nname=house\\nbaseurl=file:///srv/repository\\ngpgcheck=0\\n' > /etc/yum.repos.d/house.repo
{NO_APT}
""",
    "has-it": f"FROM {NAME}:redhat\nRUN dnf install --assumeyes --quiet house-words\n",
    "musl": "FROM python:3.13-alpine\n",
    "no-python": f"FROM {OFFICIAL}\nRUN rm -rf /usr/local/bin/python* /usr/bin/python*\n",
    "root-only": f"FROM {OFFICIAL}\nRUN chmod 700 /usr/local/lib/python3.13\n",
    # Sources that lead nowhere
    "no-way-out": f"""\
FROM {OFFICIAL}
RUN rm -rf /etc/apt/sources.list.d && echo 'deb http://127.0.0.1:9/ x main' > /etc/apt/sources.list
""",
}
COPY = ["copy", "--defaults", "--offline", "--data", "framework=command", "--data", "app=python main.py",
        "--data", "package_tool=uv", "--data", "dependencies=six"]  # fmt: skip
SEEN = "import os, six, sys; print(sys.version_info[:2], os.path.realpath(sys.executable), os.getuid())"


@cache
def stand_in(name: str) -> str:
    """The tag of an image, which is made when it is first asked for."""
    build = ["docker", "build", "--quiet", "--tag", f"{NAME}:{name}", "-"]
    subprocess.run(build, input=IMAGES[name], text=True, check=True, capture_output=True)
    return f"{NAME}:{name}"


@pytest.fixture(scope="module", autouse=True)
def removed(engine: None) -> Iterator[None]:  # noqa: ARG001
    """Removes the images."""
    yield
    names = [f"{NAME}:{name}" for name in [*IMAGES, "made"]]
    subprocess.run(["docker", "image", "rm", "--force", *names], check=False, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(f"{SEEN}\n", encoding="utf-8")
    return tmp_path


def given(name: str, build: str = "") -> list[str]:
    images = ["--data", f"base_image={stand_in(name)}"]
    return [*images, "--data", f"build_image={stand_in(build)}"] if build else images


@pytest.mark.parametrize(
    ("images", "base", "python", "uid"),
    [
        pytest.param(
            images, base, python, uid,
            id="-".join([*images, *([base] if base else [])]),
            marks=[pytest.mark.xdist_group("base-image"), *([] if sampled else [pytest.mark.matrix])],
        )
        for images, base, python, uid, sampled in [
            (("hardened", "hardened-dev"), "", "/usr/local/bin/python3.13", 65532, True),
            (("hardened-dev",), "", "/usr/local/bin/python3.13", 65532, False),
            (("hardened-dev",), "distroless", "/usr/local/bin/python3.13", 65532, False),
            (("ubuntu",), "", "/usr/bin/python3.13", 10001, False),
            (("ubuntu",), "distroless", "/usr/bin/python3.13", 10001, False),
            (("ubi",), "", "/usr/local/bin/python3.13", 1001, False),
            (("ubi",), "distroless", "/usr/local/bin/python3.13", 1001, False),
            (("redhat",), "", "/usr/local/bin/python3.13", 10001, False),
            (("musl",), "", "/usr/local/bin/python3.13", 10001, False),
        ]
    ],
)  # fmt: skip
def test_it_is_built_and_run(project: Path, images: tuple[str, ...], base: str, python: str, uid: int) -> None:
    chosen = ["--data", f"base={base}"] if base else []
    copied = command(*COPY, *given(*images), *chosen, cwd=project, seconds=900)
    assert copied.code == 0, copied.err
    assert f"image_python={python}" in copied.out.replace("\n", "")
    built = Project(project, f"{NAME}:made")
    built.build()
    assert built.output(read_only=True) == f"(3, 13) {python} {uid}"
    checked = command("check", cwd=project, seconds=120)
    assert checked.code == 0, checked.out


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("name", "answers", "words"),
    [
        ("no-python", [], ["has no Python"]),
        ("root-only", [], ["only root", "another image"]),
        ("hardened", [], ["no shell", "build_image="]),
        ("ubuntu", ["python_version=3.14"], ["has Python 3.13", "python_version is 3.14"]),
        ("musl", ["base=slim"], ["musl", "base=alpine"]),
        ("ubuntu", ["base=alpine"], ["glibc", "base=slim"]),
        ("hardened", [f"build_image={NAME}:ubuntu"], ["do not fit", "/usr/local/bin/python3.13"]),
    ],
)
def test_what_does_not_fit_is_one_line(project: Path, name: str, answers: list[str], words: list[str]) -> None:
    stand_in("ubuntu")
    options = [word for answer in answers for word in ("--data", answer)]
    result = command(*COPY, *given(name), *options, cwd=project, seconds=120)
    result.fails(3, f"{NAME}:{name}", *words)
    assert not (project / "Dockerfile").exists()


@pytest.mark.matrix
def test_an_image_that_cannot_be_pulled_is_one_line(project: Path) -> None:
    result = command(*COPY, "--data", "base_image=127.0.0.1:9/python:3.13", cwd=project, seconds=120)
    result.fails(4, "127.0.0.1:9/python:3.13 cannot be pulled")


@pytest.mark.matrix
def test_a_registry_that_asks_for_a_password_is_one_line(project: Path) -> None:
    asked = subprocess.run(["docker", "pull", "127.0.0.1:5001/x:1"], capture_output=True, text=True, check=False)
    if "auth" not in asked.stderr:
        pytest.skip("no registry with a password listens on 127.0.0.1:5001")
    result = command(*COPY, "--data", "base_image=127.0.0.1:5001/x:1", cwd=project, seconds=120)
    result.fails(4, "docker login 127.0.0.1:5001")


@pytest.mark.matrix
def test_check_names_an_image_that_has_moved_on(project: Path) -> None:
    moved = f"{NAME}:moves"
    subprocess.run(["docker", "tag", stand_in("ubi"), moved], check=True)
    copied = command(*COPY, "--no-lock", "--data", f"base_image={moved}", cwd=project, seconds=300)
    assert copied.code == 0, copied.err
    subprocess.run(["docker", "tag", stand_in("ubuntu"), moved], check=True)
    checked = command("check", "--json", cwd=project, seconds=120)
    assert checked.code == 1
    assert "image_python" in checked.out
    assert "/usr/bin/python3.13" in checked.out
    subprocess.run(["docker", "image", "rm", moved], check=True, capture_output=True)


@pytest.mark.matrix
def test_apt_asks_the_mirror_and_nobody_else(project: Path) -> None:
    """The image's own sources lead nowhere, and stay in it as they are."""
    answers = [
        f"base_image={stand_in('no-way-out')}",
        "apt_mirror=http://deb.debian.org/debian",
        "system_packages=media-types",
    ]
    copied = command(*COPY, *[word for answer in answers for word in ("--data", answer)], cwd=project, seconds=900)
    assert copied.code == 0, copied.err
    built = Project(project, f"{NAME}:made")
    built.build()
    assert "application/" in built.output("cat", "/etc/mime.types")
    assert built.output("cat", "/etc/apt/sources.list") == "deb http://127.0.0.1:9/ x main"
    history = ["docker", "history", "--no-trunc", f"{NAME}:made"]
    assert "deb.debian.org" not in subprocess.run(history, capture_output=True, text=True, check=True).stdout


@pytest.mark.matrix
@pytest.mark.parametrize(("image", "base"), [("redhat", "slim"), ("redhat", "distroless"), ("has-it", "distroless")])
def test_dnf_installs_what_the_project_needs(project: Path, image: str, base: str) -> None:
    stand_in("redhat")
    answers = [f"base={base}", "system_packages=house-words"]
    data = [word for answer in answers for word in ("--data", answer)]
    copied = command(*COPY, *given(image), *data, cwd=project, seconds=900)
    assert copied.code == 0, copied.err
    assert "image_packages=dnf" in copied.out.replace("\n", "")
    built = Project(project, f"{NAME}:made")
    built.build()
    assert built.output("python", "-c", "print(open('/etc/house-words').read())").strip() == "in the house style"
