"""Single requirements: parsed, written in one normal form, and their URLs made fit for a build without credentials."""

from __future__ import annotations

import re
from posixpath import basename, normpath
from posixpath import join as joined
from urllib.parse import unquote

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from copier_slim.credentials import find, masked

LONGEST = 4096
OPERATORS = ("===", "==", "~=", ">=", ">", "<=", "<", "!=")
URL = re.compile(
    r"(?:(?P<vcs>git|hg|svn|bzr)\+)?(?:(?P<scheme>[A-Za-z][A-Za-z0-9]*)://)?(?P<rest>[^#]*)#?(?P<fragment>.*)"
)
SECURE = {"ssh": "https", "git": "https", "http": "https", "https": "https"}
VARIABLE = re.compile(r"\$\{?\w")
HOSTED_ARCHIVE = re.compile(r"/([^/]+)/(?:-/)?(?:archive|zipball|tarball)/")


class UnusableURLError(ValueError):
    """Says why a URL cannot be carried over."""


def parse(line: str) -> Requirement:
    """A PEP 508 requirement; ValueError where it is none."""
    line = " ".join(line.split())
    if len(line) > LONGEST or not line.isprintable():
        raise ValueError("not a line of text")
    try:
        return Requirement(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def specifiers(text: str) -> str:
    """A PEP 440 version specifier in normal form; ValueError where it is none."""
    return ordered(SpecifierSet(text))


def ordered(specifier: SpecifierSet) -> str:
    """Lower bounds before upper ones, exclusions last."""
    return ",".join(
        str(one) for one in sorted(specifier, key=lambda one: (OPERATORS.index(one.operator), str(one.version)))
    )


def written(requirement: Requirement) -> str:
    """The requirement as it goes into requirements.in."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    what = f" @ {requirement.url}" if requirement.url else ordered(requirement.specifier)
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{requirement.name}{extras}{what}{marker}"


def pinned_version(requirement: Requirement) -> str:
    """The only version a requirement allows, "" where it allows more."""
    clauses = list(requirement.specifier)
    if len(clauses) != 1 or clauses[0].operator not in {"==", "==="} or clauses[0].version.endswith(".*"):
        return ""
    return clauses[0].version


def applies(marker: Marker | str | None, python_version: str | None, machine: str = "", **more: frozenset[str]) -> bool:
    """Whether a marker holds in a Linux image with that Python, on `machine`; True where that cannot be told."""
    if not marker:
        return True
    try:
        # The context of a lock knows the variables "extras" and "dependency_groups"
        return Marker(str(marker)).evaluate(
            {**environment(python_version, machine), **more}, context="lock_file" if more else "metadata"
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return True


def environment(python_version: str | None, machine: str = "") -> dict[str, str]:
    """The variables of markers (PEP 508) in a Linux image; this machine's own values where "" or None is given."""
    variables = {name: str(value) for name, value in default_environment().items()} | {
        "extra": "",
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "sys_platform": "linux",
    }
    if python_version:  # images have its newest patch release
        variables |= {"python_version": python_version, "python_full_version": f"{python_version}.99"}
    return variables | ({"platform_machine": machine} if machine else {})


def archive_name(url: str) -> tuple[str, str]:
    """The canonical name and the version in the name of an archive, "" for what it does not say."""
    file = unquote(basename(url.partition("#")[0].partition("?")[0]))
    try:
        if file.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(file)
        else:
            name, version = parse_sdist_filename(file.replace(".tar.bz2", ".tar.gz").replace(".tgz", ".tar.gz"))
    except ValueError:
        hosted = HOSTED_ARCHIVE.search(url)
        return (canonicalize_name(hosted[1]), "") if hosted else ("", "")
    return name, str(version)


def url_name(url: str) -> str:
    """The name, with extras, of what a URL without one gives: by its egg, the repository or the archive; else ""."""
    address, _, fragment = url.partition("#")
    for part in fragment.split("&"):
        if part.startswith("egg="):
            return unquote(part[4:])
    if address.startswith(("git+", "git@", "git:", "ssh:")):
        return unquote(basename(_repository(address).rstrip("/"))).removesuffix(".git")
    scheme, separated, rest = address.partition("://")
    return archive_name(f"{scheme}://{without_userinfo(rest)[1]}" if separated else address)[0]


def without_userinfo(rest: str) -> tuple[str, str]:
    """The userinfo of a URL and the URL without it, both after the scheme.

    A password may have an @ or a / in it, though RFC 3986 wants them percent-encoded.
    """
    authority, slash, path = rest.partition("/")
    user, colon, after = authority.partition(":")
    if slash and colon and "@" in path and "@" not in authority and not after.isdigit() and not user.startswith("["):
        user, _, bare = rest.partition("@")
        return user, bare
    user, _, host = authority.rpartition("@")
    return user, f"{host}{slash}{path}"


def _repository(address: str) -> str:
    """The path of a git repository in a URL, or in user@host:path, without the ref that may follow."""
    scheme, separated, rest = address.partition("://")
    path = without_userinfo(rest)[1].partition("/")[2] if separated else scheme.partition(":")[2]
    return path.partition("?")[0].partition("@")[0]


def _without_credential(path: str) -> str:
    """A URL's path without the parts of its query that are a token or a signature."""
    path, _, query = path.partition("?")
    kept = "&".join(part for part in query.split("&") if part and masked(f"?{part}") == f"?{part}")
    return f"{path}?{kept}" if kept else path


def remote_url(url: str) -> tuple[str, str]:
    """The URL by https and without credentials, and what was changed, "" if nothing; UnusableURLError says why not."""
    if VARIABLE.search(url):
        raise UnusableURLError("has a variable in its URL")
    match = URL.fullmatch(url)
    if match is None or not url.isascii() or not url.isprintable() or " " in url:
        raise UnusableURLError("has a URL that is not understood")
    vcs, scheme, rest, fragment = match["vcs"] or "", (match["scheme"] or "").lower(), match["rest"], match["fragment"]
    if not scheme and (vcs == "git" or rest.startswith("git@")):  # user@host:path, as git takes it
        vcs, scheme, rest = "git", "ssh", rest.replace(":", "/", 1)
    if scheme == "git":
        vcs = "git"
    if vcs not in {"", "git"} or scheme not in SECURE:
        raise UnusableURLError(f"has a URL of the kind {vcs or scheme or 'path'}, which is not supported")
    user, bare = without_userinfo(rest)
    host, _, path = bare.partition("/")
    if scheme == "ssh":
        host, _, port = host.partition(":")  # which is not that of https
        path = path if not port or port.isdigit() else f"{port}/{path}"
        vcs = "git"
    if not host or not path:
        raise UnusableURLError("has a URL without a host or a path")
    changes = [] if scheme == "https" else [f"is taken by https instead of {scheme}"]
    plain = _without_credential(path)
    if user not in {"", "git"} or plain != path:
        changes.append("is taken without the credentials in its URL, which belong in a build secret, a netrc file")
    if find(f"https://{host}/{plain}"):
        raise UnusableURLError("has a credential in the path of its URL")
    kept = [part for part in fragment.split("&") if part.startswith("subdirectory=" if vcs else "sha256=")]
    tail = f"#{kept[0]}" if kept else ""
    return f"{'git+' if vcs else ''}https://{host}/{plain}{tail}", " and ".join(changes)


def local_path(url: str, directory: str) -> str | None:
    """The path, relative to the root, that a local reference in a file of `directory` means; None outside the root."""
    path = unquote(re.sub(r"^file:(?://)?", "", url)) if url.startswith("file:") else url
    path = path.partition("#")[0].replace("\\", "/")
    if "${PROJECT_ROOT}" in path:
        path, directory = path.replace("${PROJECT_ROOT}", ".").lstrip("/"), ""
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or "\0" in path:
        return None
    path = normpath(joined(directory, path))
    if path == ".." or path.startswith("../"):
        return None
    return "" if path == "." else path


def is_local(url: str) -> bool:
    """Whether a reference means something on this machine."""
    return url.startswith("file:") or not ("://" in url or url.startswith(("git+", "git@", "$")))
