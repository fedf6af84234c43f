"""Front ends that are members of a workspace: installed from its lock, with the packages that they are built from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.detect.test_front_end import DJANGO, SERVES, found, package

APP = {"main.py": SERVES.format("apps/site/dist"), "requirements.txt": "fastapi\n"}
KIT = json.dumps({"name": "@shop/kit", "scripts": {"build": "tsc"}, "dependencies": {"@shop/words": "workspace:*"}})
WORDS = json.dumps({"name": "@shop/words"})
SITE = package("vite build", {"vite": "7", "@shop/kit": "*"}, name="site", scripts={"dev": "vite", "lint": "eslint ."})
MEMBERS = {
    "apps/site/package.json": SITE, "apps/admin/package.json": json.dumps({"name": "admin"}),
    "packages/kit/package.json": KIT, "packages/words/package.json": WORDS,
}  # fmt: skip
ROOT = json.dumps({"private": True, "workspaces": ["apps/*", "packages/*"], "scripts": {"build": "turbo run build"}})


@pytest.mark.parametrize(
    ("files", "manager", "commands"),
    [
        (
            {"package.json": ROOT, "package-lock.json": "{}"},
            "npm",
            ["npm run build --workspace packages/kit", "npm run build --workspace apps/site"],
        ),
        (
            {
                "package.json": "{}", "pnpm-lock.yaml": "",
                "pnpm-workspace.yaml": "packages:\n  - apps/*\n  - 'packages/**'\n",
            },
            "pnpm",
            ["pnpm --filter ./packages/kit run build", "pnpm --filter ./apps/site run build"],
        ),
        (
            {"package.json": ROOT, "yarn.lock": "# yarn lockfile v1\n"},
            "yarn",
            ["yarn --cwd packages/kit run build", "yarn --cwd apps/site run build"],
        ),
        (
            {"package.json": ROOT, "yarn.lock": "__metadata:\n"},
            "yarn-berry",
            ["yarn workspace @shop/kit run build", "yarn workspace site run build"],
        ),
        (
            {"package.json": ROOT.replace("[", '{"packages": [').replace("]", "]}"), "bun.lock": ""},
            "bun",
            ["bun run --cwd packages/kit build", "bun run --cwd apps/site build"],
        ),
    ],
)  # fmt: skip
def test_a_member_is_built_after_what_it_needs(
    root: Path, files: dict[str, str], manager: str, commands: list[str]
) -> None:
    answers, notes = found(root, APP | MEMBERS | files | {"turbo.json": "{}"})
    assert answers["assets"] == manager
    assert "assets_path" not in answers
    assert answers["assets_command"].splitlines() == commands
    assert set(answers["assets_members"].splitlines()) == {path.removesuffix("/package.json") for path in MEMBERS}
    assert set(answers["assets_sources"].splitlines()) == {
        "apps/site", "packages/kit", "packages/words", "turbo.json",
    }  # fmt: skip
    assert answers["assets_output"] == "apps/site/dist"
    assert answers["assets_checks"] == commands[-1].replace("build", "lint")
    assert not [note for note in notes if "turbo" in note]


def test_a_workspace_in_a_folder(root: Path) -> None:
    members = {f"web/{path}": text for path, text in MEMBERS.items()}
    app = {"main.py": SERVES.format("web/apps/site/dist"), "requirements.txt": "fastapi\n"}
    answers, _ = found(root, app | members | {"web/package.json": ROOT, "web/package-lock.json": "{}"})
    assert answers["assets_path"] == "web"
    assert answers["assets_command"].splitlines()[-1] == "npm run build --workspace apps/site"
    assert "web/packages/kit" in answers["assets_members"].splitlines()
    assert "assets_sources" not in answers


def test_a_package_by_its_path(root: Path) -> None:
    files = {
        "ui/package.json": package("vite build --outDir ../static", {"vite": "7", "kit": "file:../kit"}),
        "ui/package-lock.json": "{}", "kit/package.json": json.dumps({"name": "kit"}),
    }  # fmt: skip
    answers, _ = found(root, DJANGO | files)
    assert answers["assets_path"] == "ui"
    assert answers["assets_members"] == "kit"
    assert answers["assets_sources"] == "kit"


def test_of_several_the_one_that_is_served(root: Path) -> None:
    others = {"docs/package.json": package("astro build", {"astro": "5"}), "package.json": '{"scripts": {"lint": "x"}}'}
    answers, notes = found(root, APP | {"apps/site/package.json": package()} | others)
    assert answers["assets_path"] == "apps/site"
    assert [note for note in notes if note.startswith("docs/package.json: no front-end files are made by astro")]
