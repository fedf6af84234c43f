"""Requirements files, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from copier_slim.detect.dependencies import Dependencies, read
from copier_slim.errors import InputError
from copier_slim.reading.text_files import LARGEST_FILE

from .conftest import Read, repository, texts

LINES = [
    ("flask", "flask"),
    ("Flask >= 2 , < 3", "Flask>=2,<3"),
    ("flask (>=2,!=2.1,<3)", "flask>=2,<3,!=2.1"),
    ("flask[async , dotenv]==2.0", "flask[async,dotenv]==2.0"),
    ("flask>=1; python_version<'3.14'  # why", 'flask>=1 ; python_version < "3.14"'),
    ("flask==1 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb", "flask==1"),
    ("flask \\\n  >=1", "flask>=1"),
    ("a==1+local.1", "a==1+local.1"),
    ("git+https://h.org/b.git@main#egg=c[x]&subdirectory=d", "c[x] @ git+https://h.org/b.git@main#subdirectory=d"),
    ("git+https://github.com/a/b.git", "b @ git+https://github.com/a/b.git"),
    ("git+https://h.org/b@v1 ; sys_platform=='linux'", 'b @ git+https://h.org/b@v1 ; sys_platform == "linux"'),
    ("-e git+https://github.com/a/b.git@1#egg=c", "c @ git+https://github.com/a/b.git@1"),
    ("c@git+https://github.com/a/b.git", "c @ git+https://github.com/a/b.git"),
    ("c @ git+https://git@github.com/a/b.git", "c @ git+https://github.com/a/b.git"),
    ("https://h.org/x/foo_bar-1.2-py3-none-any.whl", "foo-bar @ https://h.org/x/foo_bar-1.2-py3-none-any.whl"),
    ("https://h.org/foo-1.2.tar.gz#sha256=" + "a" * 64, "foo @ https://h.org/foo-1.2.tar.gz#sha256=" + "a" * 64),
    ("https://h.org/main.zip#egg=foo", "foo @ https://h.org/main.zip"),
    ("https://github.com/a/b/archive/main.zip", "b @ https://github.com/a/b/archive/main.zip"),
    ("--require-hashes\n-i https://pypi.org/simple\nflask", "flask"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_a_line_is_normalized_without_a_note(reading: Read, line: str, expected: str) -> None:
    found = reading({"requirements.txt": f"# a comment\n{line}\n"})
    assert found.source == "requirements.txt"
    assert texts(found) == [expected]
    assert found.notes == []


NOTED = [
    ("git+ssh://git@github.com/a/b.git@v1", ["b @ git+https://github.com/a/b.git@v1"], "instead of ssh"),
    ("c @ git+ssh://git@github.com:a/b.git", ["c @ git+https://github.com/a/b.git"], "instead of ssh"),
    ("git+git@github.com:a/b.git@v1", ["b @ git+https://github.com/a/b.git@v1"], "instead of ssh"),
    ("git://github.com/a/b.git#egg=b", ["b @ git+https://github.com/a/b.git"], "instead of git"),
    ("c @ http://h.org/c-1.zip", ["c @ https://h.org/c-1.zip"], "instead of http"),
    ("c @ git+https://me:geheim@h.org/c.git", ["c @ git+https://h.org/c.git"], "without the credentials"),
    ("c @ git+https://${TOKEN}@h.org/c.git", [], "variable"),
    ("git+https://${TOKEN}@h.org/c.git", [], "variable"),
    ("hg+https://h.org/c#egg=c", [], "kind hg"),
    ("pkg-resources==0.0.0", [], "setuptools"),
    ("foo @ file:///home/me/foo-1.2-py3-none-any.whl", ["foo==1.2"], "local file"),
    ("foo @ file:///tmp/foo-1.2.tar.gz", ["foo==1.2"], "local file"),
    ("foo @ file:///croot/foo_1659/work", ["foo"], "local file"),
    ("pywin32==306", ['pywin32==306 ; sys_platform == "win32"'], "win32"),
    ("pyobjc-core==9", ['pyobjc-core==9 ; sys_platform == "darwin"'], "darwin"),
    ("appnope==0.1", ['appnope==0.1 ; sys_platform == "darwin"'], "darwin"),
    ("--extra-index-url https://me:geheim@h.org/simple", [], "build secrets"),
    ("-f https://h.org/wheels", [], "neither a directory of wheels"),
    ("--pre", [], "pip.conf"),
    ("-r https://h.org/requirements.txt", [], "copy the file"),
    ("../lib", [], "outside the repository"),
    ("-e /home/me/lib", [], "outside the repository"),
    ("./nothing", [], "no pyproject.toml"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected", "note"), NOTED)
def test_what_changes_is_noted_with_its_line(reading: Read, line: str, expected: list[str], note: str) -> None:
    found = reading({"requirements.txt": f"flask\n{line}\n"})
    assert texts(found) == ["flask", *expected]
    assert len(found.notes) == 1
    assert found.notes[0].startswith("requirements.txt:2: ")
    assert note in found.notes[0]
    assert "geheim" not in repr(found)
    assert "\n" not in found.notes[0]


REFUSED = [
    ("flask=>2", '"flask=>2" is not a requirement; write name>=1.0'),
    ("pip install flask", "is not a requirement"),
    ("flask==={{ version }}", "template"),
    ("{% if x %}", "template"),
    ("-r nothing.txt", "there is no nothing.txt"),
    ("-r ../other.txt", "outside the repository"),
    ("--frobnicate", "no option"),
    ("https://h.org/download", "does not say its name"),
    ("x" * 5000 + " @", "is not a requirement"),
    ("a ; " + "(" * 3000, "is not a requirement"),
    ("a==" + "9" * 4200, "is not a requirement"),
]


@pytest.mark.parametrize(("line", "complaint"), REFUSED)
def test_a_broken_line_is_refused_with_its_place(reading: Read, line: str, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        reading({"requirements.txt": f"flask\n\n{line}\n"})
    message = str(caught.value)
    assert message.startswith("requirements.txt:3: ")
    assert complaint in message
    assert len(message) < 250
    assert "\n" not in message


def test_includes_are_relative_to_their_file_and_may_loop(reading: Read) -> None:
    found = reading(
        {
            "requirements.txt": "-r requirements/prod.txt",
            "requirements/prod.txt": "--requirement=base.txt\ngunicorn",
            "requirements/base.txt": "-rprod.txt\nflask",
        }
    )
    assert texts(found) == ["flask", "gunicorn"]
    assert [declared.evidence.place for declared in found.declared] == [
        "requirements/base.txt:2",
        "requirements/prod.txt:2",
    ]


def test_constraints_pin_and_limit(reading: Read) -> None:
    found = reading(
        {
            "requirements.txt": "-c constraints.txt\nflask>=2\nrequests",
            "constraints.txt": "werkzeug==3.0\nflask<4\nrequests==2.0\nunknown<3\nold==1 ; python_version<'3.0'",
        },
        "3.13",
    )
    assert texts(found) == ["flask>=2,<4", "requests"]
    assert found.locked == {"werkzeug": "3.0", "requests": "2.0"}


def test_the_same_name_twice_is_merged_where_the_markers_are_equal(reading: Read) -> None:
    found = reading({"requirements.txt": "Flask>=2\nflask[async]<3\nflask ; python_version < '3.9'"})
    assert texts(found) == ["Flask[async]>=2,<3", 'flask ; python_version < "3.9"']


LIBRARY = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "x"\ndependencies = ["attrs"]\n'


@pytest.mark.parametrize("line", ["-e ./libs/x", "./libs/x", "libs/x", "x @ file:./libs/x", "-e file:libs/x#egg=x"])
def test_a_project_of_the_tree_is_a_local_package_with_its_requirements(reading: Read, line: str) -> None:
    found = reading({"requirements.txt": f"flask\n{line}\n", "libs/x/pyproject.toml": LIBRARY})
    assert found.local_packages == ["libs/x"]
    assert texts(found) == ["flask", "attrs"]


PROJECT = """[build-system]
requires = ["setuptools"]
[project]
name = "app"
dependencies = ["flask"]
[project.optional-dependencies]
cache = ["redis"]
prod = ["gunicorn"]
all = ["app[cache,prod]"]
"""


@pytest.mark.parametrize(
    ("line", "source", "expected"),
    [
        (".", "pyproject", ["flask", "gunicorn"]),
        ("-e .", "pyproject", ["flask", "gunicorn"]),
        ("-e .[cache]", "pyproject", ["flask", "redis"]),
        (".[all]", "pyproject", ["flask", "redis", "gunicorn"]),
        ("-e .[cache]\nuvicorn", "requirements.txt", ["uvicorn", "flask", "redis"]),
    ],
)
def test_the_project_itself_brings_its_own_requirements(
    reading: Read, line: str, source: str, expected: list[str]
) -> None:
    found = reading({"requirements.txt": line, "pyproject.toml": PROJECT})
    assert found.source == source
    assert texts(found) == expected
    assert found.package is not None
    assert found.package.explicit_install


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_line(reading: Read) -> None:
    found = reading({"requirements.txt": b"\xef\xbb\xbfflask \\\r\n>=2\r\nattrs\r\n"})
    assert texts(found) == ["flask>=2", "attrs"]


def test_a_link_that_leads_outside_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask", encoding="utf-8")
    tree = repository(tmp_path / "inside", {"README": ""})
    (tmp_path / "inside/requirements.txt").symlink_to(tmp_path / "requirements.txt")
    assert read(tree) == Dependencies()


def test_a_file_that_is_too_large_is_refused(reading: Read) -> None:
    with pytest.raises(InputError, match=r"requirements\.txt: cannot be read"):
        reading({"requirements.txt": b"#" * (LARGEST_FILE + 1)})
