"""Package indexes beside PyPI: which answers they become, by each tool's own statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from copier_slim.detect.repository import detect
from tests.detect.conftest import FASTAPI, Answers, Detect, Files, notes, of, repository

ACME = "https://pypi.acme.example/simple"
CPU = "https://download.pytorch.org/whl/cpu"
PAGE = "https://data.pyg.org/whl/torch-2.9.0+cpu.html"
PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi", "house-style", "torch"]\n'
POETRY = '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\nfastapi = "*"\n'
PIPFILE = '[[source]]\nname = "pypi"\nurl = "https://pypi.org/simple"\n'


def uv(tables: str) -> Files:
    return {"main.py": FASTAPI, "pyproject.toml": f"{PROJECT}\n{tables}"}


def poetry(tables: str, dependencies: str = "") -> Files:
    return {"main.py": FASTAPI, "pyproject.toml": f"{POETRY}{dependencies}\n{tables}"}


def listed(lines: str) -> Files:
    return {"main.py": FASTAPI, "requirements.txt": f"{lines}\nfastapi\n"}


def index(tool: str, name: str, url: str, more: str = "") -> str:
    return f'[[tool.{tool}]]\nname = "{name}"\nurl = "{url}"\n{more}\n'


FROM_ACME = '[tool.uv.sources]\nhouse-style = { index = "acme" }\n'
# By platform, as uv's guide to PyTorch has it
BY_PLATFORM = """
[tool.uv.sources]
torch = [
  { index = "pytorch-cu126", marker = "sys_platform == 'win32'" },
  { index = "pytorch-cpu", marker = "sys_platform != 'win32'" },
]
"""
STATED: list[tuple[Files, str, str]] = [
    (uv(index("uv.index", "acme", ACME, "explicit = true") + FROM_ACME), "", f"acme={ACME} house-style"),
    (uv(index("uv.index", "acme", ACME, "explicit = true")), "", ""),
    (uv(index("uv.index", "acme", ACME, "default = true")), ACME, ""),
    (uv(index("uv.index", "acme", ACME)), "", f"acme={ACME}"),
    (uv(index("uv.index", "acme", ACME) + FROM_ACME), "", f"acme={ACME} house-style"),
    (
        uv(
            index("uv.index", "pytorch-cpu", CPU, "explicit = true")
            + index("uv.index", "pytorch-cu126", "https://download.pytorch.org/whl/cu126", "explicit = true")
            + BY_PLATFORM
        ),
        "",
        f"pytorch-cpu={CPU} torch",
    ),
    (uv(index("uv.index", "pypi", "https://pypi.org/simple", "default = true")), "", ""),
    (poetry(index("poetry.source", "acme", ACME)), ACME, ""),
    (
        poetry(index("poetry.source", "acme", ACME) + '[[tool.poetry.source]]\nname = "PyPI"\n'),
        "",
        f"acme={ACME}",
    ),
    (poetry(index("poetry.source", "acme", ACME, 'priority = "supplemental"')), "", f"acme={ACME}"),
    (
        poetry(
            index("poetry.source", "acme", ACME, 'priority = "explicit"'),
            'House_Style = { version = "*", source = "acme" }\n',
        ),
        "",
        f"acme={ACME} house-style",
    ),
    (uv(index("pdm.source", "pypi", ACME)), ACME, ""),
    (uv(index("pdm.source", "acme", ACME)), "", f"acme={ACME}"),
    (uv(index("pdm.source", "acme", ACME, 'include_packages = ["house-style"]')), "", f"acme={ACME} house-style"),
    (
        {
            "main.py": FASTAPI,
            "Pipfile": f'{PIPFILE}\n[[source]]\nname = "acme"\nurl = "{ACME}"\n'
            '[packages]\nfastapi = "*"\nhouse-style = { version = "*", index = "acme" }\n',
        },
        "",
        f"acme={ACME} house-style",
    ),
    (
        {"main.py": FASTAPI, "Pipfile": f'[[source]]\nname = "acme"\nurl = "{ACME}"\n[packages]\nfastapi = "*"\n'},
        ACME,
        "",
    ),
    (listed(f"--index-url {ACME}"), ACME, ""),
    (listed(f"-i {ACME}/"), f"{ACME}/", ""),
    (listed(f"--extra-index-url {ACME}"), "", f"pypi-acme-example={ACME}"),
    (listed(f"--index-url {ACME}\n--extra-index-url https://pypi.org/simple"), "", f"pypi-acme-example={ACME}"),
    (listed(f"--extra-index-url {CPU}\ntorch"), "", f"pytorch-cpu={CPU} torch torchvision torchaudio"),
    (listed(f"--index-url {CPU}\ntorch"), "", f"pytorch-cpu={CPU} torch torchvision torchaudio"),
    # Pages with the links of several packages
    (listed(f"--find-links {PAGE}"), "", f"data-pyg-org={PAGE}"),
    (uv(f'[tool.uv]\nfind-links = ["{PAGE}"]\n'), "", f"data-pyg-org={PAGE}"),
    (uv(f'[tool.uv.pip]\nfind-links = ["{PAGE}"]\n'), "", f"data-pyg-org={PAGE}"),
    ({**uv(""), "uv.toml": f'find-links = ["{PAGE}"]\n'}, "", f"data-pyg-org={PAGE}"),
    (
        uv(index("uv.index", "acme", PAGE, 'format = "flat"\nexplicit = true') + FROM_ACME),
        "",
        f"acme={PAGE} house-style",
    ),
    (uv(index("pdm.source", "acme", PAGE, 'type = "find_links"')), "", f"acme={PAGE}"),
    ({**listed(""), "pip.conf": f"[global]\nfind-links =\n    {PAGE}\n"}, "", f"data-pyg-org={PAGE}"),
    # In uv's older form, and in its own file
    (uv(f'[tool.uv]\nindex-url = "{ACME}"\n'), ACME, ""),
    ({**uv(""), "uv.toml": f'extra-index-url = ["{ACME}"]\n'}, "", f"pypi-acme-example={ACME}"),
    ({**listed(""), "pip.conf": f"[install]\nextra-index-url = {ACME}\n"}, "", f"pypi-acme-example={ACME}"),
]


@pytest.mark.parametrize(("files", "default", "further"), STATED)
def test_what_is_stated_becomes_an_answer(answers: Answers, files: Files, default: str, further: str) -> None:
    expected: dict[str, Any] = {"private_index": default or None, "indexes": further or None}
    assert of(answers(files), expected) == expected


def test_the_answers_have_their_lines(detecting: Detect) -> None:
    found = detecting(uv(index("uv.index", "acme", ACME, "explicit = true") + FROM_ACME)).findings
    assert found.found["indexes"].evidence[0].place == "pyproject.toml:8"
    assert found.found["indexes"].evidence[0].text == f'url = "{ACME}"'


@pytest.mark.parametrize(("lock", "tool"), [({}, "uv"), ({"poetry.lock": ""}, None)])
def test_uv_locks_what_has_an_index_of_its_own(answers: Answers, lock: Files, tool: str | None) -> None:
    files = poetry(
        index("poetry.source", "acme", ACME, 'priority = "explicit"'),
        'house-style = { version = "*", source = "acme" }\n',
    )
    assert answers({**files, **lock}).get("package_tool") == tool


def test_credentials_are_no_part_of_it(detecting: Detect) -> None:
    found = detecting(listed("--extra-index-url https://builder:geheim@pypi.acme.example/simple")).findings
    assert found.answers["indexes"] == f"pypi-acme-example={ACME}"
    assert "build secrets" in notes(found)
    assert "geheim" not in repr(found)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://pypi.acme.example/simple", "is no https address"),
        ("https://${HOST}/simple", "has a variable in its URL"),
        ("https://pypi.acme.example/simple?key=1", "is no https address"),
        ("file:///srv/wheels", "is no https address"),
    ],
)
def test_what_cannot_be_carried_is_noted(detecting: Detect, url: str, why: str) -> None:
    found = detecting(listed(f"--extra-index-url {url}")).findings
    assert "indexes" not in found.found
    assert f"requirements.txt:1: the index {url} is left out: it {why}" in notes(found)


def test_variables_in_place_of_credentials_are_left_out(answers: Answers) -> None:
    found = answers(listed("--extra-index-url https://${USER}:${PASSWORD}@pypi.acme.example/simple"))
    assert found["indexes"] == f"pypi-acme-example={ACME}"


LINE = f"pytorch-cpu={CPU} torch torchvision torchaudio"
TOLD = f"from PyPI brings 2.7 GB of CUDA for GPUs; the CPU's is 0.2 GB: --data 'indexes={LINE}'"


@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        ("torch", f"torch {TOLD}"),
        ("sentence_transformers", f"sentence-transformers needs torch, which {TOLD}"),
        (f"--extra-index-url {ACME}\ntorch", f"add this line to the answer indexes: {LINE}"),
    ],
)
def test_torch_from_pypi_is_told_with_the_answer(detecting: Detect, requirements: str, said: str) -> None:
    assert said in notes(detecting(listed(requirements)).findings)


@pytest.mark.parametrize("files", [listed(f"--extra-index-url {CPU}\ntorch"), listed("numpy")])
def test_torch_is_not_told_of_where_its_index_is_named(detecting: Detect, files: Files) -> None:
    assert "CUDA" not in notes(detecting(files).findings)


def test_an_answer_that_names_the_index_settles_it(detecting: Detect) -> None:
    assert "CUDA" not in notes(detecting(listed("torch"), given={"indexes": LINE}).findings)


def torch_lock(registry: str) -> str:
    torch = f'[[package]]\nname = "torch"\nversion = "2.9.0"\nsource = {{ registry = "{registry}" }}\n'
    return f'version = 1\n{torch}[[package]]\nname = "fastapi"\nversion = "1"\n'


def test_a_lock_of_the_project_says_itself_where_torch_comes_from(detecting: Detect, root: Path) -> None:
    files = {**uv(""), "uv.lock": torch_lock("https://pypi.org/simple")}
    expected = f"name {CPU} for it in pyproject.toml, run uv lock, then copier-slim update"
    assert expected in notes(detecting(files).findings)
    (root / "uv.lock").unlink()
    files = {**uv(""), "uv.lock": torch_lock(CPU)}
    assert "CUDA" not in notes(detecting(files).findings)


@pytest.mark.parametrize(
    ("files", "asked"),
    [
        (uv(index("uv.index", "acme", ACME, "explicit = true") + FROM_ACME), {"torch"}),
        ({**uv(""), "uv.lock": torch_lock(CPU)}, {"house-style"}),
        (uv(index("uv.index", "acme", ACME, "default = true")), set()),
    ],
)
def test_pypi_is_asked_of_no_package_that_is_another_s(
    root: Path, monkeypatch: pytest.MonkeyPatch, files: Files, asked: set[str]
) -> None:
    heard = set[str]()

    def files_of(names: list[str], *_: Any) -> dict[str, Any]:
        heard.update(names)
        return {}

    monkeypatch.setattr("copier_slim.package_index.index.files", files_of)
    monkeypatch.setattr("copier_slim.package_index.index.url", lambda: "https://pypi.org/simple")
    pinned = str(files["pyproject.toml"]).replace('"house-style"', '"house-style<2"').replace('"torch"', '"torch<3"')
    detect(repository(root, {**files, "pyproject.toml": pinned}))
    assert heard & {"house-style", "torch"} == asked


WHEEL = "vendor/House_Style-1.0-py3-none-any.whl"
TREE: Files = {"main.py": FASTAPI, WHEEL: b"PK", "vendor/other-2.0-cp313-cp313-win_amd64.whl": b"PK"}
FLAT = index("uv.index", "acme", "vendor", 'format = "flat"') + FROM_ACME
PATH = f'house-style = {{ path = "{WHEEL}" }}'


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"requirements.txt": f"./{WHEEL}\nfastapi\n"}, "requirements.txt:1"),
        ({"requirements.txt": "--find-links vendor\nfastapi\nhouse-style\n"}, "requirements.txt:1"),
        ({"requirements.txt": "fastapi\n-f ./vendor/\nhouse-style\n"}, "requirements.txt:2"),
        ({"pyproject.toml": f"{PROJECT}[tool.uv.sources]\n{PATH}\n"}, "pyproject.toml:4"),
        ({"pyproject.toml": f"{POETRY}{PATH}\n"}, "pyproject.toml:5"),
        ({"pyproject.toml": f'{PROJECT}[tool.uv]\nfind-links = ["./vendor"]\n'}, "pyproject.toml:6"),
        ({"pyproject.toml": f"{PROJECT}{FLAT}"}, "pyproject.toml:7"),
        ({"requirements.txt": "fastapi\nhouse-style\n", "pip.conf": "[global]\nfind-links = vendor\n"}, "pip.conf:2"),
        ({"Pipfile": f'{PIPFILE}[packages]\nfastapi = "*"\n{PATH.replace("path", "file")}\n'}, "Pipfile:6"),
    ],
)
def test_wheels_of_the_tree_are_files_that_a_lock_needs(detecting: Detect, files: Files, where: str) -> None:
    found = detecting({**TREE, **files}).findings
    assert found.answers["workspace_files"] == WHEEL
    assert found.found["workspace_files"].evidence[0].place == where
    names = [line.partition("==")[0] for line in found.answers["dependencies"].split("\n")]
    assert "house-style" in names
    assert "other" not in names
    assert "house" not in notes(found)


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (listed("--find-links https://acme.example/wheels/"), "requirements.txt:1: --find-links"),
        (uv('[tool.uv]\nfind-links = ["https://acme.example/wheels/"]\n'), "pyproject.toml:7: find-links"),
        (
            uv(index("uv.index", "acme", "https://acme.example/wheels/", 'format = "flat"')),
            "pyproject.toml:8: find-links",
        ),
        ({**listed(""), "pip.conf": "[global]\nfind-links = https://acme.example/wheels/\n"}, "pip.conf:2: find-links"),
    ],
)
def test_other_places_of_files_are_noted(detecting: Detect, files: Files, place: str) -> None:
    found = detecting(files).findings
    assert f"{place} https://acme.example/wheels/ is left out: it is neither" in notes(found)
    assert not found.found.keys() & {"indexes", "workspace_files"}


def test_what_else_pip_conf_says_is_noted(detecting: Detect) -> None:
    found = detecting({**listed(""), "pip.conf": "[global]\nno_binary = lxml\ntimeout = 60\n"}).findings
    assert "pip.conf:2: no-binary is left out: state it as PIP_NO_BINARY in environment" in notes(found)
    assert "timeout" not in notes(found)


def test_constraints_by_another_name_are_noted(detecting: Detect) -> None:
    files: Files = {"requirements.txt": "-c limits.txt\nfastapi\n", "limits.txt": "urllib3<2\n"}
    found = detecting({"main.py": FASTAPI, **files}).findings
    assert "workspace_files" not in found.found
    assert "requirements.txt:1: what limits.txt limits is left out; rename it to constraints.txt" in notes(found)


def test_constraints_are_too(detecting: Detect) -> None:
    files: Files = {"requirements.txt": "-c limits/constraints.txt\nfastapi\n", "limits/constraints.txt": "urllib3<2\n"}
    found = detecting({"main.py": FASTAPI, **files}).findings
    assert found.answers["workspace_files"] == "limits/constraints.txt"
