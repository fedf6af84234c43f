"""Front ends that a stage of Node in an existing Dockerfile makes: from what, by which Node, and where that goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copier_slim.detect.frontend import stated
from copier_slim.detect.repository import detect
from copier_slim.detect.statements import dockerfile
from copier_slim.detect.tree import Tree
from tests.detect.conftest import FASTAPI, repository
from tests.detect.test_front_end import found, package

DOCKERFILE = """\
FROM node:22.12-alpine AS ui
WORKDIR /ui
COPY ui/package.json ui/package-lock.json ./
RUN npm ci
COPY ui/ .
RUN npm run build

FROM python:3.13-slim
WORKDIR /code
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
COPY --from=ui /ui/dist {}
CMD ["uvicorn", "main:app"]
"""
UI = {"main.py": FASTAPI, "requirements.txt": "fastapi\n", "ui/package.json": package(), "ui/package-lock.json": "{}"}


@pytest.mark.parametrize(
    ("target", "output"),
    [("./ui/dist", "ui/dist"), ("/code/site/", "ui/dist site"), ("site", "ui/dist site")],
)
def test_what_a_stage_makes_goes_where_the_dockerfile_puts_it(root: Path, target: str, output: str) -> None:
    answers, _ = found(root, UI | {"Dockerfile": DOCKERFILE.format(target)})
    assert answers["assets_output"] == output
    assert answers["assets_node"] == "22.12"
    assert answers["assets_command"] == "npm run build"
    findings = detect(root, online=False).findings
    assert not [note for note in findings.notes if "not carried over" in note]


def test_a_builder_that_is_not_known_is_run_as_the_stage_does(root: Path) -> None:
    document = json.dumps({"scripts": {"make": "grunt make"}, "devDependencies": {"grunt": "1"}})
    stage = DOCKERFILE.format("site").replace("npm run build", "npx grunt make --production")
    answers, _ = found(root, UI | {"ui/package.json": document, "Dockerfile": stage})
    assert answers["assets_command"] == "npx grunt make --production"
    assert answers["assets_output"] == "ui/dist site"


def test_a_line_that_needs_a_shell_is_said(root: Path) -> None:
    document = json.dumps({"devDependencies": {"grunt": "1"}})
    stage = DOCKERFILE.format("site").replace("RUN npm run build", "RUN if [ -n x ]; then ./make; fi")
    answers, notes = found(root, UI | {"ui/package.json": document, "Dockerfile": stage})
    assert answers == {}
    assert [note for note in notes if "by a line that needs a shell (if [ -n x ])" in note]


@pytest.mark.parametrize(
    ("run", "command", "said"),
    [
        ("RUN npm run lint && npm test && npm run build", "npm run build", ""),
        (
            "RUN sed -i 's/a/b/' a.html && npm run build",
            "npm run build",
            "does more by a line that needs a shell (sed -i",
        ),
        ('RUN ["npm", "run", "build"]', "npm run build", ""),
    ],
)
def test_what_stands_beside_the_build(root: Path, run: str, command: str, said: str) -> None:
    answers, notes = found(root, UI | {"Dockerfile": DOCKERFILE.format("site").replace("RUN npm run build", run)})
    assert answers["assets_command"] == command
    assert (said in " ".join(notes)) if said else notes == []


def test_only_what_the_build_makes_replaces_files_of_a_shared_folder(root: Path) -> None:
    stage = """\
FROM node:22 AS ui
WORKDIR /app
COPY rollup.config.mjs package.json package-lock.json ./
RUN npm ci
COPY src ./src
COPY shop/static ./shop/static
RUN npm run build
FROM python:3.13-slim
WORKDIR /app
COPY . .
COPY --from=ui /app/shop/static shop/static
CMD ["uvicorn", "main:app"]
"""
    files = {
        "main.py": FASTAPI, "requirements.txt": "fastapi\n", "Dockerfile": stage, "package-lock.json": "{}",
        "package.json": package("rollup -c", {"rollup": "4"}), "src/a.js": "", "shop/static/logo.svg": "",
        "rollup.config.mjs": "output: { file: 'shop/static/bundle.js' }",
    }  # fmt: skip
    answers, _ = found(root, files)
    assert answers["assets_output"] == "shop/static/bundle.js"
    assert answers["assets_sources"].splitlines() == ["rollup.config.mjs", "src", "shop/static"]


def test_a_stage_of_a_workspace_s_member(root: Path) -> None:
    stage = """\
FROM oven/bun:1 AS ui
WORKDIR /app
COPY package.json bun.lock /app/
COPY ui/package.json /app/ui/
WORKDIR /app/ui
RUN bun install
COPY ./ui /app/ui
RUN bun run build
FROM python:3.13
WORKDIR /app
COPY . .
COPY --from=ui /app/site /app/site
CMD ["uvicorn", "main:app"]
"""
    files = {
        "main.py": FASTAPI, "requirements.txt": "fastapi\n", "Dockerfile": stage, "bun.lock": "",
        "package.json": json.dumps({"workspaces": ["ui"]}), "ui/package.json": package("vite build --outDir ../site"),
    }  # fmt: skip
    answers, _ = found(root, files)
    assert answers["assets_command"] == "bun run --cwd ui build"
    assert answers["assets_output"] == "site"
    assert answers["assets_members"] == "ui"


def test_the_root_of_an_image_is_not_reached(root: Path) -> None:
    answers = detect(repository(root, UI | {"Dockerfile": DOCKERFILE.format("/srv/site")}), online=False).findings
    assert [note for note in answers.notes if "not carried over from Dockerfile:13" in note]


def test_python_beside_what_a_stage_copies_is_left_out(root: Path) -> None:
    stage = """\
