"""Scripts in front of the server: their steps, their processes, and those that are run as they are."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from .conftest import CODE, Detect, Files, lines, notes, of, rendered

SHARED = {**CODE, "requirements.txt": "flask\ngunicorn\npsycopg2-binary\ncelery\n"}
GUNICORN = "exec gunicorn shop.web:app --timeout 99\n"
COMMAND = (
    "gunicorn shop.web:app --timeout 99 --bind 0.0.0.0:$PORT --graceful-timeout 8 --worker-tmp-dir /dev/shm"
    " --access-logfile -"
)
CASES = (
    "web() {\n  flask db upgrade\n  THREADS=${THREADS:-4}\n  exec gunicorn shop.web:app --threads $THREADS\n}\n"
    "jobs() {\n  export QUEUES=${QUEUES:-a}\n  exec celery -A shop.tasks worker -Q $QUEUES\n}\n"
    'case "$1" in\n  web) shift; web ;;\n  worker|jobs)\n    shift\n    jobs\n    ;;\n'
    "  beat) exec celery -A shop.tasks beat ;;\n  dev_worker) exec watchmedo auto-restart celery ;;\n"
    '  shell) exec flask shell ;;\n  help) echo help ;;\n  *) exec "$@" ;;\nesac\n'
)
WAITS = (
    "wait_for_db() {\n  for i in $(seq 0 5); do\n    if ! pg_isready -h db; then sleep 2; else return 0; fi\n  done\n"
    "  exit 1\n}\nwait_for_db\nuntil nc -z redis 6379; do echo waiting; sleep 1; done\n"
    "while ! curl -sf http://search:9200; do\n  sleep 1\ndone\n"
    "timeout 30 bash -c 'until echo > /dev/tcp/mq/5672; do sleep 1; done'\n"
    "python << END\nimport psycopg2, time\nwhile True:\n    try:\n        psycopg2.connect('')\n        break\n"
    "    except psycopg2.OperationalError:\n        time.sleep(1)\nEND\n"
)

# What a script says, the words that it is given, and the answers
READ: dict[str, tuple[str, str, dict[str, Any]]] = {
    "migrations of a database of all": (
        f"set -e\nflask db upgrade\nflask seed\n{GUNICORN}",
        "",
        {"release": "flask db upgrade", "prestart": "flask seed", "command": COMMAND},
    ),
    "a script of the project's own, by its path": (
        f"./shop/job.py now\n{GUNICORN}", "", {"prestart": "python shop/job.py now", "command": COMMAND}
    ),
    "a retried migration": (
        f"while true; do\n  flask db upgrade\n  if [[ $? == 0 ]]; then break; fi\n  sleep 5\ndone\n{GUNICORN}",
        "",
        {"release": "flask db upgrade", "command": COMMAND},
    ),
    "a migration until it works": (
        f"until flask db upgrade; do\n  sleep 5\ndone\n{GUNICORN}",
        "",
        {"release": "flask db upgrade", "command": COMMAND},
    ),
    "waits": (WAITS + GUNICORN, "", {"release": None, "prestart": None, "command": COMMAND, "processes": None}),
    "variables with defaults": (
        'PORT="${PORT:-9000}"\nBIND="0.0.0.0:${PORT}"\nexec gunicorn -b "$BIND" -w "${WORKERS:-3}" shop.web:app\n',
        "",
        {
            "command": (
                "gunicorn -b 0.0.0.0:${PORT:-9000} -w ${WORKERS:-3} shop.web:app --graceful-timeout 8"
                " --worker-tmp-dir /dev/shm --access-logfile -"
            ),
            "port": 9000,
        },
    ),
    "a switch with a default": (
        f'MIGRATE=${{MIGRATE:-true}}\nif [ "$MIGRATE" = "true" ]; then\n  flask db upgrade\nfi\n{GUNICORN}',
        "",
        {"release": "flask db upgrade", "command": COMMAND},
    ),
    "a switch that is off by default": (
        f'if [ "${{SEED:-no}}" = yes ]; then flask seed; fi\n{GUNICORN}', "", {"prestart": None, "command": COMMAND}
    ),
    "a default value that is exported": (
        f'if [ -z "$STAGE" ]; then\n  export STAGE=teal\nfi\nexport REGION=north\n{GUNICORN}',
        "",
        {"environment": "STAGE=teal\nREGION=north", "command": COMMAND},
    ),
    "checks of what is needed": (
        f'[ -z "$KEY" ] && echo "KEY is not set"\nif [ -z "$A" ]; then\n  echo no\n  exit 1\nfi\n{GUNICORN}',
        "",
        {"command": COMMAND},
    ),
    "another user": (
        f'if [ "$(id -u)" = 0 ]; then\n  chown -R app /data\n  exec gosu app "$0" "$@"\nfi\n{GUNICORN}',
        "",
        {"command": COMMAND},
    ),
    "the words that it is given": (
        'flask seed\nexec "$@"\n',
        "gunicorn shop.web:app --timeout 99",
        {"prestart": "flask seed", "command": COMMAND},
    ),
    "options that it is given": (
        'if [ "${1#-}" != "$1" ]; then\n  set -- gunicorn shop.web:app "$@"\nfi\nexec "$@"\n',
        "--timeout 99",
        {"command": COMMAND},
    ),
    "processes by the first word": (
        CASES,
        "web",
        {
            "release": "flask db upgrade",
            "processes": "worker: celery -A shop.tasks worker -Q ${QUEUES:-a}\nbeat: celery -A shop.tasks beat",
        },
    ),
    "processes by comparing the first word": (
        ('ROLE="${1:-web}"\nif [ "$ROLE" = "worker" ]; then\n  exec celery -A shop.tasks worker\n'
        'elif [ "$ROLE" = web ]; then\n'
        f"  {GUNICORN}else\n  exec flask shell\nfi\n"),
        "",
        {"command": COMMAND, "processes": "worker: celery -A shop.tasks worker"},
    ),
    "processes in the background": (
        f"celery -A shop.tasks worker -c 2 &\ncelery -A shop.tasks beat &\n{GUNICORN}",
        "",
        {"processes": "worker: celery -A shop.tasks worker -c 2\nbeat: celery -A shop.tasks beat", "command": COMMAND},
    ),
    "all in the background": (
        "trap 'kill $(jobs -p)' TERM\ncelery -A shop.tasks worker &\ngunicorn shop.web:app --timeout 99 &\nwait -n\n",
        "",
        {"processes": "worker: celery -A shop.tasks worker", "command": COMMAND},
    ),
    "another directory": (
        'cd "$(dirname "$0")" || exit 1\ncd shop\nexec gunicorn web:app\n',
        "",
        {"app": "web:app", "python_path": "shop"},
    ),
    "a file with functions": (
        f". ./lib.sh\nprepare\n{GUNICORN}", "", {"prestart": "flask seed", "command": COMMAND}
    ),
    "a list of options": (
        'ARGS=(--timeout 99)\nexec gunicorn shop.web:app "${ARGS[@]}"\n', "", {"command": COMMAND}
    ),
}  # fmt: skip


def written(script: str, words: str = "", first: str = "#!/bin/bash\n") -> Files:
    """A project whose image starts with a script."""
    command = f"CMD {words}\n" if not words else f"CMD {list(words.split())!r}\n".replace("'", '"')
    dockerfile = f'FROM python:3.13\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["/app/start.sh"]\n{command if words else ""}'
    lib = "prepare() {\n  flask seed\n}\n"
    return {**SHARED, "Dockerfile": dockerfile, "start.sh": f"{first}{script}", "lib.sh": lib}


@pytest.mark.parametrize("name", READ)
def test_what_a_script_does_becomes_answers(name: str, detecting: Detect) -> None:
    script, words, expected = READ[name]
    findings = detecting(written(script, words)).findings
    assert of(findings.answers, expected) == expected
    assert "is run as it is" not in notes(findings)


NAMED: dict[str, tuple[str, list[str]]] = {
    "waits": (
        WAITS,
        [
            *("for i in $(seq 0 5) is left out", "until nc -z redis 6379 is left out"),
            *("while curl -sf http://search:9200 is left out", "timeout 30 bash -c", "python << is left out"),
        ],
    ),
    "the default of a switch": (
        'if [ "${SEED:-no}" = yes ]; then flask seed; fi\n',
        ['"${SEED:-no}" = yes ] is decided by the default SEED=no'],
    ),
    "what prepares a machine": ("chown -R app /data\n", ["chown -R app /data is left out"]),
    "variables of a file": (
        "set -a; source .env; set +a\n",
        [". .env is left out: set the variables of its file at run time"],
    ),
    "a log": ("flask seed | tee -a seed.log\n", ["| tee -a seed.log is left out"]),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_what_of_a_script_is_left_out_is_named(name: str, detecting: Detect) -> None:
    script, expected = NAMED[name]
    findings = detecting(written(script + GUNICORN)).findings
    assert findings.answers["command"] == COMMAND
    assert [text for text in expected if text not in notes(findings)] == []


# Scripts that are run as they are, with the reason
KEPT: dict[str, tuple[str, str]] = {
    "a switch that nobody sets": ('if [ "$MIGRATE" = true ]; then flask db upgrade; fi\n', "is asked at start"),
    "the same in short": ('[ -n "${MIGRATE:-}" ] && flask db upgrade\n', "is asked at start"),
    "a variable of another": ('export URL="postgres://$USER_NAME@db/x"\n', "URL is made at start"),
    "a secret's file": ("export TOKEN=$(cat /run/secrets/token)\n", "TOKEN is made at start"),
    "secrets' files": ('for v in A B; do\n  export "$v"="$(cat /run/secrets/$v)"\ndone\n', "sets variables at start"),
    "a program that is not known": ("./tools/prepare --all\n", "it is not known what"),
    "a file that is written": ('echo "$KEY" > key.json\n', "writes a file"),
    "a file in memory": ("touch /tmp/ready\n", "makes a file"),
    "a text for a program": ("flask shell << END\nimport shop\nEND\n", "is fed a text"),
    "a pipe": ("echo 'x' | flask shell\n", "is a pipe"),
    "a loop": ('for name in a b; do\n  flask load "$name"\ndone\n', "is a loop"),
    "a step for when another fails": ("flask db upgrade || flask db stamp\n", "runs where flask db upgrade fails"),
    "a choice of variables": (
        'case "$MODE" in\n  seed) flask seed ;;\n  *) flask check ;;\nesac\n',
        "is asked at start",
    ),
}


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_script_that_is_not_known_is_run_as_it_is(name: str, shell: str, detecting: Detect) -> None:
    script, why = KEPT[name]
    findings = detecting(written(f"{script}exec gunicorn -b :9001 shop.web:app\n", first=f"#!/bin/{shell}\n")).findings
    expected = {
        "framework": "flask", "app": "shop.web:app", "server": "gunicorn", "command": f"{shell} start.sh", "port": 9001,
        "prestart": None, "release": None,
    }  # fmt: skip
    assert of(findings.answers, expected) == expected
    assert f"{shell} start.sh is run as it is" in notes(findings)
    assert why in notes(findings)


def test_a_script_that_is_run_as_it_is_says_what_it_lacks(detecting: Detect) -> None:
    script = 'if [ "$A" = b ]; then flask seed; fi\n/usr/local/bin/gunicorn -b :9001 shop.web:app\n'
    said = notes(detecting(written(script)).findings)
    assert "start.sh: say exec before its last command" in said
    assert "start.sh is to listen on 0.0.0.0 and port 9001, whatever PORT says" in said
    assert "start.sh names /usr/local/bin/gunicorn" in said


@pytest.mark.parametrize(("shell", "expected"), [("bash", "bash"), ("sh", "")])
def test_alpine_gets_the_shell_of_a_script(shell: str, expected: str, detecting: Detect) -> None:
    files = written(f'if [ "$A" = b ]; then flask seed; fi\n{GUNICORN}', first=f"#!/bin/{shell}\n")
    found = detecting(files, given={"base": "alpine"}).findings.answers
    assert [name for name in lines(found, "system_packages") if name == "bash"] == [expected] * bool(expected)


@pytest.mark.parametrize("command", ["bash start.sh", "sh -x start.sh", "./start.sh", "/bin/sh scripts/start.sh web"])
def test_distroless_has_no_shell_for_a_script(command: str) -> None:
    def refused(**given: str) -> list[str]:
        choices = yaml.safe_load(rendered("base", "choices", {"app": "main:app", **given}))
        return [choice["value"] for choice in choices.values() if isinstance(choice, dict) and choice["validator"]]

    assert refused(command=command) == ["distroless"]
    assert refused(command="", app=command, framework="command") == ["distroless"]
    assert refused(command="gunicorn main:app") == []
    assert refused(command="", app="python sh.py", framework="command") == []


def test_scripts_of_cookiecutter_django(detecting: Detect) -> None:
    files = {
        **SHARED,
        "Dockerfile": (
            "FROM python:3.13\nCOPY ./deploy/entrypoint /entrypoint\nCOPY ./deploy/start /start\n"
            'COPY . /app\nWORKDIR /app\nENTRYPOINT ["/entrypoint"]\nCMD ["/start"]\n'
        ),
        "deploy/entrypoint": f'#!/bin/bash\nset -o errexit\n{WAITS}exec "$@"\n',
        "deploy/start": f"#!/bin/bash\nflask db upgrade\n{GUNICORN.replace('gunicorn', '/usr/local/bin/gunicorn')}",
    }
    found = detecting(files).findings.answers
    assert of(found, {"release": "", "command": ""}) == {"release": "flask db upgrade", "command": COMMAND}
    entrypoint = '#!/bin/bash\nexport URL="x://$HOST_NAME"\nexec "$@"\n'
    kept = detecting(files | {"deploy/entrypoint": entrypoint}).findings.answers
    assert kept["command"] == "bash deploy/entrypoint bash deploy/start"


def test_a_process_of_compose_runs_behind_the_script_of_its_image(detecting: Detect) -> None:
    files = written(CASES, "web") | {
        "compose.yaml": (
            "services:\n  web: {build: ., command: web, ports: ['8000:8000']}\n  jobs: {build: ., command: worker}\n"
            "  flower: {build: ., command: celery -A shop.tasks flower}\n"
        )
    }
    found = detecting(files).findings.answers
    assert lines(found, "processes")[:2] == [
        "jobs: QUEUES=a celery -A shop.tasks worker -Q ${QUEUES:-a}", "flower: celery -A shop.tasks flower"
    ]  # fmt: skip
    assert found["app"] == "shop.web:app"


def test_a_step_that_does_not_run_before_a_process_is_named(detecting: Detect) -> None:
    files = written('flask seed\nexec "$@"\n', "gunicorn shop.web:app") | {
        "compose.yaml": "services:\n  web: {build: .}\n  jobs: {build: ., command: celery -A shop.tasks worker}\n"
    }
    findings = detecting(files).findings
    assert findings.answers["processes"] == "jobs: celery -A shop.tasks worker"
    assert "compose.yaml:3: flask seed does not run before jobs" in notes(findings)


def test_scripts_of_a_procfile(detecting: Detect) -> None:
    files = {
        **SHARED,
        "Procfile": "web: gunicorn shop.web:app\nworker: bash worker.sh\nrelease: ./release.sh\n",
        "worker.sh": "#!/bin/bash\n. venv/bin/activate\nexec celery -A shop.tasks worker -Q a\n",
        "release.sh": "#!/bin/sh\nset -e\nflask db upgrade\nflask seed\n",
    }
    found = detecting(files).findings.answers
    assert found["processes"] == "worker: celery -A shop.tasks worker -Q a"
    assert found["release"] == "flask db upgrade && flask seed"


# Where the database is a file, each container has its own
LITE = {"shop/settings.py": "URL = 'sqlite:///x.db'\n"}


@pytest.mark.parametrize("files", [LITE, {"requirements.txt": "flask\ngunicorn\n"}], ids=["sqlite", "no driver"])
def test_migrations_of_a_container_s_own_database_run_at_each_start(files: Files, detecting: Detect) -> None:
    found = detecting({**written(f"flask db upgrade\n{GUNICORN}"), **files}).findings.answers
    assert of(found, {"release": "", "prestart": ""}) == {"release": None, "prestart": "flask db upgrade"}


STARTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "exec": (
        ("import os, subprocess, sys\nsubprocess.run([sys.executable, '-m', 'flask', 'db', 'upgrade'], check=True)\n"
        "os.execvp('gunicorn', ['gunicorn', 'shop.web:app', '--timeout', '99'])\n"),
        {"release": "flask db upgrade", "command": COMMAND},
    ),
    "a main function": (
        ("import os\nimport subprocess\n\ndef main():\n    threads = os.environ.get('THREADS', '4')\n"
        "    subprocess.call(f'gunicorn shop.web:app --threads {threads}', shell=True)\n\n"
        "if __name__ == '__main__':\n    main()\n"),
        {
            "command": (
                "gunicorn shop.web:app --threads ${THREADS:-4} --bind 0.0.0.0:$PORT --graceful-timeout 8"
                " --worker-tmp-dir /dev/shm --access-logfile -"
            )
        },
    ),
    "a worker beside it": (
        ("import os, subprocess\nsubprocess.Popen(['celery', '-A', 'shop.tasks', 'worker'])\n"
        "os.system('gunicorn shop.web:app --timeout 99')\n"),
        {"processes": "worker: celery -A shop.tasks worker", "command": COMMAND},
    ),
    "a condition": (
        ("import os, subprocess\nif os.environ.get('SEED'):\n    subprocess.run(['flask', 'seed'])\n"
        "os.execlp('gunicorn', 'gunicorn', 'shop.web:app', '-b', ':9001')\n"),
        {"command": "python start.py", "port": 9001, "prestart": None, "server": "gunicorn"},
    ),
    "no server": (
        "import subprocess\nsubprocess.run(['ffmpeg', '-i', 'a', 'b'])\n",
        {"framework": "command", "app": "python start.py"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STARTERS)
def test_a_program_that_starts_the_server(name: str, detecting: Detect) -> None:
    program, expected = STARTERS[name]
    found = detecting({**SHARED, "Procfile": "web: python start.py\n", "start.py": program}).findings.answers
    assert of(found, expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("if", "case x in", "((", "[[ a", "f() {", "'", "$(", "<<END", "a <<", "| |", "&&", "while do done"),
        "{ " * 90,
        *("f() { f; }\nf", "shift x", "set -- '", "exec", ". ./start.sh", "for in", "function", "export", "[ a"),
        "eval",
    ],
)  # fmt: skip
def test_a_script_that_is_none_is_no_crash(text: str, detecting: Detect) -> None:
    detecting(written(f"{text}\n{GUNICORN}"))
