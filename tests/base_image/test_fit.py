"""Where an image in place of the official one does not fit, and what follows from one that does."""

from __future__ import annotations

from io import StringIO
from typing import Any

import msgspec
import pytest
from rich.console import Console

from copier_slim import base_image
from copier_slim.base_image import facts
from copier_slim.base_image.facts import Facts
from copier_slim.engine import docker
from copier_slim.errors import InputError, ToolError

DEBIAN = Facts(  # noqa: S604 no process
    version="3.13", python="/usr/bin/python3.13", release="trixie", musl=False, shell=True,
    manager="apt-get", pip=False, venv=True, uid=0,
)  # fmt: skip
BARE = msgspec.structs.replace(DEBIAN, shell=False, manager="", uid=65532)


def first(shipped: Facts, built: Facts | None = None, **answers: Any) -> str:
    """The first fault, "" for none."""
    build = "ours:dev" if built else "ours"
    return next(base_image.faults("ours", shipped, build, built or shipped, answers), "")


@pytest.mark.parametrize(
    ("changes", "answers", "words"),
    [
        ({"version": "3.9"}, {}, ("3.9", "not supported", "3.13")),
        ({}, {"python_version": "3.12"}, ("has Python 3.13", "python_version is 3.12", "python_version=3.13")),
        ({"musl": True}, {"base": "slim"}, ("musl", "base=alpine")),
        ({"musl": True}, {"base": "distroless"}, ("musl", "base=alpine")),
        ({}, {"base": "alpine"}, ("glibc", "base=slim")),
        ({"for_others": False}, {}, ("only root", "another image")),
        ({"shell": False}, {}, ("no shell", "build_image=")),
        ({"shell": False}, {"base": "slim"}, ("no shell", "base=distroless")),
        ({"venv": False}, {}, ("venv",)),
        ({"manager": ""}, {}, ("neither pip nor a package manager", "-dev")),
    ],
)
def test_what_does_not_fit_is_one_line(
    changes: dict[str, Any], answers: dict[str, Any], words: tuple[str, ...]
) -> None:
    fault = first(msgspec.structs.replace(DEBIAN, **changes), **answers)
    assert all(word in fault for word in words), fault
    assert "\n" not in fault


def test_what_fits_has_no_fault() -> None:
    assert not first(DEBIAN)
    assert not first(DEBIAN, python_version="3.13", base="distroless")
    assert not first(msgspec.structs.replace(DEBIAN, manager="", pip=True))
    assert not first(BARE, DEBIAN)


@pytest.mark.parametrize(
    "changes", [{"version": "3.12"}, {"python": "/usr/local/bin/python3.13"}, {"musl": True}, {"shell": False}]
)
def test_two_variants_that_differ(changes: dict[str, Any]) -> None:
    assert "ours:dev" in first(BARE, msgspec.structs.replace(DEBIAN, **changes))


def test_what_follows_from_an_image() -> None:
    assert base_image.follows(DEBIAN, DEBIAN) == {
        "python_version": "3.13", "image_python": "/usr/bin/python3.13", "image_packages": "apt", "image_pip": False,
        "debian_suite": "trixie",
    }  # fmt: skip
    bare = base_image.follows(BARE, DEBIAN)
    assert (bare["base"], bare["uid"], bare["image_packages"]) == ("distroless", 65532, "apt")
    wolfi = msgspec.structs.replace(DEBIAN, release="", manager="apk", pip=True)
    assert base_image.follows(wolfi, wolfi)["image_packages"] == "apk"
    assert "base" not in base_image.follows(wolfi, wolfi)
    assert base_image.follows(msgspec.structs.replace(DEBIAN, release="noble"), DEBIAN)["debian_suite"] == "trixie"