FROM node:22 AS ui
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY apps ./apps
RUN npm run build
FROM python:3.13-slim
WORKDIR /app
COPY . .
COPY --from=ui /app/dist dist
CMD ["uvicorn", "main:app"]
"""
    files = {
        "main.py": FASTAPI, "requirements.txt": "fastapi\n", "Dockerfile": stage, "package-lock.json": "{}",
        "package.json": package("vite build", {"vite": "7", "tailwindcss": "4"}),
        "apps/shop/views.py": "", "apps/shop/templates/a.html": "", "apps/shop/js/a.js": "",
    }  # fmt: skip
    answers, _ = found(root, files)
    assert set(answers["assets_sources"].splitlines()) == {"apps/shop/templates", "apps/shop/js"}


def test_copies_in_the_form_of_json_are_read_likewise(root: Path) -> None:
    stage = """\
FROM node:22 AS ui
WORKDIR /ui
COPY ["my ui/package.json", "my ui/package-lock.json", "./"]
RUN npm ci
COPY ["my ui/", "."]
RUN npm run build

FROM python:3.13-slim
WORKDIR /code
COPY [".", "."]
COPY --from=ui ["/ui/dist", "my ui/dist"]
CMD ["uvicorn", "main:app"]
"""
    files = {name.replace("ui/", "my ui/"): text for name, text in UI.items()}
    tree = Tree(repository(root, files | {"Dockerfile": stage}))
    made = stated.read(tree, dockerfile.read(tree, (), ["Dockerfile"]))
    assert {folder: item.outputs for folder, item in made.items()} == {"my ui": {"my ui/dist": "my ui/dist"}}


BESIDE = """\
FROM python:3.13-slim
RUN curl -fsSL https://deb.nodesource.com/setup_22.x | bash - && apt-get install -y nodejs
{}
WORKDIR /code
COPY . .
RUN pip install -r requirements.txt
{}
CMD ["uvicorn", "main:app"]
"""


@pytest.mark.parametrize(
    ("run", "command"),
    [
        ("RUN cd ui && npm ci && npm run build", "npm run build"),
        ("WORKDIR /code/ui\nRUN npm ci\nRUN npm run build\nWORKDIR /code", "npm run build"),
        ("RUN npm --prefix ui ci && npm --prefix ui run build", "npm run build"),
        ("RUN cd ui && npm ci && NODE_ENV=production npx vite build", "env NODE_ENV=production npx vite build"),
        ("RUN npm install -g vite && cd ui && npm ci && vite build", "npx vite build"),
    ],
)
def test_a_front_end_that_the_stage_with_python_makes(root: Path, run: str, command: str) -> None:
    document = json.dumps({"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}})
    main = f'{FASTAPI}app.mount("/", StaticFiles(directory="ui/dist"))\n'
    answers, _ = found(root, UI | {"main.py": main, "ui/package.json": document, "Dockerfile": BESIDE.format("", run)})
    assert (answers["assets_command"], answers["assets_output"]) == (command, "ui/dist")
    assert answers["assets_node"] == "22"
    findings = detect(root, online=False).findings
    assert not [note for note in findings.notes if "not carried over" in note]
    assert "nodejs" not in str(findings.value("system_packages"))


def test_what_a_dockerfile_runs_without_a_script_is_named_where_its_output_is_not_known(root: Path) -> None:
    document = json.dumps({"devDependencies": {"gulp": "4"}})
    files = UI | {
        "ui/package.json": document, "ui/gulpfile.js": "module.exports = { local: require('./gulp/local') };",
        "Dockerfile": BESIDE.format("", "RUN cd ui && npm ci && gulp local"),
    }  # fmt: skip
    answers, notes = found(root, files)
    assert answers == {}
    assert [note for note in notes if "--data assets_path=ui --data assets_command='npx gulp local'" in note]


def test_what_the_stage_tells_the_build_by_variables(root: Path) -> None:
    stage = DOCKERFILE.format("site").replace(
        "RUN npm ci\n",
        "ARG VITE_API=/api\nARG VITE_HOST\nENV PUBLIC_PATH=/static/ NPM_CONFIG_LOGLEVEL=warn\nRUN npm ci\n",
    )
    answers, _ = found(root, UI | {"Dockerfile": stage})
    assert answers["assets_command"] == "env VITE_API=/api PUBLIC_PATH=/static/ npm run build"
    notes = detect(root, online=False).findings.notes
    assert [
        note for note in notes if "ARG VITE_HOST is not told to the front end's build, as it has no default" in note
    ]


def test_the_directory_of_a_stage_that_another_is_built_on(root: Path) -> None:
    stage = """\
FROM node:22 AS Ui
ARG HOME_OF=/work
WORKDIR ${HOME_OF}/ui
COPY ui/package*.json ./
RUN npm ci
COPY ui ./
RUN npm run build
FROM python:3.13-slim AS backend
WORKDIR /code
FROM backend
COPY . .
COPY --from=ui ${HOME_OF:-/work}/ui/dist ./site
CMD ["uvicorn", "main:app"]
"""
    assert found(root, UI | {"Dockerfile": stage})[0]["assets_output"] == "ui/dist site"
