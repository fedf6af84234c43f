"""What the project is called, where it is, and whether it is installed."""

from __future__ import annotations

from typing import Any

import pytest

from copier_slim.detect.repository import detect

from .conftest import FASTAPI, FLASK, Answers, Files, of, repository
from .test_scripts import package

INSTALLED: dict[str, tuple[Files, dict[str, Any]]] = {
    "a flat package that reads its own version": (
        {
            "pyproject.toml": package(""),
            "shop/__init__.py": "from importlib.metadata import version\n__version__ = version('shop')\n",
            "shop/web.py": FLASK,
        },
        {"install_project": True, "app": "shop.web:app"},
    ),
    "a flat package that does not": (
        {"pyproject.toml": package(""), "shop/__init__.py": "", "shop/web.py": FLASK},
        {"install_project": None},
    ),
    "another project's version": (
        {
            "pyproject.toml": package(""),
            "shop/__init__.py": "",
            "shop/web.py": "from importlib.metadata import version\nX = version('flask')\n" + FLASK,
        },
        {"install_project": None},
    ),
    "a version of git": (
        {
            "pyproject.toml": "[build-system]\nrequires = ['setuptools', 'setuptools-scm']\n"
            "build-backend = 'setuptools.build_meta'\n"
            "[project]\nname = 'shop'\ndynamic = ['version']\n[tool.setuptools_scm]\n",
            "src/shop/__init__.py": "",
            "src/shop/web.py": FLASK,
        },
        {"install_project": True, "scm_version": "0.0.0", "app": "shop.web:app"},
    ),
    "a src layout with data that its wheel leaves out": (
        {
            "setup.py": (
                "from setuptools import setup\n"
                "setup(name='shop', version='1', package_dir={'': 'src'}, packages=['shop'])\n"
            ),
            "src/shop/__init__.py": "",
            "src/shop/web.py": FLASK,
            "src/shop/templates/index.html": "",
        },
        {"install_project": True, "python_path": "src"},
    ),
    "metadata of tools only": (
        {"pyproject.toml": "[tool.black]\nline-length = 100\n", "app.py": FLASK},
        {"install_project": None},
    ),
}


@pytest.mark.parametrize("name", INSTALLED)
def test_installation(name: str, answers: Answers) -> None:
    files, expected = INSTALLED[name]
    assert of(answers(files), expected) == expected


NAMES: dict[str, tuple[Files, str]] = {
    "of the metadata": ({"pyproject.toml": package("", "my-shop"), "app.py": FLASK}, "my-shop"),
    "of the directory": ({"app.py": FLASK}, "shop"),
}


@pytest.mark.parametrize("name", NAMES)
def test_project_name(name: str, answers: Answers) -> None:
    files, expected = NAMES[name]
    assert answers(files)["project_name"] == expected


@pytest.mark.parametrize(
    ("directory", "expected"), [("a b", "a b"), ("-shop-", "shop"), ("été", "t"), ("日本", "app"), ("x" * 80, "x" * 64)]
)
def test_project_name_of_an_odd_directory(directory: str, expected: str, root: Any) -> None:
    found = detect(repository(root / directory, {"app.py": FLASK}), online=False)
    assert found.findings.value("project_name") == expected


def test_no_starter_is_written(answers: Answers) -> None:
    assert answers({"app.py": FLASK})["starter"] is False


def test_subdirectory_of_a_repository(root: Any) -> None:
    repository(root, {"app.py": FLASK, "Procfile": "web: gunicorn app:app\n", "api/main.py": FASTAPI, ".git/HEAD": "x"})
    found = detect(root / "api", online=False).findings
    assert of(found.answers, {"framework": 0, "app": 0}) == {"framework": "fastapi", "app": "main:app"}


EMITTED = {
    "with answers": "fastapi\n\n# From the answer dependencies\npsycopg2\n\n"
    "# The project's own\n# the cache\nredis>=5\n",
    "of an older release": "fastapi\n\n# The project's own\npsycopg2\n# the cache\nredis>=5\n",
}


@pytest.mark.parametrize("name", EMITTED)
def test_an_emitted_requirements_in_is_read_without_what_the_template_added(name: str, answers: Answers) -> None:
    found = answers({"requirements.in": "# What the template needs\n" + EMITTED[name], "app.py": FASTAPI})
    assert found["dependencies"] == "psycopg2\n# the cache\nredis>=5"
