"""Who the application runs as, and what it may do to files."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from copier_slim.verify.not_seen import CannotLookError, NotSeen, need
from copier_slim.verify.outcome import Outcome, failed, of, passed

if TYPE_CHECKING:
    from copier_slim.verify.image.filesystem import Files, User
    from copier_slim.verify.image.layers import Entry
    from copier_slim.verify.observations import Facts

NUMERIC = re.compile(r"(\d+)(?::\d+)?")
READ, WRITE, ENTER = 4, 2, 1
SETUID_OR_SETGID = 0o6000
# Where a platform puts what may be written to, and what the kernel makes
WRITABLE = ("tmp", "var/tmp", "run", "var/run", "var/lock", "dev", "proc", "sys", "copier-slim")


def is_numeric(facts: Facts) -> Outcome:
    """R1, as CIS Docker 4.1 and Kubernetes' runAsNonRoot have it."""
    user = facts.subject.image.config.user
    where = "USER in the image's configuration"
    number = NUMERIC.fullmatch(user)
    if not user:
        return failed(where, "USER is not set, so it is root")
    if not number:
        return failed(where, f"{user}, a name instead of a number")
    return failed(where, f"{user} is root") if int(number[1]) == 0 else passed(where, user)


def reads_all_and_writes_nothing(facts: Facts) -> Outcome:
    """R6. By owner and mode of all files, as the kernel decides for a user without capabilities."""
    files = need(facts.files)
    config = facts.subject.image.config
    user = files.user(config.user)
    where = f"owner and mode of all files, for user {config.user or 'root'}"
    if user is None:
        raise CannotLookError(f"etc/passwd of the image has no user {config.user}")
    if user.uid == 0:
        return failed(where, "root may write everything")
    free = [*WRITABLE, *(posixpath.normpath(path).strip("/") for path in config.volumes or {})]
    if "." in str(facts.subject.answers.get("writable_paths", "")).split():
        free.append(facts.subject.image.workdir.strip("/"))  # the user asked for files to be made beside the code
    inside = tuple(f"{files.resolve(path)}/" for path in free) + tuple(f"{path}/" for path in free)
    roots = _application(facts, files)
    wrong = [f"/{path} can be written to" for path in _writable(files, user) if not f"{path}/".startswith(inside)]
    wrong += [f"/{entry.path} cannot be read" for entry in files.below(*roots) if not _readable(files, user, entry)]
    return of(where, wrong, "everything can be read, and only /tmp and volumes can be written to")


def has_no_more_setuid(facts: Facts) -> Outcome:
    """R7, CIS Docker 4.8."""
    files = need(facts.files)
    base = facts.subject.base
    where = "files with the setuid or setgid bit, or with capabilities of their own"
    if base is None:
        raise CannotLookError("its base image is not on this engine, so what that has is not known; pull it")
    allowed = {path: _identity(entry) for path, entry in files.of_base.items() if _privileged(entry)}
    wrong = [
        f"/{path}" for path, entry in files.all.items() if _privileged(entry) and allowed.get(path) != _identity(entry)
    ]
    its = f"the {len(allowed)} of {base.name}"
    return of(where, wrong, f"only {its}")


def _privileged(entry: Entry) -> bool:
    return entry.is_file and (entry.capable or bool(entry.mode & SETUID_OR_SETGID))


def _identity(entry: Entry) -> tuple[object, ...]:
    """What tells the base's program from another in its place."""
    return entry.mode & SETUID_OR_SETGID, entry.uid, entry.gid, entry.size, entry.capable


def _application(facts: Facts, files: Files) -> list[str]:
    """The directories of the application, its dependencies and its Python."""
    workdir = facts.subject.image.workdir.strip("/")
    of_python = () if isinstance(facts.python, NotSeen) else (facts.python.standard_library, *facts.python.site)
    return [path for path in (workdir, *of_python) if path and files.get(path)]


def _writable(files: Files, user: User) -> list[str]:
    return [
        path
        for path, entry in files.all.items()
        if (entry.is_file or entry.is_directory) and files.may(user, entry, WRITE) and files.reaches(user, path)
    ]


def _readable(files: Files, user: User, entry: Entry) -> bool:
    if not (entry.is_file or entry.is_directory):
        return True
    permissions = (READ, ENTER) if entry.is_directory else (READ,)
    return all(files.may(user, entry, one) for one in permissions) and files.reaches(user, entry.path)
