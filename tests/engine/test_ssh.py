"""A git repository that is read by ssh alone: the build is lent a key, and nothing keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from python_on_whales import Container, docker

from tests.conftest import Render
from tests.engine.credentials import HOUSE_STYLE, assert_nothing_keeps, build

TAG = "copier-slim-test:ssh"
SERVER = r"""
FROM python:3.13-slim-trixie
RUN apt-get update && apt-get install --yes --no-install-recommends git openssh-server && rm -rf /var/lib/apt/lists/*
COPY <<EOF /srv/house/pyproject.toml
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "house-style"
version = "1.0"
description = "What only this repository has"
EOF
COPY <<EOF /srv/house/house_style.py
print("in the house style")
EOF
RUN git -C /srv/house init --quiet && git -C /srv/house add --all \
 && git -C /srv/house -c user.name=x -c user.email=x commit --quiet --message x \
 && mkdir -p /run/sshd \
 && useradd --create-home --password '*' --shell /usr/bin/git-shell git && chown -R git /srv/house \
 && ssh-keygen -q -t ed25519 -N '' -f /key && install -D --owner=git --mode=600 /key.pub /home/git/.ssh/authorized_keys
CMD ["/usr/sbin/sshd", "-D", "-e"]
"""

pytestmark = pytest.mark.xdist_group("ssh")


@pytest.fixture(scope="module")
def server(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:  # noqa: ARG001
    """A container with a repository, and the key that may read it in /key."""
    context = tmp_path_factory.mktemp("server")
    (context / "Dockerfile").write_text(SERVER, encoding="utf-8")
    docker.build(context, tags=f"{TAG}-server", load=True)
    container = docker.run(f"{TAG}-server", detach=True, publish=[("127.0.0.1:", 22)])
    assert isinstance(container, Container)
    try:
        yield container
    finally:
        docker.remove(container, force=True, volumes=True)
        docker.image.remove(f"{TAG}-server", force=True)


@pytest.fixture
def key(server: Container, tmp_path: Path) -> Path:
    """The private key, as a file of the machine that builds."""
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(f"{server.execute(['cat', '/key'])}\n", encoding="utf-8")
    return path


@pytest.fixture(params=["pip-tools", "uv"])
def project(request: pytest.FixtureRequest, render: Render, server: Container, tmp_path: Path) -> Path:
    """A project that needs what is in the repository."""
    port = server.network_settings.ports["22/tcp"][0]["HostPort"]
    commit = server.execute(["git", "-c", "safe.directory=*", "-C", "/srv/house", "rev-parse", "HEAD"])
    return render(
        tmp_path / "shop",
        **HOUSE_STYLE,
        package_tool=request.param,
        dependencies=f"house-style @ git+ssh://git@127.0.0.1:{port}/srv/house@{commit}",
    )


def test_a_lent_key_reads_the_repository_and_nothing_keeps_it(project: Path, key: Path, tmp_path: Path) -> None:
    secret = key.read_text(encoding="utf-8").splitlines()[2]
    metadata = tmp_path / "metadata.json"
    assert_nothing_keeps(secret, project, TAG, "--ssh", f"default={key}", metadata=metadata)
    assert '"ssh"' in metadata.read_text(encoding="utf-8"), "the provenance is the one that tells of keys"


def test_without_a_key_the_build_says_so(project: Path) -> None:
    done = build(project, "--target", "lock", "--output", project, "--build-arg", "UPGRADE=no-cached-lock")
    assert done.returncode == 1
    assert "ssh" in done.stderr.lower()
