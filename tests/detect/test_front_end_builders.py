"""Where each builder puts what it makes, as its configuration says, and by what the Python side is seen to serve it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copier_slim.detect.repository import detect
from tests.detect.conftest import FASTAPI, FLASK
from tests.detect.test_front_end import DJANGO, found, in_folder, package

LOADER = """\
STATICFILES_DIRS = [BASE_DIR / "bundles"]
WEBPACK_LOADER = {"DEFAULT": {"STATS_FILE": BASE_DIR / "webpack-stats.json"}}
"""


@pytest.mark.parametrize(
    ("script", "packages", "more", "output"),
    [
        (
            "vite build",
            ["vite"],
            {"vite.config.js": "root: resolve(__dirname, '..'),\nbuild: {outDir: 'made'}"},
            "made",
        ),
        (
            "vite build --config config/vite.config.mjs",
            ["vite"],
            {"config/vite.config.mjs": "build: { outDir: resolve(__dirname, '../../made') }"},
            "made",
        ),
        (
            "vite build",
            ["vite"],
            {"vite.config.ts": "outDir: fileURLToPath(new URL('../made', import.meta.url)),"},
            "made",
        ),
        (
            "vite build",
            ["vite"],
            {"vite.config.ts": "const out = '../made'\nbuild: { outDir: out, manifest: true }"},
            "made",
        ),
        ("vite build", ["vite"], {"vite.config.js": "build: { outDir: `${__dirname}/../made` }"}, "made"),
        ("vite build --outDir ../made", ["vite"], {}, "made"),
        ("vite build && cp -r dist/. ../made", ["vite"], {}, "made"),
        ("vite build && mv dist ../made", ["vite"], {}, "made"),
        (
            "webpack",
            ["webpack"],
            {"webpack.config.js": "output: { path: __dirname + '/../made', filename: 'x' }"},
            "made",
        ),
        (
            "webpack",
            ["webpack"],
            {"webpack.config.js": "const OUT = path.resolve(__dirname, '..', 'made');\noutput: { path: OUT },"},
            "made",
        ),
        ("webpack --output-path ../made", ["webpack"], {}, "made"),
        ("parcel build src/index.html -d ../made", ["parcel"], {}, "made"),
        ("parcel build src/index.html", ["parcel"], {}, "ui/dist"),
        ("esbuild a.ts --bundle --outdir=../made", ["esbuild"], {}, "made"),
        ("node esbuild.config.js", ["esbuild"], {"esbuild.config.js": "build({ outdir: '../made' })"}, "made"),
        ("tailwindcss -i a.css -o ../made/a.css", ["tailwindcss"], {}, "made/a.css"),
        ("pnpm exec tailwindcss -i a.css -o ../made/a.css", ["tailwindcss"], {}, "made/a.css"),
        ("postcss a.css -o ../made/a.css", ["postcss-cli"], {}, "made/a.css"),
        ("sass src/a.scss:../made/a.css", ["sass"], {}, "made/a.css"),
        ("gulp build", ["gulp"], {"gulpfile.js": "src('a').pipe(dest('../made'))"}, "made"),
        (
            "mix --production",
            ["laravel-mix"],
            {"webpack.mix.js": "mix.setPublicPath('../made').js('a.js', 'js')"},
            "made",
        ),
        ("grunt build", ["grunt"], {"Gruntfile.js": "uglify: {all: {src: 'a.js', dest: '../made/a.js'}}"}, "made/a.js"),
        (
            "grunt",
            ["grunt"],
            {"Gruntfile.js": "sass: {dist: {files: {'../made/a.css': 'a.scss'}}}"},
            "made/a.css",
        ),
        ("mix", ["laravel-mix"], {"webpack.mix.js": "mix.js('a.js', '../made').sass('a.scss', '../made')"}, "made"),
        ("gulp", ["gulp"], {"gulpfile.babel.js": "const OUT = '../made';\nsrc('a').pipe(gulp.dest(OUT))"}, "made"),
        (
            "rollup -c",
            ["rollup"],
            {"rollup.config.js": "[{output: {dir: '../made'}}, {output: [{file: '../made/b.js'}]}]"},
            "made",
        ),
        ("lessc a.less ../made/a.css", ["less"], {}, "made/a.css"),
        ("uglifyjs a.js -o ../made/a.js", ["uglify-js"], {}, "made/a.js"),
        ("bun build a.ts --outdir ../made", ["bun"], {}, "made"),
        ("eleventy --output=../made", ["@11ty/eleventy"], {}, "made"),
        (
            "webpack",
            ["webpack"],
            {"webpack.config.js": "const root = 'made';\noutput: { path: path.resolve(`../${root}/`) },"},
            "made",
        ),
        ("rollup -c", ["rollup"], {"rollup.config.mjs": "output: { file: '../made/a.js' }"}, "made/a.js"),
        ("react-scripts build", ["react-scripts"], {}, "ui/build"),
        ("BUILD_PATH=../made react-scripts build", ["react-scripts"], {}, "made"),
        ("next build", ["next"], {"next.config.mjs": "export default { output: 'export' }"}, "ui/out"),
        (
            "next build",
            ["next"],
            {"next.config.ts": "const config = { output: 'export', distDir: '../made' }"},
            "made",
        ),
        ("ng build", ["@angular/cli"], {"angular.json": '{"outputPath": "../made"}'}, "made"),
        ("ng build", ["@angular/cli"], {"angular.json": '{"outputPath": {"base": "../made", "browser": ""}}'}, "made"),
        ("ng build", ["@angular/cli"], {"angular.json": "{}"}, "ui/dist"),
        ("vue-cli-service build --dest ../made", ["@vue/cli-service"], {}, "made"),
        (
            "vite build",
            ["vite", "@sveltejs/kit", "@sveltejs/adapter-static"],
            {"svelte.config.js": "adapter: adapter({ pages: '../made', assets: '../made' })"},
            "made",
        ),
        (
            "vite build",
            ["vite", "@sveltejs/kit", "@sveltejs/adapter-static"],
            {"svelte.config.js": "import adapter from '@sveltejs/adapter-static'\nadapter: adapter()"},
            "ui/build",
        ),
        ("astro build", ["astro"], {"astro.config.mjs": "outDir: '../made'"}, "made"),
        ("turbo-less && astro build", ["astro"], {}, "ui/dist"),
    ],
)
def test_the_output_is_where_the_configuration_says(
    root: Path, script: str, packages: list[str], more: dict[str, str], output: str
) -> None:
    document = package(script, dict.fromkeys(packages, "1"))
    files = in_folder("ui", serves=output, **{"package.json": document}, **more)
    assert found(root, files)[0].get("assets_output") == output


@pytest.mark.parametrize(
    ("script", "packages", "more"),
    [
        ("webpack", ["webpack"], {"webpack.config.js": "output: { path: outputOf(process.env.TARGET) }"}),
        ("gulp build", ["gulp"], {"gulpfile.js": "dest(isLocal ? 'a' : 'b'); dest('../made')"}),
        ("vite build", ["vite"], {"vite.config.js": "build: { outDir: process.env.OUT || 'dist' }"}),
    ],
)
def test_an_output_that_cannot_be_told_is_asked_for_and_not_guessed(
    root: Path, script: str, packages: list[str], more: dict[str, str]
) -> None:
    document = package(script, dict.fromkeys(packages, "1"))
    answers, notes = found(root, in_folder("ui", serves="ui/dist", **{"package.json": document}, **more))
    assert answers == {}
    assert any("its output is not stated; add --data assets=npm --data assets_path=ui" in note for note in notes)


@pytest.mark.parametrize(
    ("scripts", "command"),
    [
        ({"compile": "vite build", "go": "vite", "lint": "eslint ."}, "npm run compile"),
        (
            {"build": 'concurrently "npm:make" "npm run lint"', "make": "vite build", "lint": "eslint ."},
            "npm run build",
        ),
        ({"postinstall": "npm run bundle-app", "bundle-app": "vite build"}, "npm run postinstall"),
    ],
)
def test_a_script_of_any_name_that_builds(root: Path, scripts: dict[str, str], command: str) -> None:
    document = json.dumps({"scripts": scripts, "devDependencies": {"vite": "7"}})
    answers, _ = found(root, in_folder("ui", **{"package.json": document}))
    assert (answers["assets_command"], answers["assets_output"]) == (command, "ui/dist")


@pytest.mark.parametrize("scripts", [{"go": "vite"}, {"analyze": "vite build"}, {"watch-all": "vite build --watch"}])
def test_a_script_that_builds_nothing_for_production_is_none(root: Path, scripts: dict[str, str]) -> None:
    document = json.dumps({"scripts": scripts, "devDependencies": {"vite": "7"}})
    assert found(root, in_folder("ui", **{"package.json": document})) == ({}, [])


@pytest.mark.parametrize("line", ["cd ui && npx gulp build", "cd ui; node_modules/.bin/gulp build"])
def test_a_makefile_s_command_of_a_builder_that_no_script_starts(root: Path, line: str) -> None:
    document = json.dumps({"devDependencies": {"gulp": "5"}})
    files = in_folder("ui", **{"package.json": document, "gulpfile.js": "src('a').pipe(dest('dist'))"})
    answers, _ = found(root, files | {"Makefile": f"watch:\n\tcd ui && npx gulp watch\nassets:\n\t{line}\n"})
    assert (answers["assets_command"], answers["assets_output"]) == ("npx gulp build", "ui/dist")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "render.yaml",
            (
                "services:\n- {type: web, name: x, runtime: python, startCommand: uvicorn main:app,"
                " buildCommand: pip install -r requirements.txt && cd ui && npm ci && npm run build}\n"
            ),
        ),
        ("nixpacks.toml", "[phases.build]\ncmds = ['npm --prefix ui ci && npm --prefix ui run build']\n"),
    ],
)
def test_a_platform_s_build_of_it_is_not_said_to_be_left_out(root: Path, file: str, text: str) -> None:
    document = package(packages={"vite": "7"})
    answers, _ = found(root, in_folder("ui", **{"package.json": document}) | {file: text})
    assert answers["assets_command"] == "npm run build"
    assert not [note for note in detect(root, online=False).findings.notes if "front-end files" in note]


def test_a_script_that_only_goes_to_another_package_json_is_not_asked_about(root: Path) -> None:
    top = json.dumps({"scripts": {"heroku-postbuild": "cd ui && npm install && npm run build"}})
    assert found(root, in_folder("ui", **{"package.json": package()}) | {"package.json": top})[1] == [
        "ui/package.json has no lock, which the build needs: run npm install and commit package-lock.json"
    ]


def test_files_of_the_repository_beside_what_is_made_stay(root: Path) -> None:
    files = {
        "app.py": FLASK, "requirements.txt": "flask\n", "static/robots.txt": "", "a.js": "",
        "package.json": package("esbuild a.js --outdir=static", {"esbuild": "0"}),
    }  # fmt: skip
    answers, _ = found(root, files)
    assert answers["assets_output"] == "static"
    assert "static" in answers["assets_sources"].splitlines()


def test_a_builder_that_no_script_starts_is_said(root: Path) -> None:
    document = json.dumps({"devDependencies": {"gulp": "5"}})
    answers, notes = found(root, in_folder("ui", **{"package.json": document, "gulpfile.js": "dest('../static')"}))
    assert answers == {}
    said = "no script starts gulp, which ui/gulpfile.js configures"
    assert [
        note for note in notes if said in note and "--data assets_path=ui --data assets_command='npx gulp …'" in note
    ]


def test_the_script_for_production_goes_before_one_for_development(root: Path) -> None:
    scripts = {"build": "webpack --mode development", "build:prod": "webpack --mode production"}
    document = json.dumps({"scripts": scripts, "devDependencies": {"webpack": "5"}})
    assert found(root, in_folder("ui", **{"package.json": document}))[0]["assets_command"] == "npm run build:prod"


@pytest.mark.parametrize(
    "files",
    [
        DJANGO | {"shop/settings.py": 'STATICFILES_DIRS = [BASE_DIR / "ui" / "dist"]\n'},
        DJANGO | {"shop/settings.py": 'STATICFILES_DIRS = [os.path.join(BASE_DIR, "ui/dist")]\n'},
        DJANGO | {"requirements.txt": "django\ndjango-vite\n"},
        DJANGO | {"requirements.txt": "django\ndjango-webpack-loader\n"},
        {"app.py": FLASK.replace("__name__", '__name__, static_folder="ui/dist"'), "requirements.txt": "flask\n"},
        {
            "backend/app/__init__.py": "", "requirements.txt": "fastapi\n",
            "backend/app/main.py": f"{FASTAPI}UI = Path(__file__).parents[2] / 'ui' / 'dist'\n",
        },
    ],
)  # fmt: skip
def test_what_the_python_side_serves_is_seen(root: Path, files: dict[str, str | bytes]) -> None:
    assert found(root, files | {"ui/package.json": package()})[0]["assets_output"] == "ui/dist"


def test_a_folder_beside_the_module_is_seen(root: Path) -> None:
    files = {
        "backend/app/main.py": f'{FASTAPI}UI = Path(__file__).parent / "site"\n', "requirements.txt": "fastapi\n",
        "ui/package.json": package("vite build --outDir ../backend/app/site"),
    }  # fmt: skip
    assert found(root, files)[0]["assets_output"] == "backend/app/site"


def test_a_template_that_names_a_built_file(root: Path) -> None:
    files = {
        "app.py": FLASK, "requirements.txt": "flask\n", "templates/a.html": "<script src='/made/app.js'></script>",
        "package.json": package("esbuild a.js --outfile=made/app.js", {"esbuild": "0"}),
    }  # fmt: skip
    assert found(root, files)[0]["assets_output"] == "made/app.js"


def test_the_stats_by_which_webpack_s_files_are_found(root: Path) -> None:
    files = DJANGO | {
        "shop/settings.py": LOADER, "requirements.txt": "django\ndjango-webpack-loader\n",
        "package.json": package("webpack", {"webpack": "5"}),
        "webpack.config.js": "output: { path: path.resolve('./bundles') },\nplugins: [new BundleTracker()]",
    }  # fmt: skip
    assert found(root, files)[0]["assets_output"].splitlines() == ["bundles", "webpack-stats.json"]


def test_compose_and_other_files_at_the_root_are_not_read_by_the_build(root: Path) -> None:
    files = DJANGO | {
        "package.json": package("vite build --outDir static"), "vite.config.js": "", "index.html": "",
        "compose.yaml": "services: {}\n", "docker-compose.prod.yml": "services: {}\n", "renovate.json": "{}",
        "tsconfig.json": "{}",
    }  # fmt: skip
    read = found(root, files)[0]["assets_sources"].splitlines()
    assert {"vite.config.js", "index.html", "tsconfig.json"} <= set(read)
    assert not {"compose.yaml", "docker-compose.prod.yml", "renovate.json"} & set(read)


@pytest.mark.parametrize(
    ("scripts", "commands", "output"),
    [
        (
            {"build:css": "tailwindcss -i a.css -o static/a.css", "build:js": "esbuild a.js --outdir=static/js"},
            ["npm run build:css", "npm run build:js"],
            ["static/a.css", "static/js"],
        ),
        (
            {"build:css": "tailwindcss -i a.css -o static/a.css", "watch:css": "tailwindcss -i a.css -o x.css --watch"},
            ["npm run build:css"],
            ["static/a.css"],
        ),
        (
            {"build": "npm run build:js", "build:js": "esbuild a.js --outdir=static/js", "build:dev": "esbuild b.js"},
            ["npm run build"],
            ["static/js"],
        ),
    ],
)
def test_each_part_is_built_where_no_script_builds_all(
    root: Path, scripts: dict[str, str], commands: list[str], output: list[str]
) -> None:
    document = json.dumps({"scripts": scripts, "devDependencies": {"tailwindcss": "4", "esbuild": "0"}})
    answers, _ = found(root, {"app.py": FLASK, "requirements.txt": "flask\n", "package.json": document})
    assert answers["assets_command"].splitlines() == commands
    assert answers["assets_output"].splitlines() == output
