"""Fails if modules need shared libraries that this image lacks, or what Python no longer has; names what to install."""

import argparse
import glob
import gzip
import mmap
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fnmatch import fnmatch
from importlib.metadata import distributions
from urllib.request import urlopen

INTERPRETER = os.path.realpath(sys.executable)
MUSL = bool(glob.glob("/lib/ld-musl-*"))
LIBRARY = re.compile(r"\.so(\.|$)")
# Libraries that the container runtime mounts from the host, and those that are part of musl
PROVIDED = re.compile(r"lib(cuda|nvcuvid|nvidia-.*)\.so" + (r"|lib(c|dl|m|pthread|rt|util|xnet)\." if MUSL else ""))

# Modules of Python's own library that a release no longer has, each with the distribution that brings it back
REMOVED = {
    (3, 12): "asynchat=pyasynchat asyncore=pyasyncore distutils=setuptools imp=zombie-imp smtpd=python-smtpd",
    (3, 13): """
        aifc=standard-aifc audioop=audioop-lts cgi=legacy-cgi cgitb=legacy-cgi chunk=standard-chunk crypt=standard-crypt
        imghdr=standard-imghdr lib2to3=standard-lib2to3 mailcap=standard-mailcap msilib=standard-msilib nis=standard-nis
        nntplib=standard-nntplib ossaudiodev=standard-ossaudiodev pipes=standard-pipes sndhdr=standard-sndhdr
        spwd=standard-spwd sunau=standard-sunau telnetlib=standard-telnetlib uu=standard-uu xdrlib=standard-xdrlib
    """,
}

# What tests and editors run, and no app imports
TOOLS = {
    "autopep8",
    "django-nose",
    "flake8",
    "green",
    "ipdb",
    "nose",
    "nosexcover",
    "pdbpp",
    "pylint",
    "rope",
    "tox",
    "yapf",
}
# The imports that no try or if stands around
AT_MARGIN = re.compile(
    rb"^(?:from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]*(?P<members>\([^)]*\)|[^\n]*)|import[ \t]+(?P<names>[^\n]*))",
    re.MULTILINE,
)

# https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html, ch5.dynamic.html
LOAD, DYNAMIC = 1, 2
NEEDED, STRTAB, STRSZ = 1, 5, 10


class Elf:
    """A file in the Executable and Linkable Format (ELF); raises ValueError for any other.

    `machine` is what it runs on, `needed` the names of the libraries that it is linked to, `is_module` whether Python
    can import it.
    """

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data[:4] != b"\x7fELF":
                raise ValueError(path)
            wide, order = data[4:5] == b"\2", "<" if data[5:6] == b"\1" else ">"
            _, machine, _, _, start, _, _, _, size, count = struct.unpack_from(
                order + ("HHIQQQIHHH" if wide else "HHIIIIIHHH"), data, 16
            )
            self.machine = data[4:6], machine
            dynamic: list[tuple[int, int]] = []
            loaded: list[tuple[int, int, int]] = []
            for at in range(start, start + size * count, size):
                if wide:
                    kind, _, offset, address, _, length = struct.unpack_from(order + "IIQQQQ", data, at)
                else:
                    kind, offset, address, _, length = struct.unpack_from(order + "IIIII", data, at)
                if kind == LOAD:
                    loaded.append((offset, address, length))
                elif kind == DYNAMIC:
                    pairs = struct.Struct(order + ("qQ" if wide else "iI"))
                    dynamic += pairs.iter_unpack(data[offset : offset + length - length % pairs.size])
            values = dict(dynamic)
            strings = values.get(STRTAB, 0)
            strings += next((offset - at for offset, at, length in loaded if at <= strings < at + length), 0)
            self.is_module = data.find(b"\0PyInit_", strings, strings + values.get(STRSZ, 0)) >= 0
            needed = [strings + value for tag, value in dynamic if tag == NEEDED]
            self.needed = [data[at : data.find(b"\0", at)].decode() for at in needed]


def elves(directories: Iterable[str], name: re.Pattern[str] = LIBRARY) -> dict[str, Elf]:
    """The ELF files, by path, that are for this machine and C library and whose name matches."""
    machine = Elf(INTERPRETER).machine
    found = {}
    for directory in directories:
        for folder, _, names in os.walk(directory):
            for path in (os.path.join(folder, item) for item in filter(name.search, names)):
                if os.path.islink(path) or not os.path.getsize(path):
                    continue
                try:
                    elf = Elf(path)
                except (ValueError, struct.error):
                    continue
                if elf.machine == machine and (MUSL or not any(name.startswith("libc.musl-") for name in elf.needed)):
                    found[path] = elf
    return found


