"""The file system that layers add up to, the bases of a Dockerfile, and the Python that is found."""

from __future__ import annotations

from stat import S_IFDIR, S_IFLNK, S_IFREG

import pytest

from copier_slim.engine import stages
from copier_slim.verify.image import Config, Image
from copier_slim.verify.image.filesystem import Files, User
from copier_slim.verify.image.layers import Entry, Layer
from copier_slim.verify.image.python import distributions, interpreter_of


def entry(path: str, mode: int = 0o644, uid: int = 0, gid: int = 0) -> Entry:
    """A file; a directory where its path ends with a slash; a link where it is "path -> target"."""
    name, _, target = path.partition(" -> ")
    kind = S_IFLNK if target else S_IFDIR if path.endswith("/") else S_IFREG
    return Entry(name.rstrip("/"), kind | mode, uid, gid, 1, 1, target)


def layer(*paths: str, kept: dict[str, str] | None = None) -> Layer:
    return Layer("sha256:", [entry(path) for path in paths], {k: v.encode() for k, v in (kept or {}).items()})


def test_whiteouts_remove_what_is_below() -> None:
    files = Files(
        [
            layer("a/", "a/one", "a/two", "a/deep/", "a/deep/three", "ab", "c/", "c/old", "d/", "d/x"),
            layer("a/.wh.one", "a/.wh.deep", "c/.wh..wh..opq", "c/new", "d"),
        ],
        1,
    )
    assert set(files.all) == {"a", "a/two", "ab", "c", "c/new", "d"}
    assert "a/one" in files.of_base
    assert [item.path for item in files.own()] == ["a/.wh.one", "a/.wh.deep", "c/.wh..wh..opq", "c/new", "d"]


def test_links_are_followed_and_a_circle_ends() -> None:
    files = Files(
        [layer("bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/x -> ../lib/x", "usr/lib/", "usr/lib/x", "o -> o")], 0
    )
    assert files.resolve("/bin/x") == "usr/lib/x"
    assert files.which("x", "/sbin:/bin") == "bin/x"
    assert files.get("o/y") is None


ACCOUNTS = "root:x:0:0:root:/root:/bin/sh\napp:x:10001:10002:::\n"
GROUP = "root:x:0:\napp:x:10002:\nmedia:x:44:app\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", User(0, frozenset({0}))),
        ("app", User(10001, frozenset({10002, 44}))),
        ("10001", User(10001, frozenset({10002, 44}))),
        ("10001:media", User(10001, frozenset({44}))),
        ("4711", User(4711, frozenset({0}))),
        ("4711:815", User(4711, frozenset({815}))),
        ("nobody", None),
    ],
)
def test_a_user_as_the_engine_takes_it(name: str, expected: User | None) -> None:
    files = Files([layer("etc/passwd", "etc/group", kept={"etc/passwd": ACCOUNTS, "etc/group": GROUP})], 0)
    assert files.user(name) == expected


def test_permissions_are_by_the_first_class_that_fits() -> None:
    files = Files([Layer("", [entry("closed/", 0o700), entry("closed/x", 0o644), entry("mine", 0o044, uid=7)])], 0)
    user = User(7, frozenset({0}))
    assert not files.may(user, files.all["mine"], 4)
    assert files.may(User(8, frozenset({9})), files.all["mine"], 4)
    assert not files.reaches(user, "closed/x")
    assert files.may(User(0, frozenset()), files.all["closed"], 2)


@pytest.mark.parametrize(
    ("text", "base", "names"),
    [
        ("FROM python:3.14\n", "python:3.14", ["python:3.14"]),
        (
            "ARG V=3.14\nFROM --platform=linux/amd64 python:${V}-slim AS Base\nFROM base\n",
            "python:3.14-slim",
            ["python:3.14-slim"],
        ),
        ("FROM a AS one\nFROM one AS two\nFROM b AS three\nFROM two\n", "a", ["a", "b"]),
        ("FROM python:3.14 AS x\nFROM scratch\nCOPY --from=x / /\n", "scratch", ["python:3.14"]),
        ("ARG V\nFROM python:${V:-3.13} \\\n  AS x\n", "python:3.13", ["python:3.13"]),
        ("ARG V=3 W=slim\nFROM python:$V-$W \\\n# the code's\n  AS x\nFROM X\n", "python:3-slim", ["python:3-slim"]),
        ("FROM node AS x\nFROM x AS node\nFROM node\n", "node", ["node"]),
        ("# nothing\n", "", []),
    ],
)
def test_bases_of_a_dockerfile(text: str, base: str, names: list[str]) -> None:
    assert stages.base_of(text) == base
    assert stages.base_names(text) == names


def image(*command: str, **variables: str) -> Image:
    environment = [f"{name}={value}" for name, value in variables.items()]
    return Image("i", "i", Config(cmd=list(command), env=environment), (), ())


SYSTEM = ["usr/", "usr/local/", "usr/local/bin/", "usr/local/bin/python3.13", "usr/local/bin/python3 -> python3.13",
          "usr/local/lib/python3.13/site-packages/", "usr/local/lib/python3.13/site-packages/pip/"]  # fmt: skip
VENV = ["opt/venv/bin/", "opt/venv/bin/python -> /usr/local/bin/python3", "opt/venv/pyvenv.cfg", "opt/venv/bin/serve",
        "opt/venv/lib/python3.13/site-packages/"]  # fmt: skip


def test_the_interpreter_of_an_environment_and_of_the_system() -> None:
    kept = {"opt/venv/pyvenv.cfg": "home = /usr/local/bin\n", "opt/venv/bin/serve": "#!/opt/venv/bin/python\n"}
    files = Files([layer(*SYSTEM, *VENV, kept=kept)], 0)
    for found in (
        interpreter_of(files, image("python", "x.py", PATH="/opt/venv/bin:/usr/local/bin")),
        interpreter_of(files, image("/opt/venv/bin/serve", PATH="/usr/local/bin")),
    ):
        assert found is not None
        assert (found.path, found.version, found.virtual) == ("/opt/venv/bin/python", "3.13", True)
        assert found.site == ("opt/venv/lib/python3.13/site-packages",)
    system = interpreter_of(files, image("serve-me", PATH="/usr/local/bin"))
    assert system is not None
    assert (system.path, system.site) == ("/usr/local/bin/python3", ("usr/local/lib/python3.13/site-packages",))
    assert interpreter_of(Files([layer("bin/x")], 0), image("x")) is None


def test_distributions_by_their_metadata() -> None:
    site = "venv/lib/python3.13/site-packages"
    metadata = "Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.2\nRequires-Dist: six>=1\n\nText: no header\n"
    record = 'foo/__init__.py,sha256=x,1\n../../../bin/foo,,\n"a,b.py",,\n'
    info = f"{site}/Foo.Bar-1.2.dist-info"
    files = Files(
        [layer(f"{info}/METADATA", f"{info}/RECORD", kept={f"{info}/METADATA": metadata, f"{info}/RECORD": record})], 0
    )
    (found,) = distributions(files, (site,))
    assert (found.name, found.version, found.requires) == ("foo-bar", "1.2", ("six>=1",))
    assert found.files == {f"{site}/foo/__init__.py", "venv/bin/foo", f"{site}/a,b.py"}
