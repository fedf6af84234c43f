"""Task queues in a repository: what their processes lack or get, and apps whose worker nothing states."""

from __future__ import annotations

import pytest

from tests.detect.conftest import FLASK, Answers, Detect, Files, notes

CELERY = "from celery import Celery\napp = Celery('shop')\n"
HUEY = "from huey import RedisHuey\nqueue = RedisHuey('shop')\n"
DRAMATIQ = "import dramatiq\nfrom dramatiq.brokers.redis import RedisBroker\nbroker = RedisBroker()\n"
TASKIQ = "from taskiq_redis import ListQueueBroker\nbroker = ListQueueBroker('redis://x')\n"
ARQ = "async def add(context): ...\nclass WorkerSettings:\n    functions = [add]\n"
NONE = "no broker's package is among the dependencies; add "
RQ = "from redis import Redis\nfrom rq import Queue\nqueue = Queue(connection=Redis())\n"


def with_worker(line: str, requirements: str) -> Files:
    return {"web.py": FLASK, "requirements.txt": requirements, "Procfile": f"web: gunicorn web:app\nworker: {line}\n"}


@pytest.mark.parametrize(
    ("line", "requirements", "said"),
    [
        ("celery -A tasks worker", "flask\n", "celery is not among the dependencies, so it cannot start"),
        ("rq worker", "flask\nredis\n", "rq is not among the dependencies, so it cannot start; add rq"),
        ("celery -A tasks worker", "flask\ncelery\n", f"{NONE}celery[redis]"),
        ("dramatiq tasks", "flask\ndramatiq\n", f"{NONE}dramatiq[redis]"),
        ("huey_consumer tasks.huey", "flask\nhuey\n", f"{NONE}huey redis"),
        ("taskiq worker t:b", "flask\ntaskiq\n", f"{NONE}taskiq taskiq-redis"),
    ],
)  # fmt: skip
def test_what_a_worker_lacks_is_said_in_one_line(detecting: Detect, line: str, requirements: str, said: str) -> None:
    found = [note for note in detecting(with_worker(line, requirements)).findings.notes if "among the dep" in note]
    assert len(found) == 1
    assert found[0].startswith(f"Procfile:2: worker: {said}")


@pytest.mark.parametrize(
    ("line", "requirements"),
    [
        ("celery -A tasks worker", "flask\ncelery[redis]\n"),
        ("celery -A tasks worker", "flask\ncelery\nlibrabbitmq\n"),
        ("rq worker", "flask\nrq\n"),
        ("python manage.py rqworker", "flask\ndjango-rq\n"),
        ("arq tasks.WorkerSettings", "flask\narq\n"),
        ("dramatiq tasks", "flask\ndramatiq[rabbitmq]\n"),
        ("python run.py celery worker", "flask\n"),
    ],
)
def test_a_worker_that_has_all_is_not_mentioned(detecting: Detect, line: str, requirements: str) -> None:
    assert "among the dependencies" not in notes(detecting(with_worker(line, requirements)).findings)


def test_a_given_process_is_read_as_a_stated_one(detecting: Detect) -> None:
    files = {"web.py": FLASK, "requirements.txt": "flask\n"}
    found = detecting(files, given={"processes": "queue: rq worker --pid /run/rq.pid"}).findings
    assert "the answer processes: queue: rq is not among the dependencies, so it cannot start; add rq" in found.notes
    assert (
        "the answer processes: queue: --pid /run/rq.pid is left out: a container has its own way to tell" in found.notes
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("taskiq worker tasks:broker --reload", "--reload is left out: code in an image does not change"),
        ("dramatiq tasks --watch .", "--watch . is left out: code in an image does not change"),
        ("dramatiq tasks", "added, as a container needs it: --processes $WEB_CONCURRENCY, --worker-"),
        ("celery -A tasks worker --logfile=w.log", "--logfile=w.log is left out: a container logs to its"),
        ("celery -A tasks worker -D", "-D is left out: the container ends with its first process"),
        ("celery -A tasks beat -s /var/x", "-s /var/x is left out unless writable_paths has it"),
        ("huey_consumer.py tasks.huey -w 2", "huey_consumer.py becomes huey_consumer, its name in all releases"),
    ],
)  # fmt: skip
def test_each_change_of_a_worker_s_command_is_named(detecting: Detect, line: str, said: str) -> None:
    found = detecting(with_worker(line, "flask\n")).findings
    assert found.value("processes") == f"worker: {line}"
    assert f"Procfile:2: worker: {said}" in notes(found)


