"""`docker build`: what it is given, its progress, its failures, its end by an interrupt."""

from __future__ import annotations

import csv
import os
import sys
import time
from pathlib import Path

import pytest

from copier_slim.engine import builds
from copier_slim.engine.steps import count
from copier_slim.errors import InputError, ToolError
from copier_slim.lock.failures import network_failure
from tests.lock.conftest import Docker

LOG = """\
#0 building with "default" instance using docker driver

#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 3.95kB done
#2 [internal] load metadata for docker.io/library/python:3.14-slim-trixie
#2 DONE 0.0s
#7 [compile 1/3] RUN --mount=type=cache,target=/root/.cache/pip     pip install --no-input pip-tools==7.6.2
#7 1.547 Collecting pip-tools==7.6.2
#8 [linux/amd64 compile 2/3] COPY requirements.in requirements.tx[t] ./
#9 [compile 3/3] RUN --mount=type=cache,target=/root/.cache     pip-compile --quiet      --output-file requirements.txt
#9 0.500   WARNING: [compile 1/3] RUN is no step here
#9 [compile 3/3] RUN --mount=type=cache,target=/root/.cache     pip-compile --quiet      --output-file requirements.txt
#9 0.6 Collecting flask
#9 0.7   Collecting jinja2>=3 (from flask)
#9 0.8   Collecting flask<3 (from shop)
#9 DONE 0.7s
#10 [build 3/9] RUN [ -f requirements.txt ] || { echo 'No requirements.txt yet, make it: docker build' >&2; exit 1; }
#11 exporting to client directory
#11 copying files 392B done
"""
MIRROR = "r.example.com/python:3.14"


def build(context: Path, told: list[str] | None = None) -> None:
    progress = told.append if told is not None else lambda _: None
    builds.build(context, target="lock", output=None, tag=None, progress=progress)


def test_tells_each_step_once_in_a_few_words(fake_docker: Docker, tmp_path: Path) -> None:
    fake_docker.answers(log=LOG)
    told: list[str] = []
    build(tmp_path, told)
    assert told == [
        "look up docker.io/library/python:3.14-slim-trixie",
        "compile: pip install …",
        "compile: pip install …, 1 package",
        "compile: COPY requirements.in requirements.tx[t] ./",
        "compile: pip-compile …",
        "compile: pip-compile …, 1 package",
        "compile: pip-compile …, 2 packages",
        "build: [ -f requirements.txt ] || { echo 'No requirements.txt yet …",
        "exporting to client directory",
    ]


DOCKERFILE = """\
FROM python:3.14-slim-trixie AS base
WORKDIR /app
FROM base AS compile
RUN --mount=type=cache,target=/root/.cache/pip \\
    pip install --no-input pip-tools==7.6.2
COPY requirements.in requirements.tx[t] ./
ENV A=b
RUN --mount=type=bind,from=settings,target=/mnt <<EOF
RUN is no step here
pip-compile --quiet
EOF
FROM scratch AS settings
COPY a b
FROM scratch AS lock
COPY --from=compile /app/requirements.txt /
FROM base AS runtime
RUN true
"""


@pytest.mark.parametrize(("target", "steps"), [("lock", 6), ("LOCK", 6), ("3", 6), (None, 2), ("base", 1), ("no", 0)])
def test_the_steps_of_a_build_are_those_of_what_it_is_made_from(target: str | None, steps: int) -> None:
    assert count(DOCKERFILE, target) == steps


def test_a_here_document_of_data_hides_no_step() -> None:
    assert (
        count("FROM a\nRUN cat <<END > /f\nRUN is data\nEND\nCOPY a b\nRUN <<END\none\ntwo\nEND\nRUN true\n", None) == 4
    )


@pytest.mark.parametrize("dockerfile", ["", "RUN true", "FROM a AS b\nFROM b AS a\nRUN true\n", "FROM", "\0"])
def test_a_dockerfile_that_is_none_has_few_steps(dockerfile: str) -> None:
    assert count(dockerfile, None) <= 1


