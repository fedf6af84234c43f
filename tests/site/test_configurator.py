"""The configurator writes what Copier writes, says what the questionnaire says, and needs nothing but itself."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Render
from tests.render.test_golden import CASES
from tests.site.conftest import READY, opened

pytestmark = pytest.mark.site
SET = "([answers, more]) => window.configurator.set(answers, more)"


def choose(page: Any, answers: dict[str, Any], **more: Any) -> dict[str, str]:
    """The files that the page shows with these answers."""
    page.evaluate(SET, [answers, more])
    texts: dict[str, str] = page.evaluate("() => window.configurator.texts()")
    return texts


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("case", CASES)
def test_the_files_are_those_of_copier_byte_for_byte(
    case: str, configurator: Any, render: Render, template: Path, tmp_path: Path
) -> None:
    shown = choose(configurator, CASES[case], source={"_src_path": str(template)})
    project = render(tmp_path / "my-service", **CASES[case])
    assert {name: text.encode() for name, text in shown.items()} == written(project)
    archive = zipfile.ZipFile(
        io.BytesIO(bytes(configurator.evaluate("async () => [...await window.configurator.archive()]")))
    )
    assert {one.filename: archive.read(one) for one in archive.infolist()} == {
        f"my-service/{name}": content for name, content in written(project).items()
    }
    modes = {one.filename: one.external_attr >> 16 & 0o100 for one in archive.infolist()}
    assert modes == {f"my-service/{name}": (project / name).stat().st_mode & 0o100 for name in written(project)}


@pytest.mark.parametrize("case", ["fastapi", "everything", "processes", "stated-command"])
def test_the_command_writes_the_same_files(case: str, configurator: Any, template: Path, tmp_path: Path) -> None:
    source = {"_src_path": str(template)}
    shown = choose(configurator, CASES[case], source=source, template=str(template), version="")
    line = configurator.text_content("#command")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-c", line], cwd=tmp_path, env=os.environ | {"PATH": path}, check=True, capture_output=True)
    assert {name: text.encode() for name, text in shown.items()} == written(tmp_path / "my-service")


def test_the_first_files_are_there_in_five_seconds_and_the_next_at_once(
    browser: Any, address: str, slower: float
) -> None:
    page = browser.new_context().new_page()
    start = time.monotonic()
    opened(page, address)
    first = time.monotonic() - start
    slowest = 0.0
    for name, value in [("framework", "django"), ("base", "distroless"), ("python_version", "3.13"), ("apm", "sentry")]:
        before = page.text_content("#command")
        start = time.monotonic()
        page.select_option(f"#answer-{name}", value)
        page.wait_for_function("before => document.getElementById('command').textContent !== before", arg=before)
        slowest = max(slowest, time.monotonic() - start)
    page.context.close()
    print(f"first {first:.2f} s, slowest choice {slowest * 1000:.0f} ms, {slower:.1f} times slower")  # noqa: T201
    assert first < 5 * slower
    assert slowest < 0.2 * slower


def test_a_long_list_of_dependencies(configurator: Any, slower: float) -> None:
    lines = "\n".join(f"package-{number}>=1" for number in range(1000))
    start = time.monotonic()
    shown = choose(configurator, {"dependencies": lines})
    assert time.monotonic() - start < slower
    assert "package-999>=1" in shown["requirements.in"]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"port": "0"}, "Use a port from 1 to 65535"),
        ({"port": "many"}, "Invalid input"),
        ({"app": "main.py"}, "Use module:name such as main:app"),
        ({"dependencies": "--index-url https://x"}, "Use name>=1.0, one per line"),
        ({"environment": "API_KEY=abc"}, "A secret? Set it at run time"),
    ],
)
def test_a_refused_answer_has_the_questionnaire_s_message(
    answers: dict[str, str], message: str, configurator: Any
) -> None:
    choose(configurator, answers)
    name = next(iter(answers))
    assert configurator.text_content(f"#error-{name}") == message
    assert configurator.get_attribute(f"#answer-{name}", "aria-invalid") == "true"
    assert configurator.is_disabled("#download")
    choose(configurator, {})
    assert configurator.text_content(f"#error-{name}") == ""
    assert configurator.is_enabled("#download")


def test_an_impossible_choice_is_greyed_with_the_reason(configurator: Any) -> None:
    choose(configurator, {"framework": "command", "app": "sh start.sh"})
    option = configurator.locator("#answer-base option[value=distroless]")
    assert option.is_disabled()
    assert "Distroless has no shell for this" in option.text_content()
    choose(configurator, {})
    assert option.is_enabled()


def test_the_sizes_are_the_catalog_s(configurator: Any) -> None:
    choose(configurator, {"python_version": "3.13"})
    assert "base image, slim 118.1 MB" in configurator.text_content("#sizes")
    choose(configurator, {"python_version": "3.13", "dependencies": "psycopg2>=2"})
    assert "system packages 4" in configurator.text_content("#sizes")
    choose(configurator, {})


def test_what_changed_is_marked(configurator: Any) -> None:
    choose(configurator, {})
    choose(configurator, {"python_version": "3.13"})
    assert configurator.locator("#file .changed").all_text_contents() == ["FROM python:3.13-slim-trixie AS base"]


def paste(page: Any, text: str) -> str:
    page.evaluate("() => document.querySelector('.configurator-paste').open = true")
    page.fill("#pasted", text)
    page.click("#read")
    page.wait_for_function("() => !['', 'Reading …'].includes(document.getElementById('read-result').textContent)")
    said: str = page.text_content("#read-result")
    return said


def test_pasted_files_fill_in_what_detection_would(configurator: Any) -> None:
    configurator.click("#reset")
    assert "requirements.txt" in paste(configurator, "django>=5\npsycopg2\n")
    assert configurator.input_value("#answer-framework") == "django"
    configurator.wait_for_function("() => window.configurator.texts()['requirements.in'].includes('psycopg2')")
    paste(configurator, "web: gunicorn shop.wsgi --workers 2\nworker: celery -A shop worker\n")
    configurator.wait_for_function("() => document.getElementById('command').textContent.includes('shop.wsgi')")
    assert "worker: celery -A shop worker" in configurator.text_content("#command")
    assert "libpq5" in configurator.evaluate("() => window.configurator.texts().Dockerfile")
    configurator.click("#reset")


@pytest.mark.parametrize("text", ["Dear sir,\nthis is prose.", "", "{", "[package]\nname = 'rust'\n"])
def test_a_pasted_file_of_no_known_kind_is_said(text: str, configurator: Any) -> None:
    configurator.click("#reset")
    assert paste(configurator, text).startswith("This is none of the files that can be read here")


def test_works_offline_after_the_first_load(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = opened(context.new_page(), address)
    page.evaluate("() => navigator.serviceWorker.ready")
    page.wait_for_function("() => navigator.serviceWorker.controller")
    context.set_offline(True)
    page.reload()
    page.wait_for_selector(READY)
    assert "FROM python" in choose(page, {"framework": "flask"})["Dockerfile"]
    assert "requirements.txt" in paste(page, "flask\n")
    context.close()


def test_a_page_of_an_earlier_release_is_not_kept(browser: Any, address: str, served: Path) -> None:
    index = served / "copier-slim/configurator/index.html"
    before = index.read_text(encoding="utf-8")
    context = browser.new_context()
    page = opened(context.new_page(), address)
    page.wait_for_function("() => navigator.serviceWorker.controller")
    try:
        index.write_text(before.replace("Make the Dockerfile here", "The next release"), encoding="utf-8")
        page.reload()
        assert "The next release" in page.text_content("h1")
    finally:
        index.write_text(before, encoding="utf-8")
        context.close()


def test_without_scripts_it_says_what_to_do(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}configurator/")
    assert "uvx copier copy" in page.locator("noscript").first.inner_text()
    assert not page.locator("#configurator").is_visible()
    context.close()


def test_without_webassembly_it_says_what_to_do(browser: Any, address: str) -> None:
    context = browser.new_context()
    context.add_init_script("delete globalThis.WebAssembly")
    page = context.new_page()
    page.goto(f"{address}configurator/")
    assert "uvx copier copy" in page.text_content("#state")
    context.close()


@pytest.mark.parametrize("lost", ["page.js", "form.js", "worker.js", "memory.bin", "pyodide/pyodide.asm.wasm"])
def test_what_does_not_load_is_said(lost: str, browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route(f"**/{lost}", lambda route: route.abort())
    page.goto(f"{address}configurator/")
    page.wait_for_selector("html[data-configurator=failed]")
    assert "uvx copier copy" in page.text_content("#state")
    context.close()


def test_what_is_pasted_is_read_once_what_reads_it_is_there(browser: Any, address: str) -> None:
    context = browser.new_context(service_workers="block")
    page = opened(context.new_page(), address)
    page.route("**/detection.zip", lambda route: route.abort())
    assert paste(page, "flask\n").startswith("This did not work")
    page.unroute("**/detection.zip")
    page.fill("#pasted", "flask\n")
    page.click("#read")
    page.wait_for_function(
        "() => document.getElementById('read-result').textContent.startsWith('Read: requirements.txt')"
    )
    context.close()


def test_the_files_are_chosen_by_keyboard(configurator: Any) -> None:
    choose(configurator, {})
    configurator.focus('#files [aria-selected="true"]')
    configurator.keyboard.press("ArrowRight")
    assert configurator.evaluate("() => document.activeElement.textContent") == ".copier-answers.yml"
    assert "framework: fastapi" in configurator.text_content("#file")
    configurator.keyboard.press("ArrowLeft")


def test_the_version_that_is_named_is_this_one(browser: Any, address: str) -> None:
    page = opened(browser.new_page(), address)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = page.text_content("#command").partition("--vcs-ref v")[2].split()[0]
    assert f'version = "{version}"' in project
    answers = yaml.safe_load(page.evaluate("() => window.configurator.texts()['.copier-answers.yml']"))
    assert (answers["_commit"], answers["_src_path"]) == (f"v{version}", "gh:copier-slim/copier-slim")
    assert json.dumps(answers["extras"]) == "[]"
    page.close()
