"""What a README says to Hugging Face's Spaces, and libraries that a requirements file leaves to a platform."""

from __future__ import annotations

import pytest

from .conftest import Answers, Detect, lines, notes, of

README = """---
title: Prices
sdk: {sdk}
sdk_version: {version}
app_file: {script}
---

# Prices
"""
GRADIO = "import gradio as gr\nimport numpy as np\n\ngr.Interface(str, 'text', 'text').launch()\n"
STREAMLIT = "import streamlit as st\n\nst.title('Prices')\n"


def space(sdk: str, version: str, script: str) -> str:
    return README.format(sdk=sdk, version=version, script=script)


def test_a_gradio_space_is_started_by_its_script_with_its_release(answers: Answers) -> None:
    files = {"README.md": space("gradio", "5.49.1", "prices.py"), "prices.py": GRADIO, "app.py": GRADIO}
    found = answers({**files, "requirements.txt": "numpy\n"})
    assert of(found, {"framework": 0, "app": 0, "port": 0}) == {
        "framework": "command", "app": "python prices.py", "port": 7860,
    }  # fmt: skip
    assert lines(found, "dependencies") == ["numpy", "gradio==5.49.1"]


def test_a_streamlit_space_is_served_by_its_own_program(answers: Answers) -> None:
    files = {"README.md": space("streamlit", '"1.50.0"', "prices.py"), "prices.py": STREAMLIT, "app.py": STREAMLIT}
    found = answers(files)
    assert (found["framework"], found["app"]) == ("streamlit", "prices.py")
    assert "streamlit==1.50.0" in lines(found, "dependencies")


@pytest.mark.parametrize(
    ("readme", "listed", "expected"),
    [
        (space("gradio", "5.49.1", "app.py"), "gradio==4.44.1\n", ["gradio==4.44.1"]),
        (space("docker", "5.49.1", "app.py"), "gradio\n", ["gradio"]),
        (space("gradio", "newest", "gone.py"), "numpy\n", ["numpy", "gradio"]),
        ("# Prices\n\nsdk: gradio\nsdk_version: 5.49.1\n", "numpy\n", ["numpy", "gradio"]),
    ],
)
def test_what_is_listed_counts_and_no_release_is_guessed(
    readme: str, listed: str, expected: list[str], answers: Answers
) -> None:
    found = answers({"README.md": readme, "app.py": GRADIO, "requirements.txt": listed})
    assert found["app"] == "python app.py"
    assert lines(found, "dependencies") == expected


def test_the_library_that_serves_a_script_is_added_where_only_the_others_are_listed(detecting: Detect) -> None:
    found = detecting({"app.py": STREAMLIT, "requirements.txt": "pandas\n"}).findings
    assert lines(found.answers, "dependencies") == ["pandas", "streamlit"]
    assert "streamlit is added: app.py:1" in notes(found)


def test_a_part_of_the_library_counts_as_the_library(answers: Answers) -> None:
    page = "from taipy.gui import Gui\n\nif __name__ == '__main__':\n    Gui(page='# Hello').run()\n"
    assert lines(answers({"main.py": page, "requirements.txt": "taipy-gui\n"}), "dependencies") == ["taipy-gui"]


def test_a_project_s_own_dockerfile_does_not_make_it_a_dependency_of_its_own(answers: Answers) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "hat-shop"\nversion = "1"\ndependencies = ["flask"]\n',
        "hat_shop/__init__.py": "",
        "main.py": "print('hello')\n",
        "docker/Dockerfile": "FROM python:3.13\nRUN pip install hat-shop --upgrade\nCMD python main.py\n",
    }
    assert "hat-shop" not in lines(answers(files), "dependencies")
