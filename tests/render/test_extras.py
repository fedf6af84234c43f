"""What ships the image: each extra, on answers that differ, is accepted by the tools that read it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from fnmatch import fnmatch
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import yaml

from copier_slim import catalog
from tests.conftest import Render

# Answers that change what the extras say
SAMPLE: dict[str, dict[str, Any]] = {
    "default": {},
    "database": {"dependencies": "psycopg[binary]>=3\nredis", "writable_paths": "uploads\n/data", "port": 80},
    "every-service": {"dependencies": "asyncpg\npymysql\npymongo\nredis\npika\npymemcache"},
    "worker": {"framework": "celery", "package_tool": "uv"},
    "processes": {
        "framework": "django",
        "dependencies": "celery[redis]\npsycopg",
        "processes": "worker: celery -A config worker\nclock: python clock.py\nadmin: uvicorn admin:app --port $PORT",
        "release": "python manage.py migrate",
        "schedules": "report: 0 3 * * mon python manage.py report",
        "writable_paths": "uploads",
    },
    "command": {"framework": "command", "project_name": "0x"},
    "listening-command": {"framework": "command", "app": "serve --port $PORT", "port": 9808, "project_name": "null"},
    "beside-the-code": {"framework": "django", "writable_paths": ".", "health_path": "", "project_name": "A.b c_d"},
    "longest": {"framework": "streamlit", "project_name": "x" * 63 + "9", "base": "distroless"},
    "alpine": {"base": "alpine", "python_version": "3.13", "install_project": True},
    "by-ssh": {"dependencies": "house @ git+ssh://git@git.example.com/team/house.git@v1"},
    "uv-lock": {"dependency_source": "uv.lock", "package_tool": "uv"},
    "pdm-lock": {"dependency_source": "pdm.lock"},
    "pyproject": {"dependency_source": "pyproject.toml", "dependency_groups": "prod [postgres]"},
    "cooldown": {"cooldown": 7, "cooldown_exempt": "acme-core acme-web", "package_tool": "uv"},
    "cooldown-for-all": {"cooldown": 30},
    "indexes": {"indexes": "acme=https://pypi.acme.example/simple house-style", "package_tool": "uv"},
    "signed-by-a-key": {"signature": "key"},
    "signed-through-a-mirror": {"signature": "key", "registry": "mirror.example.com/hub/", "package_tool": "uv"},
    "not-signed": {"signature": "none"},
    "private-index": {"private_index": "https://pypi.example.com/simple/", "dependencies": "psycopg"},
}


@pytest.fixture(scope="module", params=SAMPLE)
def project(request: pytest.FixtureRequest, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with all extras."""
    return render(tmp_path_factory.mktemp("extras") / "shop", extras=list(EXTRAS), **SAMPLE[request.param])


# What each extra writes
EXTRAS: dict[str, set[str]] = {
    "bake": {"docker-bake.hcl"},
    "compose": {"compose.yaml"},
    "ci-github": {".github/workflows/container.yml"},
    "dependabot": {".github/dependabot.yml"},
    "devcontainer": {".devcontainer/devcontainer.json"},
    "renovate": {"renovate.json"},
    "ci-gitlab": {".gitlab-ci.yml"},
    "kubernetes": {"kubernetes.yaml", "kustomization.yaml"},
    "quadlet": {".config/containers/systemd/shop.container"},
}


def run(*words: str | Path, at: Path, expected: int = 0) -> str:
    """What a program of the tests' environment or of this machine prints; skips where it is not installed."""
    name, *rest = words
    own, checkers = Path(sysconfig.get_path("scripts")), Path(sys.prefix, "checkers")
    folders = [own, checkers / "bin", checkers / "node_modules/.bin", os.environ["PATH"]]
    program = shutil.which(name, path=os.pathsep.join(map(str, folders)))
    if not program:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([program, *rest], cwd=at, capture_output=True, text=True, check=False)
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def deployment(project: Path) -> dict[str, Any]:
    """The pod's specification."""
    resources = yaml.safe_load_all((project / "kubernetes.yaml").read_text(encoding="utf-8"))
    found = next(resource for resource in resources if resource["kind"] == "Deployment")
    spec: dict[str, Any] = found["spec"]["template"]["spec"]
    return spec


