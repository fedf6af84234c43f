"""Indexes and a cooldown that files of settings and a Dockerfile state, beside the lists of dependencies."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.detect.repository import detect
from tests.command.running import write
from tests.detect.conftest import FASTAPI, Answers, Detect, Files, notes, of

ACME = "https://pypi.acme.example/simple"
PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi"]\n'
LISTED = {"main.py": FASTAPI, "requirements.txt": "fastapi\n"}
STATED = {"main.py": FASTAPI, "pyproject.toml": PROJECT}
FURTHER, NAMED = f"pypi-acme-example={ACME}", f"acme={ACME}"


def dockerfile(lines: str) -> Files:
    return {**LISTED, "Dockerfile": f"FROM python:3.13\n{lines}\nCOPY . .\n"}


INDEXES: dict[str, tuple[Files, str, str]] = {
    "uv.toml": ({**STATED, "uv.toml": f'[[index]]\nname = "acme"\nurl = "{ACME}"\n'}, "", NAMED),
    "uv.toml in place of tool.uv": (
        {
            "main.py": FASTAPI,
            "pyproject.toml": PROJECT + '[[tool.uv.index]]\nname = "old"\nurl = "https://old.example/simple"\n',
            "uv.toml": f'[[index]]\nname = "acme"\nurl = "{ACME}"\ndefault = true\n',
        },
        ACME, "",
    ),
    "tool.uv.pip": ({**LISTED, "pyproject.toml": f'[tool.uv.pip]\nindex-url = "{ACME}"\n'}, ACME, ""),
    "tool.uv": ({**STATED, "pyproject.toml": f'{PROJECT}[tool.uv]\nextra-index-url = ["{ACME}"]\n'}, "", FURTHER),
    "pip.conf": ({**LISTED, "pip.conf": f"[global]\nextra-index-url =\n  {ACME}\n"}, "", FURTHER),
    "PIP_INDEX_URL": (dockerfile(f"ENV PIP_INDEX_URL={ACME}"), ACME, ""),
    "PIP_EXTRA_INDEX_URL": (dockerfile(f"ENV PIP_EXTRA_INDEX_URL={ACME}"), "", FURTHER),
    "UV_INDEX": (dockerfile(f"ENV UV_INDEX={NAMED}"), "", NAMED),
    "UV_DEFAULT_INDEX": (dockerfile(f"ENV UV_DEFAULT_INDEX={NAMED}"), ACME, ""),
    "an option": (dockerfile(f"RUN pip install --extra-index-url {ACME} -r requirements.txt"), "", FURTHER),
    "a short option": (dockerfile(f"RUN pip install -r requirements.txt -i '{ACME}'"), ACME, ""),
    "the same twice": (dockerfile(f"ENV UV_INDEX={NAMED} PIP_EXTRA_INDEX_URL={ACME}/"), "", NAMED),
}  # fmt: skip


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_of_the_settings_is_an_answer(answers: Answers, name: str) -> None:
    files, default, further = INDEXES[name]
    expected = {"private_index": default or None, "indexes": further or None}
    assert of(answers(files), expected) == expected


def test_credentials_of_a_dockerfile_are_no_part_of_it(detecting: Detect) -> None:
    lines = ACME.replace("//", "//builder:geheim@")
    found = detecting(dockerfile(f"RUN pip install --extra-index-url {lines} -r requirements.txt")).findings
    assert found.answers["indexes"] == FURTHER
    assert "geheim" not in repr(found)


def of_uv(value: str, more: str = "") -> Files:
    return {"main.py": FASTAPI, "pyproject.toml": f'{PROJECT}[tool.uv]\nexclude-newer = "{value}"\n{more}'}


@pytest.mark.parametrize(
    ("files", "days"),
    [
        (of_uv("7 days"), 7),
        (of_uv("P3D"), 3),
        (of_uv("2 weeks"), 14),
        ({**STATED, "uv.toml": 'exclude-newer = "1w"\n'}, 7),
        ({**STATED, "uv.toml": '[pip]\nexclude-newer = "1w"\n'}, 7),
        ({**STATED, "pip.conf": "[install]\nuploaded-prior-to = P2D\n"}, 2),
        (dockerfile('ENV UV_EXCLUDE_NEWER="5 days"'), 5),
        (dockerfile("ENV PIP_UPLOADED_PRIOR_TO=P4D"), 4),
        ({**of_uv("7 days"), "uv.lock": "version = 1\n"}, None),  # uv itself keeps to it
        (STATED, None),
    ],
)
def test_a_span_is_the_cooldown(answers: Answers, files: Files, days: int | None) -> None:
    assert answers(files).get("cooldown") == days


def test_a_point_in_time_is_named(detecting: Detect) -> None:
    found = detecting(of_uv("2026-01-01T00:00:00Z")).findings
    assert "cooldown" not in found.answers
    said = "pyproject.toml:6: exclude-newer 2026-01-01T00:00:00Z is left out: the answer cooldown is in days"
    assert said in notes(found)


def test_what_the_span_does_not_hold_for_is_exempt(tmp_path: Path) -> None:
    files = of_uv("7 days", 'exclude-newer-package = { acme-core = false, other = "1 day" }\n')
    found = detect(write(tmp_path, files), online=False).findings.answers
    assert (found["cooldown_exempt"], found["package_tool"]) == ("acme-core", "uv")
