"""Files that `certificates` names: what cannot be trusted, or must not be in an image, is refused in one line."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.running import FLASK, command, commit, write
from tests.conftest import Render

COPY = ["copy", "--defaults", "--offline", "--no-lock", "--data", "certificates=certs/company.crt"]
AUTHORITY = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
LEAF = ["-addext", "basicConstraints=critical,CA:FALSE"]


def certificate(folder: Path, *options: str) -> tuple[bytes, bytes]:
    """A certificate that is signed by itself, and its key."""
    folder.mkdir(exist_ok=True)
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Company CA", "-days", "30"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "crt")]
    subprocess.run([*made, *files, *options], check=True, capture_output=True)
    return (folder / "crt").read_bytes(), (folder / "key").read_bytes()


def ended(certificate: bytes) -> bytes:
    """A certificate with another end, in 2020; nobody looks at a signature that is its own."""
    der = ssl.PEM_cert_to_DER_cert(certificate.decode())
    dates = re.findall(rb"\x17\x0d(\d{12}Z)", der)
    return ssl.DER_cert_to_PEM_cert(der.replace(dates[1], b"200101000000Z")).encode()


@pytest.fixture
def contents(tmp_path: Path) -> dict[str, bytes]:
    """What a file may hold that is no certificate of an authority."""
    good, key = certificate(tmp_path / "made", *AUTHORITY)
    return {
        "key": good + key,
        "text": b"hello\n",
        "der": bytes(range(256)),
        "damaged": good.replace(b"\nMII", b"\nXII", 1),
        "leaf": certificate(tmp_path / "leaf", *LEAF)[0],
        "expired": good + ended(good),
        "good": good,
    }


REFUSED = {
    "key": "private key", "text": "no certificate", "der": "no certificate", "damaged": "damaged",
    "leaf": "no authority's", "expired": "expired",
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_certificate_of_an_authority_is_refused(
    tmp_path: Path, contents: dict[str, bytes], kind: str
) -> None:
    project = commit(write(tmp_path / "shop", {**FLASK, "certs/company.crt": contents[kind]}))
    command(*COPY, cwd=project).fails(3, "certs/company.crt", REFUSED[kind])
    assert not (project / "Dockerfile").exists()


@pytest.mark.parametrize("kind", REFUSED)
def test_the_build_refuses_it_in_one_line_where_only_a_secret_has_it(
    tmp_path: Path, render: Render, contents: dict[str, bytes], kind: str
) -> None:
    project = render(tmp_path / "shop", certificates="secret:COMPANY_CA")
    (project / "secret:COMPANY_CA").write_bytes(contents[kind])  # as the mount has it
    script = [sys.executable, "-IS", "container/certificates.py", "secret:COMPANY_CA"]
    done = subprocess.run(script, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("secret:COMPANY_CA: ")
    assert REFUSED[kind] in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    command(*COPY, cwd=commit(write(tmp_path / "shop", FLASK))).fails(3, "certs/company.crt", "cannot be read")


def test_check_tells_one_that_ends_later(tmp_path: Path, contents: dict[str, bytes]) -> None:
    project = commit(write(tmp_path / "shop", {**FLASK, "certs/company.crt": contents["good"]}))
    copied = command(*COPY, cwd=project)
    assert copied.code == 0, copied.err
    assert "lets in" not in copied.out
    (project / "certs/company.crt").write_bytes(contents["expired"])
    checked = command("check", cwd=project)
    assert checked.code == 1
    assert "expired" in checked.out
