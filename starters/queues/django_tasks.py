"""`send` hands a task over to the worker, `result` has what it came to."""

from celery import shared_task


@shared_task
def add(x: int, y: int) -> int:
    return x + y


def send(x: int, y: int) -> str:
    return add.delay(x, y).id


def result(name: str) -> int | None:
    found = add.AsyncResult(name)
    return found.get() if found.ready() else None
