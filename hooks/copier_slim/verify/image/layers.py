"""What the layers of an image hold, read from `docker save` as it streams by: nothing is kept on disk.

Every layer is read, so that what a later one deletes is found all the same. All archives that engines write are
understood, and give the same figures: layers as plain tar files, and compressed ones, which containerd's image store
has. https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import tarfile
import zlib
from dataclasses import dataclass, field, replace
from queue import Queue
from stat import S_IFDIR, S_IFLNK, S_IFREG
from threading import Thread
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from copier_slim.engine import docker, engines
from copier_slim.errors import ToolError
from copier_slim.verify.image.credential_search import Found, Search

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from typing import IO

CHUNK = 1 << 20
LARGEST_JSON = 4 << 20
LARGEST_KEPT = 4 << 20
HEAD = 256  # bytes of a script that hold its #! line
LEVEL = 6  # what docker push and registries' records use
QUICK = 1
GZIP_WRAPPER = 31  # zlib's wbits: the largest window, in gzip's format
GZIP_MAGIC = b"\x1f\x8b"
OVERLAP = 8192  # what is looked for across two chunks

KEPT = re.compile(
    r"etc/(?:passwd|group|shadow|os-release)|var/lib/dpkg/(?:status|status\.d/.+|info/[^/]+\.(?:list|md5sums))|lib/apk/db/installed"
    r"|(?:.*/)?pyvenv\.cfg|.+\.dist-info/(?:METADATA|RECORD|direct_url\.json)"
)
SCRIPT = re.compile(r"(?:.*/)?s?bin/[^/]+")
CAPABILITIES = "SCHILY.xattr.security.capability"
ELF = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, directory or link of a layer.

    `mode` is as stat has it, type included; `size` and `packed`, about what it adds to the compressed layer, in bytes;
    `target` where a link leads; `capable` whether it has capabilities of its own.
    """

    path: str
    mode: int
    uid: int
    gid: int
    size: int
    packed: int = 0
    target: str = ""
    capable: bool = False

    @property
    def is_directory(self) -> bool:
        return self.mode & 0o170000 == S_IFDIR

    @property
    def is_link(self) -> bool:
        return self.mode & 0o170000 == S_IFLNK

    @property
    def is_file(self) -> bool:
        return self.mode & 0o170000 == S_IFREG


@dataclass(slots=True)
class Layer:
    """One layer: `digest` of the unpacked tar, `compressed` in bytes by gzip, as a registry has it.

    `archived` is the digest by which the archive names it, another one where that has it compressed.
    `kept` has the content of the few files that checks read, `programs` the paths of executables that are no scripts;
    `secrets` what files hold that looks like a credential, or have by their name; `tokens` the paths of those with the
    bytes that were looked for.
    """

    digest: str
    entries: list[Entry] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)
    programs: set[str] = field(default_factory=set)
    secrets: dict[str, Found] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    compressed: int = 0
    archived: str = ""

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(entry.size for entry in self.entries)