def search_path() -> list[str]:
    """The directories in which the dynamic loader looks for libraries."""
    lines = []
    for path in [*glob.glob("/etc/ld.so.conf.d/*.conf"), *glob.glob("/etc/ld-musl-*.path")]:
        with open(path) as file:
            lines += re.split(r"[:\n]", file.read())
    folders = "/lib", "/usr/local/lib", "/usr/lib", *glob.glob("/usr/lib/*-linux-gnu*"), "/lib64", "/usr/lib64"
    return [*filter(os.path.isdir, [*lines, *folders])]


def missing(files: dict[str, Elf], optional: Iterable[str] = ()) -> dict[str, list[str]]:
    """The libraries that are neither among the files nor in the image, with the modules that load them.

    Modules whose paths match a pattern in `optional` are not checked.
    """
    there = set().union(*map(os.listdir, search_path()))
    own = {os.path.basename(path): elf for path, elf in files.items()}
    lacking: dict[str, list[str]] = {}
    for path, elf in files.items():
        if not elf.is_module or any(fnmatch(path, f"*/{pattern}") for pattern in optional):
            continue
        loads = list(elf.needed)
        for name in loads:  # grows during the loop
            if name in own:
                loads += [needed for needed in own[name].needed if needed not in loads]
            elif name not in there and not PROVIDED.match(name):
                lacking.setdefault(name, []).append(path)
    return lacking


def debian_packages(libraries: Iterable[str]) -> dict[str, str]:
    """The Debian package of each library, from the archive's Contents index."""
    wanted = re.compile(rf"usr/lib/(?:\S*/)?({'|'.join(map(re.escape, libraries))})\s+(?:\S*/)?([^/,\s]+)")
    found: dict[str, tuple[int, str]] = {}
    for line in filter(None, map(wanted.match, contents())):
        # In the loader's own directory; subdirectories have files of the same name
        depth = line[0].count("/")
        found[line[1]] = min(found.get(line[1], (depth, line[2])), (depth, line[2]))
    return {name: package for name, (_, package) in found.items()}


def contents() -> Iterator[str]:
    """The index's lines from apt, or straight from the archive while a mirror sync makes apt refuse it."""
    target = "Acquire::IndexTargets::deb::Contents-deb"
    options = [
        f"--option={target}::MetaKey=$(COMPONENT)/Contents-$(ARCHITECTURE)",
        f"--option={target}::ShortDescription=Contents",
        f"--option={target}::Description=Contents",
    ]
    if not shutil.which("apt-get"):
        return
    subprocess.run(["apt-get", "update", "--quiet=2", *options], check=False)
    if indices := targets("$(FILENAME)", "Created-By: Contents-deb", *options):
        helper = ["/usr/lib/apt/apt-helper", "cat-file", *indices]
        with subprocess.Popen(helper, stdout=subprocess.PIPE, text=True) as process:
            yield from process.stdout or ()
        return
    # Unverified, but it only suggests names; apt verifies what it installs
    subprocess.run(["apt-get", "update", "--quiet=2"], check=False)
    place = "$(SITE)/dists/$(RELEASE)/$(COMPONENT)/Contents-$(ARCHITECTURE).gz"
    for address in targets(place, "Created-By: Packages"):
        with suppress(OSError), urlopen(address, timeout=60) as answer, gzip.open(answer, "rt") as lines:
            yield from lines


def targets(form: str, *words: str) -> list[str]:
    """What apt reports about its indices, without duplicates."""
    command = ["apt-get", "indextargets", f"--format={form}", *words]
    return sorted(set(subprocess.run(command, check=False, capture_output=True, text=True).stdout.split()))


def check(files: dict[str, Elf], optional: Iterable[str] = ()) -> None:
    """Exits with the packages to install if a library is missing."""
    lacking = missing(files, optional)
    if not lacking:
        return
    packages = {name: f"so:{name}" for name in lacking} if MUSL else debian_packages(lacking)
    for name, paths in sorted(lacking.items()):
        more = f" and {len(paths) - 1} more" if paths[1:] else ""
        print(f"{paths[0]}{more}: {name} is missing, of {packages.get(name, 'no package of this system')}")
    if not packages:
        sys.exit("Add the packages of this system that have these libraries to system_packages")
    install = "apk add" if MUSL else "apt-get install --yes --no-install-recommends"
    sys.exit(f"Add to system_packages, or install here: {install} {' '.join(sorted(set(packages.values())))}")