def test_every_extra_of_the_question_is_tested(questions: dict[str, Any]) -> None:
    assert set(questions["extras"]["choices"].values()) == set(EXTRAS)


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_writes_its_files_and_changes_no_other(render: Render, tmp_path: Path, extra: str) -> None:
    without, with_extra = render(tmp_path / "a/shop"), render(tmp_path / "b/shop", extras=[extra])
    files = {str(path.relative_to(with_extra)) for path in with_extra.rglob("*") if path.is_file()}
    assert EXTRAS[extra] <= files
    for name in files - EXTRAS[extra] - {".copier-answers.yml"} - ({"Dockerfile"} if extra == "renovate" else set()):
        assert (without / name).read_bytes() == (with_extra / name).read_bytes(), name


def test_what_ships_the_image_is_not_in_it(project: Path) -> None:
    lines = (project / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.removeprefix("**/") for line in lines if line and not line.startswith("#")]
    for name in set().union(*EXTRAS.values()):
        first = name.split("/")[0]
        assert any(fnmatch(first, pattern) for pattern in patterns), name


def test_compose_is_what_docker_compose_reads(project: Path) -> None:
    (project / "secrets").mkdir(exist_ok=True)
    (project / "secrets/app.env").touch()
    told = json.loads(run("docker", "compose", "config", "--format", "json", at=project))
    assert told["services"]["app"]["cap_drop"] == ["ALL"]
    assert run("docker", "compose", "--profile", "*", "config", "--quiet", at=project) == ""


def test_bake_builds_the_image_alone_where_compose_is_beside_it(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", extras=["bake", "compose"], **SAMPLE["database"])
    plan = json.loads(run("docker", "buildx", "bake", "--print", at=project))
    assert set(plan["target"]) == {"image"}


def test_compose_starts_what_the_dependencies_talk_to(render: Render, tmp_path: Path) -> None:
    for number, packages in enumerate(zip_longest(*(row.packages for row in catalog.services().values()))):
        implied = {name for name, package in zip(catalog.services(), packages, strict=True) if package}
        requirements = [re.sub(AS_EXTRA, r"\1[\2]", package) for package in packages if package]
        project = render(
            tmp_path / str(number), dependencies="\n".join(requirements), starter=False, extras=["compose"]
        )
        assert set(load(project / "compose.yaml")["services"]) == {"app", *implied}, requirements


# Names of services.yml that are no packages but a package's extras
AS_EXTRA = r"^(celery|huey|kombu|saq|faststream|psycopg)-([a-z]+)$"


def test_the_passwords_commands_make_every_file_that_compose_reads(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "shop", extras=["compose"], **SAMPLE["every-service"])
    head = (project / "compose.yaml").read_text(encoding="utf-8").partition("\nname:")[0]
    commands = re.findall(r"^#   (.*)$", head, re.MULTILINE)
    subprocess.run(["sh", "-euc", "\n".join(commands)], cwd=project, check=True)
    compose = load(project / "compose.yaml")
    files = {secret["file"] for secret in compose["secrets"].values()} | {"secrets/app.env"}
    assert all((project / file).stat().st_size for file in files)
    variables = (project / "secrets/app.env").read_text(encoding="utf-8").splitlines()
    stated = [name for row in catalog.services().values() for name in row.secrets]
    assert [line.split("=")[0] for line in variables] == stated


def test_the_workflow_passes_actionlint_and_zizmor_at_their_strictest(project: Path) -> None:
    workflow = project / ".github/workflows/container.yml"
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow), at=project)
    run("zizmor", "--offline", "--persona", "pedantic", str(workflow), at=project)
    run("actionlint", str(workflow), at=project)


