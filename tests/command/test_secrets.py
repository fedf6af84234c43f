"""What `copy` writes and says of a project that has credentials in its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command.running import FLASK, command, commit, write

SECRET = "Zq7hunter2Xw"  # noqa: S105 none
URL = f"git+https://x-access-token:{SECRET}@github.com/x/private2.git"
PROJECTS = {
    "a requirement's URL": {"requirements.txt": f"flask\n{URL}\n# {URL}\n"},
    "queries, comments and options": {
        "requirements.txt": f"--index-url https://u:{SECRET}@host.example/simple\n"
        f"flask  # https://u:{SECRET}@host.example, https://u:<password>@host.example\n"
        f"private2 @ https://host.example/private2-1.0.tar.gz?X-Amz-Signature={SECRET}&token={SECRET}\n"
    },
    "an old Dockerfile": {
        "Dockerfile": f"FROM python:3.12\nENV MYSQL_PWD={SECRET} PGPASS={SECRET} GITHUB_PAT={SECRET} secretkey={SECRET}"
        f" DB=postgres://u:{SECRET}@h/x SENTRY_DSN=https://{SECRET}@o1.ingest.sentry.io/1 SALT={SECRET} MODE=fast\n"
        f"RUN SECRET_KEY={SECRET} flask digest compile\nCMD gunicorn web:site\n"
    },
    "variables that take it from others": {
        "Dockerfile": f"ARG REGISTRY_TOKEN={SECRET}\nFROM python:3.12\nARG GH_TOKEN={SECRET}\nENV PGPASS={SECRET}\n"
        'ENV ONE="$GH_TOKEN" TWO=user:${PGPASS} MODE=fast FOUR=${DB_PASSWORD:-' + SECRET + "}\n"
        "ENV THREE=$ONE FIVE=$FOUR SIX=$REGISTRY_TOKEN\nWORKDIR /srv/$TWO\nCMD gunicorn web:site --env X=$ONE\n"
    },
    "start commands": {
        "Procfile": f"release: flask db upgrade --token={SECRET}\n"
        "web: python job.py --db amqp://u:{SECRET}@h --key {SECRET}\n",
        "job.py": "from http.server import HTTPServer\n",
    },
    "what is refused": {"requirements.txt": f"flask\nnot a requirement https://u:{SECRET}@h/x\n"},
}


@pytest.mark.parametrize("files", PROJECTS.values(), ids=PROJECTS)
def test_no_credential_is_written_or_said(files: dict[str, str], tmp_path: Path, template: Path) -> None:
    project = commit(write(tmp_path / "shop", FLASK | files))
    done = command(
        "copy", "--defaults", "--no-lock", "--offline", "--template", template, ".", cwd=project, COPIER_SLIM_DEBUG="1"
    )
    assert done.code == (3 if "not a" in files.get("requirements.txt", "") else 0), done.err
    assert SECRET not in done.out + done.err
    for path in project.rglob("*"):
        name = path.relative_to(project).as_posix()
        if path.is_file() and not name.startswith(".git/") and name not in files:
            assert SECRET not in path.read_text(encoding="utf-8"), name
    if "MYSQL_PWD" in files.get("Dockerfile", ""):
        assert SECRET not in (project / "Dockerfile").read_text(encoding="utf-8")
        assert 'MODE="fast"' in (project / "Dockerfile").read_text(encoding="utf-8")
        for name in ("MYSQL_PWD", "PGPASS", "GITHUB_PAT", "secretkey", "DB", "SENTRY_DSN", "SALT"):
            assert f"{name} may be a secret" in done.out


def test_a_requirement_is_named_by_its_repository(tmp_path: Path, template: Path) -> None:
    project = commit(write(tmp_path / "shop", FLASK | PROJECTS["a requirement's URL"]))
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, ".", cwd=project)
    assert done.code == 0, done.err
    lines = (project / "requirements.in").read_text(encoding="utf-8").splitlines()
    assert "private2 @ git+https://github.com/x/private2.git" in lines
    assert "taken without the credentials in its URL" in done.out


def test_what_an_allow_list_let_in_of_secrets_is_told_and_kept_out(tmp_path: Path, template: Path) -> None:
    own = {".dockerignore": "*\n!app/**\n!web.py\n", "app/.env": "A=b\n", "app/x.py": "", "customers/users.csv": "x\n"}
    project = commit(write(tmp_path / "shop", FLASK | own))
    done = command("copy", "--defaults", "--no-lock", "--offline", "--template", template, ".", cwd=project)
    assert done.code == 0, done.err
    assert "!app/** let in app/.env, kept out because of a name like a secret's" in done.out
    lines = (project / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert (
        lines.index("*") < lines.index("!app/**") < lines.index("!requirements.in") < lines.index("**/.[Ee][Nn][Vv]*")
    )


def test_an_answer_with_a_credential_is_refused_and_not_shown(bare: Path, template: Path) -> None:
    done = command(
        *["copy", "--defaults", "--no-lock", "--offline", "--template", template, "."],
        *["--data", f"environment=DB=postgres://u:{SECRET}@h/x"],
        cwd=bare,
    )
    done.fails(3)
    assert SECRET not in done.out + done.err


@pytest.mark.parametrize("argument", [f"https://u:{SECRET}@h/x.git", f"--password={SECRET}"])
def test_an_argument_is_not_shown_as_it_is(argument: str, bare: Path) -> None:
    done = command("copy", "--defaults", "--offline", "--template", argument, ".", cwd=bare)
    assert done.code
    assert SECRET not in done.out + done.err


def test_update_tells_what_lines_at_the_end_let_in(project: Path) -> None:
    with (project / ".dockerignore").open("a", encoding="utf-8") as file:
        file.write("!certs/server.key\n")
    write(project, {"certs/server.key": "x\n"})
    commit(project)
    done = command("update", "--defaults", "--no-lock", cwd=project)
    assert done.code == 0, done.err
    assert ".dockerignore: !certs/server.key lets in certs/server.key" in done.out