@pytest.mark.parametrize(
    ("code", "requirements", "line"),
    [
        (CELERY, "flask\ncelery\n", "celery -A tasks:app worker"),
        (RQ, "flask\nrq\n", "rq worker"),
        (ARQ, "flask\narq\n", "arq tasks.WorkerSettings"),
        (DRAMATIQ, "flask\ndramatiq[redis]\n", "dramatiq tasks"),
        (HUEY, "flask\nhuey\nredis\n", "huey_consumer tasks.queue"),
        (TASKIQ, "flask\ntaskiq-redis\ntaskiq\n", "taskiq worker tasks:broker"),
    ],
)
def test_an_app_of_a_queue_without_a_stated_worker_is_offered(
    detecting: Detect, code: str, requirements: str, line: str
) -> None:
    files = {"web.py": FLASK, "tasks.py": code, "requirements.txt": requirements}
    found = detecting(files).findings
    assert f"its worker is not stated; add --data 'processes=worker: {line}'" in notes(found)
    assert found.offered == [f"worker: {line}"]
    stated = {**files, "Procfile": f"web: gunicorn web:app\nq: {line}\n"}
    assert detecting(stated).findings.offered == []


ALONE: dict[str, tuple[str, str, str]] = {
    "dramatiq": (f"{DRAMATIQ}\n\n@dramatiq.actor\ndef add(): ...\n", "dramatiq tasks", "dramatiq[redis]"),
    "dramatiq, whose broker stands elsewhere": (
        "import dramatiq\n\n\n@dramatiq.actor\ndef add(): ...\n", "dramatiq tasks", "dramatiq[redis]",
    ),
    "huey": (HUEY, "huey_consumer tasks.queue", "redis"),
    "arq": (ARQ, "arq tasks.WorkerSettings", "arq"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_a_worker_is_started_where_there_is_nothing_else(name: str, answers: Answers) -> None:
    code, command, needed = ALONE[name]
    found = answers({"tasks.py": code})
    assert (found["framework"], found["app"]) == ("command", command)
    assert needed in found["dependencies"].splitlines()


def test_a_script_is_started_before_the_worker_of_its_queue(answers: Answers) -> None:
    assert answers({"tasks.py": HUEY, "main.py": "import tasks\nprint(tasks.queue)\n"})["app"] == "python main.py"


@pytest.mark.parametrize(
    ("guarded", "framework"), [("app.start()", "celery"), ("app.worker_main(['worker'])", "command")]
)
def test_what_hands_over_to_celery_s_own_program_is_its_worker(guarded: str, framework: str, answers: Answers) -> None:
    found = answers({"main.py": f"{CELERY}\nif __name__ == '__main__':\n    {guarded}\n"})
    assert found["framework"] == framework


@pytest.mark.parametrize(
    ("code", "app"),
    [
        (
            f"{DRAMATIQ}\n\n@dramatiq.actor\ndef add(): ...\n\n\nif __name__ == '__main__':\n    add.send()\n",
            "dramatiq example",
        ),
        ("if __name__ == '__main__':\n    print('hello')\n", "python example.py"),
    ],
)
def test_an_example_is_started_where_there_is_nothing_else(code: str, app: str, detecting: Detect) -> None:
    found = detecting({"example.py": code, "test_example.py": "print(1)\n"}).findings
    assert found.answers["app"] == app
    assert "example.py is an example, and started as there is nothing else" in notes(found)


def test_a_list_of_the_project_s_own_is_said_to_have_the_queue_and_its_broker(detecting: Detect) -> None:
    files = {
        "web.py": FLASK,
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask", "rq", "redis"]\n',
        "Procfile": "web: gunicorn web:app\nworker: python worker.py\n",
        "worker.py": "from rq import Worker\nWorker(['default']).work()\n",
    }
    found = detecting(files, given={"dependency_source": "pyproject.toml"}).findings
    assert {"redis", "rq"} <= set(str(found.value("provided")).split())
