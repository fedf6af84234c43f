"""What all tests share: the template without git, Copier without personal settings, and rendering by one call."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy

from copier_slim.rendering.compiled_once import compiled_once
from copier_slim.rendering.copier import libyaml

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE_PARTS = [
    "copier.yml", "questions", "template", "partials", "starters", "hooks/copier_slim/catalog",
    "hooks/copier_slim/reading/certificates.py",
]  # fmt: skip

Render = Callable[..., Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden as rendered now")


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether the golden files are to be written, not compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session", autouse=True)
def no_personal_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps the defaults and the trust of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        settings = tmp_path_factory.mktemp("settings") / "settings.yml"
        settings.write_text("{}", encoding="utf-8")
        patch.setenv("COPIER_SETTINGS_PATH", str(settings))
        # A machine that has Podman too is no other for a test in which Docker does not answer
        patch.setenv("COPIER_SLIM_ENGINE", "docker")
        patch.setenv("XDG_STATE_HOME", str(settings.parent / "state"))
        yield


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Lets what the tests start be interrupted: a shell's job in the background ignores SIGINT, and hands that on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def fast_yaml() -> Iterator[None]:
    """As the command does, for all that the tests render themselves."""
    with libyaml():
        yield


@pytest.fixture(scope="session", autouse=True)
def fast_jinja() -> Iterator[None]:
    """Likewise: most of the time of a rendering is what Jinja compiles."""
    with compiled_once():
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template outside git: Copier renders it twice as fast, and takes it as it stands."""
    copy = tmp_path_factory.mktemp("template")
    for part in TEMPLATE_PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (copy / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy / part)
    return copy


@pytest.fixture(scope="session")
def questions(template: Path) -> dict[str, Any]:
    """The questions by name, as written, computed ones included."""
    found: dict[str, Any] = {}
    for document in sorted((template / "questions").rglob("*.yml")):
        found |= yaml.safe_load(document.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def render(template: Path, questions: dict[str, Any]) -> Render:
    """Renders a project with `--defaults` and the given answers into a directory."""

    def run(destination: Path, **answers: Any) -> Path:
        unknown = answers.keys() - questions.keys()
        assert not unknown, f"no such questions: {unknown}"
        run_copy(str(template), destination, data=answers, defaults=True, quiet=True, overwrite=True)
        return destination

    return run