def test_the_workflow_pins_its_actions_and_asks_for_no_more_rights_than_it_needs(project: Path) -> None:
    workflow = load(project / ".github/workflows/container.yml")
    text = (project / ".github/workflows/container.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in used)
    assert workflow["permissions"] == {}
    rights = {name: set(job["permissions"]) for name, job in workflow["jobs"].items()}
    # Where later builds of a commit can give the same image
    assert rights.pop("rebuild", {"contents", "packages"}) == {"contents", "packages"}
    signature = load(project / ".copier-answers.yml")["signature"]
    assert rights == {
        "check": {"contents"},
        "image": {"contents", "packages", "security-events"},
        "tag": {"packages", *(["id-token"] if signature == "keyless" else [])},
        **({} if signature == "none" else {"verify": {"contents", "packages"}}),
    }
    assert bool(re.search(r"secrets\.COSIGN_", text)) is (signature == "key")
    assert not re.search(r"--build-arg|secrets\.(?!NETRC|SSH_KEY|UV_INDEX_ACME_|COSIGN_P)", text), (
        "a secret in a build argument would be in the provenance"
    )


PIPELINES = {"ci-github": ".github/workflows/container.yml", "ci-gitlab": ".gitlab-ci.yml"}


@pytest.mark.parametrize("extra", PIPELINES)
def test_a_pipeline_signs_by_its_identity_by_a_key_or_not_at_all(render: Render, tmp_path: Path, extra: str) -> None:
    texts = {
        signature: (render(tmp_path / signature, extras=[extra], signature=signature) / PIPELINES[extra]).read_text()
        for signature in ("keyless", "key", "none")
    }
    assert re.search(r"cosign sign --yes --recursive \"\$(?:IMAGE|image)\"", texts["keyless"])
    assert re.search(r"id-token: write|aud: sigstore", texts["keyless"])
    assert "--certificate-identity" in texts["keyless"]
    assert "COSIGN_PRIVATE_KEY" not in texts["keyless"]
    assert "--key env://COSIGN_PRIVATE_KEY" in texts["key"]
    assert "cosign verify --key cosign.pub" in texts["key"]
    assert not re.search(r"id-token: write|aud: sigstore|--certificate", texts["key"])
    assert not re.search(r"(?i)cosign|--attested|git describe", texts["none"])


def test_only_a_new_pipeline_signs_by_default(render: Render, tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text("stages: [test]\n", encoding="utf-8")
    render(tmp_path, extras=["ci-gitlab"])
    assert load(tmp_path / ".copier-answers.yml")["signature"] == "none"
    assert load(render(tmp_path / "new", extras=["ci-gitlab"]) / ".copier-answers.yml")["signature"] == "keyless"


def test_what_takes_the_newest_system_packages_is_not_compared_with_a_later_build(
    render: Render, tmp_path: Path
) -> None:
    for extra, path in PIPELINES.items():
        floating = render(tmp_path / extra, extras=[extra], dependencies="psycopg2") / path
        assert "git describe" not in floating.read_text(encoding="utf-8")
        assert "git describe" in (render(tmp_path / f"{extra}-none", extras=[extra]) / path).read_text(encoding="utf-8")


def test_the_workflow_builds_on_a_native_runner_for_each_platform(project: Path) -> None:
    image = load(project / ".github/workflows/container.yml")["jobs"]["image"]
    runners = {row["platform"]: row["runner"] for row in image["strategy"]["matrix"]["include"]}
    assert runners == {"amd64": "ubuntu-24.04", "arm64": "ubuntu-24.04-arm"}


def test_gitlab_takes_its_pipeline(project: Path) -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", ".gitlab-ci.yml", at=project)
    pipeline = load(project / ".gitlab-ci.yml")
    for name, job in pipeline.items():
        if "script" not in job:
            continue
        assert job["stage"] in pipeline["stages"]
        parents = [job["extends"]] if isinstance(job.get("extends"), str) else job.get("extends", [])
        assert set(parents) <= set(pipeline)
        # As a runner joins them; dash complains where a word or a quote is not closed
        subprocess.run(["dash", "-n"], input="\n".join(job["script"]), text=True, check=True)
        assert all(isinstance(line, str) for line in job["script"]), f"{name}: a line is read as a mapping"


def test_kubernetes_takes_every_resource(project: Path, tmp_path: Path) -> None:
    resources = tmp_path / "resources.yaml"
    resources.write_text(run("kubectl", "kustomize", ".", at=project), encoding="utf-8")
    run("kubernetes-validate", "--strict", "--quiet", str(resources), at=tmp_path)


def test_kubernetes_is_restricted_and_outlasts_the_server(project: Path) -> None:
    pod = deployment(project)
    container = pod["containers"][0]
    answers = load(project / ".copier-answers.yml")
    assert pod["securityContext"]["runAsUser"] == answers.get("uid", 10001)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is (answers.get("writable_paths") != ".")
    pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    assert pod["terminationGracePeriodSeconds"] > pause + SERVER_GRACE


# What every server gives a request in flight, in seconds; see servers.yml
SERVER_GRACE = 8

# Why a check of Checkov's is not heeded; its other 80 or so are
UNHEEDED = {
    "CKV_K8S_8": "a command that does not listen has nothing to ask",
    "CKV_K8S_9": "what does not listen gets no requests",
    "CKV_K8S_14": "the tag is the user's to fill in",
    "CKV_K8S_22": "the app was said to write beside its code",
    "CKV_K8S_35": "DATABASE_URL and its like are read from the environment",
    "CKV_K8S_43": "the digest is what CI pushed",
    "CKV2_K8S_6": "which pods may talk to each other is the cluster's",
}


def test_kubernetes_passes_checkov(project: Path, tmp_path: Path) -> None:
    resources = tmp_path / "resources.yaml"
    resources.write_text(run("kubectl", "kustomize", ".", at=project), encoding="utf-8")
    command = ["checkov", "--quiet", "--compact", "--framework", "kubernetes", "--skip-check", ",".join(UNHEEDED)]
    run(*command, "--file", str(resources), at=tmp_path)


def test_a_command_that_nothing_asks_runs_once(render: Render, tmp_path: Path) -> None:
    project = render(tmp_path / "bot", extras=["kubernetes"], **SAMPLE["command"])
    resources = list(yaml.safe_load_all((project / "kubernetes.yaml").read_text(encoding="utf-8")))
    assert [resource["kind"] for resource in resources] == ["Deployment"]
    assert resources[0]["spec"]["replicas"] == 1
    assert resources[0]["spec"]["strategy"] == {"type": "Recreate"}


def test_renovate_takes_its_configuration(project: Path) -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.renovate", "renovate.json", at=project)
    run("renovate-config-validator", "--strict", "renovate.json", at=project)


@pytest.mark.parametrize("tool", ["pip-tools", "uv"])
def test_the_lock_s_head_is_a_command_that_renovate_runs(render: Render, tmp_path: Path, tool: str) -> None:
    """https://github.com/renovatebot/renovate/blob/main/lib/modules/manager/pip-compile/common.ts names the options."""
    known = {"--allow-unsafe", "--generate-hashes", "--strip-extras", "--output-file=requirements.txt"}
    project = render(tmp_path / "shop", extras=["renovate"], package_tool=tool)
    dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
    stated = re.search(r'CUSTOM_COMPILE_COMMAND="(.*)"', dockerfile)
    assert stated
    program, *options = stated[1].removesuffix(" requirements.in").replace("uv pip compile", "uv").split()
    assert program == {"pip-tools": "pip-compile", "uv": "uv"}[tool]
    assert set(options) <= known
    compiled = re.search(r"^ +(?:pip-compile|uv pip compile) (?:.*\n)*?.*requirements\.in$", dockerfile, re.MULTILINE)
    assert compiled
    # Renovate's run is to give what this stage gives
    assert set(options) - {"--output-file=requirements.txt"} <= set(compiled[0].split())


def test_dependabot_takes_its_configuration(project: Path) -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml", at=project)
    run("zizmor", "--offline", "--persona", "pedantic", ".github", at=project)


def test_dependabot_looks_only_where_there_is_something(render: Render, tmp_path: Path) -> None:
    def ecosystems(name: str, **answers: Any) -> list[str]:
        project = render(tmp_path / name, **answers)
        return [row["package-ecosystem"] for row in load(project / ".github/dependabot.yml")["updates"]]

    assert ecosystems("alone", extras=["dependabot"]) == ["docker", "pip"]
    everything = {"extras": ["dependabot", "ci-github", "compose"], "dependencies": "redis"}
    assert ecosystems("all", **everything) == ["docker", "pip", "github-actions", "docker-compose"]
    assert not (tmp_path / "alone/.github/workflows").exists()


def test_development_uses_a_stage_that_the_image_is_made_from(project: Path) -> None:
    text = (project / ".devcontainer/devcontainer.json").read_text(encoding="utf-8")
    container = json.loads(re.sub(r"^ *//.*$", "", text, flags=re.MULTILINE))
    dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
    assert f" AS {container['build']['target']}\n" in dockerfile
    assert (project / ".devcontainer" / container["build"]["dockerfile"]).resolve() == project / "Dockerfile"
    assert container["name"] == load(project / ".copier-answers.yml")["project_name"]
    assert container["workspaceFolder"] == "/app"
    stage = container["build"]["target"]
    below = re.findall(rf"^FROM (\S+) AS {stage}$", dockerfile, re.MULTILINE)
    assert any(f"--from={name} /opt/venv" in dockerfile for name in (stage, *below))
