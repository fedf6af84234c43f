"""What fetches in the build, and what an app fetches with: each trusts the authority that `certificates` names."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest

from copier_slim import catalog
from tests.command.running import command, commit, write
from tests.engine import proxy
from tests.engine.loopback import Index, place
from tests.engine.project import Project

TAG = "copier-slim-test:trusting"
GIT, APT, NPM = "git.acme.example", "apt.acme.example", "npm.acme.example"
CLIENTS = "requests", "httpx", "aiohttp", "grpcio"
PLATFORMS = "manylinux_2_28_x86_64", "manylinux2014_x86_64"
BACKEND = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
BUILD = "const fs = require('fs'); fs.mkdirSync('dist'); fs.writeFileSync('dist/words.txt', require('house-words'))"
STATED = '[project]\nname = "house-style"\nversion = "1.0"\n[tool.setuptools]\npy-modules = ["house_style"]\n'
MANIFEST = {"name": "shop", "version": "1.0.0", "scripts": {"build": f'node -e "{BUILD}"'}}
# Each prints its name once it has an answer; gRPC's server has a certificate of the same authority
ASK = """
import asyncio, os, urllib.request
import aiohttp, grpc, httpx, requests

URL = "https://pypi.org/simple/requests/"
assert urllib.request.urlopen(URL).status == 200
print("urllib")
requests.get(URL).raise_for_status()
print("requests")
httpx.get(URL).raise_for_status()
print("httpx")

async def ask():
    async with aiohttp.ClientSession(trust_env=True) as session, session.get(URL) as answer:
        answer.raise_for_status()
asyncio.run(ask())
print("aiohttp")

from concurrent.futures import ThreadPoolExecutor

class Echo(grpc.GenericRpcHandler):
    def service(self, call):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: request)

server = grpc.server(ThreadPoolExecutor(1), handlers=[Echo()])
pair = os.environ["KEY"].encode(), os.environ["CHAIN"].encode()
port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([pair]))
server.start()
with grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials()) as channel:
    print(channel.unary_unary("/shop/Echo")(b"grpc", timeout=20).decode())
server.stop(None)
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> proxy.Authority:
    return proxy.Authority(tmp_path_factory.mktemp("authority"), "Acme CA")


@pytest.fixture(scope="module")
def commit_id(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a repository as a plain web server has it, and the id of its commit."""
    made = write(
        tmp_path_factory.mktemp("made"), {"pyproject.toml": BACKEND + STATED, "house_style.py": "WORD = 'style'\n"}
    )
    root = tmp_path_factory.mktemp("git")
    subprocess.run(["git", "clone", "--quiet", "--bare", commit(made), root / "house-style.git"], check=True)
    subprocess.run(["git", "update-server-info"], cwd=root / "house-style.git", check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=made, check=True, capture_output=True, text=True).stdout
    return root, head.strip()


def packed(root: Path) -> dict[str, Any]:
    """Puts a package where npm asks for it; the lock of who has it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in ("package.json", '{"name": "house-words", "version": "1.0.0"}'), ("index.js", WORDS):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    file = root / "house-words/-/house-words-1.0.0.tgz"
    file.parent.mkdir(parents=True)
    file.write_bytes(buffer.getvalue())
    digest = base64.b64encode(sha512(buffer.getvalue()).digest()).decode()
    url = "https://registry.npmjs.org/house-words/-/house-words-1.0.0.tgz"
    of_package = {"version": "1.0.0", "resolved": url, "integrity": f"sha512-{digest}"}
    of_shop = {"name": "shop", "version": "1.0.0", "dependencies": {"house-words": "1.0.0"}}
    packages = {"": of_shop, "node_modules/house-words": of_package}
    return {"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}


WORDS = "module.exports = 'in the house style'\n"


@pytest.fixture(scope="module")
def company(
    engine: None,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
    authority: proxy.Authority,
    commit_id: tuple[Path, str],
) -> Iterator[tuple[Index, dict[str, Any]]]:
    """The proxy, which alone leads to the hosts of the company and has its own PyPI; the lock of the npm package."""
    wheels, root, npm = (tmp_path_factory.mktemp(name) for name in ("wheels", "index", "npm"))
    tools = [f"{name}=={catalog.tools()[name].version}" for name in ("pip-tools", "uv")]
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", wheels]
    there = [word for name in PLATFORMS for word in ("--platform", name)]
    for names in (tools, ["setuptools", *CLIENTS]):
        subprocess.run([*download, *there, "--python-version", "3.13", *names], check=True)
    place(wheels.glob("*.whl"), root)
    lock = packed(npm)
    hosts: dict[str, Path | str] = {GIT: commit_id[0], NPM: npm, APT: "http://deb.debian.org"}
    with proxy.serving(root, authority, beside=hosts) as index:
        yield index, lock


@pytest.mark.matrix
@pytest.mark.xdist_group("trusting")
@pytest.mark.parametrize(("base", "tool"), [("slim", "pip-tools"), ("distroless", "uv")])
def test_every_client_trusts_the_network_s_authority(
    tmp_path: Path,
    company: tuple[Index, dict[str, Any]],
    authority: proxy.Authority,
    commit_id: tuple[Path, str],
    base: str,
    tool: str,
) -> None:
    index, lock = company
    manifest = {**MANIFEST, "dependencies": {"house-words": "1.0.0"}}
    files = {"shop.py": ASK, "package.json": json.dumps(manifest), "package-lock.json": json.dumps(lock)}
    project = write(tmp_path / "shop", files)
    write(project, {"certs/acme.crt": authority.certificate.read_text(encoding="utf-8")})
    wanted = "\n".join([*CLIENTS, f"house-style @ git+https://{GIT}/house-style.git@{commit_id[1]}"])
    answers = {
        "framework": "command", "app": "python shop.py", "starter": "false", "python_version": "3.13", "base": base,
        "package_tool": tool, "dependencies": wanted, "certificates": "certs/acme.crt", "trusts_at_run_time": "true",
        "assets": "npm", "assets_output": "dist", "apt_mirror": f"https://{APT}/debian", "npm_mirror": f"https://{NPM}/",
        "system_packages": "media-types",
    }  # fmt: skip
    data = [word for name, value in answers.items() for word in ("--data", f"{name}={value}")]
    proxies = {"HTTPS_PROXY": index.url, "https_proxy": "", "NO_PROXY": "localhost"}
    copied = command("copy", "--defaults", "--offline", *data, cwd=project, seconds=900, **proxies)
    assert copied.code == 0, copied.err
    built = Project(project, TAG)
    built.build(HTTPS_PROXY=index.url, https_proxy=index.url)
    asked = "\n".join(index.asked)
    for what in (f"{GIT}/house-style.git/", f"{APT}/debian/dists/", f"{NPM}/house-words/-/", "/simple/requests/"):
        assert what in asked, what
    chain, key = authority.sign("localhost")
    envs = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), index.url) | {
        "CHAIN": chain.read_text(encoding="utf-8"), "KEY": key.read_text(encoding="utf-8"), "no_proxy": "localhost",
    }  # fmt: skip
    assert built.output(envs=envs, read_only=True).split() == ["urllib", "requests", "httpx", "aiohttp", "grpc"]
    shown = "import house_style; print(house_style.WORD, open('dist/words.txt').read())"
    assert built.output("python", "-c", shown) == "style in the house style"
