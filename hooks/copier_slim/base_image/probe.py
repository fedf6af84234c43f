"""Runs inside an image, by its own Python of any version: prints what the template needs to know of it, as JSON."""

import importlib.util
import json
import shutil
import sys
import sysconfig
from pathlib import Path

MANAGERS = ("apt-get", "apk", "dnf", "microdnf")


def facts() -> dict:  # type: ignore[type-arg]  # read by Pythons that cannot parametrize it, too
    """What is there: see `Facts`, whose fields have the same names; those with a default are told by other runs."""
    release = {}
    if Path("/etc/os-release").is_file():
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
        release = {name: value.strip("\"'") for name, _, value in (line.strip().partition("=") for line in lines)}
    managed = Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").exists()
    return {
        "version": "{}.{}".format(*sys.version_info[:2]),
        "python": str(Path(getattr(sys, "_base_executable", sys.executable)).resolve()),
        "release": release.get("VERSION_CODENAME", ""),
        "musl": any(Path("/lib").glob("ld-musl-*")),
        "shell": Path("/bin/sh").exists(),
        "manager": next((name for name in MANAGERS if shutil.which(name)), ""),
        "pip": bool(shutil.which("pip")) and not managed,
        "venv": importlib.util.find_spec("venv") is not None,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts()))
