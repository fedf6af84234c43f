"""What the site has that is made of something else: the reference, and the schemas of what the verbs print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from copier_slim.advise import model, sources
from copier_slim.advise import report as advice_report
from copier_slim.errors import CheckFailedError
from copier_slim.tune import report as tune_report
from copier_slim.tune.result import Tuned
from copier_slim.tune.trial import Measured
from copier_slim.verify import attested
from copier_slim.verify import report as verify_report
from copier_slim.verify.reproduction import report as comparing
from tests.check.test_drift import MAIN, PROJECT, adopted
from tests.command.running import command, commit, replace, write
from tests.conftest import ROOT
from tests.verify.test_attested import answers as attestations_of
from tests.verify.test_judging import report as verified
from tests.verify.test_reproduction import ANOTHER, FILE, image
from website import reference, schemas

PACKAGE = model.Installed("psycopg2", "2.9.10", "compiled", size=model.Size(4, 1))
BILL = model.Bill(
    "slim", "amd64", "an-image", "trixie", model.Size(9, 3), {"base": model.Size(5, 2)}, packages=[PACKAGE]
)
HEAVY = model.Heavy("pandas", "3.1.1", model.Size(72.2, 21.5))
ADVICE = model.Advice(
    "shop", "3.13", "trixie", [BILL], [HEAVY], [], {"house": "not on the index"}, ["a note"],
    model.Verdict("slim", "it is there", {"slim": "as now"}),
)  # fmt: skip


@pytest.mark.parametrize("page", ["answers", "commands", "checks", "packages"])
def test_the_reference_is_what_it_is_made_of(page: str, update_golden: bool) -> None:  # noqa: FBT001
    text = reference.pages()[page]
    path = reference.PAGES / f"{page}.md"
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_the_reference_has_every_answer(questions: dict[str, Any]) -> None:
    text = reference.answers()
    assert all(f"### `{name}`" in text for name, one in questions.items() if one.get("when") is not False)


def test_the_schemas_are_those_that_are_published(update_golden: bool) -> None:  # noqa: FBT001
    if update_golden:
        schemas.main()
    assert {path.name: path.read_text(encoding="utf-8") for path in schemas.FOLDER.iterdir()} == schemas.texts()


def check(verb: str, text: str) -> dict[str, Any]:
    """The document, if the schema of the verb has it."""
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(schemas.written()[verb]).validate(document)
    return document


def test_detect_prints_what_its_schema_says(tmp_path: Path) -> None:
    write(tmp_path, {"main.py": MAIN, "requirements.txt": "flask\n", "Procfile": "web: gunicorn main:app\n"})
    done = command("detect", "--offline", "--format", "json", cwd=tmp_path)
    assert check("detect", done.out)["findings"]


def test_check_prints_what_its_schema_says(tmp_path: Path, template: Path) -> None:
    project = adopted(tmp_path / "shop", template, {"main.py": MAIN, "pyproject.toml": PROJECT})
    replace(project / "main.py", "app =", "web =")
    done = command("check", "--json", cwd=project)
    assert check("check", done.out)["parts"]


def test_verify_prints_what_its_schema_says() -> None:
    assert check("verify", verify_report.as_json(verified()))["checks"]


def test_tune_prints_what_its_schema_says() -> None:
    made = Tuned("shop", "3.15", Measured([0.5], [9]), Measured([0.4], [8]), {"shop.signals": "GET / fails"}, ["/"])
    assert check("tune", tune_report.as_json(made))["gained"]


def test_advise_prints_what_its_schema_says() -> None:
    assert check("advise", advice_report.as_json(ADVICE))["bills"]


def test_what_a_build_fetches_is_as_its_schema_says() -> None:
    found = sources.Sources(
        [sources.Source("image", "python", url="python:3.14"), sources.Source("apt", "curl")], ["a"]
    )
    assert len(check("advise --sources", sources.as_json(found))["sources"]) == 2


def test_where_two_images_differ_is_as_its_schema_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(comparing, "require_engine", lambda: None)
    two = image(FILE), image(ANOTHER["content"], digest="2")
    monkeypatch.setattr(comparing, "pictures", lambda *_: two)
    with pytest.raises(CheckFailedError):
        comparing.same("one", "other", as_json=True)
    assert check("verify --same-as", capsys.readouterr().out)["differences"]


def test_what_is_attested_is_as_its_schema_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(write(tmp_path, {"Dockerfile": "FROM scratch\n", "requirements.txt": "flask==3.1.0\n"}))
    attestations_of(monkeypatch, head="b" * 40)
    with pytest.raises(CheckFailedError):
        attested.run(tmp_path, "registry.example.com/shop:1", as_json=True)
    assert len(check("verify --attested", capsys.readouterr().out)["findings"]) == 4


@pytest.mark.parametrize("verb", schemas.written())
def test_a_schema_refuses_what_it_does_not_say(verb: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(verb, "{}")


@pytest.mark.parametrize("path", sorted((ROOT / "hooks/copier_slim/catalog").glob("*.yml")), ids=lambda path: path.stem)
def test_the_catalog_is_yaml_for_a_parser_without_libyaml_too(path: Path) -> None:
    """Which is what PyYAML has where it is not compiled, as in a browser."""
    text = path.read_text(encoding="utf-8")
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    assert yaml.safe_load(text) == yaml.load(text, fast)  # noqa: S506 both are safe
