"""Git, as a process that starts no program of a repository's: its environment, and how it is asked."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NOTHING: Mapping[str, str] = MappingProxyType({})

PATIENCE = 60  # seconds for an answer

# Stands above every configuration file. The user's own credential helper, ssh command and filters stay as they are
SETTINGS = MappingProxyType(
    {
        "safe.bareRepository": "explicit",  # a folder that looks like a repository is none
        "core.hooksPath": os.devnull,
        "core.fsmonitor": "false",
        "protocol.ext.allow": "never",
        "diff.ignoreSubmodules": "dirty",  # a submodule's changes are looked for by a git inside it
        "log.showSignature": "false",
        "commit.gpgSign": "false",
    }
)
VARIABLES = MappingProxyType(
    {
        "GIT_EDITOR": ":",
        "GIT_SEQUENCE_EDITOR": ":",
        "GIT_PAGER": "cat",
        "BUILDX_GIT_INFO": "false",  # docker build asks git about the context
        "BUILDX_GIT_LABELS": "false",
        "NoDefaultCurrentDirectoryInExePath": "1",  # Windows looks for git.exe and docker.exe there first
    }
)
# Not for all that is started: pip clones without the blobs, and fetches them then
NO_FETCH = MappingProxyType({"GIT_NO_LAZY_FETCH": "1"})
# What a hook that calls this command has around it: another repository, or another part of this one
OF_ANOTHER = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_ATTR_SOURCE", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS",
        "GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
    }
)  # fmt: skip


def environment(settings: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """This process's environment, in which git starts no program of a repository's; `settings` are further ones."""
    made = {name: value for name, value in os.environ.items() if name not in OF_ANOTHER} | VARIABLES
    # A relative folder on the PATH is one of the repository that the command is called in
    if "PATH" in made:
        made["PATH"] = os.pathsep.join(filter(os.path.isabs, made["PATH"].split(os.pathsep)))
    if "GIT_ALLOW_PROTOCOL" in made:
        made["GIT_ALLOW_PROTOCOL"] = ":".join(name for name in made["GIT_ALLOW_PROTOCOL"].split(":") if name != "ext")
    pairs = [pair for pair in _settings_of(made) if pair not in SETTINGS.items()]
    pairs += [*SETTINGS.items(), *settings.items()]
    made["GIT_CONFIG_COUNT"] = str(len(pairs))
    for number, (name, value) in enumerate(pairs):
        made |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return made


def _settings_of(variables: Mapping[str, str]) -> list[tuple[str, str]]:
    """The user's own, which a CI gives in this way."""
    found: list[tuple[str, str]] = []
    for number in count():
        name, value = variables.get(f"GIT_CONFIG_KEY_{number}"), variables.get(f"GIT_CONFIG_VALUE_{number}")
        if name is None or value is None or variables.get("GIT_CONFIG_COUNT", "0") == str(number):
            break
        found.append((name, value))
    return found


@contextmanager
def isolated(settings: Mapping[str, str] = NOTHING, **variables: str) -> Iterator[None]:
    """This process and all that it starts in `environment`, with further variables; in the end as it was before."""
    before = dict(os.environ)
    _put(environment(settings) | variables)
    try:
        yield
    finally:
        _put(before)


def _put(variables: Mapping[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


def call(
    directory: Path,
    *arguments: str,
    given: bytes = b"",
    timeout: float | None = None,
    variables: Mapping[str, str] = NOTHING,
) -> subprocess.CompletedProcess[bytes]:
    """Git's exit code and what it prints, with `given` for its stdin; raises what subprocess.run does."""
    return subprocess.run(  # noqa: S603 git, with the caller's arguments
        ["git", "-C", str(directory), *arguments],  # noqa: S607
        input=given, capture_output=True, timeout=timeout, check=False,
        env=environment() | NO_FETCH | {"LC_ALL": "C", "GIT_LFS_SKIP_SMUDGE": "1", **variables},
    )  # fmt: skip


def answer(directory: Path, *arguments: str, variables: Mapping[str, str] = NOTHING) -> str | None:
    """What git prints, asked in a directory that is there; None where it fails or is not there."""
    try:
        done = call(directory, *arguments, timeout=PATIENCE, variables=variables)
    except (OSError, subprocess.SubprocessError):
        return None
    return text(done.stdout).removesuffix("\n") if done.returncode == 0 else None


def text(printed: bytes) -> str:
    """What git printed, whatever its encoding; `os.fsencode` gives the bytes back."""
    return printed.decode(errors="surrogateescape")


def apart(listing: str) -> list[str]:
    """The entries of what git printed with `-z`."""
    return [entry for entry in listing.split("\0") if entry]