def scan(
    image: str,
    digests: Collection[str],
    *,
    token: bytes = b"",
    known: Collection[str] = (),
    weights: Mapping[str, int] = MappingProxyType({}),
    weigh: bool = True,
    check: Callable[[], None] = lambda: None,
) -> list[Layer]:
    """The layers of an image, in order; `digests` are its RootFS's.

    Files with `token` in them are marked. The contents of layers in `known` are not looked into, those of a public
    base; the compressed sizes in `weights`, by digest, are not measured again, and no others without `weigh`. `check`
    is called often and may raise. Raises ToolError where the engine cannot save it.
    """
    reader = _Reader(re.compile(re.escape(token)) if token else None, frozenset(known), weights, weigh, check)
    with subprocess.Popen(  # noqa: S603 an argument list, without a shell
        [engines.current().program, "save", image],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            found = reader.image(_pipe(process.stdout), list(digests))
        except (tarfile.TarError, KeyError, ValueError, OSError, EOFError, zlib.error) as error:
            process.kill()
            said = _pipe(process.stderr).read().decode(errors="replace")
            unreadable = ToolError(f"what docker save {image} writes cannot be read: {error}")
            raise (docker.failure(said) if said.strip() else unreadable) from error
        except BaseException:
            process.kill()
            raise
        if process.wait():
            raise docker.failure(_pipe(process.stderr).read().decode(errors="replace"))
    return found


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 Popen was asked for it
    return stream


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads an archive of `docker save`; `search` is looked for in the layers that are not `known`."""

    search: re.Pattern[bytes] | None
    known: frozenset[str]
    weights: Mapping[str, int]
    weigh: bool
    check: Callable[[], None]

    def image(self, stream: IO[bytes], digests: list[str]) -> list[Layer]:
        """The layers, in the manifest's order: it comes last, so every member that is a tar is read."""
        read: dict[str, Layer] = {}
        documents: dict[str, Any] = {}
        same: dict[str, str] = {}
        with tarfile.open(fileobj=stream, mode="r|", bufsize=CHUNK) as archive:
            for member in archive:
                self.check()
                if member.issym() or member.islnk():
                    same[member.name] = member.linkname.removeprefix("../")
                content = archive.extractfile(member) if member.isfile() else None
                head = content.read(min(member.size, LARGEST_JSON)) if content else b""
                if head[:1] in {b"{", b"["} and len(head) == member.size:
                    documents[member.name] = json.loads(head)
                elif content and head and (layer := self.layer(member, _Replay(head, content))):
                    read[member.name] = layer
        names = [same.get(name, name) for name in documents["manifest.json"][0]["Layers"]]
        return [self.named(read[name], digest) for digest, name in zip(digests, names, strict=True)]

    def named(self, layer: Layer, digest: str) -> Layer:
        """A layer by its digest, which only now is known of a compressed one: nothing is said of what a base holds."""
        if digest in self.known and layer.archived != digest:
            layer.entries = [replace(entry, packed=0) for entry in layer.entries]
            layer.programs, layer.secrets, layer.tokens = set(), {}, []
            layer.kept = {path: content for path, content in layer.kept.items() if KEPT.fullmatch(path)}
        layer.compressed = self.weights.get(digest, layer.compressed)
        layer.digest = digest
        return layer

    def layer(self, member: tarfile.TarInfo, content: _Replay) -> Layer | None:
        """The layer that a member of the archive holds, None where it is none."""
        # Docker's classic store and Podman name a layer by its digest, containerd's by that of its compressed form
        digest = "sha256:" + member.name.rpartition("/")[2].removesuffix(".tar")
        layer = Layer(digest, archived=digest)
        if content.head.startswith(GZIP_MAGIC):
            content = _Replay(b"", gzip.GzipFile(fileobj=content))
        weigher = _Weigher() if self.weigh and digest not in self.weights else None
        content.heard_by = weigher.feed if weigher else None
        try:
            with tarfile.open(fileobj=content, mode="r|*", bufsize=CHUNK) as archive:  # by zstd, from Python 3.14 on
                for item in archive:
                    self.check()
                    layer.entries.append(self.entry(archive, item, layer))
        except tarfile.TarError:
            if layer.entries:
                raise
            return None
        finally:
            while content.read(CHUNK):  # what follows the end of the tar counts too
                pass
            layer.compressed = weigher.end() if weigher else self.weights.get(digest, 0)
        return layer

    def entry(self, archive: tarfile.TarFile, item: tarfile.TarInfo, layer: Layer) -> Entry:
        """One entry; its content is read where something may have to be found in it."""
        path = item.name.removeprefix("./").strip("/")
        is_file = item.isreg() or item.islnk()
        kind = S_IFDIR if item.isdir() else S_IFLNK if item.issym() else S_IFREG if is_file else 0
        size = item.size if item.isreg() else 0
        content = (
            archive.extractfile(item) if size and (layer.digest not in self.known or KEPT.fullmatch(path)) else None
        )
        packed = self.look_into(content, path, size, layer) if content else 0
        target = item.linkname if item.issym() else ""
        capable = CAPABILITIES in item.pax_headers
        return Entry(path, kind | item.mode & 0o7777, item.uid, item.gid, size, packed, target, capable)

    def look_into(self, content: IO[bytes], path: str, size: int, layer: Layer) -> int:
        """Marks and keeps what `layer` is to know of a file's content; about its compressed size in bytes."""
        keep = size if KEPT.fullmatch(path) and size <= LARGEST_KEPT else HEAD if SCRIPT.fullmatch(path) else 0
        packer = zlib.compressobj(QUICK)
        packed, tail = 0, b""
        search = None if layer.digest in self.known else Search(path, size)
        while chunk := content.read(CHUNK):
            if not packed and not tail and chunk.startswith(ELF):
                layer.programs.add(path)
            if search:
                search.feed(chunk)
            if len(kept := layer.kept.get(path, b"")) < keep:
                layer.kept[path] = kept + chunk[: keep - len(kept)]
            window = tail + chunk
            if self.search and self.search.search(window) and path not in layer.tokens:
                layer.tokens.append(path)
            tail = window[-OVERLAP:]
            packed += len(packer.compress(chunk))
        if search and (found := search.end()):
            layer.secrets[path] = found
        return packed + len(packer.flush())


class _Replay(io.RawIOBase):
    """A stream of which the beginning was read already, and that tells what is read to one who listens."""

    def __init__(self, head: bytes, rest: IO[bytes] | gzip.GzipFile) -> None:
        super().__init__()
        self.head = head
        self.heard_by: Callable[[bytes], None] | None = None
        self._parts = io.BytesIO(head)
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        data = self._parts.read(size) or self._rest.read(size)
        if data and self.heard_by:
            self.heard_by(data)
        return data


class _Weigher:
    """Counts what gzip makes of a stream, in a thread of its own: zlib leaves the interpreter free."""

    def __init__(self) -> None:
        self._chunks: Queue[bytes] = Queue(maxsize=16)
        self._size = 0
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def feed(self, data: bytes) -> None:
        self._chunks.put(data)

    def end(self) -> int:
        """Bytes of the whole stream, compressed."""
        self._chunks.put(b"")
        self._thread.join()
        return self._size

    def _run(self) -> None:
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WRAPPER)
        for chunk in self._until_end():
            self._size += len(packer.compress(chunk))
        self._size += len(packer.flush())

    def _until_end(self) -> Iterator[bytes]:
        while chunk := self._chunks.get():
            yield chunk
