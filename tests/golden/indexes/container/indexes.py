"""Runs pip, pip-compile or uv so that each package is asked of its own index, and of no other.

Usage: indexes.py COMMAND ..., which asks an index on loopback; that sends it on to the package's own index, or to the default.
A lock of the project's own says in LOCKED what comes from where. Build secrets become a netrc file in memory while the command runs.
"""

import base64
import hashlib
import json
import netrc
import os
import re
import subprocess
import sys
import tempfile
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

DEFAULT = "https://pypi.org/simple/"
INDEXES = {
    "acme": "https://pypi.acme.example/simple/",
    "pytorch-cpu": "https://download.pytorch.org/whl/cpu/",
    "more": "https://more.acme.example/simple/",
}
PACKAGES = {
    "house-style": "acme",
    "house-base": "acme",
    "torch": "pytorch-cpu",
    "torchvision": "pytorch-cpu",
    "torchaudio": "pytorch-cpu",
}
# The names of the build secrets begin with these
SECRETS = {
    "acme": "UV_INDEX_ACME",
    "more": "UV_INDEX_MORE",
}
LOCKED = Path("/tmp/indexes.txt")
# Always the same, so that what was fetched is found in uv's cache
PORT = 47014
# The wheels of the tree, which have no other index
WHEELS = []
SIMPLE = "application/vnd.pypi.simple.v1+json"
complaints = {}


class Server(ThreadingHTTPServer):
    allow_reuse_port = False


class Router(BaseHTTPRequestHandler):
    """Sends on /simple/PACKAGE/, and /INDEX/simple/PACKAGE/ for the indexes that may have any package."""

    def do_GET(self):
        if (path := unquote(self.path).removeprefix("/wheels/")) in WHEELS:
            return self.send("application/octet-stream", Path(path).read_bytes())
        further, kind, last = ["", "", *self.path.strip("/").split("/")][-3:]
        # PyPI's API beside the simple one, /PACKAGE/json, by which pip-compile learns hashes
        simple = kind == "simple"
        name = canonical(last if simple else kind)
        if wheels := [path for path in WHEELS if canonical(Path(path).name.split("-")[0]) == name]:
            page = json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": [*map(listed, wheels)]})
            return self.send(SIMPLE, page.encode()) if simple and not further else self.send_error(404)
        own = PACKAGES.get(name)
        index = INDEXES.get(own or further, DEFAULT)
        # One page with the files of all packages, as --find-links takes it
        flat = index.endswith(".html")
        page = index if flat else f"{index}{name}/"
        if own and further or flat and not simple:
            return self.send_error(404)
        if own in INDEXES and simple:
            complain(name, own, page)
        if flat and not lists(page, name):
            return self.send_error(404)
        self.send_response(302)
        self.send_header("Location", page if simple else f"{index.removesuffix('simple/')}{name}/json")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def send(self, kind, content):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *arguments):
        pass


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def listed(path):
    """A wheel of the tree as an index lists it; somebody chose it, so that no cooldown holds for it."""
    content = Path(path).read_bytes()
    return {
        "filename": Path(path).name,
        "url": f"/wheels/{path}",
        "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
        "size": len(content),
        "upload-time": "1980-01-01T00:00:00Z",
    }


def complain(name, own, url):
    """Keeps what is wrong with a package's own index, to be said if the command fails: pip and uv only say that there is none."""
    what = f"{name} comes from the index {own} alone, and {url}"
    complaints.pop(name, None)
    try:
        if not lists(url, name):
            complaints[name] = f"{what} answers with a page that lists no file of it"
    except HTTPError as error:
        refused = own in SECRETS and error.code in (401, 403)
        mend = f"; pass {SECRETS[own]}_USERNAME and {SECRETS[own]}_PASSWORD, or netrc, to the build" if refused else ""
        complaints[name] = f"{what} answers {error.code}{mend}"
    except OSError as error:
        complaints[name] = f"{what} cannot be reached: {error}"


def lists(url, name):
    """Whether a page of an index has a file of a package, which one that asks to sign in has not."""
    file = rf"(?<![\w.-]){name.replace('-', '[-_.]+')}-[^\"'<>/]*\.(?:whl|zip|tgz|tar\.\w+)"
    return bool(re.search(file.encode(), read(url), re.IGNORECASE))


@cache
def read(url):
    request = Request(url, headers={"Accept": f"{SIMPLE}, text/html"})
    user, _, password = logins().get(urlsplit(url).hostname) or ("", "", "")
    if password:
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
    with urlopen(request, timeout=60) as answer:
        return answer.read()


def logins():
    """User name, account and password by host, as netrc has them."""
    path = Path(os.environ.get("NETRC", Path.home() / ".netrc"))
    return netrc.netrc(path).hosts if path.is_file() else {}


def secret(name):
    path = Path("/run/secrets", name)
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def sent(word):
    """A word of netrc, quoted; pip sends its letters as Latin-1, which have to be the bytes of UTF-8 that indexes expect."""
    word = word if "uv" in sys.argv[1:2] else word.encode().decode("latin-1")
    return '"' + re.sub(r'(["\\])', r"\\\1", word) + '"'


def write_netrc(path):
    """Writes the logins of the build secrets, and of netrc for other hosts; its path where there are any."""
    found, first = logins(), {}
    for index, prefix in SECRETS.items():
        if password := secret(f"{prefix}_PASSWORD"):
            host, login = urlsplit(INDEXES[index]).hostname, (secret(f"{prefix}_USERNAME") or "__token__", "", password)
            if found.get(host) != login and host in first:
                sys.exit(f"the indexes {first[host]} and {index} of {host} need one password for both, as pip and uv know one for a host")
            found[host], first[host] = login, index
    lines = [f"machine {host} login {sent(user)} password {sent(word)}\n" for host, (user, _, word) in found.items()]
    path.touch(mode=0o600)
    path.write_text("".join(lines), encoding="utf-8")


if LOCKED.is_file():
    PACKAGES.update(line.split() for line in LOCKED.read_text(encoding="utf-8").splitlines())
try:
    server = Server(("127.0.0.1", PORT), Router)
except OSError:
    server = Server(("127.0.0.1", 0), Router)
threading.Thread(target=server.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{server.server_port}"
further = {name: f"{here}/{name}/simple/" for name in INDEXES if name not in PACKAGES.values()}
without_proxy = ",".join(filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1"]))
os.environ |= {"PIP_INDEX_URL": f"{here}/simple/", "UV_DEFAULT_INDEX": f"{here}/simple/", "PIP_NO_INPUT": "1"}
os.environ |= {"PIP_EXTRA_INDEX_URL": " ".join(further.values())} if further else {}
os.environ |= {"UV_INDEX": " ".join(f"{name}={url}" for name, url in further.items())} if further else {}
os.environ |= {"no_proxy": without_proxy, "NO_PROXY": without_proxy}
with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as memory:
    if logins() or any(secret(f"{prefix}_PASSWORD") for prefix in SECRETS.values()):
        write_netrc(Path(memory, "netrc"))
        os.environ["NETRC"] = str(Path(memory, "netrc"))
    code = subprocess.run(sys.argv[1:]).returncode
if code:
    print(*complaints.values(), sep="\n", file=sys.stderr)
sys.exit(code)
