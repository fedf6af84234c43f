"""`send` hands a task over to the worker, `result` has what it came to; REDIS_URL says where tasks and results go.

CELERY_BROKER_URL and CELERY_RESULT_BACKEND say it for one of them.
"""

import os

from celery import Celery

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
{{ starter_queue.object }} = Celery("{{ project_slug }}", broker=REDIS_URL, backend=REDIS_URL)
# What a worker has not finished goes back into the queue, so a task may run twice
{{ starter_queue.object }}.conf.update(task_acks_late=True, task_reject_on_worker_lost=True)


@{{ starter_queue.object }}.task
def add(x: int, y: int) -> int:
    return x + y


def send(x: int, y: int) -> str:
    return add.delay(x, y).id


def result(name: str) -> int | None:
    found = add.AsyncResult(name)
    return found.get() if found.ready() else None