def test_tells_how_far_it_is(fake_docker: Docker, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    fake_docker.answers(log=LOG)
    told: list[str] = []
    build(tmp_path, told)
    assert told[1:7] == [
        "step 1 of 6, compile: pip install …",
        "step 1 of 6, compile: pip install …, 1 package",
        "step 2 of 6, compile: COPY requirements.in requirements.tx[t] ./",
        "step 3 of 6, compile: pip-compile …",
        "step 3 of 6, compile: pip-compile …, 1 package",
        "step 3 of 6, compile: pip-compile …, 2 packages",
    ]


def test_passes_its_options_on_and_asks_for_buildkit(fake_docker: Docker, tmp_path: Path) -> None:
    builds.build(
        tmp_path, target="x", output=tmp_path / "out", tag="a:b", build_args={"UPGRADE": "1 2"}, progress=print
    )
    assert fake_docker.call["buildkit"] == "1"
    assert fake_docker.call["argv"] == [
        *("build", "--progress", "plain", "--target", "x", "--output", f"type=local,dest={tmp_path / 'out'}"),
        *("--tag", "a:b", "--build-arg", "UPGRADE=1 2", str(tmp_path)),
    ]
    builds.build(tmp_path, target=None, output=None, tag=None, progress=print)
    assert fake_docker.call["argv"] == ["build", "--progress", "plain", str(tmp_path)]


def test_a_folder_with_a_comma_is_one_folder(fake_docker: Docker, tmp_path: Path) -> None:
    builds.build(tmp_path, target="x", output=tmp_path / 'a, "b"', tag=None, progress=print)
    argv = fake_docker.call["argv"]
    option = argv[argv.index("--output") + 1]
    assert next(csv.reader([option])) == ["type=local", f'dest={tmp_path}/a, "b"']


def test_this_machine_s_proxies_go_to_the_build_without_their_passwords(
    fake_docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in builds.PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://me:geheim@proxy.example.com:3128")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:3128")
    monkeypatch.setenv("no_proxy", "example.com")
    build(tmp_path)
    argv = fake_docker.call["argv"]
    lent = {argv[at + 1] for at, word in enumerate(argv) if word == "--build-arg"}
    assert lent == {"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"}
    monkeypatch.delenv("HTTPS_PROXY")
    build(tmp_path)
    assert "--build-arg" not in fake_docker.call["argv"]


def test_the_text_of_a_certificate_goes_to_a_dockerfile_that_asks_for_it(
    fake_docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = "--mount=type=secret,id=COMPANY_CA,required=true,target=/mnt/secret:COMPANY_CA"
    (tmp_path / "Dockerfile").write_text(f"FROM x\nRUN {mount} true\n", encoding="utf-8")
    monkeypatch.setenv("COMPANY_CA", "text")
    build(tmp_path)
    assert "id=COMPANY_CA,env=COMPANY_CA" in fake_docker.call["argv"]
    fake_docker.answers(log="ERROR: failed to solve: secret COMPANY_CA: not found\n", code=1)
    with pytest.raises(InputError, match="COMPANY_CA is not set"):
        build(tmp_path)


def test_the_agent_is_lent_to_a_dockerfile_that_asks_for_it(
    fake_docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\nRUN --mount=type=ssh,required=true true\n", encoding="utf-8")
    for socket, given in ("/run/agent", ["--ssh", "default"]), ("", ["--target", "lock"]):
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        build(tmp_path)
        assert fake_docker.call["argv"][-3:-1] == given


def test_the_user_s_netrc_goes_to_a_dockerfile_that_asks_for_it(
    fake_docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    asking = "FROM x\nRUN --mount=type=cache,target=/c \\\n    --mount=type=secret,id=netrc,required=true true\n"
    secret = ["--secret", f"id=netrc,src={tmp_path / '.netrc'}"]
    for dockerfile, netrc, given in (asking, False, []), (asking, True, secret), ("FROM x\n", True, []):
        (tmp_path / "Dockerfile").write_text(dockerfile, encoding="utf-8")
        if netrc:
            (tmp_path / ".netrc").touch()
        build(tmp_path)
        argv = fake_docker.call["argv"]
        assert (argv[-3:-1] if "--secret" in argv else []) == given


@pytest.mark.parametrize(
    ("login", "refused"),
    [
        ("machine index.example login ann password pässwörd", True),
        ("machine index.example login änn password word", True),
        ("default login ann password пароль", True),
        ("machine other.example login ann password pässwörd", False),
        ("machine index.example login ann password word", False),
        ("machine index.example nonsense", False),
    ],
)
def test_a_login_that_pip_would_send_wrongly_is_refused(
    fake_docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: str, refused: object
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / ".netrc").write_text(f"{login}\n", encoding="utf-8")
    index = 'ENV PIP_INDEX_URL="https://index.example:8443/simple/"\n'
    (tmp_path / "Dockerfile").write_text(f"FROM x\n{index}RUN --mount=type=secret,id=netrc true\n", encoding="utf-8")
    if refused:
        with pytest.raises(InputError, match=r"~/\.netrc: the login for index\.example .*; have a token") as raised:
            build(tmp_path)
        assert "word" not in str(raised.value)
    else:
        build(tmp_path)
        assert fake_docker.call["argv"][-3] == "--secret"


def test_the_variables_of_an_index_go_to_a_dockerfile_that_asks_for_them(
    fake_docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "UV_INDEX_ACME_USERNAME", "UV_INDEX_ACME_PASSWORD"
    mounts = " ".join(f"--mount=type=secret,id={name}" for name in names)
    (tmp_path / "Dockerfile").write_text(f"FROM x\nRUN {mounts} true\nRUN {mounts} true\n", encoding="utf-8")
    build(tmp_path)
    assert "--secret" not in fake_docker.call["argv"]
    for name in names:
        monkeypatch.setenv(name, "geheim")
    build(tmp_path)
    expected = [word for name in names for word in ("--secret", f"id={name},env={name}")]
    assert fake_docker.call["argv"][-5:-1] == expected


def test_a_failing_command_comes_with_its_output_and_the_log(fake_docker: Docker, tmp_path: Path) -> None:
    fake_docker.fails("pip-compile --quiet", "one\n  two")
    with pytest.raises(builds.BuildError, match=r"^docker build: pip-compile --quiet failed$") as caught:
        build(tmp_path)
    assert caught.value.command == "pip-compile --quiet"
    assert caught.value.output == "one\n  two"
    assert caught.value.log.startswith("#9 [compile 3/3]")
    assert caught.value.log.endswith("exit code: 1\n")


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (
            "ERROR: Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?\n",
            "the Docker Engine failed: Cannot connect to the Docker daemon at unix:///x.sock.",
        ),
        (
            "#4 0.1 ERROR: not this one\nERROR: failed to receive status: rpc error: code = Unavailable: EOF\n",
            "the Docker Engine failed: failed to receive status: rpc error: code = Unavailable: EOF",
        ),
        (
            "ERROR: failed to solve: python:3.99: failed to resolve source metadata for d.io/python:3.99: not found\n",
            "the base image python:3.99 cannot be pulled: not found",
        ),
        ("Killed\n", "the Docker Engine failed: Killed"),
        ("", "the Docker Engine failed: it said nothing"),
        (
            f"ERROR: failed to solve: {MIRROR}: failed to resolve source metadata for {MIRROR}: 401 Unauthorized\n",
            f"the base image {MIRROR} cannot be pulled: 401 Unauthorized; if it is there, run: docker login",
        ),
        (
            "ERROR: BuildKit is enabled but the buildx component is missing or broken.\n       Install it\n",
            "docker has no BuildKit, which the Dockerfile needs; install its buildx component",
        ),
    ],
)
def test_a_failing_engine_is_told_in_one_line(fake_docker: Docker, tmp_path: Path, log: str, message: str) -> None:
    fake_docker.answers(log=log, code=1)
    with pytest.raises(builds.BuildError) as caught:
        build(tmp_path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert caught.value.command == ""


@pytest.mark.parametrize(
    "why", ["dockerfile parse error on line 3: unknown instruction: FORM", 'target stage "lock" could not be found']
)
def test_an_unreadable_dockerfile_is_the_input_s_fault(fake_docker: Docker, tmp_path: Path, why: str) -> None:
    fake_docker.answers(log=f"ERROR: failed to build: failed to solve: {why}\n", code=1)
    with pytest.raises(InputError, match=why):
        build(tmp_path)


@pytest.mark.parametrize(
    ("log", "mend"), [("unset ssh forward key default", "ssh-add"), ("secret netrc: not found", r"write one with")]
)
def test_a_credential_that_is_not_there_is_named(fake_docker: Docker, tmp_path: Path, log: str, mend: str) -> None:
    fake_docker.answers(log=f"ERROR: failed to build: failed to solve: {log}\n", code=1)
    with pytest.raises(InputError, match=mend):
        build(tmp_path)


def test_answers_as_docker_version_does(fake_docker: Docker) -> None:
    assert builds.answers()
    fake_docker.answers(engine=False)
    assert not builds.answers()


def test_without_docker_nothing_answers_and_nothing_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not builds.answers()
    with pytest.raises(ToolError, match="docker cannot be started: No such file or directory"):
        build(tmp_path)


def test_an_interrupt_ends_the_command() -> None:
    started: list[int] = []

    def interrupt(line: str) -> None:
        started.append(int(line))
        raise KeyboardInterrupt

    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        builds.stream([sys.executable, "-c", code], env=os.environ, each=interrupt)
    assert time.monotonic() - begun < 30
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)


# Of a step that another build had begun: all that it wrote is repeated at the end alone
SHARED = """\
#7 [compile 1/4] RUN apt-get update && apt-get install --yes --no-install-recommends         libffi-dev
#7 ERROR: process "/bin/sh -c apt-get update && apt-get install --yes --no-install-recommends         libffi-dev" did not complete successfully: exit code: 100
------
 > [compile 1/4] RUN apt-get update && apt-get install --yes --no-install-recommends         libffi-dev:
10.71 Err:1 http://deb.debian.org/debian trixie InRelease
10.71   Temporary failure resolving 'deb.debian.org'
11.12 E: Unable to locate package libffi-dev
------
Dockerfile:12
"""  # noqa: E501


def test_what_a_failed_step_said_is_read_where_it_is_repeated_too(fake_docker: Docker, tmp_path: Path) -> None:
    fake_docker.answers(log=SHARED, code=1)
    with pytest.raises(builds.BuildError) as raised:
        build(tmp_path)
    assert raised.value.output.splitlines()[1] == "  Temporary failure resolving 'deb.debian.org'"
    assert "deb.debian.org cannot be reached" in str(network_failure(raised.value.output))


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        (
            'invalid SOURCE_DATE_EPOCH: yesterday: strconv.ParseInt: parsing "yesterday": invalid syntax',
            InputError,
            "SOURCE_DATE_EPOCH is yesterday, which is no number of seconds; unset it",
        ),
        (
            "failed to extract layer: unsupported media type application/vnd.oci.image.layer.v1.tar+zstd",
            builds.BuildError,
            "cannot read a layer compressed by zstd; update it to Docker 23",
        ),
        (
            "failed to register layer: Error processing tar file(exit status 1): archive/tar: invalid tar header",
            builds.BuildError,
            "cannot read a layer compressed by zstd",
        ),
    ],
)
def test_a_date_that_is_none_and_an_engine_without_zstd_are_one_line(
    fake_docker: Docker, tmp_path: Path, said: str, error: type[Exception], message: str
) -> None:
    fake_docker.answers(log=f"ERROR: failed to build: failed to solve: {said}\n", code=1)
    with pytest.raises(error, match=message) as raised:
        build(tmp_path)
    assert "\n" not in str(raised.value)
