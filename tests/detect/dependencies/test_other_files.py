"""Pipfile, environment.yml, setup.cfg and setup.py."""

from __future__ import annotations

import pytest

from copier_slim.errors import InputError

from .conftest import Read, texts

PIPFILE = """[[source]]
url = "https://me:geheim@h.org/simple"
name = "private"
[packages]
a = "*"
b = "==1.0"
c = ">=1,<2"
d = {version = "~=1.1", extras = ["x"], markers = "python_version < '3.14'"}
e = {git = "https://h.org/e.git", ref = "v1", editable = true}
f = {version = "*", sys_platform = "== 'win32'"}
g = {file = "https://h.org/g-1.zip"}
lib = {path = "./libs/x", editable = true}
app = {path = ".", editable = true, extras = ["cache"]}
[dev-packages]
black = "*"
[requires]
python_version = "3.11"
"""
SETUP = "setup(name='app', install_requires=['own'], extras_require={'cache': ['redis']})"


def test_pipfile(reading: Read) -> None:
    found = reading(
        {"Pipfile": PIPFILE, "setup.py": SETUP, "libs/x/setup.cfg": "[options]\ninstall_requires = attrs\n"}
    )
    assert found.source == "pipenv"
    assert texts(found) == [
        "a",
        "b==1.0",
        "c>=1,<2",
        'd[x]~=1.1 ; python_version < "3.14"',
        "e @ git+https://h.org/e.git@v1",
        'f ; sys_platform == "win32"',
        "g @ https://h.org/g-1.zip",
        "attrs",
        "own",
        "redis",
    ]
    assert found.local_packages == ["libs/x"]
    assert [specifier for specifier, _ in found.requires_python] == ["==3.11.*"]
    assert found.package is not None
    assert found.package.explicit_install
    assert [note.partition(": ")[0] for note in found.notes] == ["Pipfile:2"]
    assert "geheim" not in repr(found)


def test_conda_packages_are_guesses(reading: Read) -> None:
    found = reading(
        {
            "environment.yml": """name: app
channels: [conda-forge]
dependencies:
  - python=3.10
  - pip
  - numpy=1.26
  - conda-forge::pandas=2.1.3=py310_0
  - scipy>=1.10,<2
  - pytorch
  - cudatoolkit=11
  - pip:
    - flask>=2
    - -r more.txt
""",
            "more.txt": "redis",
        }
    )
    assert found.source == "conda"
    assert texts(found) == ["numpy==1.26.*", "pandas==2.1.3", "scipy>=1.10,<2", "torch", "flask>=2", "redis"]
    assert [(specifier, evidence.line) for specifier, evidence in found.requires_python] == [("==3.10.*", 4)]
    assert found.notes == [
        "environment.yml: taken from PyPI by Conda's name, which may differ: numpy, pandas, scipy, torch",
        "environment.yml: left out, as PyPI has no such packages: cudatoolkit=11",
    ]


def test_setup_cfg(reading: Read) -> None:
    found = reading(
        {
            "setup.cfg": """[metadata]
name = app
[options]
python_requires = >=3.9
install_requires =
    # a comment
    flask>=2
    attrs; python_version < "3.12"
[options.extras_require]
prod =
    gunicorn
test = pytest
"""
        }
    )
    assert texts(found) == ["flask>=2", 'attrs ; python_version < "3.12"', "gunicorn"]
    assert [declared.evidence.line for declared in found.declared] == [7, 8, 11]
    assert [specifier for specifier, _ in found.requires_python] == [">=3.9"]


SCRIPTS = [
    "setup(install_requires=['flask', 'attrs>=1'])",
    "import setuptools\nreqs = ['flask']\nreqs2 = ['attrs>=1']\nsetuptools.setup(install_requires=reqs + reqs2)",
    "config = {'install_requires': ['flask', 'attrs>=1']}\nsetup(**config)",
    "config = dict(install_requires=('flask', 'attrs>=1'))\nsetup(**config)",
    "setup(install_requires='''\nflask\nattrs>=1\n''')",
    "setup(install_requires=open('deps.txt').read().splitlines())",
    "with open(os.path.join(here, 'deps.txt')) as f:\n    lines = f.read().splitlines()\nsetup(install_requires=lines)",
    "lines = [line.strip() for line in open('deps.txt') if line]\nsetup(install_requires=lines)",
    "def read(name):\n    return open(name).readlines()\nsetup(install_requires=read('deps.txt'))",
    "def deps():\n    return Path('deps.txt').read_text().split()\nsetup(install_requires=deps())",
    "PATH = 'deps.txt'\nlines = open(PATH).readlines()\nsetup(install_requires=[str(line) for line in lines])",
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_setup_py_is_read_and_not_run(reading: Read, script: str) -> None:
    found = reading({"setup.py": f"{script}\nraise SystemExit\n", "deps.txt": "flask\nattrs>=1\n"})
    assert (found.source, texts(found), found.notes) == ("setup.py", ["flask", "attrs>=1"], [])


@pytest.mark.parametrize(
    ("script", "note"),
    [
        ("print 'hello'\n", "setup.py:1: is not Python 3"),
        ("setup(install_requires=compute())", "setup.py:1: install_requires is computed"),
        ("setup(install_requires=" + "(" * 500, "setup.py:1: is not Python 3"),
        ("x\0", "setup.py: is not Python 3"),
    ],
)
def test_a_setup_py_that_cannot_be_read_is_noted(reading: Read, script: str, note: str) -> None:
    found = reading({"setup.py": script})
    assert texts(found) == []
    assert len(found.notes) == 1
    assert found.notes[0].startswith(note)


REFUSED = [
    ({"setup.cfg": "[metadata]\nname\n"}, r"setup\.cfg:2: not valid INI"),
    ({"setup.cfg": "name = x\n"}, r"setup\.cfg:1: not valid INI"),
    ({"setup.cfg": "[options]\ninstall_requires =\n  =>1\n"}, r'setup\.cfg:3: "=>1" is not a requirement'),
    ({"setup.py": "setup(\n install_requires=['=>1'])"}, r'setup\.py:2: "=>1" is not a requirement'),
    ({"environment.yml": "a: [\n}"}, r"environment\.yml:2: not valid YAML"),
    ({"environment.yml": "a: " + "[" * 5000}, r"environment\.yml:1: not valid YAML, nested"),
    ({"environment.yml": "dependencies:\n- pip:\n  - =>1\n"}, r'environment\.yml:3: "=>1" is not a requirement'),
    ({"Pipfile": "[packages\n"}, r"Pipfile:1: not valid TOML"),
    ({"Pipfile": '[packages]\na = "=>1"\n'}, r"Pipfile:2: the version or markers of a"),
    ({"Pipfile": "[packages]\na = 1\n"}, r"Pipfile:2: the version or markers of a"),
    ({"Pipfile": '[packages]\na = "*"\n', "Pipfile.lock": "{\n,"}, r"Pipfile\.lock:2: not valid JSON"),
    ({"Pipfile": '[requires]\npython_version = "x"\n'}, r'Pipfile:2: "==x\.\*" is no version specifier'),
]


@pytest.mark.parametrize(("files", "complaint"), REFUSED)
def test_a_broken_file_is_refused_with_its_place(reading: Read, files: dict[str, str], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        reading(files)
