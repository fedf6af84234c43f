"""docs/networks.md is what a terminal shows: behind a proxy that ends TLS, with a mirror and a private index.

On Docker, only the proxy leads to the company's index. On Podman, it is the only way out at all.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from copier_slim import catalog
from tests.command.running import commit, environment, write
from tests.conftest import ROOT
from tests.engine import proxy
from tests.engine.loopback import Index, place, wheel
from tests.engine.test_registry import mirror
from tests.render.test_readme import check_shown

__all__ = ["mirror"]

NETWORK = "copier-slim-test-cut-off"
PAGE = ROOT / "docs/networks.md"
INDEX = "packages.acme.example"
LOGIN, PASSWORD = "shop", "canary-5d0a17c2"
# What the page calls what is on loopback here
REGISTRY, PROXY = "registry.acme.example/docker-hub/", "http://proxy.acme.example:3128"
COPY = f"copier-slim copy --defaults --data registry={REGISTRY} --data private_index=https://{INDEX}/simple/"
TRUSTED = "--data certificates=certs/acme.crt --data trusts_at_run_time=true"
SECRET = "--secret id=netrc,src=$HOME/.netrc"  # noqa: S105 where it is
ADDRESS = f"https://{INDEX}/simple/house-style/"
ASK = f"import urllib.request as u; print(u.urlopen(u.Request('{ADDRESS}', method='HEAD')).status)"
SHOWN = [
    "echo $HTTPS_PROXY",
    COPY,
    f"{COPY} {TRUSTED} > /dev/null",
    "grep FROM Dockerfile | head -1",
    f"docker build --quiet {SECRET} --build-arg HTTPS_PROXY --build-arg https_proxy --tag shop . > /dev/null",
    "docker run --rm shop",
    f'docker run --rm --env HTTPS_PROXY shop python -c "{ASK}"',
    "docker history --no-trunc shop | grep -c proxy.acme.example",
]
# What changes nothing that is shown
QUICKER = "--offline --data python_version=3.13 --data package_tool=uv"
CODE = "import house_style\n"


@pytest.fixture(params=["docker", "podman"])
def ways(request: pytest.FixtureRequest, engine: None, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:  # noqa: ARG001
    """Where the engine's containers reach this machine, and the variables by which that one is used.

    Podman's network is internal; skips where it has no base image.
    """
    if request.param == "docker":
        yield proxy.gateway(), {}
        return
    look = ["podman", "image", "exists", "python:3.13-slim-trixie"]
    if not shutil.which("podman") or subprocess.run(look, check=False).returncode:
        pytest.skip("no Podman answers that has python:3.13-slim-trixie")
    podman("network", "create", "--internal", NETWORK)
    try:
        settings = tmp_path / "containers.conf"
        settings.write_text(f'[network]\ndefault_network = "{NETWORK}"\n', encoding="utf-8")
        address = podman("network", "inspect", "--format", "{{(index .Subnets 0).Gateway}}", NETWORK).strip()
        yield address, {"COPIER_SLIM_ENGINE": "podman", "CONTAINERS_CONF_OVERRIDE": str(settings)}
    finally:
        subprocess.run(["podman", "network", "rm", "--force", NETWORK], check=False, capture_output=True)


def podman(*words: str) -> str:
    return subprocess.run(["podman", *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def company(ways: tuple[str, dict[str, str]], tmp_path: Path) -> Iterator[tuple[Index, proxy.Authority]]:
    """The proxy, which alone leads to the company's index, and its authority."""
    wheels, root = tmp_path / "wheels", tmp_path / "index"
    authority = proxy.Authority(tmp_path / "authority", "Acme CA")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", wheels]
    subprocess.run([*download, f"uv=={catalog.tools()['uv'].version}"], check=True)
    # The cache of uv, which outlives the test, has the files of an address for good
    wheel(wheels, "house-style", f"1.{time.time_ns()}", "print('in the house style')\n")
    place(wheels.glob("*.whl"), root)
    with proxy.serving(root, authority, INDEX, f"{LOGIN}:{PASSWORD}", address=ways[0]) as index:
        yield index, authority


@pytest.mark.matrix
@pytest.mark.xdist_group("networks-shown")
def test_the_page_shows_the_way_from_copy_to_a_running_container(
    template: Path,
    mirror: str,
    ways: tuple[str, dict[str, str]],
    company: tuple[Index, proxy.Authority],
    tmp_path: Path,
    update_golden: bool,  # noqa: FBT001
) -> None:
    index, authority = company
    files = {"shop.py": CODE, "requirements.txt": "house-style\n", "Procfile": "app: python shop.py\n"}
    files["certs/acme.crt"] = authority.certificate.read_text(encoding="utf-8")
    project = commit(write(tmp_path / "shop", files))
    home = tmp_path / "home"
    home.mkdir()
    netrc = home / ".netrc"
    netrc.write_text(f"machine {INDEX} login {LOGIN} password {PASSWORD}\n", encoding="utf-8")
    netrc.chmod(0o600)
    engine = ways[1].get("COPIER_SLIM_ENGINE", "docker")
    docker = os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker"))  # its plugins may be there
    proxies = {"HTTPS_PROXY": index.url, "https_proxy": index.url, "NO_PROXY": "127.0.0.1"}
    env = environment() | proxies | ways[1] | {"HOME": str(home), "DOCKER_CONFIG": docker}

    def run(line: str) -> str:
        line = re.sub(r" shop(?= |$)", " copier-slim-test:shop", line.replace(REGISTRY, mirror))
        line = line.replace("proxy.acme.example", index.url.removeprefix("http://"))
        if engine == "podman":
            # Its builds are quiet but for what their commands write to stderr
            line = re.sub(r"^docker (build .*)", r"podman \1 2>&1", line)
            line = re.sub(r"^docker ", "podman ", line)
        if line.startswith("copier-slim"):
            options = line.removeprefix("copier-slim copy")
            line = f"{sys.executable} -m copier_slim copy --template {template} {QUICKER}{options}"
            line = f"({line}) 2>&1 | grep '^copier-slim: '"  # what it says while it looks and writes is another page's
        done = subprocess.run(
            ["bash", "-c", line], cwd=project, env=env, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return (done.stdout + done.stderr).replace(index.url, PROXY).replace(mirror, REGISTRY)

    run("docker image rm --force shop")  # what an earlier run left must not be what is shown
    if engine == "podman":
        out = "import socket; socket.create_connection(('deb.debian.org', 80), 5)"
        assert "socket.gaierror" in run(f'docker run --rm {mirror}python:3.13-slim-trixie python -c "{out}" 2>&1')
    shown = "".join(f"$ {line}\n{run(line)}" for line in SHOWN)
    assert PASSWORD not in shown
    assert "authority that the build does not trust" in shown, shown
    assert f"FROM {REGISTRY}python:3.13-slim-trixie AS base\n" in shown
    assert shown.endswith(f"$ {SHOWN[-3]}\nin the house style\n$ {SHOWN[-2]}\n200\n$ {SHOWN[-1]}\n0\n"), shown
    check_shown("networks", shown, update_golden=update_golden, page=PAGE)