def removed(site: str) -> dict[str, str]:
    """The modules that this Python lacks and site-packages has not, with the distributions that bring them back."""
    gone = " ".join(names for since, names in REMOVED.items() if since <= sys.version_info)
    there = {name.partition(".")[0] for name in os.listdir(site)}
    there |= {"distutils"} if "_distutils_hack" in there else set()
    pairs = (pair.partition("=") for pair in gone.split())
    return {name: brought_by for name, _, brought_by in pairs if name not in there}


def imported(source: bytes) -> Iterator[str]:
    """What a source imports as soon as it is imported itself, and is not prepared to miss."""
    for line in AT_MARGIN.finditer(source):
        module = (line["module"] or b"").decode()
        names = re.sub(rb"#[^\n]*|[()\\;]", b" ", line["members"] or line["names"] or b"").decode(errors="replace")
        if module:
            yield module
        for name in filter(None, (words.split() for words in names.split(","))):
            yield f"{module}{'.' if module.strip('.') else ''}{name[0]}"


def tops(site: str) -> list[str]:
    """The modules by which the distributions are imported that no other one requires."""
    everything = list(distributions(path=[site]))
    lines = [line for item in everything for line in item.requires or ()]
    required = {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in lines}
    found = []
    for item in everything:
        if item.name.lower().replace("_", "-") not in required | TOOLS:
            names = {file.parts[0].removesuffix(".py") for file in item.files or () if file.suffix == ".py"}
            own = [name for name in names if name.isidentifier()]
            called = item.name.lower().replace("-", "_")
            found += own if len(own) == 1 else [name for name in own if name.lower() == called]
    return found


def loaded(site: str) -> dict[str, bytes]:
    """The sources, by path, of all that is imported wherever what is installed is."""
    found: dict[str, bytes] = {}
    waiting = tops(site)
    seen = set(waiting)
    while waiting:
        parts = waiting.pop().split(".")
        base = os.path.join(site, *parts)
        path = next(filter(os.path.isfile, (f"{base}/__init__.py", f"{base}.py")), "")
        if not path:
            continue
        with open(path, "rb") as file:
            found[path] = file.read()
        package = parts if path.endswith("/__init__.py") else parts[:-1]
        for name in imported(found[path]):
            level = len(name) - len(name.lstrip("."))
            above = package[: len(package) + 1 - level] if level else []
            whole = [*above, *filter(None, name.split("."))]
            wanted = {".".join(whole[:end]) for end in range(1, len(whole) + 1)} - seen
            seen |= wanted
            waiting += wanted
    return found


def mentioned(site: str, names: Iterable[str]) -> bool:
    """Whether any source may import one of the modules by a line at its margin; quick, as most have none that does."""
    wanted = re.compile(rf"^(?:from|import)[ \t](?:[^\n]*[ \t,])?(?:{'|'.join(names)})\b".encode(), re.MULTILINE)
    for folder, _, files in os.walk(site):
        for name in files:
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "rb") as file:
                    if wanted.search(file.read()):
                        return True
    return False


def check_imports(directories: Iterable[str], optional: Iterable[str] = ()) -> None:
    """Exits with the distributions to add if what is installed cannot be imported for what Python no longer has."""
    wanted = set()
    for site in (place for directory in directories for place in glob.glob(f"{directory}/lib/python3*/site-packages")):
        lacking = removed(site)
        for path, source in loaded(site).items() if lacking and mentioned(site, lacking) else ():
            for name in lacking.keys() & {name.partition(".")[0] for name in imported(source)}:
                if any(fnmatch(path, f"*/{pattern}") for pattern in optional):
                    continue
                print(f"{path} imports {name}, which Python {sys.version_info[0]}.{sys.version_info[1]} no longer has")
                wanted.add(lacking[name])
    if wanted:
        sys.exit(f"Add to dependencies: {' '.join(sorted(wanted))}; or choose an older Python")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directories", nargs="+")
    parser.add_argument("--optional", nargs="+", default=[], help="patterns of modules that the app does not import")
    given = parser.parse_args()
    check(elves(given.directories), given.optional)
    check_imports(given.directories, given.optional)
