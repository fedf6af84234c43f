"""System packages of a day: a small archive of snapshots on loopback, as Debian has one, signed by a key of its own."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.command.running import write
from tests.conftest import Render
from tests.engine.project import Project

BASE = "copier-slim-test-base:dated"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What the archive had on each day
DAYS = {"20260101": "1.0", "20260201": "2.0"}
# Long ago, as a Release file of the past says
RELEASE = """\
Suite: {suite}
Codename: {suite}
Architectures: amd64 arm64
Components: main
Date: Thu, 01 Jan 2026 00:00:00 UTC
Valid-Until: Thu, 08 Jan 2026 00:00:00 UTC
SHA256:
"""

pytestmark = [pytest.mark.matrix, pytest.mark.xdist_group("base-image")]


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


def run(*words: str | Path, at: Path | None = None) -> bytes:
    done = subprocess.run(words, cwd=at, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def gpg(home: Path, *words: str | Path) -> bytes:
    return run(
        "gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", *words
    )


def publish(archive: Path, suite: str, home: Path, package: Path | None) -> None:
    """Writes and signs a suite with one package, or with none."""
    packages = b""
    if package:
        pool = archive / "pool" / package.name
        pool.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(package, pool)
        control = run("dpkg-deb", "--field", package).decode()
        data = pool.read_bytes()
        place = f"Filename: pool/{package.name}\nSize: {len(data)}\nSHA256: {sha256(data).hexdigest()}\n"
        packages = f"{control}{place}\n".encode()
    folder = archive / "dists" / suite
    release = RELEASE.format(suite=suite)
    for architecture in ("amd64", "arm64"):
        listing = folder / f"main/binary-{architecture}/Packages.gz"
        listing.parent.mkdir(parents=True)
        listing.write_bytes(gzip.compress(packages, mtime=0))
        for name, data in (("Packages", packages), ("Packages.gz", listing.read_bytes())):
            release += f" {sha256(data).hexdigest()} {len(data)} main/binary-{architecture}/{name}\n"
    (folder / "Release").write_text(release, encoding="utf-8")
    gpg(home, "--output", folder / "InRelease", "--clearsign", folder / "Release")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, engine: None) -> Iterator[str]:  # noqa: ARG001
    """The address of the archive, and a base image that trusts its key; skips without what makes one."""
    if not all(map(shutil.which, ("gpg", "dpkg-deb"))):
        pytest.skip("gpg or dpkg-deb is not installed")
    root = tmp_path_factory.mktemp("snapshots")
    home = root / "gnupg"
    home.mkdir(mode=0o700)
    gpg(home, "--quick-generate-key", "snapshots@example.com", "rsa3072", "sign", "never")
    for day, version in DAYS.items():
        control = (
            f"Package: dated\nVersion: {version}\nArchitecture: all\nMaintainer: T <t@example.com>\nDescription: x\n"
        )
        tree = write(root / f"made-{day}", {"DEBIAN/control": control, "usr/share/dated": version})
        package = root / f"dated_{version}_all.deb"
        run("dpkg-deb", "--root-owner-group", "--build", tree, package)
        publish(root / "debian" / day, "trixie", home, package)
        publish(root / "debian" / day, "trixie-updates", home, None)
        publish(root / "debian-security" / day, "trixie-security", home, None)
    text = f"FROM python:3.13-slim-trixie\nCOPY key.gpg {KEYRING}\nRUN rm -rf /etc/apt/sources.list.d\n"
    image = write(root / "image", {"Dockerfile": text, "key.gpg": gpg(home, "--export")})
    run("docker", "build", "--quiet", "--tag", BASE, image)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/debian"
        server.shutdown()
    subprocess.run(["docker", "image", "rm", "--force", BASE], check=False, capture_output=True)


def test_each_day_has_its_own_packages(archive: str, render: Render, tmp_path: Path) -> None:
    for day, version in DAYS.items():
        path = render(
            tmp_path / day, framework="command", python_version="3.13", package_tool="uv", base_image=BASE,
            system_packages="dated", apt_mirror=archive, apt_snapshot=day,
        )  # fmt: skip
        Project(path, tag="").lock()
        tag = f"copier-slim-test:dated-{day}"
        run("docker", "build", "--quiet", "--network", "host", "--tag", tag, path)
        try:
            assert Project(path, tag).output("cat", "/usr/share/dated") == version
            # Its address is not in what ships
            assert not run("docker", "run", "--rm", tag, "sh", "-c", "grep --recursive 127.0.0.1 /etc/apt || true")
        finally:
            run("docker", "image", "rm", "--force", tag)
