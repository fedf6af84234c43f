"""What a failed tool wrote, as one line: each function takes the output, and returns None if it means nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copier_slim.errors import CopierSlimError, InputError, ToolError
from copier_slim.lock.lockfile import normalized
from copier_slim.lock.project import ASKED, LOCKED

if TYPE_CHECKING:
    from collections.abc import Iterable


# What only something outside of the project can mend: too little room, too little memory
NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|\(os error 28\)")
NO_MEMORY = re.compile(
    r"Cannot allocate memory|Killed signal terminated program|signal: 9, SIGKILL|virtual memory exhausted"
    r"|^(?:\S+: )?MemoryError\b|^Killed$|\(os error 12\)",
    re.MULTILINE,
)
# pip says which command of git failed, but not why; uv says both
GIT = re.compile(
    r"Failed to build '[^']+' when git |SubprocessError: git .{1,500} exited with "
    r"|\bgit \w+ .{1,500} did not run successfully|Git operation failed"
)
NO_GIT = re.compile(r"Cannot find command 'git'|Git executable not found")
NO_REF = (
    r"couldn't find remote ref (?:refs/(?:tags|heads|remotes/origin)/)?(\S+)",
    r"pathspec '([^']+)' did not match",
    r"(?:not our ref|reference is not a tree:|bad object|unadvertised object) (\w+)",
    r"git checkout -q (\S+)",
)
NO_REPOSITORY = re.compile(
    r"[Rr]epository .{0,500}not found|could not read (?:Username|Password)|Authentication failed"
    r"|terminal prompts disabled|Permission denied|Host key verification failed"
    r"|does not appear to be a git repository|returned error: 40[134]"
)
NETWORK = re.compile(
    r"Retrying \(Retry\(total=0|Max retries exceeded|(?:ReadTimeout|ConnectTimeout|NewConnection|NameResolution"
    r"|ConnectionFailed|Proxy|SSL|Protocol)Error|Failed to fetch|error sending request"
    r"|Temporary failure (?:in name |)resol|Could not resolve host|Name or service not known"
    r"|Network is unreachable|No route to host|Connection refused"
    r"|getaddrinfo E\w+|\bE(?:NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT)\b"  # Node's, and Bun's
    r"|(?:ConnectionRefused|ConnectionClosed|FailedToOpenSocket|DNSResolveFailed) downloading"
    r"|Connection (?:timed out|reset)|temporary error \(try again later\)|DNS lookup error|Operation too slow"
)
NOT_TRUSTED = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer|certificate verif(?:y|ication) failed"
    r"|self[- ]signed certificate|unable to get local issuer certificate|The certificate is NOT trusted",
    re.IGNORECASE,
)
RUST = re.compile(r"\bpuccinialin\b|static\.rust-lang\.org")
PROXY_ASKS = re.compile(r"407 [Pp]roxy [Aa]uth|Proxy Authentication Required|unexpected status code: 407|response 407")
# An answer of a server, with its number: pip's, uv's
ANSWERED = (
    re.compile(r"(?P<code>[45]\d\d) (?:Client|Server) Error: (?P<why>.{0,200}?) for url: (?P<url>\S+)"),
    re.compile(
        r"HTTP status (?:client|server) error \((?P<code>\d{3}) ?(?P<why>[^)]{0,200})\) for url \((?P<url>[^)\s]+)\)"
    ),
    re.compile(r"(?P<code>401) Error, (?P<why>Credentials not correct) for (?P<url>\S+)"),
)
# What container/indexes.py says of the index that a package comes from alone
OWN_INDEX = re.compile(
    r"(?<!\S)(?P<what>\S++ comes from the index \S++ alone, and \S++ "
    r"(?:answers (?P<code>\d{3})|(?P<page>answers with a page)|cannot be reached).*)"
)
TOO_MANY = 429
SERVER_ERROR = 500


def locking_failure(output: str, asked: str, python: str, *, cooled: bool = False) -> CopierSlimError | None:
    """What stopped pip-compile or uv; `asked` is the text of requirements.in.

    `cooled` is whether pip leaves out what is too young, which it does not say.
    """
    return (
        _own_index(output)
        or _too_young(output, cooled=cooled)
        or _pip_conflict(output)
        or _uv_no_solution(output, python)
        or _unread(output, asked)
        or _fetching_failure(output, python)
        or _pip_none_fits(output, asked)
    )


def installing_failure(output: str, python: str) -> CopierSlimError | None:
    """What stopped pip or uv from installing what is locked."""
    return _fetching_failure(output, python) or _not_there(output)


def _fetching_failure(output: str, python: str) -> CopierSlimError | None:
    """What stopped pip or uv from fetching or building a package."""
    return (
        _own_index(output)
        or _other_file(output)
        or _git_failure(output)
        or _refused(output)
        or network_failure(output)
        or _not_built(output, python)
    )


def host_failure(output: str) -> ToolError | None:
    """What the machine that ran it had too little of, whatever the tool makes of that."""
    if NO_SPACE.search(output):
        return ToolError("the disk is full; free some space, for example with docker builder prune")
    if NO_MEMORY.search(output):
        return ToolError("it ran out of memory; give the Docker Engine or this machine more memory, then run it again")
    return None


def _too_young(output: str, *, cooled: bool) -> InputError | None:
    """What the answer cooldown left out; uv tells when it was published, unless the index does not."""
    if found := re.search(r"Index (\S+) does not provide upload-time metadata", output):
        return _no_upload_times(re.sub(r"(?<=://)[^/@\s]*@", "", found[1]))
    if found := re.search(r"`([^`\s]+)` was filtered by `exclude-newer`(.*)", output):
        if "published at" not in found[2] and "The latest version" in found[2]:
            return _no_upload_times(f"the index of {found[1]}")
        return _none_old_enough(found[1])
    found = re.search(r"No matching distribution found for (.+)", output) if cooled else None
    return _none_old_enough(found[1].strip()) if found else None


def _no_upload_times(index: str) -> InputError:
    return InputError(
        f"{index} states no upload times, which the answer cooldown goes by;"
        " use an index that does, or set cooldown to 0"
    )


def _none_old_enough(wanted: str) -> InputError:
    return InputError(
        f"the index has no {wanted} that is old enough for the answer cooldown; ask for another, or lower cooldown"
    )


def _pip_conflict(output: str) -> InputError | None:
    _, _, impossible = output.partition("ResolutionImpossible: [")
    informations, _, _ = impossible.partition("\n")[0].rpartition("]")
    demands: list[tuple[str, str]] = []
    for information in informations.split("RequirementInformation(")[1:]:
        wanted = re.match(r"requirement=(\w+)\('([^']+)'\), parent=(.+)", information)
        if wanted:
            made = re.search(r"/([^/]{1,200}?)-(\d[^-/]{0,100}?)(?:-[^/]{0,200}\.whl|\.tar\.gz|\.zip)", wanted[3])
            who = f"{made[1]} {made[2]}" if made else ASKED if wanted[3].startswith("None") else "a dependency"
            demands.append((who, f"Python {wanted[2]}" if wanted[1] == "RequiresPythonRequirement" else wanted[2]))
    sides = list(dict.fromkeys(demands))
    if len(sides) > 1:
        return _conflict(sides)
    before, found, _ = output.partition(" because these package versions have conflicting dependencies")
    _, _, names = before.rpartition("Cannot install ")
    what = f"{ASKED}: {names} do not fit together; loosen one of them"
    return InputError(what, with_python=True) if found else None


def _uv_no_solution(output: str, python: str) -> InputError | None:
    if "No solution found" not in output:
        return None
    # Its drawing of a tree, where it draws one, and the line breaks mean nothing
    _, because, text = re.sub(r"[\s│╰├─▶]+", " ", output).partition("Because ")
    text, _, _ = text.partition(" are unsatisfiable")
    end = r"(?=[,.]?(?:\s|$))"
    known = re.sub(r"we can conclude that .*?(?=\. And because|$)", "", text, flags=re.DOTALL)
    demands = re.findall(rf"(?<!\S)(\S+) depends on (\S+?){end}", known)
    for one, other in re.findall(rf"you require (\S+?){end}(?: and (\S+?){end}(?! depends))?", known):
        demands += [(ASKED, wanted) for wanted in (one, other) if re.match(r"[\w.-]+", wanted)]
    demands = list(dict.fromkeys(demands))
    by_name: dict[str, list[tuple[str, str]]] = {}
    for who, wanted in demands:
        by_name.setdefault(normalized(wanted), []).append((who, wanted))
    absent = re.search(r"(?<!\S)(\S+) was not found in the package registry", known)
    none = absent or re.search(r"(?:no versions? of|only the following versions of|only) ([\w.-]+)", known)
    conflicts = [sides for sides in by_name.values() if len(sides) > 1]
    if conflicts and not absent:
        return _conflict(conflicts[0])
    if "python" in by_name and python:
        who, wanted = by_name["python"][0]
        what = f"{who} asks for {wanted}, and the project has Python {python}; ask for another version"
        return InputError(what, with_python=True)
    if none:
        who, wanted = by_name.get(normalized(none[1]), [(ASKED, none[1])])[0]
        return _none_fits(who, wanted, with_python=not absent)
    what = f"{ASKED} asks for what does not fit together: {cut(because + text, 300)}"
    return InputError(what, with_python=True)


def _pip_none_fits(output: str, asked: str) -> InputError | None:
    if found := re.search(r"Package '([^']+)' requires a different Python: (\S+) not in '([^']+)'", output):
        return InputError(
            f"{found[1]} asks for Python {found[3]}, and the project has {found[2]}; ask for another version",
            with_python=True,
        )
    found = re.search(r"No matching distribution found for (.+)", output)
    if not found:
        return None
    wanted = found[1].strip()
    named = normalized(wanted) in {normalized(line) for line in asked.splitlines()}
    # Of a name that it does not know the index has no version for another Python either
    unknown = "(from versions: none)" in output and "require a different python" not in output
    return _none_fits(ASKED if named else "a dependency", wanted, with_python=not unknown)


def _unread(output: str, asked: str) -> InputError | None:
    missing = (
        r"Could not open requirements file: .*'(?:/app/)?([^']+)'",
        r"It looks like a path\. File '([^']+)' does not exist",
        r"failed to read from file `(?:/app/)?([^`]+)`",
        r"Distribution not found at: file://(?:/app/)?(\S+)",
    )
    if found := _first(missing, output):
        return InputError(
            f"{ASKED} refers to {found}, which the Dockerfile's stage compile does not have; copy it there by a COPY"
        )
    lines = (
        r"Invalid requirement: '([^'\n]+)'",
        r"Invalid requirement: ([^'\n]+)",
        r"Couldn't parse requirement in[\s\S]*?\n\s*(\S[^\n]*)\n\s*\^",
    )
    if found := _first(lines, output):
        where = ASKED if found in asked else LOCKED
        return InputError(f"{where} has a line that is not a requirement: {found}; fix it")
    if found := _first([r"error: (Unexpected .+:\d+:\d+)$"], output):
        return InputError(f"{ASKED} or {LOCKED} has a line that is not a requirement: {found}; fix it")
    return None


def _git_failure(output: str) -> CopierSlimError | None:
    if NO_GIT.search(output):
        return ToolError("a requirement comes from git, but git is not installed; install it, then run this again")
    found = GIT.search(output)
    if not found:
        return None
    name = _first([r"Failed to build '([^']+)' when git", r"`([^`@\s]+) @ git\+"], output) or "a requirement"
    scheme = r"(?:https?|ssh|file|git)://"
    # An index is named before it, and git says what it could not reach
    places = [rf"git\+({scheme}[^\s'\"`]+)", rf"unable to access '({scheme}[^\s']+)'", rf"({scheme}[^\s'\"`]+)"]
    address = _first(places, output)
    where = re.sub(r"(?<=://)[^/@\s]*@", "", address) if address else "its address"
    if ref := _first(NO_REF, output):
        return InputError(f"{name}: its git repository has no {ref}; name another branch, tag or commit")
    said = _first([r"fatal: (.+)", r"^\s*((?:ssh: |git@\S+: |Host key ).+)"], output) or ""
    said = cut(re.sub(r"(?<=://)[^/@\s]*@", "", said), 100)
    if NO_REPOSITORY.search(said):
        return InputError(f"{name}: {where} is not a repository that this build can read ({said}); check both")
    why = f" ({said})" if said else ""
    return ToolError(f"{name}: git cannot fetch {where}{why}; check the network and the address, then run it again")


def _own_index(output: str) -> CopierSlimError | None:
    found = OWN_INDEX.search(output)
    if not found:
        return None
    if found["page"] or (found["code"] and int(found["code"]) < SERVER_ERROR and int(found["code"]) != TOO_MANY):
        return InputError(found["what"])
    return ToolError(f"{found['what']}; try again later")


def _other_file(output: str) -> InputError | None:
    """A file that is not the one whose hash is locked."""
    patterns = (
        r"DO NOT MATCH THE HASHES[^\n]*\n\s*+(\S+) from ",
        r"Hash mismatch for `([^`\s]+)`",
    )
    found = _first(patterns, output)
    if not found:
        return None
    return InputError(
        f"the index has another file of {found} than the one whose hash is locked;"
        " find out who changed it before you lock it anew"
    )


def _not_there(output: str) -> InputError | None:
    """A pin that the index does not have, or not for this Python."""
    patterns = (
        r"No matching distribution found for (\S+)",
        r"there is no version of (\S+==\S+?)[,.]?\s",
        r"was not found in the package registry and you require (\S+?)[,.]?\s",
        r"Because (\S+==\S+) has no (?:usable )?wheels",
    )
    found = _first(patterns, output)
    return InputError(f"the index has no {found} for this Python; name another version or index") if found else None


def _refused(output: str) -> CopierSlimError | None:
    """What a server answered instead of the file or the page that it was asked for."""
    found = next(filter(None, (pattern.search(output) for pattern in ANSWERED)), None)
    if not found:
        return None
    url, code = re.sub(r"(?<=://)[^/@\s]*@|[?#].*", "", found["url"]).rstrip("`'\".,"), int(found["code"])
    what = f"{url} answers {code}{f' {why}' if (why := found['why'].strip()) else ''}"
    if code >= SERVER_ERROR or code == TOO_MANY:
        return ToolError(f"{what}; this is a problem of the server; try again later")
    if code in {401, 403, 407}:
        return InputError(f"{what}; put its credentials into ~/.netrc, or name another place")
    return InputError(f"{what}; name a place that has it")


def _not_built(output: str, python: str) -> InputError | None:
    patterns = (
        r"Failed to build '([^']+)' when (?!git )",
        r"Failed to (?:download and )?build `([^`@=]+)",
        r"Failed building wheel for ([\w.-]+)",
        r"Building wheel for ([\w.-]+) .{0,200}did not run successfully",
        r"Could not build wheels for ([\w.-]+)",
        r"Failed to build installable wheels for .{0,200}\(([\w.-]+)[,)]",
    )
    found = _first(patterns, output)
    if not found and re.search(r"metadata.generation.failed|Getting requirements to build wheel did not run", output):
        # An older pip names only what it took last
        found = (re.findall(r"^[ \t]*+Collecting ([\w.-]+)", output, re.MULTILINE) or [""])[-1]
    if not found:
        return None
    return InputError(
        f"{found.strip()} has no wheel for {f'Python {python}' if python else 'this Python'} and does not compile;"
        " add what it needs to build_packages",
        not_built=normalized(found),
    )


def system_failure(output: str) -> InputError | None:
    names = {
        "Debian": [r"E: Unable to locate package (\S+)", r"E: Package '([^']+)' has no installation candidate"],
        "Alpine": [r"^\s*(\S+) \(no such package\):"],
    }
    for system, patterns in names.items():
        if found := _first(patterns, output):
            return InputError(f"build_packages names {found}, and {system} has no such package; name another")
    return None


def network_failure(output: str) -> ToolError | None:
    """What stood between the build and a server, or kept it from one."""
    # One retry of several may have helped
    output = re.sub(r"^.*Retrying \(Retry\(total=[1-9].*", "", output, flags=re.MULTILINE)
    # What compiles by Rust tries to fetch that, and would need a wheel instead
    if RUST.search(output) or not (NETWORK.search(output) or NOT_TRUSTED.search(output) or PROXY_ASKS.search(output)):
        return None
    host = _first([r"host='([^']+)'", r"https?://(?:[^/@\s]+@)?([^/\s'\"`]+)"], output)
    why = _first([r"\[Errno -?\d+\] ([^)\"'\n]+)", r"cause: (.+)\s*\Z", r"cause: (.+)"], output)
    if NOT_TRUSTED.search(output):
        return ToolError(
            f"{host or 'the package index'} has a certificate of an authority that the build does not trust; where that"
            " is your network's own, name its certificate by --data certificates=FILE"
        )
    if PROXY_ASKS.search(output):
        return ToolError("the proxy asks for a password (407); set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT")
    what = f"{host or 'the package index'} cannot be reached{f' ({cut(why, 100)})' if why else ''}"
    return ToolError(f"{what}; check the network, then run it again")


def _conflict(sides: list[tuple[str, str]]) -> InputError:
    (one, wanted), *others = sides
    # Several versions of one package may ask for the same; it is not their quarrel
    others.sort(key=lambda side: (side[1] == wanted, one != ASKED and normalized(side[0]) == normalized(one)))
    other, unlike = others[0]
    what = f"{wanted} and {unlike}" if one == other else f"{wanted}, {other} for {unlike}"
    return InputError(f"{one} asks for {what}, and no version is both; loosen one of them", with_python=True)


def _none_fits(who: str, wanted: str, *, with_python: bool) -> InputError:
    what = f"{who} asks for {wanted}, and the index has none that fits; ask for another"
    return InputError(what, with_python=with_python)


def _first(patterns: Iterable[str], text: str) -> str | None:
    """The group of the first of the patterns that is found."""
    return next((found[1] for pattern in patterns if (found := re.search(pattern, text, re.MULTILINE))), None)


def cut(text: str, most: int) -> str:
    text = re.sub(r"[ \t\n]+", " ", text).strip()
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"


def last_line(text: str) -> str:
    return cut(next((line for line in reversed(text.split("\n")) if line.strip()), "it said nothing"), 200)
