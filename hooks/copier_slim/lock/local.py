"""This machine's side of a lock: its interpreters, and those of its settings that lead to the package index."""

from __future__ import annotations

import ast
import os
import platform
import re
import shutil
import subprocess
import sys

# The machine's settings that lead to the index. All others, find-links and extra indexes above all, change what is
# found, and the image does not have them
WAY_TO_THE_INDEX = frozenset(
    {
        "cache-dir", "cert", "client-cert", "default-index", "default-timeout", "http-connect-timeout",
        "http-retries", "http-timeout", "index-url", "insecure-host", "keyring-provider", "native-tls", "proxy",
        "retries", "system-certs", "timeout", "trusted-host",
    }
)  # fmt: skip

# What a project may say of it: what is found and where, and nothing that is run, read or written on this machine
DECLARED = frozenset(
    {
        "default-index", "default-timeout", "exclude-newer", "extra-index-url", "find-links", "http-timeout", "index",
        "index-strategy", "index-url", "insecure-host", "no-binary", "no-index", "only-binary", "pre", "prerelease",
        "resolution", "retries", "timeout", "trusted-host",
    }
)  # fmt: skip


def interpreter_of(version: str) -> str | None:
    """An interpreter of this minor version that can make virtual environments; None where there is none."""
    candidates = [shutil.which(f"python{version}"), sys.executable]
    return next((path for path in candidates if path and _is(path, version)), None) or _uv_finds(version)


def _is(interpreter: str, version: str) -> bool:
    """Whether it is that version; a pyenv shim may be none at all, and Debian's lacks venv without its package."""
    code = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    return _output([interpreter, "-I", "-c", code]) == version


def _uv_finds(version: str) -> str | None:
    uv = shutil.which("uv")
    # Without --system it runs what lies in a .venv of the current directory, which may have come with the repository
    find = ["python", "find", "--system", "--no-config", "--no-python-downloads", version]
    path = _output([uv, *find]) if uv else ""
    return path if path and _is(path, version) else None


def _output(argv: list[str]) -> str:
    """What a command prints, "" where it fails.

    It is run at the root: pyenv, asdf and uv take from the current directory what they run, or which version of it.
    """
    try:
        done = subprocess.run(  # noqa: S603 an argument list
            argv, check=True, capture_output=True, encoding="utf-8", errors="replace", timeout=60, cwd=os.sep
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def linux_here() -> str:
    """uv's name of the Linux that an engine on this machine runs."""
    arm = platform.machine().lower() in {"aarch64", "arm64"}
    return "aarch64-unknown-linux-gnu" if arm else "x86_64-unknown-linux-gnu"


def environment_here() -> dict[str, str]:
    """This process's environment without the settings of pip and uv that change what they find."""
    kept: dict[str, str] = {}
    for name, value in os.environ.items():
        tool, _, setting = name.partition("_")
        if tool in {"PIP", "UV"}:
            if setting.lower().replace("_", "-") in WAY_TO_THE_INDEX:
                kept[name] = value
        elif not name.startswith("PYTHON"):
            kept[name] = value
    return kept


def declared_settings(environment: str) -> dict[str, str]:
    """pip's and uv's settings in the answer `environment`, as far as they say what is found.

    UV_NO_BINARY is none: it takes back that nothing is built, and pip's is held by wheels_only.
    """
    settings: dict[str, str] = {}
    for line in environment.splitlines():
        name, _, value = line.strip().partition("=")
        tool, _, setting = name.partition("_")
        if tool in {"PIP", "UV"} and setting.lower().replace("_", "-") in DECLARED and name != "UV_NO_BINARY":
            settings[name] = value
    return settings


def pip_settings(pip: list[str]) -> dict[str, str]:
    """The environment that takes from pip's configuration files what leads to the index, and hides the rest."""
    settings = {"PIP_CONFIG_FILE": os.devnull}
    for line in _output([*pip, "config", "list"]).splitlines():
        found = re.fullmatch(r"(?P<section>global|:env:)\.(?P<name>[a-z-]+)=(?P<value>'.*'|\".*\")", line)
        if found and found["section"] == "global" and found["name"] in WAY_TO_THE_INDEX:
            name = f"PIP_{found['name'].upper().replace('-', '_')}"
            settings[name] = os.environ.get(name) or str(ast.literal_eval(found["value"]))
    return settings