@pytest.mark.parametrize(
    ("image", "login"),
    [
        ("python:3.13", "docker login"),
        ("bitnami/python:3.13", "docker login"),
        ("registry.example.com/python:3.13", "docker login registry.example.com"),
        ("localhost:5000/python", "docker login localhost:5000"),
    ],
)
def test_the_login_that_is_named_is_that_of_the_registry(
    monkeypatch: pytest.MonkeyPatch, image: str, login: str
) -> None:
    def absent(*_: object) -> None:
        raise docker.DockerError("docker: no such image")

    monkeypatch.setenv("COPIER_SLIM_ENGINE", "docker")
    monkeypatch.setattr(facts.docker, "inspect", absent)
    monkeypatch.setattr(facts.builds, "stream", lambda *_, **__: (1, "denied: requested access"))
    with pytest.raises(ToolError) as refused:
        facts.look(image, 10001)
    assert str(refused.value).endswith(f"run: {login}")


def test_what_is_given_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_image.builds, "answers", lambda: True)
    monkeypatch.setattr(facts, "look", lambda image, uid: DEBIAN if image == "ours" and uid == 2000 else None)
    shown = StringIO()
    found = base_image.ask({"base_image": "ours", "uid": 2000, "image_pip": True}, Console(file=shown, width=999))
    assert shown.getvalue().count("found in the image: ") == 1
    assert "image_pip" not in found
    assert found["image_python"] == "/usr/bin/python3.13"
    with pytest.raises(InputError, match=r"has Python 3\.13"):
        base_image.ask({"base_image": "ours", "uid": 2000, "python_version": "3.14"}, Console(file=shown))


def test_check_says_what_is_different_by_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_image.builds, "answers", lambda: True)
    monkeypatch.setattr(facts, "look", lambda *_: DEBIAN)
    recorded = {"base_image": "ours", "python_version": "3.13", "image_python": "/usr/bin/python3.13",
                "image_packages": "apt", "image_pip": False}  # fmt: skip
    assert not list(base_image.parted(recorded))
    (pip,) = base_image.parted(recorded | {"image_pip": True})
    assert pip == ("image_pip", "True", "False", "copier-slim update --data image_pip=false")
    (python, path) = base_image.parted(recorded | {"python_version": "3.12", "image_python": "/usr/bin/python3.12"})
    assert "has Python 3.13" in python[2]
    assert path[0] == "image_python"


def test_all_that_an_image_has_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_image.builds, "answers", lambda: True)
    monkeypatch.setattr(facts, "look", lambda *_: DEBIAN)
    shown = StringIO()
    given = {"base_image": "ours", **base_image.follows(DEBIAN, DEBIAN)}
    assert not base_image.ask(given, Console(file=shown))
    assert not shown.getvalue()


def test_without_an_engine_nothing_is_asked_which_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_image.builds, "answers", lambda: False)
    shown = StringIO()
    assert not base_image.ask({"base_image": "ours"}, Console(file=shown, width=999))
    assert "no engine answers to look into base_image" in shown.getvalue()
    assert not base_image.ask({}, Console(file=shown, width=999))
    assert shown.getvalue().count("\n") == 1
    assert not list(base_image.parted({"base_image": "ours"}))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("denied: requested access", "asks for a password"),
        ("manifest unknown", "has no such image"),
        ("potentially insufficient UIDs or GIDs available in user namespace", "usermod --add-subuids"),
        ("dial tcp: lookup registry.example.com: no such host", "check the network"),
    ],
)
def test_why_an_image_cannot_be_pulled(monkeypatch: pytest.MonkeyPatch, said: str, told: str) -> None:
    def absent(*_: object) -> None:
        raise docker.DockerError("docker: no such image")

    monkeypatch.setattr(facts.docker, "inspect", absent)
    monkeypatch.setattr(facts.builds, "stream", lambda *_, **__: (1, f"Trying to pull\nError: {said}\n"))
    with pytest.raises(ToolError, match=told) as refused:
        facts.look("registry.example.com/python:3.13", 10001)
    assert "\n" not in str(refused.value)
