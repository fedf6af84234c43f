"""Front ends: which build the app serves, by which package manager, from what and where to; and which make nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from copier_slim.detect.repository import detect
from tests.detect.conftest import FASTAPI, FLASK, Files, complaints, repository

SERVES = """\
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

app = FastAPI()
app.mount("/", StaticFiles(directory="{}", html=True))
"""
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
DJANGO: dict[str, str | bytes] = {
    "manage.py": MANAGE,
    "shop/__init__.py": "",
    "shop/wsgi.py": (
        f"{MANAGE}from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    ),
    "shop/settings.py": 'STATICFILES_DIRS = [BASE_DIR / "static"]\n',
    "requirements.txt": "django\n",
}
VITE = {"vite": "7"}


def package(build: str = "vite build", packages: dict[str, str] = VITE, **more: Any) -> str:
    """A package.json with a script `build`."""
    return json.dumps({"scripts": {"build": build} | more.pop("scripts", {}), "devDependencies": packages, **more})


def found(root: Path, files: Files) -> tuple[dict[str, Any], list[str]]:
    """The answers on the front end, which the questionnaire takes, and the notes."""
    findings = detect(repository(root, files), online=False).findings
    assert complaints(findings.answers) == {}
    answers = {name: value for name, value in findings.answers.items() if name.startswith("assets")}
    return answers, [note for note in findings.notes if "package.json" in note or ".npmrc" in note]


def in_folder(folder: str, *, serves: str = "", **files: str) -> dict[str, str | bytes]:
    """A FastAPI app that serves the build of a folder."""
    app = SERVES.format(serves or f"{folder}/dist")
    below = {f"{folder}/{name}": text for name, text in files.items()}
    return {"main.py": app, "requirements.txt": "fastapi\n", **below}


@pytest.mark.parametrize("folder", ["frontend", "web", "ui", "client", "theme/static_src", "packages/site"])
def test_a_build_in_any_folder_is_found(root: Path, folder: str) -> None:
    answers, _ = found(root, in_folder(folder, **{"package.json": package(), "package-lock.json": "{}"}))
    assert answers == {
        "assets": "npm",
        "assets_path": folder,
        "assets_command": "npm run build",
        "assets_output": f"{folder}/dist",
    }


@pytest.mark.parametrize(
    ("files", "manager"),
    [
        ({"package.json": package(), "package-lock.json": "{}"}, "npm"),
        ({"package.json": package(), "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}, "pnpm"),
        ({"package.json": package(), "yarn.lock": "# yarn lockfile v1\n"}, "yarn"),
        ({"package.json": package(), "yarn.lock": "__metadata:\n  version: 8\n"}, "yarn-berry"),
        ({"package.json": package(), "bun.lock": "{}"}, "bun"),
        ({"package.json": package(packageManager="pnpm@9.1.0+sha512.abc"), "package-lock.json": "{}"}, "pnpm"),
        ({"package.json": package(packageManager="yarn@1.22.22"), "yarn.lock": ""}, "yarn"),
        ({"package.json": package(packageManager="yarn@4.1.0"), "yarn.lock": ""}, "yarn-berry"),
    ],
)
def test_the_package_manager_is_the_stated_one_or_that_of_the_lock(
    root: Path, files: dict[str, str], manager: str
) -> None:
    assert found(root, in_folder("ui", **files))[0]["assets"] == manager


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({".nvmrc": "v22.12.0\n"}, "22.12.0"),
        ({".nvmrc": "lts/*\n"}, None),
        ({".node-version": "20"}, "20"),
        ({"ui/.nvmrc": "22", ".nvmrc": "20"}, "22"),
        ({".tool-versions": "python 3.13.1\nnodejs 22.1.0\n"}, "22.1.0"),
        ({"mise.toml": '[tools]\nnode = "22"\n'}, "22"),
        ({"ui/package.json": package(engines={"node": ">=18"})}, "24"),
        ({"ui/package.json": package(engines={"node": "^20.19 || ^22.12"})}, "22"),
        ({"ui/package.json": package(engines={"node": "22.x"})}, "22"),
        ({"ui/package.json": package(engines={"node": ">=18 <23"})}, "22"),
        ({"ui/package.json": package(engines={"node": ">=26"})}, "26"),
        ({"ui/package.json": package(engines={"node": "*"})}, None),
    ],
)
def test_node_is_the_version_that_is_stated(root: Path, files: dict[str, str], version: str | None) -> None:
    answers, _ = found(root, in_folder("ui", **{"package.json": package()}) | files)
    assert answers.get("assets_node") == version


@pytest.mark.parametrize(
    ("script", "packages", "more", "output"),
    [
        ("vite build", VITE, {"vite.config.js": "export default { build: { outDir: '../static/ui' } }"}, "static/ui"),
        (
            "vite build",
            VITE,
            {"vite.config.ts": 'build: {\n    outDir: path.resolve(__dirname, "..", "static", "ui"),\n'},
            "static/ui",
        ),
        ("vite build", VITE, {"vite.config.js": "root: './src',\nbuild: {outDir: '../../static/ui'}"}, "static/ui"),
        ("vite build --outDir ../static/ui --emptyOutDir", VITE, {}, "static/ui"),
        ("tsc -b && vite build --outDir=../static/ui", VITE, {}, "static/ui"),
        (
            "webpack --mode production",
            {"webpack": "5"},
            {"webpack.config.js": "output: {\n  path: path.join(__dirname, '../static/ui'),\n  filename: 'x'}"},
            "static/ui",
        ),
        ("NODE_ENV=production parcel build x.html --dist-dir ../static/ui", {"parcel": "2"}, {}, "static/ui"),
        ("esbuild x.js --bundle --outfile=../static/ui.js", {"esbuild": "0"}, {}, "static/ui.js"),
        ("npx @tailwindcss/cli -i x.css -o ../static/x.css", {"@tailwindcss/cli": "4"}, {}, "static/x.css"),
        ("npm run css && npm run js", VITE, {}, "static/x.css\nui/dist"),
    ],
)
def test_the_output_is_where_the_builder_is_told_to_put_it(
    root: Path, script: str, packages: dict[str, str], more: dict[str, str], output: str
) -> None:
    scripts = {"css": "tailwindcss -i x.css -o ../static/x.css", "js": "vite build"}
    files = in_folder("ui", serves="static", **{"package.json": package(script, packages, scripts=scripts)}, **more)
    assert found(root, files)[0]["assets_output"] == output


def test_tailwind_reads_the_templates(root: Path) -> None:
    answers, _ = found(
        root,
        {
            **DJANGO,
            "package.json": package("tailwindcss -i ui/app.css -o static/app.css", {"tailwindcss": "4"}),
            "tailwind.config.js": "",
            "ui/app.css": "",
            "static/app.css": "",
            "static/logo.svg": "",
            "templates/base.html": "",
            "shop/templates/shop/list.html": "",
            "shop/tests/page.html": "",
            "shop/forms.py": 'name = CharField(widget=TextInput(attrs={"class": "text-lg"}))\n',
            "shop/urls.py": "urlpatterns = []\n",
        },
    )
    assert set(answers["assets_sources"].splitlines()) == {
        "tailwind.config.js", "ui", "templates", "shop/templates", "shop/forms.py",
    }  # fmt: skip


def test_a_theme_of_django_tailwind(root: Path) -> None:
    scripts = {
        "build": "npm run build:clean && npm run build:tailwind",
        "build:clean": "rimraf ../static/css/dist",
        "build:tailwind": "cross-env NODE_ENV=production postcss -o ../static/css/dist/styles.css ./src/styles.css",
        "dev": "cross-env NODE_ENV=development postcss -o ../static/css/dist/styles.css --watch ./src/styles.css",
    }
    packages = {"tailwindcss": "4", "postcss-cli": "11"}
    document = json.dumps({"scripts": scripts, "devDependencies": packages})
    answers, _ = found(
        root,
        DJANGO
        | {
            "requirements.txt": "django\ndjango-tailwind\n",
            "theme/apps.py": "",
            "theme/static_src/package.json": document,
            "theme/templates/base.html": "",
        },
    )
    assert answers["assets_output"] == "theme/static/css/dist/styles.css"
    assert answers["assets_path"] == "theme/static_src"
    assert answers["assets_sources"] == "theme/templates"
    assert "assets_development" not in answers


def test_a_build_that_reads_no_templates_does_not_get_them(root: Path) -> None:
    files = in_folder("ui", **{"package.json": package()}) | {"templates/base.html": "", "static/x.js": ""}
    assert "assets_sources" not in found(root, files)[0]


@pytest.mark.parametrize(
    "document",
    [
        json.dumps({"scripts": {"lint": "eslint .", "test": "playwright test"}, "devDependencies": {"eslint": "9"}}),
        json.dumps({"scripts": {"test": 'echo "Error: no test specified" && exit 1'}}),
        json.dumps({"devDependencies": {"prettier": "3", "vite": "7"}}),
        "{}",
        "[]",
    ],
)
def test_a_package_json_for_linting_or_tests_makes_nothing(root: Path, document: str) -> None:
    assert found(root, {"app.py": FLASK, "requirements.txt": "flask\n", "package.json": document}) == ({}, [])


@pytest.mark.parametrize(
    ("files", "note"),
    [
        ({"docs/package.json": package()}, "no code serves docs/dist"),
        ({"ui/package.json": package("jake all", {"jake": "1"})}, "what its script build makes is not known"),
        ({"ui/package.json": package("gulp build", {"gulp": "5"})}, "its output is not stated"),
        ({"ui/package.json": package("next build", {"next": "16"})}, "that is a server of Node's"),
        ({"ui/package.json": package("vite build", {"vite": "7", "@sveltejs/kit": "2"})}, "that is a server of Node's"),
        ({"ui/package.json": package("rollup -c", {"rollup": "4"})}, "its output is not stated"),
        (
            {"ui/package.json": package(dependencies={"kit": "workspace:*"})},
            "packages that are not in the repository (kit)",
        ),
        ({"ui/package.json": "{"}, "ui/package.json is not read"),
    ],
)
def test_what_cannot_be_told_is_said(root: Path, files: dict[str, str], note: str) -> None:
    answers, notes = found(root, {"main.py": FASTAPI, "requirements.txt": "fastapi\n", **files})
    assert answers == {}
    assert [text for text in notes if note in text]


def test_scripts_of_development_and_of_checks(root: Path) -> None:
    scripts = {"dev": "vite", "lint": "eslint .", "test": "vitest run"}
    answers, _ = found(root, in_folder("ui", **{"package.json": package(scripts=scripts)}))
    assert answers["assets_development"] == "npm run dev -- --host"
    assert answers["assets_port"] == 5173
    assert answers["assets_checks"] == "npm run lint\nnpm run test"


@pytest.mark.parametrize("test", ["playwright test", "cypress run", "ng test", "", 'echo "Error: no test specified"'])
def test_checks_that_the_stage_cannot_run_are_left_out(root: Path, test: str) -> None:
    scripts = {"lint": "eslint .", "test": test}
    assert (
        found(root, in_folder("ui", **{"package.json": package(scripts=scripts)}))[0]["assets_checks"] == "npm run lint"
    )


def test_what_an_installation_without_scripts_leaves_undone_is_done_by_the_build(root: Path) -> None:
    document = package(packages={**VITE, "node-sass": "9"}, scripts={"postinstall": "patch-package"})
    answers, _ = found(root, in_folder("ui", **{"package.json": document, "pnpm-lock.yaml": ""}))
    assert answers["assets_command"].splitlines() == [
        "pnpm rebuild node-sass",
        "pnpm run postinstall",
        "pnpm run build",
    ]


def test_a_hook_of_git_is_not_run(root: Path) -> None:
    document = package(scripts={"postinstall": "husky install"})
    assert found(root, in_folder("ui", **{"package.json": document}))[0]["assets_command"] == "npm run build"


def test_settings_and_a_missing_lock_are_said(root: Path) -> None:
    _, notes = found(root, in_folder("ui", **{"package.json": package(), ".npmrc": "registry=https://npm.acme.dev/\n"}))
    assert any("ui/package.json has no lock, which the build needs: run npm install" in note for note in notes)
    assert any(
        "ui/.npmrc is kept out of the build: if that needs it, pass the build secret .npmrc" in note for note in notes
    )


def test_what_was_made_before_is_taken_as_it_is_where_no_lock_says_from_what(root: Path) -> None:
    made = {"package.json": package(), "dist/assets/site.css": "body {}\n"}
    answers, notes = found(root / "made", in_folder("ui", **made))
    assert answers == {}
    assert (
        "ui/package.json has no lock, and ui/dist has what was made before; for a build in the image run npm"
        in notes[0]
    )
    assert found(root / "locked", in_folder("ui", **made, **{"package-lock.json": "{}"}))[0]["assets"] == "npm"
    assert (
        found(root / "unmade", in_folder("ui", **{"package.json": package(), "dist/site.scss": ""}))[0]["assets"]
        == "npm"
    )


def test_the_build_of_the_python_side_runs_nothing_of_node(root: Path) -> None:
    files = in_folder("ui", **{"package.json": package(), "package-lock.json": "{}"})
    render = {
        "services": [
            {
                "type": "web",
                "name": "shop",
                "runtime": "python",
                "buildCommand": "npm run build && python -m shop.messages",
                "startCommand": "uvicorn main:app",
            }
        ]
    }
    files |= {"render.yaml": json.dumps(render), "shop/messages.py": "print(1)\n", "shop/__init__.py": ""}
    findings = detect(repository(root, files), online=False).findings
    assert findings.value("build_commands") == "python -m shop.messages"


def test_the_evidence_is_the_lock_the_script_and_what_serves(root: Path) -> None:
    files = in_folder("ui", **{"package.json": package(), "package-lock.json": "{}"})
    findings = detect(repository(root, files), online=False).findings
    assert [item.path for item in findings.found["assets"].evidence] == [
        "ui/package-lock.json",
        "ui/package.json",
        "main.py",
    ]
