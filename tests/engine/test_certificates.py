"""Behind a proxy that ends TLS, copy, lock, build and run trust the authority that `certificates` names."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from copier_slim import catalog
from tests.command.running import command
from tests.engine import proxy, sampling
from tests.engine.loopback import Index, place, wheel
from tests.engine.project import DockerException, Project

TAG = "copier-slim-test:certificates"
COPY = [
    "copy", "--defaults", "--offline", "--data", "framework=command", "--data", "app=python -m house_style",
    "--data", "starter=false", "--data", "dependencies=house-style", "--data", "python_version=3.13",
]  # fmt: skip
TRUSTED = ["--data", "certificates=certs/company.crt"]
ASK = "import urllib.request; print(urllib.request.urlopen('https://pypi.org/simple/house-style/').status)"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> proxy.Authority:
    return proxy.Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def company(engine: None, tmp_path_factory: pytest.TempPathFactory, authority: proxy.Authority) -> Iterator[Index]:  # noqa: ARG001
    """A proxy that has the lock's tools and a package that PyPI itself does not have."""
    wheels, root = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("index")
    tools = [f"{name}=={catalog.tools()[name].version}" for name in ("pip-tools", "uv")]
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", wheels, *tools]
    subprocess.run(download, check=True)
    wheel(wheels, "house-style", "1.0", "print('in the house style')\n")
    place(wheels.glob("*.whl"), root)
    with proxy.serving(root, authority) as index:
        yield index


@pytest.fixture
def project(tmp_path: Path, authority: proxy.Authority) -> Path:
    """A project that has the authority's certificate."""
    folder = tmp_path / "shop"
    (folder / "certs").mkdir(parents=True)
    (folder / "certs/company.crt").write_bytes(authority.certificate.read_bytes())
    (folder / "notes.py").write_text("", encoding="utf-8")
    return folder


def proxies(url: str) -> dict[str, str]:
    """The variables of somebody behind a proxy; http alone would hide who ends TLS."""
    return {"HTTPS_PROXY": url, "https_proxy": "", "NO_PROXY": "localhost"}


@pytest.mark.parametrize(
    "image",
    [
        sampling.case(image, name="-".join(image), group="certificates", sampled=image == ("slim", "pip-tools"))
        for image in [("slim", "pip-tools"), ("distroless", "uv"), ("alpine", "pip-tools")]
    ],
)
def test_what_is_fetched_and_the_app_trust_the_network_s_authority(
    project: Path, company: Index, image: tuple[str, str]
) -> None:
    base, tool = image
    answers = [
        *TRUSTED,
        "--data",
        f"base={base}",
        "--data",
        f"package_tool={tool}",
        "--data",
        "trusts_at_run_time=true",
    ]
    copied = command(*COPY, *answers, cwd=project, seconds=600, **proxies(company.url))
    assert copied.code == 0, copied.err
    assert "house-style==1.0" in (project / "requirements.txt").read_text(encoding="utf-8")
    built = Project(project, TAG)
    built.build(HTTPS_PROXY=company.url)
    assert any("house_style" in path for path in company.asked)
    assert built.output() == "in the house style"
    assert built.output("python", "-c", ASK, envs={"https_proxy": company.url}) == "200"


@pytest.mark.matrix
def test_an_image_that_ships_does_not_trust_it_unasked(
    project: Path, company: Index, capfd: pytest.CaptureFixture[str]
) -> None:
    copied = command(*COPY, *TRUSTED, cwd=project, seconds=600, **proxies(company.url))
    assert copied.code == 0, copied.err
    built = Project(project, TAG)
    built.build(HTTPS_PROXY=company.url)
    assert built.output() == "in the house style"
    with pytest.raises(DockerException):
        built.output("python", "-c", ASK, envs={"https_proxy": company.url})
    assert "CERTIFICATE_VERIFY_FAILED" in capfd.readouterr().err


@pytest.mark.matrix
@pytest.mark.parametrize("tool", ["pip-tools", "uv"])
def test_without_the_certificate_it_is_one_line(project: Path, company: Index, tool: str) -> None:
    copied = command(*COPY, "--data", f"package_tool={tool}", cwd=project, seconds=600, **proxies(company.url))
    copied.fails(4, "authority that the build does not trust", "certificates=")
    assert not (project / "Dockerfile").exists()


@pytest.mark.matrix
def test_a_proxy_that_asks_for_a_password_is_one_line(project: Path, tmp_path: Path) -> None:
    uncached = ["--data", f"environment=RUN={tmp_path.name}-{time.time_ns()}"]
    with proxy.refusing() as url:
        command(*COPY, *TRUSTED, *uncached, cwd=project, seconds=600, **proxies(url)).fails(4, "proxy", "407")
