"""Two images are the same or not, and what differs is named with the instruction that made it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from stat import S_IFREG, S_IMODE

import pytest

from copier_slim.verify.checks import judged
from copier_slim.verify.image.layers import Entry, Layer
from copier_slim.verify.outcome import Status
from copier_slim.verify.reproduction import Difference, Picture, Twice, compare
from copier_slim.verify.reproduction.twice import (
    anew,
    copy_otherwise,
    days_of_the_build,
    is_dirty,
)
from tests.verify.test_judging import facts

DAY = 24 * 60 * 60
FILE = Entry("app/main.py", S_IFREG | 0o644, 0, 0, 5, modified=100, fingerprint="a")
OTHER = replace(FILE, path="app/other.py")
ANOTHER = {
    "content": replace(FILE, fingerprint="b", size=9),
    "mode": replace(FILE, mode=S_IFREG | 0o600),
    "time": replace(FILE, modified=101),
    "owner": replace(FILE, gid=7),
    "content, time": replace(FILE, fingerprint="b", modified=101),
}


def image(
    *entries: Entry, digest: str = "1", instruction: str = "RUN /bin/sh -c make # buildkit", **config: str
) -> Picture:
    return Picture({"Created": "now", "Config": config}, [Layer(digest, [*entries], instruction=instruction)])


def said(one: Picture, other: Picture) -> list[str]:
    return [str(difference) for difference in compare(one, other)]


def test_the_same_digests_are_the_same() -> None:
    assert said(image(FILE), image(FILE)) == []


@pytest.mark.parametrize("what", ANOTHER)
def test_what_differs_in_a_file_is_named(what: str) -> None:
    found = compare(image(FILE), image(ANOTHER[what], digest="2"))
    assert found == [Difference(1, "RUN make", "/app/main.py", what)]
    assert found[0].only_time == (what == "time")


def test_files_that_only_one_has_and_another_order() -> None:
    assert said(image(FILE, OTHER), image(FILE, digest="2")) == ["layer 1, RUN make: /app/other.py: only in the first"]
    assert said(image(FILE), image(FILE, OTHER, digest="2")) == ["layer 1, RUN make: /app/other.py: only in the second"]
    assert said(image(FILE, OTHER), image(OTHER, FILE, digest="2")) == ["layer 1, RUN make: the order of its files"]


def test_another_instruction_and_another_number_of_layers() -> None:
    other = image(FILE, digest="2", instruction="COPY . /app # buildkit")
    assert said(image(FILE), other) == ["layer 1, RUN make: made by COPY . /app in the second"]
    other = image(FILE)
    other.layers.append(Layer("3", instruction="COPY x /x"))
    assert said(image(FILE), other) == ["layer 2, COPY x /x: only in the second"]


def test_the_configuration_is_compared_by_field() -> None:
    assert said(image(Env="a", User="1"), image(Env="b", User="1")) == ["configuration: Config.Env: content"]
    one, other = image(), image()
    other.described["Created"] = "later"
    assert [difference.only_time for difference in compare(one, other)] == [True]


@pytest.mark.parametrize(
    ("differences", "rewritten", "status"),
    [
        ([], True, Status.PASSED),
        (["time"], True, Status.FAILED),
        (["time"], False, Status.PASSED),  # the store writes down when a file was made, whatever is asked of it
        (["content, time"], False, Status.FAILED),
    ],
)
def test_the_check_asks_for_what_the_engine_can_give(differences: list[str], rewritten: bool, status: Status) -> None:  # noqa: FBT001
    found = [Difference(1, "RUN make", "/app/main.py", what) for what in differences]
    outcome = judged("R17", facts(twice=Twice(found, rewritten=rewritten, dirty=False)))
    assert outcome.status is status, outcome
    assert "of the commit, " in outcome.looked_at


def test_a_dirty_tree_is_said_since_its_digest_is_not_the_commit_s() -> None:
    outcome = judged("R17", facts(twice=Twice([], rewritten=True, dirty=True)))
    assert outcome.looked_at.startswith("two builds of a tree with changes that are in no commit, ")


def test_the_day_of_the_build_is_seen_in_accounts() -> None:
    def shadow(day: str) -> Picture:
        found = image(FILE)
        base = "root:*:20786:0:99999:7:::\n"
        found.layers[0].kept["etc/shadow"] = base.encode()
        found.layers.append(Layer("2", instruction="RUN useradd app"))
        found.layers[1].kept["etc/shadow"] = f"{base}app:!:{day}:0:99999:7:::\n".encode()
        return found

    assert [str(one) for one in days_of_the_build(shadow("20786"), 20786 * DAY)] == [
        "layer 2, RUN useradd app: /etc/shadow: the day of the build"
    ]
    assert days_of_the_build(shadow(""), 20786 * DAY) == []


@pytest.mark.parametrize(
    ("mount", "other"),
    [
        (
            "--mount=type=cache,target=/root/.cache/pip",
            "--mount=type=cache,target=/root/.cache/pip,id=/root/.cache/pip-",
        ),
        ("--mount=type=cache,sharing=locked,target=/v", "--mount=type=cache,sharing=locked,target=/v,id=/v-"),
        ("--mount=type=cache,id=npm,target=/n", "--mount=type=cache,target=/n,id=npm-"),
        ("--mount=type=bind,source=a,target=/b", "--mount=type=bind,source=a,target=/b"),
    ],
)
def test_the_second_build_has_caches_of_its_own(mount: str, other: str) -> None:
    made = anew(f"RUN {mount} \\\n    pip install", "t1", caches=True)
    assert made.startswith(f"RUN {other}")
    assert (made == f"RUN {mount} \\\n    pip install") == ("type=bind" in mount)
    assert anew(made, "t2", caches=True) != made or "type=bind" in mount
    assert anew(made, "t2", caches=False) == made


def test_no_command_is_taken_from_the_cache() -> None:
    text = (
        "FROM python:3.13 AS base\nRUN true\nCOPY <<E /x\nfrom a import b\nE\n\n"
        "from --platform=linux/amd64 base\nRUN id\n"
    )
    assert anew(text, "t1", caches=False) == (
        "FROM python:3.13 AS base\nARG COPIER_SLIM_BUILD=t1\nRUN true\nCOPY <<E /x\nfrom a import b\nE\n\n"
        "from --platform=linux/amd64 base\nARG COPIER_SLIM_BUILD=t1\nRUN id\n"
    )


def test_the_arguments_of_a_build_are_no_part_of_an_instruction() -> None:
    one = image(FILE, digest="1", instruction="RUN |2 COPIER_SLIM_BUILD=a X=1 /bin/sh -c make # buildkit")
    other = image(ANOTHER["mode"], digest="2", instruction="RUN |2 COPIER_SLIM_BUILD=b X=1 /bin/sh -c make # buildkit")
    assert said(one, other) == ["layer 1, RUN make: /app/main.py: mode"]


def test_the_second_tree_is_what_another_checkout_would_be(tmp_path: Path) -> None:
    tree, into = tmp_path / "tree", tmp_path / "a" / "copy"
    (tree / "pkg").mkdir(parents=True)
    (tree / "pkg" / "run.sh").write_text("#!/bin/sh\n")
    (tree / "pkg" / "run.sh").chmod(0o755)
    (tree / "main.py").write_text("x = 1\n")
    (tree / "link").symlink_to("main.py")
    copy_otherwise(tree, into, mask=0o077, later=DAY, backwards=True)
    assert S_IMODE((into / "pkg" / "run.sh").stat().st_mode) == 0o700
    assert S_IMODE((into / "main.py").stat().st_mode) == 0o600
    assert (into / "link").readlink() == Path("main.py")
    assert (into / "main.py").stat().st_mtime > (tree / "main.py").stat().st_mtime + DAY / 2


def test_a_tree_is_dirty_that_is_not_its_commit(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", tmp_path, *who, *words], check=True, capture_output=True)

    assert is_dirty(tmp_path)
    git("init")
    (tmp_path / "main.py").write_text("x = 1\n")
    git("add", ".")
    git("commit", "-m", "first")
    assert not is_dirty(tmp_path)
    (tmp_path / "main.py").write_text("x = 2\n")
    assert is_dirty(tmp_path)
